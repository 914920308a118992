package dbx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func nothing(context.Context, *db.Queries) error { return nil }

func insert(ctx context.Context, d *dbx.DB, name string, result error) error {
	return dbx.WithTx(ctx, d, func(q *db.Queries) error {
		if _, err := q.ClientInsert(ctx, newClient(name)); err != nil {
			return err
		}
		return result
	})
}

// What is done with the context of an ambient transaction is one transaction.
func TestAmbient(t *testing.T) {
	t.Parallel()
	failure := errors.New("no")
	clients := func(t *testing.T, ctx context.Context, d *dbx.DB) (n int) {
		t.Helper()
		expect.OK(t, d.QueryRow(ctx, "SELECT count(*) FROM clients").Scan(&n))
		return n
	}
	setup := func(t *testing.T) (*dbx.DB, *dbx.Ambient, context.Context) {
		t.Helper()
		d := dbx.New(dbtest.Pool(t))
		a := dbx.NewAmbient(d, nothing)
		t.Cleanup(func() { a.Rollback(context.Background()) })
		return d, a, a.In(t.Context())
	}

	t.Run("IsSeenFromWithinAndCommittedAsAWhole", func(t *testing.T) {
		t.Parallel()
		d, a, ctx := setup(t)
		if held := d.Pool().Stat().AcquiredConns(); held != 0 {
			t.Errorf("%d connections are held before the first statement", held)
		}
		var order []string
		expect.OK(t, dbx.WithTx(ctx, d, func(q *db.Queries) error {
			dbx.AfterCommit(q, func() { order = append(order, "inner") })
			_, err := q.ClientInsert(ctx, newClient("One"))
			return err
		}))
		dbx.OnceCommitted(ctx, func() { order = append(order, "outer") })
		expect.OK(t, insert(ctx, d, "Two", nil))
		if err := insert(ctx, d, "Undone", failure); !errors.Is(err, failure) {
			t.Error(err)
		}
		expect.OK(t, insert(ctx, d, "Nothing", dbx.ErrNothingChanged))
		expect.OK(t, insert(dbx.Apart(ctx), d, "Apart", nil))
		if n := clients(t, ctx, d); n != 3 {
			t.Errorf("%d clients are seen from within, want 3", n)
		}
		if n := clients(t, t.Context(), d); n != 1 {
			t.Errorf("%d clients are seen from without, want 1", n)
		}
		if len(order) != 0 {
			t.Errorf("%v ran before the commit", order)
		}
		expect.OK(t, a.Commit(ctx, func(q *db.Queries) error {
			_, err := q.ClientInsert(ctx, newClient("Record"))
			return err
		}))
		if n := clients(t, ctx, d); n != 4 {
			t.Errorf("there are %d clients, want 4", n)
		}
		if len(order) != 2 || order[0] != "inner" {
			t.Errorf("after the commit ran %v", order)
		}
		if held := d.Pool().Stat().AcquiredConns(); held != 0 {
			t.Errorf("%d connections are held after the commit", held)
		}
	})

	t.Run("LeavesNothingWithoutACommit", func(t *testing.T) {
		t.Parallel()
		d, a, ctx := setup(t)
		expect.OK(t, insert(ctx, d, "One", nil))
		dbx.OnceCommitted(ctx, func() { t.Error("this ran after a rollback") })
		if err := a.Commit(ctx, func(*db.Queries) error { return failure }); !errors.Is(err, failure) {
			t.Error(err)
		}
		if n := clients(t, ctx, d); n != 0 {
			t.Errorf("there are %d clients, want none", n)
		}
	})

	t.Run("UndoesWhatAFailedStatementSpoilt", func(t *testing.T) {
		t.Parallel()
		d, a, ctx := setup(t)
		expect.OK(t, insert(ctx, d, "One", nil))
		if _, err := d.Exec(ctx, "SELECT 1/0"); err == nil {
			t.Fatal("a division by zero succeeded")
		}
		expect.OK(t, a.Commit(ctx, func(q *db.Queries) error {
			_, err := q.ClientInsert(ctx, newClient("Record"))
			return err
		}))
		if n := clients(t, ctx, d); n != 1 {
			t.Errorf("there are %d clients, want the record alone", n)
		}
	})

	t.Run("DoesNotGoOnWhereItsBeginFailed", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		begun := 0
		a := dbx.NewAmbient(d, func(context.Context, *db.Queries) error { begun++; return failure })
		ctx := a.In(t.Context())
		for range 2 {
			if err := insert(ctx, d, "One", nil); !errors.Is(err, failure) || !errors.Is(err, dbx.ErrNotBegun) {
				t.Errorf("the statement returns %v", err)
			}
		}
		if err := a.Commit(ctx, func(*db.Queries) error { return nil }); !errors.Is(err, failure) || begun != 1 {
			t.Errorf("committing returns %v, after %d begins", err, begun)
		}
		if n := clients(t, t.Context(), d); n != 0 || d.Pool().Stat().AcquiredConns() != 0 {
			t.Errorf("there are %d clients", n)
		}
	})

	// Whoever panics where the record is written leaves neither a lock nor a connection.
	t.Run("IsUndoneAfterAPanicWhileItIsCommitted", func(t *testing.T) {
		t.Parallel()
		d, a, ctx := setup(t)
		expect.OK(t, insert(ctx, d, "One", nil))
		func() {
			defer func() { _ = recover() }()
			_ = a.Commit(ctx, func(*db.Queries) error { panic("at the disco") })
		}()
		undone := make(chan struct{})
		go func() {
			defer close(undone)
			a.Rollback(context.Background())
		}()
		select {
		case <-undone:
		case <-time.After(5 * time.Second):
			t.Fatal("it is still locked by who has panicked")
		}
		if n := clients(t, t.Context(), d); n != 0 || d.Pool().Stat().AcquiredConns() != 0 {
			t.Errorf("there are %d clients, and %d connections are held", n, d.Pool().Stat().AcquiredConns())
		}
	})

	t.Run("IsOfItsOwnDatabase", func(t *testing.T) {
		t.Parallel()
		_, _, ctx := setup(t)
		other := dbx.New(dbtest.Pool(t))
		expect.OK(t, insert(ctx, other, "Other", nil))
		if n := clients(t, t.Context(), other); n != 1 {
			t.Errorf("the other database has %d clients, want 1", n)
		}
	})

	t.Run("ReadsListsAndSnapshotsWithin", func(t *testing.T) {
		t.Parallel()
		d, _, ctx := setup(t)
		client := newClient("One")
		expect.OK(t, dbx.WithTx(ctx, d, func(q *db.Queries) error { _, err := q.ClientInsert(ctx, client); return err }))
		found, err := dbx.Snapshot(ctx, d, func(q *db.Queries) (db.Client, error) {
			return q.ClientGetForUpdate(ctx, db.ClientGetForUpdateParams{ID: client.ID, SeesAll: true})
		})
		expect.OK(t, err)
		if found.ID == uuid.Nil {
			t.Error("the snapshot does not see it")
		}
	})
}
