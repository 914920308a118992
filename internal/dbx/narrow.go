package dbx

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/aicoordination/coordinator/internal/page"
)

// narrowed is a list statement taken apart: what selects the rows, the terms of
// its own order, and its LIMIT line.
type narrowed struct {
	selection string
	// wide tells that a filter of the second form let everything through.
	wide bool
	// filtered tells that a filter by some value is left, and confined that one of them leads to the
	// few rows that belong to one other.
	filtered, confined bool
	// sifted tells that a filter is left whose best plan depends on its value.
	sifted bool
	order  []page.Term
	limit  string
}

var (
	optionalFilter = regexp.MustCompile(`^\s*AND \(\$(\d+)::[a-z_]+(?:\[\])? IS NULL OR (.*)\)$`)
	switchFilter   = regexp.MustCompile(`^\s*AND \(\$(\d+)::boolean OR (.*)\)$`)
	// evenFilter is a condition that one plan is best for whatever its value: a
	// column that equals it or is one of what belongs to it, and when a row was
	// changed, which no index holds.
	evenFilter = regexp.MustCompile(`^(?:\S+ = (?:\$\d+::[a-z_]+|ANY\(ARRAY\(SELECT .*\)\))|\S+\.updated_at >= \$\d+::[a-z_]+)$`)
	// confiningFilter leads to the few rows that belong to one other: an index of
	// its column serves it, whatever else is asked of them.
	confiningFilter = regexp.MustCompile(`^\w+\.(?:project_id|task_id|assignee_id|parent_id) = \$\d+::uuid$`)
	// unindexedFilter is a condition that no index is of: to be one of some values
	// of an enumeration, and what depends on no value at all. Any plan looks at it row
	// by row, so that it matters only to how many rows are gone through for a page,
	// which are few where they are confined.
	unindexedFilter = regexp.MustCompile(`^(?:\w+\.(?:status|priority) = ANY\(\$\d+::text\[\]::[a-z_]+\[\]\)|[^$]*)$`)
)

// narrow drops and reduces the filters of a statement, because PostgreSQL plans
// `$1 IS NULL OR column = $1` without an index once the plan is generic: 2.9
// lists a second against 3,262 at a million tasks. A line
//
//	AND ($n::type IS NULL OR condition)
//	AND ($n::boolean OR condition)
//
// is dropped when its argument is null or an empty list (true, for the second
// form) and reduced to the condition otherwise.
func narrow(sql string, args []any) (narrowed, error) {
	var (
		s     narrowed
		lines []string
	)
	for line := range strings.SplitSeq(strings.TrimSpace(sql), "\n") {
		switch {
		case strings.HasPrefix(line, "--"):
		case strings.HasPrefix(line, "ORDER BY "):
			s.order = terms(strings.TrimPrefix(line, "ORDER BY "))
		case strings.HasPrefix(line, "LIMIT "):
			s.limit = line
		default:
			lines = append(lines, line)
		}
	}
	lines = s.keep(lines, args)
	if s.order == nil || s.limit == "" {
		return narrowed{}, fmt.Errorf("a list query needs its ORDER BY and LIMIT on lines of their own: %.80s", sql)
	}
	s.selection = strings.Join(lines, "\n")
	return s, nil
}

// keep returns the lines without the filters that let everything through, and
// with the others reduced.
func (s *narrowed) keep(lines []string, args []any) (kept []string) {
	var guessed bool
	for _, line := range lines {
		if m := optionalFilter.FindStringSubmatch(line); m != nil {
			if isNull(args, numberOf(m[1])) {
				continue
			}
			line = "  AND (" + m[2] + ")"
			s.filtered = true
			switch {
			case confiningFilter.MatchString(m[2]):
				s.confined = true
			case evenFilter.MatchString(m[2]):
			case unindexedFilter.MatchString(m[2]):
				guessed = true
			default:
				s.sifted = true
			}
		} else if m := switchFilter.FindStringSubmatch(line); m != nil {
			if isTrue(args, numberOf(m[1])) {
				s.wide = true
				continue
			}
			line = "  AND (" + m[2] + ")"
			s.filtered = s.filtered || strings.Contains(m[2], "$")
		}
		kept = append(kept, line)
	}
	s.sifted = s.sifted || guessed && !s.confined
	return kept
}

// terms reads the ORDER BY of a statement, which names plain columns.
func terms(orderBy string) []page.Term {
	var found []page.Term
	for term := range strings.SplitSeq(orderBy, ", ") {
		column, desc := strings.CutSuffix(term, " DESC")
		found = append(found, page.Term{SQL: column, Desc: desc})
	}
	return found
}

func orderBy(order []page.Term) string {
	texts := make([]string, len(order))
	for i, term := range order {
		texts[i] = term.String()
	}
	return strings.Join(texts, ", ")
}

// withKeys adds the row's keys in the order, as texts, to what the statement selects.
func withKeys(selection string, order []page.Term) (string, error) {
	from := outermostFrom(selection)
	if from < 0 {
		return "", fmt.Errorf("a list query selects from a table: %.80s", selection)
	}
	keys := make([]string, len(order))
	for i, term := range order {
		keys[i] = "(" + term.SQL + ")::text"
	}
	return selection[:from] + ",\n    ARRAY[" + strings.Join(keys, ", ") + "]" + selection[from:], nil
}

// outermostFrom finds the FROM of the statement itself, behind those of the
// subqueries in what it selects.
func outermostFrom(sql string) int {
	depth := 0
	for i := range len(sql) {
		switch sql[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ' ', '\n':
			if depth == 0 && strings.HasPrefix(sql[i+1:], "FROM ") {
				return i
			}
		}
	}
	return -1
}

// behind is the condition of the rows that follow the one whose keys are the
// arguments after the first n. Keys in one direction are compared as a row,
// which an index serves whole; otherwise the index is bounded by the first.
func behind(order []page.Term, n int) string {
	columns, keys := make([]string, len(order)), make([]string, len(order))
	uniform := true
	for i, term := range order {
		columns[i], keys[i] = term.SQL, "$"+strconv.Itoa(n+i+1)
		uniform = uniform && term.Desc == order[0].Desc
	}
	if uniform {
		return "(" + strings.Join(columns, ", ") + ") " + after(order[0]) + " (" + strings.Join(keys, ", ") + ")"
	}
	alternatives := make([]string, len(order))
	equal := ""
	for i, term := range order {
		alternatives[i] = equal + columns[i] + " " + after(term) + " " + keys[i]
		equal += columns[i] + " = " + keys[i] + " AND "
	}
	return columns[0] + " " + after(order[0]) + "= " + keys[0] + " AND (" + strings.Join(alternatives, " OR ") + ")"
}

func after(term page.Term) string {
	if term.Desc {
		return "<"
	}
	return ">"
}

// numberOf is the number that the digits are; 0, which is no argument's, where it is too large.
func numberOf(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func argument(args []any, number int) any {
	if number < 1 || number > len(args) {
		return nil
	}
	return args[number-1]
}

func isNull(args []any, number int) bool {
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

func isTrue(args []any, number int) bool {
	value, ok := argument(args, number).(bool)
	return ok && value
}
