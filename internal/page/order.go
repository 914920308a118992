package page

import (
	"maps"
	"slices"
	"strings"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// Column is what a list can be sorted by. It is never null, so that a row's
// keys can be compared with those of a cursor in one expression that an index
// serves.
type Column struct {
	// SQL is the column, or an expression over it.
	SQL string
	// Descending stands in for SQL in descending order where it is not empty.
	Descending string
}

// NullableDate returns the column of a date that may be null: null sorts last
// in either direction.
func NullableDate(column string) Column {
	return Nullable(column, "'infinity'", "'-infinity'")
}

// Nullable returns a column that may be null, with the values that stand in
// for null: one above and one below all that the column holds, as SQL.
func Nullable(column, highest, lowest string) Column {
	return Column{SQL: "coalesce(" + column + ", " + highest + ")", Descending: "coalesce(" + column + ", " + lowest + ")"}
}

// Columns maps the fields a list can be sorted by to the columns they stand
// for. Only values of such a map ever reach a statement.
type Columns map[string]Column

// Term is one key of an order.
type Term struct {
	SQL  string
	Desc bool
}

// String returns the term as it stands in an ORDER BY.
func (t Term) String() string {
	if t.Desc {
		return t.SQL + " DESC"
	}
	return t.SQL
}

// Order turns a sort parameter into the terms of an ORDER BY, with the id as
// the last key in the direction of the first, so that the order is total and
// one index can serve it. An empty parameter gives nil, for the statement's own
// order. It returns a validation error that lists the sortable fields when one
// is unknown or named twice.
func (c Columns) Order(sort, id string) ([]Term, error) {
	if sort == "" {
		return nil, nil
	}
	terms := make([]Term, 0, strings.Count(sort, ",")+2)
	seen := map[string]bool{}
	for key := range strings.SplitSeq(sort, ",") {
		field, desc := strings.CutPrefix(key, "-")
		column, ok := c[field]
		if !ok || seen[field] {
			return nil, c.unsortable()
		}
		seen[field] = true
		if desc && column.Descending != "" {
			column.SQL = column.Descending
		}
		terms = append(terms, Term{SQL: column.SQL, Desc: desc})
	}
	return append(terms, Term{SQL: id, Desc: terms[0].Desc}), nil
}

func (c Columns) unsortable() error {
	if len(c) == 0 {
		return apperr.InvalidField("query:sort", "sort", "This list has one order. Leave sort out.")
	}
	return apperr.InvalidField("query:sort", "sort",
		"Sort by %s, each at most once, comma-separated, with - in front for descending.",
		strings.Join(slices.Sorted(maps.Keys(c)), ", "))
}
