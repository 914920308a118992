package dbx

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/page"
)

const (
	// estimateLife is how long an estimate is told. Until then a list that had
	// more rows than are counted is not counted again.
	estimateLife = time.Minute
	// maxEstimates bounds how many are kept.
	maxEstimates = 1_000
)

// estimates are how many rows lists have that are too long to be counted, by
// their statement and its arguments. Only a list that has just been counted to
// the end of the counting gets one, so that whatever is shorter is exact.
type estimates struct {
	mu sync.Mutex
	of map[string]map[string]estimate
	// kept is how many there are in all.
	kept int
}

type estimate struct {
	rows  int64
	until time.Time
}

// get returns the estimate for a list, 0 where there is none. It looks at the
// arguments only where the statement has an estimate for some.
func (e *estimates) get(sql string, args []any) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	byArgs, ok := e.of[sql]
	if !ok {
		return 0
	}
	found, ok := byArgs[keyOf(args)]
	if !ok || time.Now().After(found.until) {
		return 0
	}
	return found.rows
}

func (e *estimates) put(sql string, args []any, rows int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil || e.kept >= maxEstimates {
		e.of, e.kept = map[string]map[string]estimate{}, 0
	}
	if e.of[sql] == nil {
		e.of[sql] = map[string]estimate{}
	}
	key := keyOf(args)
	if _, ok := e.of[sql][key]; !ok {
		e.kept++
	}
	e.of[sql][key] = estimate{rows: rows, until: time.Now().Add(estimateLife)}
}

// keyOf tells arguments apart by what they point to.
func keyOf(args []any) string {
	key, err := json.Marshal(args)
	if err != nil {
		// None of a list's parameters is of a type that JSON does not know.
		return fmt.Sprintf("%#v", args)
	}
	return string(key)
}

// long is a list as it is counted, and how many rows it is estimated to have
// once that is known.
type long struct {
	sent *sent
	// countArgs are what it is counted with, and args are the list's own.
	countArgs, args []any
	rows            int64
}

// isLong tells whether the list is known to have more rows than are counted, and
// else notes what to estimate should it turn out to.
func (l *List) isLong(s *sent, countArgs, args []any) bool {
	l.long = long{sent: s, countArgs: countArgs, args: args, rows: l.db.estimates.get(s.count, countArgs)}
	l.matching = l.long.rows
	return l.long.rows > 0
}

// estimate asks how many rows PostgreSQL expects of a list that has more than
// were counted. Where it cannot be asked there is no estimate, and the list is
// told to have more than were counted.
func (l *List) estimate(ctx context.Context) {
	if l.matching <= page.MaxTotal || l.long.rows > 0 || ctx.Err() != nil {
		return
	}
	var plan []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		} `json:"Plan"`
	}
	// Not kept as a prepared statement: it is seldom asked.
	args := pick([]any{pgx.QueryExecModeDescribeExec}, l.long.sent.estimateArgs, l.long.args, nil)
	if err := l.db.QueryRow(ctx, l.long.sent.estimate, args...).Scan(&plan); err != nil || len(plan) == 0 {
		return
	}
	l.long.rows = max(int64(plan[0].Plan.Rows), l.matching)
	l.db.estimates.put(l.long.sent.count, l.long.countArgs, l.long.rows)
}
