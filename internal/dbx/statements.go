package dbx

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aicoordination/coordinator/internal/page"
)

// statements remembers what has been made of generated statements, so that a
// request for a list that has been asked for before, with whatever values, costs
// no look into the text of its statement.
type statements struct {
	mu sync.RWMutex
	// filters are by the generated statement, of which there are as many as there
	// are queries.
	filters map[string][]filter
	sent    map[form]*sent
}

// maxSent bounds how many are remembered. There can be many: callers choose the
// filters and the sorting. A connection has fewer than these prepared.
const maxSent = 2048

// filter is one that may let everything through, and the number of the argument
// that tells.
type filter struct {
	argument int
	isSwitch bool
}

// form is everything of a request that its statement depends on.
type form struct {
	sql string
	// open are the filters that let everything through, the first at the lowest bit.
	open uint64
	// sort is as it was asked for, and keys are how many a cursor holds.
	sort string
	keys int
	// skips is for a page that others are in front of; see skipping.
	skips bool
	// plain is for a statement that is no list.
	plain bool
}

// sent is what is sent for a form: the statement that counts, empty for none,
// the one that asks PostgreSQL what counting would come to, with the same
// arguments, and the one that reads, each with the numbers of the arguments that
// it has.
type sent struct {
	count, explain, read string
	countArgs, readArgs  []int
	// asks tells that counting may go through far more rows than it finds, so that
	// PostgreSQL is asked before; typed are then the arguments that are sent as texts
	// of the arrays that they are.
	asks  bool
	typed []int
	// order is that of the rows, and asked what was asked for of it, nil for the
	// statement's own.
	order, asked []page.Term
	sifted       bool
}

var remembered = statements{filters: map[string][]filter{}, sent: map[form]*sent{}}

// get returns what is sent for a form with such arguments, whose filters it adds,
// and an order that is asked for. It is built where it is not known.
func (s *statements) get(f form, args []any, asked []page.Term, build func() (*sent, error)) (*sent, error) {
	s.mu.RLock()
	filters, known := s.filters[f.sql]
	s.mu.RUnlock()
	if !known {
		filters = filtersOf(f.sql)
	}
	if len(filters) > 64 {
		return build()
	}
	for i, one := range filters {
		if one.isOpen(args) {
			f.open |= 1 << i
		}
	}
	s.mu.RLock()
	found := s.sent[f]
	s.mu.RUnlock()
	// The same word may sort two lists of one statement by different columns.
	if found != nil && slices.Equal(found.asked, asked) {
		return found, nil
	}
	made, err := build()
	if err != nil {
		return nil, err
	}
	made.asked = asked
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sent) >= maxSent {
		clear(s.sent)
		clear(s.filters)
	}
	s.filters[f.sql], s.sent[f] = filters, made
	return made, nil
}

func filtersOf(sql string) []filter {
	var found []filter
	for line := range strings.SplitSeq(sql, "\n") {
		if m := optionalFilter.FindStringSubmatch(line); m != nil {
			found = append(found, filter{argument: numberOf(m[1])})
		} else if m := switchFilter.FindStringSubmatch(line); m != nil {
			found = append(found, filter{argument: numberOf(m[1]), isSwitch: true})
		}
	}
	return found
}

func (f filter) isOpen(args []any) bool {
	if f.isSwitch {
		return isTrue(args, f.argument)
	}
	return isNull(args, f.argument)
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// number renumbers the parameters that are left from 1 and returns which they
// were; PostgreSQL refuses a statement with gaps in them.
func number(sql string) (numbered string, were []int) {
	numbered = parameter.ReplaceAllStringFunc(sql, func(name string) string {
		was := numberOf(name[1:])
		place := slices.Index(were, was)
		if place < 0 {
			place = len(were)
			were = append(were, was)
		}
		return "$" + strconv.Itoa(place+1)
	})
	return numbered, were
}

// pick appends the arguments of the numbers, and the keys of a cursor, whose
// numbers go on behind those of the arguments.
func pick(to []any, numbers []int, args []any, keys []string) []any {
	for _, n := range numbers {
		if n > len(args) && n <= len(args)+len(keys) {
			to = append(to, keys[n-len(args)-1])
		} else {
			to = append(to, argument(args, n))
		}
	}
	return to
}

// castList is a list of texts that is taken for one of an enumeration's values.
var castList = regexp.MustCompile(`\$(\d+)::text\[\]::([a-z_]+\[\])`)

// typeLists has lists of an enumeration's values sent as such, and returns which
// they are. PostgreSQL does not know, before it runs a statement, what the cast of
// a list of texts comes to: it has no notion then of how many rows will match, and
// casts the list again for each row that it looks at.
func typeLists(sql string) (typed string, lists []int) {
	for _, m := range castList.FindAllStringSubmatch(sql, -1) {
		if n := numberOf(m[1]); !slices.Contains(lists, n) {
			lists = append(lists, n)
		}
	}
	return castList.ReplaceAllString(sql, "$$$1::$2"), lists
}

// withLists returns the arguments with the lists of the numbers as texts of arrays.
func withLists(args []any, lists []int) []any {
	if len(lists) == 0 {
		return args
	}
	args = slices.Clone(args)
	for _, n := range lists {
		if values, ok := argument(args, n).([]string); ok {
			args[n-1] = arrayOf(values)
		}
	}
	return args
}

// arrayOf is how PostgreSQL reads an array from a text.
func arrayOf(values []string) string {
	text := make([]byte, 0, 64)
	text = append(text, '{')
	for i, value := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '"')
		for j := range len(value) {
			if value[j] == '"' || value[j] == '\\' {
				text = append(text, '\\')
			}
			text = append(text, value[j])
		}
		text = append(text, '"')
	}
	return string(append(text, '}'))
}
