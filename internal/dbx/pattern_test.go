package dbx_test

import (
	"testing"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestContaining(t *testing.T) {
	t.Parallel()
	if got := dbx.Containing(nil); got != nil {
		t.Errorf("nothing becomes %q", *got)
	}
	d := dbx.New(dbtest.Pool(t))
	for text, test := range map[string]struct {
		pattern      string
		matches, not []string
	}{
		"":      {"%%", []string{"", "anything"}, nil},
		"Plan":  {"%Plan%", []string{"plan", "The PLAN."}, []string{"pla n"}},
		"100%":  {`%100\%%`, []string{"100% done"}, []string{"1000", "100"}},
		"a_b":   {`%a\_b%`, []string{"xA_By"}, []string{"axb"}},
		`c:\d`:  {`%c:\\d%`, []string{`C:\D`}, []string{"c:d", `c:\\d`}},
		`\%`:    {`%\\\%%`, []string{`\%`}, []string{"%", `\`}},
		"'; --": {"%'; --%", []string{"x'; --"}, nil},
	} {
		pattern := dbx.Containing(&text)
		if *pattern != test.pattern {
			t.Errorf("%q becomes %q, want %q", text, *pattern, test.pattern)
		}
		for want, values := range map[bool][]string{true: test.matches, false: test.not} {
			for _, value := range values {
				var got bool
				expect.OK(t, d.QueryRow(t.Context(), "SELECT $1::text ILIKE $2::text", value, *pattern).Scan(&got))
				if got != want {
					t.Errorf("%q contains %q: %v, want %v", value, text, got, want)
				}
			}
		}
	}
}
