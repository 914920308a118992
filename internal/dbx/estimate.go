package dbx

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/aicoordination/coordinator/internal/page"
)

const (
	// estimateLife is how long an expectation is relied upon. Until then a list that
	// is too long is not counted, and of another PostgreSQL is not asked again.
	estimateLife = time.Minute
	// maxEstimates bounds how many are kept.
	maxEstimates = 1_000
	// dearCost is what a count may cost that everybody may have made, as PostgreSQL
	// reckons: with its usual settings some 20 ms. Counting as many rows as are told
	// costs less where an index leads to them.
	dearCost = 10_000
	// clearlyLong is how many rows PostgreSQL has to expect of a list that is dear to
	// count for it not to be counted at all: its guess may be wrong by as much.
	clearlyLong = 2 * page.MaxTotal
)

// expectation is what is known of how many rows a list has before it is counted.
type expectation struct {
	// rows are how many PostgreSQL expects, or how many were counted last.
	rows int64
	// long tells that there are more than are counted.
	long bool
	// dear tells that counting goes through far more rows than it finds.
	dear  bool
	until time.Time
}

// estimates are what is known of lists by their statement and its arguments: of
// those whose count may be dear, and of those that were found to have more rows
// than are counted.
type estimates struct {
	mu sync.Mutex
	of map[string]map[string]expectation
	// kept is how many there are in all.
	kept int
}

// get returns what is known of a list. It looks at the arguments only where
// something is known of the statement for some.
func (e *estimates) get(sql string, args []any) (expectation, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	byArgs, ok := e.of[sql]
	if !ok {
		return expectation{}, false
	}
	found, ok := byArgs[keyOf(args)]
	if !ok || time.Now().After(found.until) {
		return expectation{}, false
	}
	return found, true
}

func (e *estimates) put(sql string, args []any, known expectation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil || e.kept >= maxEstimates {
		e.of, e.kept = map[string]map[string]expectation{}, 0
	}
	if e.of[sql] == nil {
		e.of[sql] = map[string]expectation{}
	}
	key := keyOf(args)
	if _, ok := e.of[sql][key]; !ok {
		e.kept++
	}
	known.until = time.Now().Add(estimateLife)
	e.of[sql][key] = known
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

// plan is PostgreSQL's for a count, as EXPLAIN (FORMAT JSON) tells it.
type plan struct {
	Type  string  `json:"Node Type"`
	As    string  `json:"Parent Relationship"`
	Rows  float64 `json:"Plan Rows"`
	Cost  float64 `json:"Total Cost"`
	Plans []plan  `json:"Plans"`
}

// expected reads what a plan of a count makes expect: what is below its LIMIT has
// as many rows as the list. A count that costs more than that is dear.
func expected(explained []byte, dear float64) (expectation, bool) {
	var plans []struct {
		Plan plan `json:"Plan"`
	}
	if err := json.Unmarshal(explained, &plans); err != nil || len(plans) == 0 {
		return expectation{}, false
	}
	e := expectation{dear: plans[0].Plan.Cost > dear}
	for p, limited := &plans[0].Plan, false; p != nil; p = p.source() {
		if e.rows = int64(p.Rows); limited {
			break
		}
		limited = p.Type == "Limit"
	}
	e.long = e.dear && e.rows > clearlyLong
	return e, true
}

// source is where the rows of a node come from, nil where it reads them itself.
func (p *plan) source() *plan {
	for i := range p.Plans {
		if as := p.Plans[i].As; as == "Outer" || as == "Subquery" {
			return &p.Plans[i]
		}
	}
	return nil
}
