package dbx

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/page"
)

// List runs one generated list query for a page and, where the page is asked
// for by its number, counts what matches, in a single round trip. It satisfies
// [db.DBTX]:
//
//	list, err := dbx.NewList(d, columns, "t.id", request)
//	if err != nil { … }
//	rows, err := db.New(list).TaskList(ctx, db.TaskListParams{…, RowLimit: list.Limit(), RowOffset: list.Offset()})
//	info := list.Info()
//
// The statement that sqlc has checked is narrowed before it is sent (see
// [narrow]), gets the order asked for in place of its own, and begins behind
// the row of the cursor. Every combination is thereby a statement of its own,
// each prepared and planned once.
type List struct {
	db      *DB
	request page.Request
	at      page.Position
	// order is nil for the order of the statement itself.
	order []page.Term

	// matching, read, more and last are what Query and its rows have found;
	// counted tells that Query has had the rows counted.
	counted  bool
	matching int64
	long     long
	read     int
	planned  bool
	more     bool
	last     []string
	// from is nil where the rows are the primary's.
	from *onReplica
}

var _ db.DBTX = (*List)(nil)

// NewList returns a List for the page that is asked for. The columns are those
// the list can be sorted by, and id is its last key. It returns a validation
// error for a sort, a page or a cursor that cannot be.
func NewList(d *DB, columns page.Columns, id string, request page.Request) (*List, error) {
	order, err := columns.Order(request.Sort, id)
	if err != nil {
		return nil, err
	}
	at, err := request.Position()
	if err != nil {
		return nil, err
	}
	if order != nil && at.After != nil && len(at.After) != len(order) {
		return nil, page.ErrCursor()
	}
	return &List{db: d, request: request, at: at, order: order}, nil
}

// Limit is what the statement is to be limited to: one row more than the page
// holds, which tells whether another follows.
func (l *List) Limit() int32 { return int32(l.request.Size) + 1 }

// Offset is the number of rows that the statement is to skip.
func (l *List) Offset() int32 { return int32(l.at.Offset) }

// Info tells where the page stands in its list, once its rows have been read.
func (l *List) Info() page.Info {
	var last []string
	if l.more {
		last = l.last
	}
	info := l.request.Info(l.at, l.matching, last)
	if info.MoreThanTotal && l.long.rows > 0 {
		info.Total, info.IsEstimate = l.long.rows, true
	}
	return info
}

// Query narrows the statement, runs it and counts.
func (l *List) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	s, err := narrow(sql, args)
	if err != nil {
		return nil, err
	}
	order := l.order
	if order == nil {
		order = s.order
	}
	selection, err := withKeys(s.selection, order)
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	// When a row was changed is in no index: few matches would make the count read the whole table.
	if s.sifted || strings.Contains(s.selection, ".updated_at >= $") {
		batch.Queue(planForValues)
		l.planned = true
	}
	if l.at.After == nil {
		count, countArgs := number(countOf(s, order), args)
		if l.counted = !l.isLong(count, countArgs, s.selection, args); l.counted {
			batch.Queue(count, countArgs...)
		}
	} else {
		if len(l.at.After) != len(order) {
			return nil, page.ErrCursor()
		}
		selection += "\n  AND (" + behind(order, len(args)) + ")"
		for _, key := range l.at.After {
			args = append(args, key)
		}
	}
	statement, pageArgs := number(selection+"\nORDER BY "+orderBy(order)+"\n"+s.limit, args)
	// Named as in its source, for logs and metrics, and for pg_stat_statements.
	batch.Queue(nameLine(sql)+statement, pageArgs...)
	return l.send(ctx, batch)
}

// countOf counts one row more than is told, to know whether there are more.
// Where a switch lets everything through, as visibility does for those who see
// all, it counts in the order of the page: the page's index leads to an early
// end. What is narrowed has an index of its own, and sorting it would cost more
// than counting it; where that depends on a value, PostgreSQL decides by it.
func countOf(s narrowed, order []page.Term) string {
	rows := s.selection
	if s.wide && !s.sifted {
		rows += "\nORDER BY " + orderBy(order)
	}
	return fmt.Sprintf("SELECT count(*) FROM (\n%s\nLIMIT %d) AS matching", rows, page.MaxTotal+1)
}

// planForValues has PostgreSQL plan the statements behind it, to the end of
// their batch, for the values that they are sent with: a common word is found
// soonest by going through the list in its order, a rare one by its index. A
// prepared statement gets one plan for all values after a few runs. Reading a
// whole table, which seems cheap where the count soon ends, is none of the
// plans: the matches may be at its end.
const planForValues = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)`

func (l *List) send(ctx context.Context, batch *pgx.Batch) (pgx.Rows, error) {
	l.from = replicaOf(ctx, l.db)
	conn, err := l.db.sessionToRead(ctx)
	if err != nil {
		return nil, err
	}
	results := conn.SendBatch(ctx, batch)
	release := func() {
		_ = results.Close()
		conn.Release()
	}
	if l.planned {
		if _, err := results.Exec(); err != nil {
			release()
			return nil, fmt.Errorf("choosing how to plan: %w", translateFor(ctx, err))
		}
	}
	if l.counted {
		if err := results.QueryRow().Scan(&l.matching); err != nil {
			release()
			return nil, fmt.Errorf("counting: %w", translateFor(ctx, err))
		}
	}
	found, err := results.Query()
	if err != nil {
		release()
		return nil, l.cursorError(translateFor(ctx, err))
	}
	return &listRows{rows: rows{Rows: found, ctx: ctx, release: release}, list: l}, nil
}

// cursorError recognises a cursor whose keys are no values of the order's columns.
func (l *List) cursorError(err error) error {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && l.at.After != nil && strings.HasPrefix(pgErr.Code, "22") {
		return page.ErrCursor()
	}
	return err
}

// Exec is refused: a List runs list queries alone.
func (l *List) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, fmt.Errorf("dbx.List runs list queries alone")
}

// QueryRow is refused: a List runs list queries alone.
func (l *List) QueryRow(context.Context, string, ...any) pgx.Row {
	return row{err: fmt.Errorf("dbx.List runs list queries alone")}
}

// listRows are the rows of one page. They end where the page does, keep the
// keys of the row that was read last, and tell the list whether another follows.
type listRows struct {
	rows
	list *List
}

func (r *listRows) Next() bool {
	if r.list.read == r.list.request.Size {
		r.list.more = r.Rows.Next()
		r.Close()
		return false
	}
	if !r.Rows.Next() {
		return false
	}
	r.list.read++
	return true
}

// Close gives the connection back, for the estimate to take one.
func (r *listRows) Close() {
	r.rows.Close()
	r.list.estimate(r.ctx)
}

func (r *listRows) Scan(destinations ...any) error {
	return r.rows.Scan(append(destinations, &r.list.last)...)
}

func (r *listRows) Err() error { return r.list.cursorError(r.rows.Err()) }
