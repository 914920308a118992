package dbx

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
)

// Snapshot runs fn in a read-only transaction whose statements all see the
// database as it was at the first of them, so that numbers which several of
// them count fit together. It takes no locks and loses against nobody. Like
// [WithTx] it begins with the first statements, and ends with those of [Conclude].
func Snapshot[T any](ctx context.Context, d *DB, fn func(q *db.Queries) (T, error)) (T, error) {
	var none T
	at, err := d.sessionToRead(ctx)
	if err != nil {
		return none, err
	}
	defer at.Release()
	if part, ok := at.(joined); ok {
		// The level of the transaction is set: it reads what that one sees.
		return runPart(ctx, part, func(q *db.Queries, _ *transaction) (T, error) { return fn(q) })
	}
	tx := d.transactionAt(at.(*pgxpool.Conn), beginToRead)
	// Nothing was written: there is nothing that a commit would keep.
	defer tx.rollback(ctx)
	return fn(tx.inside(&tx.hooks))
}
