package dbx

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
)

// Snapshot runs fn in a read-only transaction whose statements all see the
// database as it was at the first of them, so that numbers which several of
// them count fit together. It takes no locks and loses against nobody.
func Snapshot[T any](ctx context.Context, d *DB, fn func(q *db.Queries) (T, error)) (T, error) {
	var none T
	at, err := d.sessionToRead(ctx)
	if err != nil {
		return none, err
	}
	defer at.Release()
	tx, err := d.beginSnapshot(ctx, at)
	if err != nil {
		return none, fmt.Errorf("beginning a snapshot: %w", translateFor(ctx, err))
	}
	// Nothing was written: there is nothing that a commit would keep.
	defer func() {
		rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = tx.Rollback(rollback)
	}()
	return fn(db.New(translating{tx: tx, hooks: &commitHooks{}}))
}

// beginSnapshot begins a snapshot, and where there is a transaction already,
// whose level is set by then, what reads what that one sees.
func (d *DB) beginSnapshot(ctx context.Context, at session) (pgx.Tx, error) {
	if conn, ok := at.(*pgxpool.Conn); ok {
		return conn.BeginTx(ctx, pgx.TxOptions{
			IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly, BeginQuery: d.beginQuery("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
		})
	}
	return at.Begin(ctx)
}
