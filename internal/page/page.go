// Package page owns how lists are cut and ordered: page numbers and the sort
// parameter. It knows no SQL; an aggregate maps the sort keys to its columns.
package page

import (
	"maps"
	"slices"
	"strings"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// The bounds of a page, as the contract gives them.
const (
	DefaultSize = 20
	MaxSize     = 100
	MaxNumber   = 1_000_000
)

// Request is which page of a list is asked for, and in what order.
type Request struct {
	// Number counts from 1.
	Number int
	// Size is the most rows on the page, 1 to MaxSize.
	Size int
	// Sort is the sort parameter as it was sent: "-priority,due_date"; empty for the list's own order.
	Sort string
}

// Limit is the number of rows to read.
func (r Request) Limit() int32 { return int32(r.Size) }

// Offset is the number of rows before the page.
func (r Request) Offset() int32 { return int32((r.Number - 1) * r.Size) }

// Info is where a page stands in its list.
type Info struct {
	Number     int
	Size       int
	Total      int64
	TotalPages int64
}

// Info returns the request's place in a list of total rows. An empty list has no pages.
func (r Request) Info(total int64) Info {
	size := int64(r.Size)
	return Info{Number: r.Number, Size: r.Size, Total: total, TotalPages: (total + size - 1) / size}
}

// Column is what a list can be sorted by.
type Column struct {
	// SQL is the column's name in the statement.
	SQL string
	// Nullable columns have their nulls last in either direction. The others
	// say nothing of nulls, because an index that is read backwards serves
	// DESC and not DESC NULLS LAST.
	Nullable bool
}

// Columns maps the fields a list can be sorted by to the columns they stand
// for. Only values of such a map ever reach a statement.
type Columns map[string]Column

// OrderBy turns a sort parameter into the terms of an ORDER BY, with the id as
// the last key in the direction of the first, so that the order is total and
// one index can serve it. An empty parameter gives "", for the statement's own
// order. Null sorts last either way. It returns a validation error that lists
// the sortable fields when one is unknown or named twice.
func (c Columns) OrderBy(sort, id string) (string, error) {
	if sort == "" {
		return "", nil
	}
	var terms []string
	seen := map[string]bool{}
	for key := range strings.SplitSeq(sort, ",") {
		field, desc := strings.CutPrefix(key, "-")
		column, ok := c[field]
		if !ok || seen[field] {
			return "", apperr.InvalidField("query:sort", "sort",
				"Sort by %s, each at most once, comma-separated, with - in front for descending.",
				strings.Join(slices.Sorted(maps.Keys(c)), ", "))
		}
		seen[field] = true
		term := column.SQL
		switch {
		case desc && column.Nullable:
			term += " DESC NULLS LAST"
		case desc:
			term += " DESC"
		}
		terms = append(terms, term)
	}
	if strings.HasPrefix(sort, "-") {
		id += " DESC"
	}
	return strings.Join(append(terms, id), ", "), nil
}
