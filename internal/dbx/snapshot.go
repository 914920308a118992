package dbx

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/db"
)

// Snapshot runs fn in a read-only transaction whose statements all see the
// database as it was at the first of them, so that numbers which several of
// them count fit together. It takes no locks and loses against nobody.
func Snapshot[T any](ctx context.Context, d *DB, fn func(q *db.Queries) (T, error)) (T, error) {
	var none T
	conn, err := d.acquireToRead(ctx)
	if err != nil {
		return none, err
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
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
