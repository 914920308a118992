package dbx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func openLimited(t *testing.T, url string, limits dbx.Limits) *dbx.DB {
	t.Helper()
	d, err := dbx.Open(t.Context(), url, 1, dbx.WithLimits(limits))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("AStatementThatTakesTooLongIsUnavailable", func(t *testing.T) {
		t.Parallel()
		d := openLimited(t, dbtest.URL(t), dbx.Limits{Statement: 50 * time.Millisecond, Impatient: true})
		if _, err := d.Exec(t.Context(), "SELECT pg_sleep(30)"); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("it ends with %v", err)
		}
		// What was given more time has it, and nobody after it.
		err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
			if err := dbx.SetPatience(t.Context(), q, time.Minute); err != nil {
				return err
			}
			_, err := q.Conn().Exec(t.Context(), "SELECT pg_sleep(0.2)")
			return err
		})
		if err != nil {
			t.Errorf("a patient statement ends with %v", err)
		}
		if _, err := d.Exec(t.Context(), "SELECT pg_sleep(30)"); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("the next ends with %v", err)
		}
	})
	t.Run("ALockThatOthersHoldIsUnavailable", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		holder, d := openLimited(t, url, dbx.Limits{}), openLimited(t, url, dbx.Limits{Lock: 50 * time.Millisecond})
		err := dbx.WithTx(t.Context(), holder, func(q *db.Queries) error {
			if _, err := q.Conn().Exec(t.Context(), "SELECT pg_advisory_xact_lock(7)"); err != nil {
				return err
			}
			_, err := d.Exec(t.Context(), "SELECT pg_advisory_xact_lock(7)")
			return err
		})
		if !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("waiting ends with %v", err)
		}
	})
	t.Run("ATransactionThatIsLeftOpenIsEnded", func(t *testing.T) {
		t.Parallel()
		d := openLimited(t, dbtest.URL(t), dbx.Limits{IdleInTransaction: 50 * time.Millisecond})
		err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
			// It begins with its first statement.
			if _, err := q.Conn().Exec(t.Context(), "SELECT 1"); err != nil {
				return err
			}
			time.Sleep(500 * time.Millisecond)
			_, err := q.Conn().Exec(t.Context(), "SELECT 1")
			return err
		})
		if !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("going on ends with %v", err)
		}
		if err := d.Ping(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	// A caller who leaves ends the statement, and the connection serves the next.
	// The control: without the mechanism the connection is lost.
	for name, impatient := range map[string]bool{"ACallerWhoLeavesLeavesTheConnection": true, "ControlTheConnectionIsLost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openLimited(t, dbtest.URL(t), dbx.Limits{Impatient: impatient})
			before := pid(t, d)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := d.Exec(ctx, "SELECT pg_sleep(30)"); !errors.Is(err, context.DeadlineExceeded) || apperr.Is(err, apperr.Unavailable) {
				t.Errorf("it ends with %v, want what ended the caller", err)
			}
			err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_, err := q.Conn().Exec(ctx, "SELECT pg_sleep(30)")
				return err
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("in a transaction it ends with %v", err)
			}
			if after := pid(t, d); (after == before) != impatient {
				t.Errorf("the connection was %d and is %d", before, after)
			}
		})
	}
	t.Run("NobodyWaitsForAServerThatDoesNotAnswer", func(t *testing.T) {
		t.Parallel()
		d := openLimited(t, dbtest.URL(t), dbx.Limits{Impatient: true})
		release := make(chan struct{})
		held := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- dbx.WithTx(t.Context(), d, func(*db.Queries) error {
				close(held)
				<-release
				return nil
			})
		}()
		<-held
		began := time.Now()
		err := d.Ping(t.Context())
		if took := time.Since(began); !apperr.Is(err, apperr.Unavailable) || took > 5*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// pid returns the process at PostgreSQL of a pool of one connection.
func pid(t *testing.T, d *dbx.DB) (pid int) {
	t.Helper()
	if err := d.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	return pid
}
