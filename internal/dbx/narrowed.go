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
	found, err := n.send(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return &found, nil
}

// QueryRow is Query for a statement that returns one row.
func (n Narrowed) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	found, err := n.send(ctx, sql, args)
	if err != nil {
		return noRow{err: err}
	}
	found.decoder.expected = 1
	return &row{found}
}

// Exec is refused: a Narrowed runs queries alone.
func (n Narrowed) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, fmt.Errorf("dbx.Narrowed runs queries alone")
}

func (n Narrowed) send(ctx context.Context, sql string, args []any) (rows, error) {
	s, err := remembered.get(form{sql: sql, plain: true}, args, nil, func() (*sent, error) {
		kept, _, _ := keep(strings.Split(sql, "\n"), args)
		made := &sent{}
		made.read, made.readArgs = number(strings.Join(kept, "\n"))
		return made, nil
	})
	if err != nil {
		return rows{}, err
	}
	conn, err := n.db.sessionToRead(ctx)
	if err != nil {
		return rows{}, err
	}
	batch := &pgx.Batch{}
	batch.Queue(planForValues)
	batch.Queue(s.read, pick(nil, s.readArgs, args, nil)...)
	found := rows{ctx: ctx, results: conn.SendBatch(ctx, batch), at: conn}
	if _, err := found.results.Exec(); err != nil {
		found.giveBack()
		return rows{}, fmt.Errorf("choosing how to plan: %w", translateFor(ctx, err))
	}
	if found.Rows, err = found.results.Query(); err != nil {
		found.giveBack()
		return rows{}, translateFor(ctx, err)
	}
	return found, nil
}
