package httpapi

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/page"
)

type urlKey struct{}

// keepURL lets the handlers of lists name the pages around the one asked for.
func keepURL(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := context.WithValue(c.Request().Context(), urlKey{}, c.Request().URL)
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// links is the Link header (RFC 8288) of a page: the first, previous, next and
// last one, with the same filters and order.
func links(ctx context.Context, info page.Info) *string {
	asked, ok := ctx.Value(urlKey{}).(*url.URL)
	if !ok {
		return nil
	}
	var found []string
	add := func(relation string, number int64) {
		query := asked.Query()
		query.Set("page", strconv.FormatInt(number, 10))
		found = append(found, "<"+asked.Path+"?"+query.Encode()+`>; rel="`+relation+`"`)
	}
	number := int64(info.Number)
	add("first", 1)
	if number > 1 {
		add("prev", min(number-1, max(1, info.TotalPages)))
	}
	if number < info.TotalPages {
		add("next", number+1)
	}
	add("last", max(1, info.TotalPages))
	header := strings.Join(found, ", ")
	return &header
}
