package httpapi

import (
	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/search"
)

// highlights are those of all the hits of a page, one behind the other.
type highlights []api.SearchHighlight

// of is where a search hit matches, as every search says it.
func (h *highlights) of(found []search.Highlight) []api.SearchHighlight {
	from := len(*h)
	for _, one := range found {
		*h = append(*h, api.SearchHighlight{Field: one.Field, Snippet: one.Snippet})
	}
	return (*h)[from:len(*h):len(*h)]
}
