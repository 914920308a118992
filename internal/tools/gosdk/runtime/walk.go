package client

import (
	"iter"

	"github.com/aicoordination/coordinator/gen/api"
)

// walk yields the items of one page after another. read returns the items of the page that a cursor or
// a number leads to, the zero value to the first one, and what leads to the next one, the zero value if
// there is none. A walk may be repeated: each begins at the beginning.
func walk[Lead comparable, Item any](read func(Lead) ([]Item, Lead, error)) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		var lead, none Lead

		for {
			items, next, err := read(lead)
			if err != nil {
				var item Item
				yield(item, err)

				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == none {
				return
			}
			lead = next
		}
	}
}

// nextCursor is where a page of a list leads to.
func nextCursor(page api.PageInfo) string {
	if !page.HasMore {
		return ""
	}

	return valueOf(page.NextCursor)
}

// nextNumber is the number of the page that follows, of a list that has no cursors.
func nextNumber(page api.PageInfo) int {
	if !page.HasMore {
		return 0
	}

	return valueOf(page.Page) + 1
}

// nextOf is where a list leads to that has a cursor on every page, the last one too.
func nextOf(cursor string, hasMore bool) string {
	if !hasMore {
		return ""
	}

	return cursor
}

// valueOf is the value of a field, the zero value where it is null.
func valueOf[T any](field api.Nullable[T]) T {
	if field.IsNull() || !field.IsSpecified() {
		var none T

		return none
	}

	return field.MustGet()
}
