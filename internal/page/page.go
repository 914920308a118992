// Package page owns how lists are cut and ordered: page numbers, cursors and
// the sort parameter. It knows no SQL; an aggregate maps the sort keys to its
// columns.
package page

import (
	"github.com/aicoordination/coordinator/internal/apperr"
)

// The bounds of a page, as the contract gives them.
const (
	DefaultSize = 20
	MaxSize     = 100
	// MaxRow is the last row that a page number reaches: skipping costs what it
	// skips. A cursor goes further, at any depth for the price of the first page.
	MaxRow = 10_000
	// MaxTotal is the most that is counted, which costs what it counts: as far as
	// page numbers reach.
	MaxTotal = MaxRow
)

// Request is which page of a list is asked for, and in what order.
type Request struct {
	// Number counts from 1; nil where it was not given.
	Number *int
	// Size is the most rows on the page, 1 to MaxSize.
	Size int
	// Cursor is the next_cursor of the page before; empty for a page by its number.
	Cursor string
	// Sort is the sort parameter as it was sent: "-priority,due_date"; empty for the list's own order.
	Sort string
}

// First returns the request for the first rows of a list in its own order.
func First(size int) Request { return Request{Size: size} }

// Info is where a page stands in its list.
type Info struct {
	// Number is 0 where the page was reached by a cursor, and so are the totals.
	Number int
	Size   int
	// Total is how many rows match: counted as far as MaxTotal, estimated beyond and
	// where counting takes too long.
	Total int64
	// TotalPages are the pages that have a number, as far as MaxRow.
	TotalPages int64
	// MoreThanTotal tells that there may be more: the counting ended before the rows
	// did, or IsEstimate, Total was not counted.
	MoreThanTotal, IsEstimate bool
	HasMore                   bool
	// NextCursor leads to the rows behind this page; empty when there are none.
	NextCursor string
}

// Position is where a page begins: behind so many rows, or behind the row with these keys.
type Position struct {
	Number int
	Offset int
	// After is nil without a cursor.
	After []string
}

// Position returns where the page begins. It returns a validation error for a
// number and a cursor at once, for a number that reaches too far, and for a
// cursor that is none or was made in another order.
func (r Request) Position() (Position, error) {
	if r.Cursor == "" {
		number := 1
		if r.Number != nil {
			number = *r.Number
		}
		if number*r.Size > MaxRow {
			return Position{}, apperr.InvalidField("query:page", "too_deep",
				"Pages reach row %d, and this one row %d. Follow next_cursor to go further.", MaxRow, number*r.Size)
		}
		return Position{Number: number, Offset: (number - 1) * r.Size}, nil
	}
	if r.Number != nil {
		return Position{}, apperr.InvalidField("query:page", "with_cursor", "Send either page or cursor: the cursor says already where to go on.")
	}
	after, err := decodeCursor(r.Cursor, r.Sort)
	if err != nil {
		return Position{}, err
	}
	return Position{After: after}, nil
}

// Info returns the place of a page in its list: matching is how many rows the
// list was found to have, counted no further than one beyond MaxTotal; last are
// the keys of the page's last row, nil when nothing follows.
func (r Request) Info(at Position, matching int64, last []string) Info {
	info := Info{Number: at.Number, Size: r.Size, HasMore: last != nil}
	if last != nil {
		info.NextCursor = encodeCursor(last, r.Sort)
	}
	if at.After != nil {
		return info
	}
	info.Total, info.MoreThanTotal = min(matching, MaxTotal), matching > MaxTotal
	size := int64(r.Size)
	info.TotalPages = (info.Total + size - 1) / size
	return info
}
