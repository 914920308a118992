package dbx_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// A wait ends when a connection is given back, when its time is over, and when
// whoever waits leaves, whichever is first.
func TestWaitsForAConnectionEnd(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 1))
	held, err := d.Pool().Acquire(t.Context())
	expect.OK(t, err)

	left, leave := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, leave)
	began := time.Now()
	if _, err := d.Exec(left, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("who left gets %v", err)
	}
	if _, err := d.Exec(left, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("who had left before gets %v", err)
	}
	if took := time.Since(began); took > 400*time.Millisecond {
		t.Errorf("who leaves waits %s", took)
	}

	began = time.Now()
	var unavailable *apperr.Error
	if _, err := d.Exec(t.Context(), "SELECT 1"); !errors.As(err, &unavailable) || unavailable.Code != apperr.Unavailable {
		t.Errorf("after all its time one gets %v", err)
	}
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("it is given up after %s", took)
	}

	time.AfterFunc(50*time.Millisecond, held.Release)
	_, err = d.Exec(t.Context(), "SELECT 1")
	expect.OK(t, err)
}

// Many who wait, and some who leave, do not take each other's time: what one
// wait was bounded by is nothing to the next.
func TestWaitsForAConnectionAreApart(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 2))
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 40 {
				ctx, cancel := context.WithCancel(t.Context())
				leaves := (worker+i)%4 == 0
				if leaves {
					time.AfterFunc(time.Duration(i)*100*time.Microsecond, cancel)
				}
				_, err := d.Exec(ctx, "SELECT pg_sleep(0.001)")
				if err != nil && (!leaves || !errors.Is(err, context.Canceled)) {
					t.Errorf("got %v; it leaves: %v", err, leaves)
				}
				cancel()
			}
		})
	}
	all.Wait()
	// The pool closes the connection of one who has left in its own time.
	for deadline := time.Now().Add(10 * time.Second); d.Pool().Stat().AcquiredConns() != 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections were not given back", d.Pool().Stat().AcquiredConns())
		}
	}
}
