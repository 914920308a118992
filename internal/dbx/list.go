package dbx

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
)

// List runs one generated list query for a page and counts what matches it, in
// a single round trip. It satisfies [db.DBTX]:
//
//	list := dbx.NewList(d, orderBy)
//	rows, err := db.New(list).TaskList(ctx, params)
//	total := list.Total
//
// The statement that sqlc has checked is narrowed before it is sent, because
// PostgreSQL plans `$1 IS NULL OR column = $1` without an index once the plan
// is generic: 2.9 lists a second against 3,262 at a million tasks. A line
//
//	AND ($n::type IS NULL OR condition)
//	AND ($n::boolean OR condition)
//
// is dropped when its argument is null or an empty list (true, for the second
// form) and reduced to the condition otherwise; the ORDER BY gives way to the
// one asked for.
// Every combination of filters is thereby a statement of its own, each
// prepared and planned once.
type List struct {
	db      *DB
	orderBy string
	// Total is the number of rows that match, on all pages; set by Query.
	Total int64
}

// NewList returns a List in the order of the given ORDER BY terms, which must
// come from a table of columns and never from a caller; "" keeps the order of
// the statement itself.
func NewList(d *DB, orderBy string) *List { return &List{db: d, orderBy: orderBy} }

var _ db.DBTX = (*List)(nil)

// Query narrows the statement, runs it and sets Total.
func (l *List) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	selection, order, limit, err := narrow(sql, args)
	if err != nil {
		return nil, err
	}
	if l.orderBy != "" {
		order = l.orderBy
	}
	count, countArgs := number("SELECT count(*) FROM (\n"+selection+"\n) AS matching", args)
	page, pageArgs := number(selection+"\nORDER BY "+order+"\n"+limit, args)

	conn, err := l.db.acquire(ctx)
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	batch.Queue(count, countArgs...)
	batch.Queue(page, pageArgs...)
	results := conn.SendBatch(ctx, batch)
	release := func() {
		_ = results.Close()
		conn.Release()
	}
	if err := results.QueryRow().Scan(&l.Total); err != nil {
		release()
		return nil, fmt.Errorf("counting: %w", translate(err))
	}
	found, err := results.Query()
	if err != nil {
		release()
		return nil, translate(err)
	}
	return &rows{Rows: found, release: release}, nil
}

// Exec is refused: a List runs list queries alone.
func (l *List) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, fmt.Errorf("dbx.List runs list queries alone")
}

// QueryRow is refused: a List runs list queries alone.
func (l *List) QueryRow(context.Context, string, ...any) pgx.Row {
	return row{err: fmt.Errorf("dbx.List runs list queries alone")}
}

var (
	optionalFilter = regexp.MustCompile(`^\s*AND \(\$(\d+)::[a-z_]+(?:\[\])? IS NULL OR (.*)\)$`)
	switchFilter   = regexp.MustCompile(`^\s*AND \(\$(\d+)::boolean OR (.*)\)$`)
	parameter      = regexp.MustCompile(`\$(\d+)`)
)

// narrow drops and reduces the filters and takes the statement apart into what
// selects the rows, the terms of its ORDER BY and its LIMIT line.
func narrow(sql string, args []any) (selection, order, limit string, err error) {
	var kept []string
	for line := range strings.SplitSeq(strings.TrimSpace(sql), "\n") {
		switch {
		case strings.HasPrefix(line, "--"):
			continue
		case strings.HasPrefix(line, "ORDER BY "):
			order = strings.TrimPrefix(line, "ORDER BY ")
			continue
		case strings.HasPrefix(line, "LIMIT "):
			limit = line
			continue
		}
		if m := optionalFilter.FindStringSubmatch(line); m != nil {
			if isNull(args, m[1]) {
				continue
			}
			line = "  AND (" + m[2] + ")"
		} else if m := switchFilter.FindStringSubmatch(line); m != nil {
			if isTrue(args, m[1]) {
				continue
			}
			line = "  AND (" + m[2] + ")"
		}
		kept = append(kept, line)
	}
	if order == "" || limit == "" {
		return "", "", "", fmt.Errorf("a list query needs its ORDER BY and LIMIT on lines of their own: %.80s", sql)
	}
	return strings.Join(kept, "\n"), order, limit, nil
}

func argument(args []any, number string) any {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(args) {
		return nil
	}
	return args[n-1]
}

func isNull(args []any, number string) bool {
	value := reflect.ValueOf(argument(args, number))
	if !value.IsValid() {
		return true
	}
	switch value.Kind() {
	case reflect.Pointer:
		return value.IsNil()
	case reflect.Slice:
		return value.Len() == 0
	default:
		return false
	}
}

func isTrue(args []any, number string) bool {
	value, ok := argument(args, number).(bool)
	return ok && value
}

// number renumbers the parameters that are left from 1 and picks their
// arguments; PostgreSQL refuses a statement with gaps in them.
func number(sql string, args []any) (numbered string, picked []any) {
	places := map[string]int{}
	numbered = parameter.ReplaceAllStringFunc(sql, func(name string) string {
		place, ok := places[name]
		if !ok {
			picked = append(picked, argument(args, name[1:]))
			place = len(picked)
			places[name] = place
		}
		return "$" + strconv.Itoa(place)
	})
	return numbered, picked
}
