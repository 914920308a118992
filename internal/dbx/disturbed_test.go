package dbx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func sleeping(ctx context.Context, seconds float64) func(q *db.Queries) error {
	return func(q *db.Queries) error {
		_, err := q.Conn().Exec(ctx, "SELECT pg_sleep($1)", seconds)
		return err
	}
}

// COMMIT is on its way with the last statements: where nothing comes back,
// nobody knows whether it was done, and nobody is told that it was not.
func TestALostCommitIsNotSaidToHaveChangedNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limits  dbx.Limits
		unknown bool
		run     func(ctx context.Context, q *db.Queries) error
	}{
		"TheAnswerIsLost":         {dbx.Limits{}, true, func(ctx context.Context, q *db.Queries) error { return dbx.Conclude(ctx, q, sleeping(ctx, 2)) }},
		"TheStatementIsCancelled": {dbx.Limits{Impatient: true}, false, func(ctx context.Context, q *db.Queries) error { return dbx.Conclude(ctx, q, sleeping(ctx, 2)) }},
		"ItIsLostBeforeTheCommit": {dbx.Limits{}, false, func(ctx context.Context, q *db.Queries) error {
			return dbx.Together(ctx, q, sleeping(ctx, 2), sleeping(ctx, 0))
		}},
		"ItIsLostBeforeItIsSent": {dbx.Limits{}, false, func(ctx context.Context, q *db.Queries) error {
			<-ctx.Done()
			return dbx.Conclude(ctx, q, sleeping(ctx, 0))
		}},
		"ItsStatementTakesTooLong": {dbx.Limits{Statement: 50 * time.Millisecond}, false, func(ctx context.Context, q *db.Queries) error { return dbx.Conclude(ctx, q, sleeping(ctx, 2)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := dbx.Open(t.Context(), dbtest.URL(t), 1, dbx.WithLimits(test.limits))
			expect.OK(t, err)
			defer d.Close()
			// So that nothing is left to be prepared.
			expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error { return dbx.Conclude(t.Context(), q, sleeping(t.Context(), 0)) }))
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			err = dbx.WithTx(ctx, d, func(q *db.Queries) error { return test.run(ctx, q) })
			if err == nil {
				t.Fatal("it has no error")
			}
			refusal, ok := errors.AsType[*apperr.Error](err)
			if says := ok && refusal.Code == apperr.Unavailable && refusal.Detail == dbx.Uncertain; says != test.unknown {
				t.Errorf("that it is not known is said: %v, want %v: %v", says, test.unknown, err)
			}
			if test.unknown && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the cause is not told: %v", err)
			}
		})
	}
}

// Whatever happens to transactions, each success is committed once and each
// refusal not at all, hooks run for exactly the successes, and every connection
// is given back as one that belongs to nobody.
func TestTransactionsThatAreDisturbed(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d, err := dbx.Open(t.Context(), url, 4, dbx.WithLimits(dbx.Limits{Impatient: true, Lock: 2 * time.Second, Statement: 3 * time.Second}))
	expect.OK(t, err)
	defer d.Close()
	hostile := poolOf(t, url, 1)
	rows := []uuid.UUID{factory.Client(t, d, nil).ID, factory.Client(t, d, nil).ID}

	w := disturbed{d: d, rows: rows, certain: map[string]bool{}}
	ended := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() { terminating(hostile, ended) })
	var callers sync.WaitGroup
	for caller := range 16 {
		callers.Go(func() {
			for i := range 20 {
				w.write(t, fmt.Sprintf("%d-%d", caller, i))
			}
		})
	}
	callers.Wait()
	close(ended)
	others.Wait()

	there := map[string]int{}
	found, err := hostile.Query(t.Context(), "SELECT name FROM clients")
	expect.OK(t, err)
	for found.Next() {
		var name string
		expect.OK(t, found.Scan(&name))
		there[name]++
	}
	expect.OK(t, found.Err())
	for label, done := range w.certain {
		if there[label] > 1 || (there[label] == 1) != done {
			t.Errorf("%s is there %d times, and was said to be done: %v", label, there[label], done)
		}
	}
	if w.hooks.Load() != w.successes.Load() || w.successes.Load() == 0 {
		t.Errorf("%d hooks ran for %d successes", w.hooks.Load(), w.successes.Load())
	}
	w.wantNothingHeld(t, hostile)
}

// wantNothingHeld waits for what is closed in the background, and no longer.
func (w *disturbed) wantNothingHeld(t *testing.T, other *pgxpool.Pool) {
	t.Helper()
	for giveUp := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var open int
		expect.OK(t, other.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'").Scan(&open))
		held := w.d.Pool().Stat().AcquiredConns()
		if open == 0 && held == 0 {
			return
		}
		if time.Now().After(giveUp) {
			t.Fatalf("%d transactions are left open, and %d connections held", open, held)
		}
	}
}

// terminating ends connections at work until it is to end itself.
func terminating(pool *pgxpool.Pool, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(40 * time.Millisecond):
		}
		_, _ = pool.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`)
	}
}

type disturbed struct {
	d                *dbx.DB
	rows             []uuid.UUID
	hooks, successes atomic.Int64

	mu sync.Mutex
	// certain are the labels of what is known to be done, or not to be.
	certain map[string]bool
}

// write adds a client of the name behind the locks of two rows, in either order,
// for somebody who may leave.
func (w *disturbed) write(t *testing.T, label string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if rand.IntN(3) == 0 {
		time.AfterFunc(time.Duration(rand.IntN(8_000))*time.Microsecond, cancel)
	}
	// The other order now and then: a deadlock takes PostgreSQL a second to find.
	first := 0
	if rand.IntN(40) == 0 {
		first = 1
	}
	locking := func(i int) func(q *db.Queries) error {
		return func(q *db.Queries) error {
			_, err := q.Conn().Exec(ctx, "UPDATE clients SET updated_at = now() WHERE id = $1", w.rows[i])
			return err
		}
	}
	err := dbx.WithTx(ctx, w.d, func(q *db.Queries) error {
		if err := dbx.Together(ctx, q, locking(first), func(*db.Queries) error { return nil }); err != nil {
			return err
		}
		dbx.AfterCommit(q, func() { w.hooks.Add(1) })
		return dbx.Conclude(ctx, q, locking(1-first), inserting(ctx, label))
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	refusal, ok := errors.AsType[*apperr.Error](err)
	switch {
	case err == nil:
		w.successes.Add(1)
		w.certain[label] = true
	case ok && refusal.Detail == dbx.Uncertain:
	case ok && refusal.Code == apperr.Unavailable, errors.Is(err, context.Canceled), dbx.Collided(err):
		w.certain[label] = false
	default:
		t.Errorf("%s: %v", label, err)
	}
}
