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
type Narrowed struct {
	db *DB
	// expected is how many rows are made room for; 0 where nobody knows.
	expected int
}

var _ db.DBTX = Narrowed{}

// NewNarrowed returns a Narrowed on the database.
func NewNarrowed(d *DB) Narrowed { return Narrowed{db: d} }

// mostExpected is how many rows are made room for at most, before it is known
// that there are as many.
const mostExpected = 50

// Expecting is n for results of so many rows or fewer, such as those of a page.
func (n Narrowed) Expecting(rows int) Narrowed {
	n.expected = min(rows, mostExpected)
	return n
}

// Query narrows the statement and runs it.
func (n Narrowed) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	found, err := n.send(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return found, nil
}

// QueryRow is Query for a statement that returns one row.
func (n Narrowed) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	found, err := n.send(ctx, sql, args)
	if err != nil {
		return noRow{err: err}
	}
	found.decoder.expected = 1
	return narrowedRow{found}
}

// Exec is refused: a Narrowed runs queries alone.
func (n Narrowed) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, fmt.Errorf("dbx.Narrowed runs queries alone")
}

// narrowedRows are rows, and what was sent for them.
type narrowedRows struct {
	rows
	queue queue
}

// narrowedRow is the first of some.
type narrowedRow struct{ *narrowedRows }

// Scan implements [pgx.Row].
func (r narrowedRow) Scan(destinations ...any) error { return r.scanFirst(destinations) }

func (n Narrowed) send(ctx context.Context, sql string, args []any) (*narrowedRows, error) {
	s, err := remembered.get(form{sql: sql, plain: true}, args, nil, func() (*sent, error) {
		kept := new(narrowed).keep(strings.Split(sql, "\n"), args)
		made := &sent{}
		made.read, made.readArgs = number(strings.Join(kept, "\n"))
		return made, nil
	})
	if err != nil {
		return nil, err
	}
	conn, err := n.db.sessionToRead(ctx)
	if err != nil {
		return nil, err
	}
	found := &narrowedRows{rows: rows{ctx: ctx, at: conn, decoder: decoder{expected: n.expected}}}
	found.queue.add(planForValues, nil)
	found.queue.add(s.read, pick(make([]any, 0, len(s.readArgs)), s.readArgs, args, nil))
	found.results = sendBatch(ctx, conn, &found.queue.batch)
	if _, err := found.results.Exec(); err != nil {
		found.giveBack()
		return nil, fmt.Errorf("choosing how to plan: %w", translateFor(ctx, err))
	}
	if found.Rows, err = found.results.Query(); err != nil {
		found.giveBack()
		return nil, translateFor(ctx, err)
	}
	return found, nil
}
