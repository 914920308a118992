package dbx_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func inserting(ctx context.Context, name string) func(q *db.Queries) error {
	return func(q *db.Queries) error {
		_, err := q.ClientInsert(ctx, newClient(name))
		return err
	}
}

// BEGIN goes along with the first statements and COMMIT with the last, and what
// is sent together is one round trip.
func TestRoundTripsOfTransactions(t *testing.T) {
	t.Parallel()
	pool, sent := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	client := factory.Client(t, d, nil)
	read := func(q *db.Queries) error {
		var is string
		return name(t.Context(), q, client.ID, &is)
	}
	for name, test := range map[string]struct {
		run        func() error
		trips      int
		statements []string
	}{
		"WithoutAStatement": {
			func() error { return dbx.WithTx(t.Context(), d, func(*db.Queries) error { return nil }) },
			0, nil,
		},
		"ReadsAndWritesTogether": {
			func() error {
				return dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
					return errors.Join(dbx.Together(t.Context(), q, read, read), dbx.Conclude(t.Context(), q, inserting(t.Context(), "New"), read))
				})
			},
			2,
			[]string{"BEGIN", "ClientGet", "ClientGet", "ClientInsert", "ClientGet", "COMMIT"},
		},
		"OneByOne": {
			func() error {
				return dbx.WithTx(t.Context(), d, func(q *db.Queries) error { return errors.Join(read(q), read(q)) })
			},
			3,
			[]string{"BEGIN", "ClientGet", "ClientGet", "commit"},
		},
		"Snapshot": {
			func() error {
				_, err := dbx.Snapshot(t.Context(), d, func(q *db.Queries) (struct{}, error) {
					return struct{}{}, dbx.Conclude(t.Context(), q, read, read)
				})
				return err
			},
			1,
			[]string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "ClientGet", "ClientGet", "COMMIT"},
		},
		"Savepoints": {
			func() error {
				_, err := dbx.WithSavepoints(t.Context(), d, func(q *db.Queries, savepoint dbx.Savepoint) (struct{}, error) {
					return struct{}{}, errors.Join(savepoint(func() error { return read(q) }), savepoint(func() error { return nil }), savepoint(func() error { return read(q) }))
				})
				return err
			},
			3,
			[]string{"BEGIN", "SAVEPOINT nested_1", "ClientGet", "RELEASE SAVEPOINT nested_1", "SAVEPOINT nested_1", "ClientGet", "commit"},
		},
		"AmbientTransaction": {
			func() error {
				a := dbx.NewAmbient(d, func(_ context.Context, q *db.Queries) error { return read(q) })
				defer a.Rollback(context.Background())
				ctx := a.In(t.Context())
				if err := dbx.WithTx(ctx, d, func(q *db.Queries) error { return dbx.Conclude(ctx, q, read, read) }); err != nil {
					return err
				}
				return a.Commit(ctx, func(q *db.Queries) error { return dbx.Conclude(ctx, q, read) })
			},
			3,
			[]string{
				"BEGIN", "ClientGet", "SAVEPOINT nested_1", "SAVEPOINT nested_2", "ClientGet", "ClientGet",
				"RELEASE SAVEPOINT nested_2", "ClientGet", "COMMIT",
			},
		},
	} {
		statements := sent.During(func() { expect.OK(t, test.run()) })
		var names []string
		for _, s := range statements {
			names = append(names, s.Name())
		}
		if sent.RoundTrips() != test.trips {
			t.Errorf("%s takes %d round trips, want %d", name, sent.RoundTrips(), test.trips)
		}
		if diff := cmp.Diff(test.statements, names); diff != "" {
			t.Errorf("%s sends (-want +got):\n%s", name, diff)
		}
	}
}

// Of a transaction that is to end with its last statements, nothing is kept when
// one of these fails, and it runs again where it collided.
func TestConclude(t *testing.T) {
	t.Parallel()
	clients := func(t *testing.T, d *dbx.DB) int {
		t.Helper()
		return expect.Count(t, d, "SELECT count(*) FROM clients")
	}
	noName := func(q *db.Queries) error {
		_, err := q.ClientInsert(context.Background(), db.ClientInsertParams{ID: uuid.New(), Status: db.ClientStatusLead})
		return err
	}

	t.Run("Commits", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(poolOf(t, dbtest.URL(t), 1))
		told := 0
		expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
			dbx.AfterCommit(q, func() { told++ })
			return dbx.Conclude(t.Context(), q, inserting(t.Context(), "One"), inserting(t.Context(), "Two"))
		}))
		if n := clients(t, d); n != 2 || told != 1 {
			t.Errorf("there are %d clients, and it was told %d times", n, told)
		}
	})

	for name, last := range map[string]func(q *db.Queries) error{
		"TellsAFailure":                 noName,
		"TellsAFailureThatIsKeptSilent": func(q *db.Queries) error { _ = noName(q); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbx.New(poolOf(t, dbtest.URL(t), 1))
			err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
				dbx.AfterCommit(q, func() { t.Error("this ran after a rollback") })
				// Also when nobody looks at how it went.
				_ = dbx.Conclude(t.Context(), q, inserting(t.Context(), "One"), last)
				return nil
			})
			if err == nil {
				t.Error("the transaction succeeds")
			}
			if n := clients(t, d); n != 0 || d.Pool().Stat().AcquiredConns() != 0 {
				t.Errorf("there are %d clients", n)
			}
		})
	}

	t.Run("RunsAgainAfterACollision", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		failFirst(t, d, 2, "40001")
		runs := 0
		expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
			runs++
			return dbx.Conclude(t.Context(), q, inserting(t.Context(), "New"))
		}))
		if n := clients(t, d); n != 1 || runs != 3 {
			t.Errorf("%d clients after %d runs", n, runs)
		}
	})

	t.Run("TellsAnErrorOfTheCommit", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(poolOf(t, dbtest.URL(t), 1))
		owner := dbtest.Owner(t, d)
		for _, sql := range []string{
			`CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too late' USING ERRCODE = '23514'; END $$`,
			"CREATE CONSTRAINT TRIGGER fail_late AFTER INSERT ON clients DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_late()",
		} {
			_, err := owner.Exec(t.Context(), sql)
			expect.OK(t, err)
		}
		for _, silent := range []bool{false, true} {
			err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
				dbx.AfterCommit(q, func() { t.Error("this ran after a rollback") })
				err := dbx.Conclude(t.Context(), q, inserting(t.Context(), "New"))
				if silent {
					return nil
				}
				return err
			})
			if failed, ok := errors.AsType[*pgconn.PgError](err); !ok || failed.Code != "23514" {
				t.Errorf("the error is %v", err)
			}
		}
		if n := clients(t, d); n != 0 {
			t.Errorf("there are %d clients", n)
		}
	})

	t.Run("IsTheEnd", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(poolOf(t, dbtest.URL(t), 1))
		for name, fn := range map[string]func(q *db.Queries) error{
			"Behind": func(q *db.Queries) error {
				return errors.Join(dbx.Conclude(t.Context(), q, inserting(t.Context(), "One")), inserting(t.Context(), "Two")(q))
			},
			"Within": func(q *db.Queries) error {
				return dbx.Conclude(t.Context(), q, func(q *db.Queries) error {
					return errors.Join(inserting(t.Context(), "Three")(q), inserting(t.Context(), "Four")(q))
				})
			},
		} {
			if err := dbx.WithTx(t.Context(), d, fn); err == nil {
				t.Errorf("%s it something is sent", name)
			}
		}
		if n := clients(t, d); n != 2 {
			t.Errorf("there are %d clients, want what was concluded", n)
		}
	})

	t.Run("IsRefusedOnceTheCallerIsGone", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(poolOf(t, dbtest.URL(t), 1))
		ctx, cancel := context.WithCancel(t.Context())
		err := dbx.WithTx(ctx, d, func(q *db.Queries) error {
			err := inserting(ctx, "One")(q)
			return errors.Join(err, dbx.Conclude(ctx, q, func(q *db.Queries) error {
				cancel()
				return inserting(t.Context(), "Two")(q)
			}))
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		if n := clients(t, d); n != 0 {
			t.Errorf("there are %d clients", n)
		}
	})
}

// A savepoint that is undone and one that is kept are so whether or not anything
// was sent behind them.
func TestSavepointsOneInTheOther(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 1))
	failure := errors.New("no")
	_, err := dbx.WithSavepoints(t.Context(), d, func(q *db.Queries, savepoint dbx.Savepoint) (struct{}, error) {
		steps := []error{
			inserting(t.Context(), "Kept 1")(q),
			savepoint(func() error {
				return errors.Join(inserting(t.Context(), "Lost 1")(q), savepoint(func() error { return inserting(t.Context(), "Lost 2")(q) }), failure)
			}),
			savepoint(func() error { return failure }),
			savepoint(func() error { return savepoint(func() error { return inserting(t.Context(), "Kept 2")(q) }) }),
			savepoint(func() error {
				_, err := q.Conn().Exec(t.Context(), "SELECT 1/0")
				return err
			}),
			savepoint(func() error { return inserting(t.Context(), "Kept 3")(q) }),
		}
		for i, want := range []bool{true, false, false, true, false, true} {
			if (steps[i] == nil) != want {
				t.Errorf("step %d returns %v", i, steps[i])
			}
		}
		return struct{}{}, nil
	})
	expect.OK(t, err)
	if all, kept := expect.Count(t, d, "SELECT count(*) FROM clients"), expect.Count(t, d, "SELECT count(*) FROM clients WHERE name LIKE 'Kept %'"); all != 3 || kept != 3 {
		t.Errorf("there are %d clients, of which %d were to be kept", all, kept)
	}
}
