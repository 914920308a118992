package dbx_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// lockClient locks a client's row until the end of the transaction.
func lockClient(ctx context.Context, q *db.Queries, id uuid.UUID) error {
	_, err := q.ClientGetForUpdate(ctx, db.ClientGetForUpdateParams{ID: id, SeesAll: true})
	return err
}

func TestWithTx(t *testing.T) {
	t.Parallel()

	t.Run("CommitsWhatSucceeds", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		want := newClient("Kept")
		row, err := dbx.WithTxResult(t.Context(), d, func(q *db.Queries) (db.Client, error) { return q.ClientInsert(t.Context(), want) })
		expect.OK(t, err)
		if row.ID != want.ID || expect.Count(t, d, "SELECT count(*) FROM clients") != 1 {
			t.Errorf("the row is %v", row)
		}
	})

	// However a transaction ends but well, nothing of it stays and its locks
	// are free at once.
	failure := errors.New("no")
	for name, end := range map[string]func(cancel func(), q *db.Queries) error{
		"Error": func(func(), *db.Queries) error { return failure },
		"Panic": func(func(), *db.Queries) error { panic(failure) },
		"CancelledContext": func(cancel func(), _ *db.Queries) error {
			cancel()
			return nil // the commit is refused
		},
		"CancelledContextAndError": func(cancel func(), _ *db.Queries) error {
			cancel()
			return failure
		},
		"FailedStatement": func(_ func(), q *db.Queries) error {
			_, err := q.ClientInsert(context.Background(), db.ClientInsertParams{ID: uuid.New(), Status: db.ClientStatusLead})
			return err // the name is too short
		},
		"FailedStatementThatIsKeptSilent": func(_ func(), q *db.Queries) error {
			_, _ = q.ClientInsert(context.Background(), db.ClientInsertParams{ID: uuid.New(), Status: db.ClientStatusLead})
			return nil // the commit would roll back
		},
	} {
		t.Run(name+"RollsBackAndFreesItsLocks", func(t *testing.T) {
			t.Parallel()
			pool := poolOf(t, dbtest.URL(t), 2)
			d := dbx.New(pool)
			locked := factory.Client(t, d, nil).ID
			err := func() (err error) {
				defer func() {
					if thrown := recover(); thrown != nil {
						err = thrown.(error)
					}
				}()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				return dbx.WithTx(ctx, d, func(q *db.Queries) error {
					if err := lockClient(ctx, q, locked); err != nil {
						return err
					}
					if _, err := q.ClientInsert(ctx, newClient("Lost")); err != nil {
						return err
					}
					return end(cancel, q)
				})
			}()
			if err == nil {
				t.Error("the transaction succeeds")
			}
			if used := pool.Stat().AcquiredConns(); used != 0 {
				t.Errorf("%d connections are not given back", used)
			}
			if _, err := d.Exec(t.Context(), "SELECT 1 FROM clients WHERE id = $1 FOR UPDATE NOWAIT", locked); err != nil {
				t.Errorf("the row is still locked: %v", err)
			}
			if got := expect.Count(t, d, "SELECT count(*) FROM clients"); got != 1 {
				t.Errorf("there are %d clients", got)
			}
		})
	}

	t.Run("CancelledInTheMiddleOfAStatement", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		held, wanted := factory.Client(t, d, nil).ID, factory.Client(t, d, nil).ID
		other, err := holdLock(t, d, wanted)
		expect.OK(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		err = dbx.WithTx(ctx, d, func(q *db.Queries) error {
			if err := lockClient(ctx, q, held); err != nil {
				return err
			}
			go func() {
				waitForALockWait(t, d)
				cancel()
			}()
			return lockClient(ctx, q, wanted)
		})
		if !errors.Is(err, context.Canceled) || apperr.Is(err, apperr.Unavailable) {
			t.Errorf("the error is %v, want context.Canceled", err)
		}
		// The server learns of the cancellation over another connection.
		soon, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		if _, err := d.Exec(soon, "SELECT 1 FROM clients WHERE id = $1 FOR UPDATE", held); err != nil {
			t.Errorf("the row is still locked: %v", err)
		}
		close(other)
	})
}

// waitForALockWait returns when a statement in the test's database waits for a
// lock: a cancellation that comes before the server has begun it is lost.
func waitForALockWait(t *testing.T, d *dbx.DB) {
	t.Helper()
	for waiting := 0; waiting == 0; time.Sleep(5 * time.Millisecond) {
		err := d.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			t.Errorf("looking for a statement that waits: %v", err)
			return
		}
	}
}

// holdLock holds a lock on the client until the channel is closed.
func holdLock(t *testing.T, d *dbx.DB, id uuid.UUID) (chan struct{}, error) {
	t.Helper()
	release, locked := make(chan struct{}), make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = dbx.WithTx(context.WithoutCancel(t.Context()), d, func(q *db.Queries) error {
			err := lockClient(context.WithoutCancel(t.Context()), q, id)
			locked <- err
			<-release
			return err
		})
	})
	t.Cleanup(wg.Wait)
	return release, <-locked
}

// A trigger fails the first inserts of a client. A sequence is not rolled
// back, so it counts the attempts.
func failFirst(t *testing.T, d *dbx.DB, times int, sqlstate string) {
	t.Helper()
	owner := dbtest.Owner(t, d)
	for _, sql := range []string{
		"CREATE SEQUENCE attempts",
		"GRANT ALL ON SEQUENCE attempts TO PUBLIC",
		`CREATE FUNCTION fail_first() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('attempts') <= TG_ARGV[0]::int THEN RAISE EXCEPTION 'attempt failed' USING ERRCODE = TG_ARGV[1]; END IF;
			RETURN NEW;
		END $$`,
	} {
		_, err := owner.Exec(t.Context(), sql)
		expect.OK(t, err)
	}
	_, err := owner.Exec(t.Context(), "CREATE TRIGGER fail_first BEFORE INSERT ON clients FOR EACH ROW EXECUTE FUNCTION fail_first("+
		strconv.Itoa(times)+", '"+sqlstate+"')")
	expect.OK(t, err)
}

func TestWithTxRunsAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sqlstate string
		times    int
		attempts int
		succeeds bool
	}{
		"AfterASerializationFailure":    {"40001", 2, 3, true},
		"AfterADeadlock":                {"40P01", 1, 2, true},
		"UpToTheFifthTime":              {"40001", 4, 5, true},
		"AndNoFurther":                  {"40001", 9, 5, false},
		"ButNotAfterAnythingElse":       {"23514", 1, 1, false},
		"ButNotAfterAnUnknownRollback":  {"40003", 1, 1, false},
		"ButNotWhenALockIsNotAvailable": {"55P03", 1, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbx.New(dbtest.Pool(t))
			failFirst(t, d, test.times, test.sqlstate)
			runs := 0
			err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
				runs++
				_, err := q.ClientInsert(t.Context(), newClient("New"))
				return err
			})
			if runs != test.attempts {
				t.Errorf("it ran %d times, want %d", runs, test.attempts)
			}
			var failed *pgconn.PgError
			if test.succeeds != (err == nil) || err != nil && (!errors.As(err, &failed) || failed.Code != test.sqlstate) {
				t.Errorf("the error is %v", err)
			}
			if got := expect.Count(t, d, "SELECT count(*) FROM clients"); (got == 1) != test.succeeds {
				t.Errorf("there are %d clients", got)
			}
		})
	}

	t.Run("AfterARealDeadlock", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		first, second := factory.Client(t, d, nil).ID, factory.Client(t, d, nil).ID
		var holding, wg sync.WaitGroup
		holding.Add(2)
		var runs [2]int
		var errs [2]error
		for i, order := range [][2]uuid.UUID{{first, second}, {second, first}} {
			wg.Go(func() {
				errs[i] = dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
					if err := lockClient(t.Context(), q, order[0]); err != nil {
						return err
					}
					if runs[i]++; runs[i] == 1 {
						holding.Done()
						holding.Wait()
					}
					return lockClient(t.Context(), q, order[1])
				})
			})
		}
		wg.Wait()
		expect.OK(t, errors.Join(errs[:]...))
		// One of them, or both where both look for the deadlock at the same moment.
		if total := runs[0] + runs[1]; total != 3 && total != 4 {
			t.Errorf("they ran %d times, want one of them again", total)
		}
	})

	t.Run("NotOnceTheCallerIsGone", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		failFirst(t, d, 9, "40001")
		ctx, cancel := context.WithCancel(t.Context())
		runs := 0
		err := dbx.WithTx(ctx, d, func(q *db.Queries) error {
			runs++
			_, err := q.ClientInsert(ctx, newClient("New"))
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) || runs != 1 {
			t.Errorf("it ran %d times: %v", runs, err)
		}
	})
}

func TestNotFoundIsTold(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	id := uuid.New()
	read := func(q *db.Queries) error {
		_, err := q.ClientGet(t.Context(), db.ClientGetParams{ID: id, SeesAll: true})
		return err
	}
	for name, err := range map[string]error{
		"OnThePool":       read(db.New(d)),
		"InATransaction":  dbx.WithTx(t.Context(), d, read),
		"ByItself":        pgx.ErrNoRows,
		"WrappedByACause": errors.Join(errors.New("reading"), pgx.ErrNoRows),
	} {
		if !dbx.IsNotFound(err) {
			t.Errorf("%s it is %v", name, err)
		}
		expect.Refusal(t, dbx.OrMissing(err, "client", id), apperr.Missing("client", id))
	}
	other := errors.New("other")
	if dbx.IsNotFound(other) || dbx.IsNotFound(nil) || !errors.Is(dbx.OrMissing(other, "client", id), other) || dbx.OrMissing(nil, "client", id) != nil {
		t.Error("what is no missing row is taken for one")
	}
}
