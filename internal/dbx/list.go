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
	// id is the column that tells the rows apart; empty where it is not known.
	id string

	// walks tells that the list is gone through to its end, so that nobody asks how
	// long it is.
	walks bool

	// matching, read, more and last are what Query and its rows have found; ended
	// tells that they were read to the end of the page.
	matching int64
	counting counting
	read     int
	planned  bool
	ended    bool
	more     bool
	last     []string
	// from is nil where the rows are the primary's.
	from *onReplica

	// What is sent and read is a part of the list, so as to be made with it: room is
	// for the arguments, unless there are more.
	queue queue
	rows  listRows
	room  [16]any
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
	return &List{db: d, request: request, at: at, order: order, id: id}, nil
}

// Limit is what the statement is to be limited to: one row more than the page
// holds, which tells whether another follows.
func (l *List) Limit() int32 { return int32(l.request.Size) + 1 }

// skips tells that rows are in front of the page, and that they can be skipped by
// their ids.
func (l *List) skips() bool { return l.at.Offset > 0 && l.id != "" }

// Offset is the number of rows that the statement is to skip.
func (l *List) Offset() int32 { return int32(l.at.Offset) }

// Query narrows the statement, runs it and counts.
func (l *List) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	s, err := remembered.get(form{sql: sql, sort: l.request.Sort, keys: len(l.at.After), skips: l.skips()}, args, l.order, func() (*sent, error) { return l.build(sql, args) })
	if err != nil {
		return nil, err
	}
	args = withLists(args, s.typed)
	l.queue = queue{}
	if s.sifted {
		l.queue.add(planForValues, nil)
		l.planned = true
	}
	picked := l.room[:0]
	if s.count != "" && !l.walks {
		picked = pick(picked, s.countArgs, args, nil)
		switch l.counting = l.howToCount(s, picked); l.counting.way {
		case along:
			l.queue.add(s.count, picked)
		case asked:
			l.queue.add(s.explain, picked)
		case uncounted, told, afterPage:
		}
	}
	l.queue.add(s.read, pick(picked[len(picked):], s.readArgs, args, l.at.After))
	return l.send(ctx)
}

// build returns the statements of the page.
func (l *List) build(sql string, args []any) (*sent, error) {
	n, err := narrow(sql, args)
	if err != nil {
		return nil, err
	}
	made := &sent{order: l.order, sifted: n.sifted, asks: n.filtered && !n.confined}
	if made.asks {
		n.selection, made.typed = typeLists(n.selection)
	}
	// When a row was changed is in no index: few matches would make the count read the whole table.
	if strings.Contains(n.selection, ".updated_at >= $") {
		made.sifted = true
	}
	if made.order == nil {
		made.order = n.order
	}
	selection, err := withKeys(n.selection, made.order)
	if err != nil {
		return nil, err
	}
	if l.at.After == nil {
		made.count, made.countArgs = number(countOf(n, made.order))
		// Without a name: it is none of the list's own.
		made.explain = "EXPLAIN (FORMAT JSON) " + made.count
	} else {
		if len(l.at.After) != len(made.order) {
			return nil, page.ErrCursor()
		}
		selection += "\n  AND (" + behind(made.order, len(args)) + ")"
	}
	read := selection + "\nORDER BY " + orderBy(made.order) + "\n" + n.limit
	if l.skips() {
		read = skipping(n.selection, selection, l.id, n.limit, made.order)
	}
	made.read, made.readArgs = number(read)
	// Named as in its source, for logs and metrics, and for pg_stat_statements.
	made.read = nameLine(sql) + made.read
	return made, nil
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

func (l *List) send(ctx context.Context) (pgx.Rows, error) {
	l.from = replicaOf(ctx, l.db)
	conn, err := l.db.sessionToRead(ctx)
	if err != nil {
		return nil, err
	}
	found := rows{ctx: ctx, results: sendBatch(ctx, conn, &l.queue.batch), at: conn}
	if l.planned {
		if _, err := found.results.Exec(); err != nil {
			found.giveBack()
			return nil, fmt.Errorf("choosing how to plan: %w", translateFor(ctx, err))
		}
	}
	if err := l.readCount(found.results); err != nil {
		found.giveBack()
		return nil, fmt.Errorf("counting: %w", translateFor(ctx, err))
	}
	if found.Rows, err = found.results.Query(); err != nil {
		found.giveBack()
		return nil, l.cursorError(translateFor(ctx, err))
	}
	found.decoder.expected = l.expected()
	l.rows = listRows{rows: found, list: l}
	return &l.rows, nil
}

// readCount reads what was sent ahead of the page for its total.
func (l *List) readCount(results pgx.BatchResults) (err error) {
	switch l.counting.way {
	case along:
		l.matching, err = counted(results)
	case asked:
		var plan []byte
		if err = results.QueryRow().Scan(&plan); err == nil {
			l.explained(plan)
		}
	case uncounted, told, afterPage:
	}
	return err
}

// counted reads the number that the next of the results is.
func counted(results pgx.BatchResults) (int64, error) {
	found, err := results.Query()
	if err != nil {
		return 0, err
	}
	defer found.Close()
	var n int64
	if found.Next() && !int64Of(found.RawValues()[0], &n) {
		return 0, errors.New("the count is none")
	}
	found.Close()
	return n, found.Err()
}

// expected is how many rows the page has at most.
func (l *List) expected() int {
	if l.counting.way != along || l.matching > page.MaxTotal {
		return l.request.Size
	}
	return min(l.request.Size, max(int(l.matching)-l.at.Offset, 0))
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
	return noRow{err: fmt.Errorf("dbx.List runs list queries alone")}
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
		r.list.ended = true
		r.Close()
		return false
	}
	if !r.Rows.Next() {
		r.list.ended = true
		return false
	}
	r.list.read++
	return true
}

// Close gives the connection back, for what is counted behind the page to take one.
func (r *listRows) Close() {
	r.rows.Close()
	if r.rows.Rows.Err() == nil {
		r.list.total(r.ctx)
	}
}

// Scan decodes the row, and the keys of the page's last: no other is gone on behind.
func (r *listRows) Scan(destinations ...any) error {
	if r.decode(destinations, len(destinations)+1) {
		if r.list.read < r.list.request.Size {
			return nil
		}
		keys := r.decoder.values[len(destinations)]
		if r.decoder.decode(intoStrings, keys, &r.list.last) {
			return nil
		}
	}
	return translateFor(r.ctx, r.Rows.Scan(append(destinations, &r.list.last)...))
}

func (r *listRows) Err() error { return r.list.cursorError(r.rows.Err()) }
