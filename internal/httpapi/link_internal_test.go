package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/page"
)

func TestThePageBeforeIsTheOneBeforeWhereCountingEnded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		info page.Info
		want string
	}{
		"behind what was counted": {page.Info{Number: 60, Size: 20, Total: page.MaxTotal, TotalPages: 50, MoreThanTotal: true, HasMore: true, NextCursor: "x"}, "page=59"},
		"behind the last page":    {page.Info{Number: 60, Size: 20, Total: 100, TotalPages: 5}, "page=5"},
		"behind nothing":          {page.Info{Number: 60, Size: 20}, "page=1"},
	} {
		ctx := &scope{Context: t.Context(), request: &http.Request{URL: &url.URL{Path: "/api/v1/tasks"}}}
		if want := `</api/v1/tasks?` + test.want + `>; rel="prev"`; !strings.Contains(*links(ctx, test.info), want) {
			t.Errorf("%s: the links are %s, without %s", name, *links(ctx, test.info), want)
		}
	}
}

func TestLinksHaveTheQueryAsItIsEncoded(t *testing.T) {
	t.Parallel()
	query := url.Values{
		"status": {"todo", "in_review"}, "sort": {"-priority,due_date"}, "q": {"a b&c=d"}, "zone": {""}, "archived": {"true"},
		"page": {"2"}, "cursor": {"gone"},
	}
	ctx := &scope{Context: t.Context(), request: &http.Request{URL: &url.URL{Path: "/api/v1/tasks"}}, query: query}
	for want, info := range map[string]page.Info{
		`rel="last"`: {Number: 2, Size: 20, Total: 100, TotalPages: 5}, `rel="next"`: {Size: 20, HasMore: true, NextCursor: "a+b/c="},
	} {
		header := *links(ctx, info)
		if !strings.Contains(header, want) {
			t.Errorf("the links are %s, without %s", header, want)
		}
		for link := range strings.SplitSeq(header, ", ") {
			target, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
			parsed, err := url.Parse(target)
			if err != nil {
				t.Fatalf("parsing %s: %v", target, err)
			}
			got := parsed.Query()
			if encoded := got.Encode(); encoded != parsed.RawQuery {
				t.Errorf("got the query %s, want %s", parsed.RawQuery, encoded)
			}
			if got.Has("page") == got.Has("cursor") {
				t.Errorf("%s leads to a page by its number or behind a cursor, not by both or none", target)
			}
			got.Del("page")
			got.Del("cursor")
			for name, values := range query {
				if name != "page" && name != "cursor" && !slices.Equal(got[name], values) {
					t.Errorf("%s has %q as %s, want %q", target, got[name], name, values)
				}
			}
		}
	}
}
