package dbx_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// on is where queries of a test run.
type on func(t *testing.T, d *dbx.DB, fn func(ctx context.Context, q *db.Queries) error) error

// everywhere are the places where statements can be sent together.
var everywhere = map[string]on{
	"OnThePool": func(t *testing.T, d *dbx.DB, fn func(ctx context.Context, q *db.Queries) error) error {
		t.Helper()
		return fn(t.Context(), db.New(d))
	},
	"InATransaction": func(t *testing.T, d *dbx.DB, fn func(ctx context.Context, q *db.Queries) error) error {
		t.Helper()
		return dbx.WithTx(t.Context(), d, func(q *db.Queries) error { return fn(t.Context(), q) })
	},
	"BehindASavepoint": func(t *testing.T, d *dbx.DB, fn func(ctx context.Context, q *db.Queries) error) error {
		t.Helper()
		_, err := dbx.WithSavepoints(t.Context(), d, func(q *db.Queries, savepoint dbx.Savepoint) (struct{}, error) {
			return struct{}{}, savepoint(func() error { return fn(t.Context(), q) })
		})
		return err
	},
	"InASnapshot": func(t *testing.T, d *dbx.DB, fn func(ctx context.Context, q *db.Queries) error) error {
		t.Helper()
		_, err := dbx.Snapshot(t.Context(), d, func(q *db.Queries) (struct{}, error) { return struct{}{}, fn(t.Context(), q) })
		return err
	},
	"InAnAmbientTransaction": func(t *testing.T, d *dbx.DB, fn func(ctx context.Context, q *db.Queries) error) error {
		t.Helper()
		a := dbx.NewAmbient(d, nothing)
		defer a.Rollback(context.Background())
		ctx := a.In(t.Context())
		if err := fn(ctx, db.New(d)); err != nil {
			return err
		}
		return a.Commit(ctx, nil)
	},
	"InATransactionOfAnAmbientOne": func(t *testing.T, d *dbx.DB, fn func(ctx context.Context, q *db.Queries) error) error {
		t.Helper()
		a := dbx.NewAmbient(d, nothing)
		defer a.Rollback(context.Background())
		ctx := a.In(t.Context())
		if err := dbx.WithTx(ctx, d, func(q *db.Queries) error { return fn(ctx, q) }); err != nil {
			return err
		}
		return a.Commit(ctx, nil)
	},
}

func name(ctx context.Context, q *db.Queries, id uuid.UUID, into *string) error {
	row, err := q.ClientGet(ctx, db.ClientGetParams{ID: id, SeesAll: true})
	*into = row.Name
	return err
}

// Everywhere each function reads what it would alone, and the connection is given back.
func TestTogetherReadsAsEachAlone(t *testing.T) {
	t.Parallel()
	for place, run := range everywhere {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			d := dbx.New(poolOf(t, dbtest.URL(t), 1))
			one, two := newClient("One"), newClient("Two")
			for _, c := range []db.ClientInsertParams{one, two} {
				_, err := db.New(d).ClientInsert(t.Context(), c)
				expect.OK(t, err)
			}
			var first, second, third string
			var missing error
			calls := 0
			expect.OK(t, run(t, d, func(ctx context.Context, q *db.Queries) error {
				return dbx.Together(ctx, q,
					func(q *db.Queries) error { return name(ctx, q, one.ID, &first) },
					func(*db.Queries) error { calls++; return nil },
					func(q *db.Queries) error {
						if err := name(ctx, q, two.ID, &second); err != nil {
							return err
						}
						return name(ctx, q, one.ID, &third)
					},
					func(q *db.Queries) error {
						var none string
						missing = name(ctx, q, uuid.New(), &none)
						return nil
					},
				)
			}))
			if first != "One" || second != "Two" || third != "One" || calls != 1 || !dbx.IsNotFound(missing) {
				t.Errorf("read %q, %q and %q, and %v", first, second, third, missing)
			}
			if held := d.Pool().Stat().AcquiredConns(); held != 0 {
				t.Errorf("%d connections are held", held)
			}
		})
	}
}

// What the functions have come to at the same time is one round trip.
func TestTogetherIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	pool, sent := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	client := factory.Client(t, d, nil)
	read := func(q *db.Queries) error {
		var is string
		return name(t.Context(), q, client.ID, &is)
	}
	twice := func(q *db.Queries) error { return errors.Join(read(q), read(q)) }
	statements := sent.During(func() { expect.OK(t, dbx.Together(t.Context(), db.New(d), read, twice, read)) })
	if len(statements) != 4 || sent.RoundTrips() != 2 {
		t.Errorf("%d statements in %d round trips, want 4 in 2", len(statements), sent.RoundTrips())
	}
}

// However the functions end but well, the first error is told as it is, the
// others are ended, and connection and goroutines are given back.
func TestTogetherEndsAllAfterAnError(t *testing.T) {
	t.Parallel()
	failure := errors.New("no")
	divide := func(ctx context.Context, q *db.Queries) error {
		_, err := q.Conn().Exec(ctx, "SELECT 1/0")
		return err
	}
	isDivision := func(err error) bool {
		failed, ok := errors.AsType[*pgconn.PgError](err)
		return ok && failed.Code == "22012"
	}
	for name, test := range map[string]struct {
		first, second func(ctx context.Context, q *db.Queries) error
		is            func(err error) bool
	}{
		"OfAFunction": {
			func(context.Context, *db.Queries) error { return failure },
			divide,
			func(err error) bool { return errors.Is(err, failure) },
		},
		"OfTheFirstOfTwo": {
			func(ctx context.Context, q *db.Queries) error {
				_, _ = q.Conn().Exec(ctx, "SELECT 1")
				return failure
			},
			divide,
			func(err error) bool { return errors.Is(err, failure) },
		},
		"OfAStatement": {divide, divide, isDivision},
		"OfAStatementBehindOthers": {
			func(ctx context.Context, q *db.Queries) error {
				for range 3 {
					if _, err := q.Conn().Exec(ctx, "SELECT 1"); err != nil {
						return err
					}
				}
				return nil
			},
			divide, isDivision,
		},
		"OfAStatementThatIsKeptSilent": {
			func(ctx context.Context, q *db.Queries) error {
				_ = divide(ctx, q)
				return nil
			},
			func(ctx context.Context, q *db.Queries) error {
				_, err := q.Conn().Exec(ctx, "SELECT 1")
				return err
			},
			isDivision,
		},
		"OfAStatementThatEveryoneKeepsSilent": {
			func(ctx context.Context, q *db.Queries) error {
				_, _ = q.Conn().Exec(ctx, "SELECT 1")
				return nil
			},
			func(ctx context.Context, q *db.Queries) error {
				_ = divide(ctx, q)
				return nil
			},
			isDivision,
		},
		"OfAConversion": {
			func(ctx context.Context, q *db.Queries) error {
				var n int
				return q.Conn().QueryRow(ctx, "SELECT 'x'").Scan(&n)
			},
			divide,
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "scan") },
		},
		"Panic": {
			func(ctx context.Context, q *db.Queries) error {
				_, _ = q.Conn().Exec(ctx, "SELECT 1")
				panic(failure)
			},
			divide,
			func(err error) bool { return errors.Is(err, failure) },
		},
	} {
		for place, run := range everywhere {
			t.Run(name+place, func(t *testing.T) {
				t.Parallel()
				d := dbx.New(poolOf(t, dbtest.URL(t), 1))
				ended := 0
				goesOn := func(ctx context.Context, q *db.Queries) error {
					defer func() { ended++ }()
					for {
						// Whoever does not look at the error of a statement is not held up by it.
						_, err := q.Conn().Exec(ctx, "SELECT 1")
						_, again := q.Conn().Exec(ctx, "SELECT 1")
						if err != nil && again != nil {
							return err
						}
					}
				}
				err := func() (err error) {
					defer func() {
						if thrown := recover(); thrown != nil {
							err = thrown.(error)
						}
					}()
					return run(t, d, func(ctx context.Context, q *db.Queries) error {
						return dbx.Together(ctx, q,
							func(q *db.Queries) error { return test.first(ctx, q) },
							func(q *db.Queries) error { return test.second(ctx, q) },
							func(q *db.Queries) error { return goesOn(ctx, q) },
						)
					})
				}()
				if !test.is(err) {
					t.Errorf("the error is %v", err)
				}
				if held := d.Pool().Stat().AcquiredConns(); held != 0 {
					t.Errorf("%d connections are held", held)
				}
				if _, err := d.Exec(t.Context(), "SELECT 1"); err != nil {
					t.Errorf("the connection is of no use any more: %v", err)
				}
			})
		}
	}
}

// No goroutine is left behind, whichever way the functions end.
//
//nolint:paralleltest // It looks at all goroutines.
func TestTogetherLeavesNoGoroutine(t *testing.T) {
	d := dbx.New(dbtest.Pool(t))
	q := db.New(d)
	expect.OK(t, d.Ping(t.Context()))
	before := goleak.IgnoreCurrent()
	read := func(q *db.Queries) error { _, err := q.Conn().Exec(t.Context(), "SELECT 1"); return err }
	failure := errors.New("no")
	expect.OK(t, dbx.Together(t.Context(), q, read, read))
	if err := dbx.Together(t.Context(), q, read, func(*db.Queries) error { return failure }, read); !errors.Is(err, failure) {
		t.Error(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = dbx.Together(t.Context(), q, read, func(q *db.Queries) error { _ = read(q); panic(failure) }, read)
	}()
	goleak.VerifyNone(t, before)
}

// A caller who leaves is told so, and nothing waits for the database any longer.
func TestTogetherEndsWithItsContext(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	ctx, cancel := context.WithCancel(t.Context())
	err := dbx.Together(ctx, db.New(d),
		func(q *db.Queries) error {
			_, err := q.Conn().Exec(ctx, "SELECT 1")
			cancel()
			return err
		},
		func(q *db.Queries) error {
			_, err := q.Conn().Exec(ctx, "SELECT 1")
			_, later := q.Conn().Exec(ctx, "SELECT pg_sleep(30)")
			return errors.Join(err, later)
		},
	)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	timed, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	sleep := func(q *db.Queries) error { _, err := q.Conn().Exec(timed, "SELECT pg_sleep(30)"); return err }
	if err := dbx.Together(timed, db.New(d), sleep, sleep); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}

// What is done once a transaction has committed is done then, also when it was
// asked for in a function of Together.
func TestTogetherIsPartOfItsTransaction(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	told := 0
	write := func(q *db.Queries) error {
		dbx.AfterCommit(q, func() { told++ })
		_, err := q.ClientInsert(t.Context(), newClient("New"))
		return err
	}
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		if err := dbx.Together(t.Context(), q, write, write); err != nil || told != 0 {
			t.Errorf("told %d times before the commit, %v", told, err)
		}
		return nil
	}))
	failure := errors.New("no")
	if err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		return errors.Join(dbx.Together(t.Context(), q, write, write), failure)
	}); !errors.Is(err, failure) {
		t.Error(err)
	}
	if n := expect.Count(t, d, "SELECT count(*) FROM clients"); told != 2 || n != 2 {
		t.Errorf("told %d times of %d clients, want 2 of 2", told, n)
	}
}
