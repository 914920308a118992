package e2e_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// What reaches the program before a request does: its header fields, and how
// long they take.
func TestLimitsOfAConnection(t *testing.T) {
	t.Parallel()

	s := start(t, newDataDir(t), slices.Concat(admin, []string{"DATABASE_URL=" + dbtest.URL(t)})...)

	get := func(t *testing.T, path string, header http.Header) int {
		t.Helper()

		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.origin+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}

		request.Header = header

		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}

		_ = response.Body.Close()

		return response.StatusCode
	}

	for name, test := range map[string]struct {
		path   string
		header http.Header
		want   int
	}{
		"Header":         {"/livez", http.Header{"X-Filler": {strings.Repeat("x", 30<<10)}}, http.StatusOK},
		"HeaderTooLarge": {"/livez", http.Header{"X-Filler": {strings.Repeat("x", 64<<10)}}, http.StatusRequestHeaderFieldsTooLarge},
		"ManyHeaders":    {"/livez", http.Header{"X-Filler": slices.Repeat([]string{"x"}, 10_000)}, http.StatusRequestHeaderFieldsTooLarge},
		"URL":            {"/livez?" + strings.Repeat("x", 16<<10), nil, http.StatusUnprocessableEntity},
		"URLTooLong":     {"/livez?" + strings.Repeat("x", 64<<10), nil, http.StatusRequestHeaderFieldsTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if got := get(t, test.path, test.header); got != test.want {
				t.Errorf("the status is %d, want %d", got, test.want)
			}
		})
	}

	t.Run("HeaderThatDoesNotEndIsCutOff", func(t *testing.T) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.origin, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()

		begin := time.Now()

		if _, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: "); err != nil {
			t.Fatal(err)
		}

		if err := conn.SetReadDeadline(begin.Add(patience)); err != nil {
			t.Fatal(err)
		}

		_, err = bufio.NewReader(conn).ReadString(0)
		took := time.Since(begin)
		t.Logf("cut off after %v", took.Round(100*time.Millisecond))

		if errors.Is(err, os.ErrDeadlineExceeded) || took > 20*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
