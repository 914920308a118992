package httpapi

import (
	"context"
	"strconv"
	"strings"

	"github.com/aicoordination/coordinator/internal/page"
)

// links is the Link header (RFC 8288) of a page, with the same filters and
// order: the first, previous, next and last one around a page by its number,
// the first and the next one along a cursor.
func links(ctx context.Context, info page.Info) *string {
	s := scopeOf(ctx)
	if s == nil {
		return nil
	}
	asked := s.request.URL
	query := asked.Query()
	query.Del("page")
	query.Del("cursor")
	var found []string
	add := func(relation, parameter, value string) {
		query.Set(parameter, value)
		found = append(found, "<"+asked.Path+"?"+query.Encode()+`>; rel="`+relation+`"`)
		query.Del(parameter)
	}
	addPage := func(relation string, number int64) { add(relation, "page", strconv.FormatInt(number, 10)) }
	number := int64(info.Number)
	addPage("first", 1)
	switch {
	case number > 1 && info.MoreThanTotal:
		// Where the pages end was not counted.
		addPage("prev", number-1)
	case number > 1:
		addPage("prev", min(number-1, max(1, info.TotalPages)))
	}
	switch {
	case number > 0 && number < info.TotalPages:
		addPage("next", number+1)
	case info.HasMore:
		add("next", "cursor", info.NextCursor)
	}
	if number > 0 && !info.MoreThanTotal {
		addPage("last", max(1, info.TotalPages))
	}
	header := strings.Join(found, ", ")
	return &header
}
