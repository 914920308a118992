package dbx

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
)

// Narrowed runs generated queries that are no lists without the filters that
// were not asked for, like [List], and planned for their values: for searches,
// of which one finds ten documents and another a hundred thousand.
type Narrowed struct{ db *DB }

var _ db.DBTX = Narrowed{}

// NewNarrowed returns a Narrowed on the database.
func NewNarrowed(d *DB) Narrowed { return Narrowed{db: d} }

// Query narrows the statement and runs it.
func (n Narrowed) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	results, release, err := n.send(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	found, err := results.Query()
	if err != nil {
		release()
		return nil, translateFor(ctx, err)
	}
	return &rows{Rows: found, ctx: ctx, release: release}, nil
}

// QueryRow is Query for a statement that returns one row.
func (n Narrowed) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	results, release, err := n.send(ctx, sql, args)
	if err != nil {
		return row{err: err}
	}
	return row{ctx: ctx, found: results.QueryRow(), release: release}
}

// Exec is refused: a Narrowed runs queries alone.
func (n Narrowed) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, fmt.Errorf("dbx.Narrowed runs queries alone")
}

func (n Narrowed) send(ctx context.Context, sql string, args []any) (results pgx.BatchResults, release func(), err error) {
	conn, err := n.db.sessionToRead(ctx)
	if err != nil {
		return nil, nil, err
	}
	kept, _, _ := keep(strings.Split(sql, "\n"), args)
	statement, picked := number(strings.Join(kept, "\n"), args)
	batch := &pgx.Batch{}
	batch.Queue(planForValues)
	batch.Queue(statement, picked...)
	results = conn.SendBatch(ctx, batch)
	release = func() {
		_ = results.Close()
		conn.Release()
	}
	if _, err := results.Exec(); err != nil {
		release()
		return nil, nil, fmt.Errorf("choosing how to plan: %w", translateFor(ctx, err))
	}
	return results, release, nil
}
