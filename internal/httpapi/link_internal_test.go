package httpapi

import (
	"net/http"
	"net/url"
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
