package httpapi

import (
	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/search"
)

// toHighlights is where a search hit matches, as every search says it.
func toHighlights(found []search.Highlight) []api.SearchHighlight {
	highlights := make([]api.SearchHighlight, len(found))
	for i, h := range found {
		highlights[i] = api.SearchHighlight{Field: h.Field, Snippet: h.Snippet}
	}
	return highlights
}
