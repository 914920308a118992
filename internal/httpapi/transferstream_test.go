package httpapi_test

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// many is how many clients the files below have: with their terms more than
// the sockets between server and caller hold.
const many = 4000

// beginExport makes the clients and begins to read their file, past the first
// line.
func beginExport(t *testing.T, a *apitest.API) (rest *bufio.Reader) {
	t.Helper()
	_, err := a.DB.Exec(t.Context(), `INSERT INTO clients (id, name, payment_terms, created_at)
		SELECT gen_random_uuid(), 'Client ' || n, repeat('x', 15000), now() - n * interval '1 second' FROM generate_series(1, $1::int) n`, many)
	expect.OK(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+"/api/v1/clients/export", nil)
	expect.OK(t, err)
	request.Header.Set("Authorization", "Bearer "+a.Token(a.User(db.RoleAdmin)))
	response, err := http.DefaultClient.Do(request)
	expect.OK(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("got status %d", response.StatusCode)
	}
	rest = bufio.NewReader(response.Body)
	_, err = rest.ReadString('\n')
	expect.OK(t, err)
	return rest
}

func TestExportThatFailsMidwayIsCutOff(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	rest := beginExport(t, a)
	// Nothing is held while the caller is slow: the table can be taken away.
	_, err := dbtest.Owner(t, a.DB).Exec(t.Context(), "ALTER TABLE clients RENAME TO gone")
	expect.OK(t, err)
	if n, err := io.Copy(io.Discard, rest); err == nil {
		t.Errorf("after %d bytes the file ends as if it were complete", n)
	}
}

func TestExportThatFailsAtOnceIsAProblem(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	token := a.Token(a.User(db.RoleAdmin))
	_, err := dbtest.Owner(t, a.DB).Exec(t.Context(), "ALTER TABLE clients RENAME TO gone")
	expect.OK(t, err)
	a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/clients/export", Token: token}).MustProblem(t, http.StatusInternalServerError, "internal")
}

func TestExportMayTakeLongerThanARequestWhileItMoves(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	a := apitest.New(t, &apitest.Options{RequestTimeout: limit})
	rest := beginExport(t, a)
	lines := 1
	for started := time.Now(); time.Since(started) < 2*limit; time.Sleep(limit / 10) {
		for range many / 30 {
			_, err := rest.ReadString('\n')
			expect.OK(t, err)
			lines++
		}
	}
	left, err := io.ReadAll(rest)
	expect.OK(t, err)
	if lines += strings.Count(string(left), "\n"); lines != many {
		t.Errorf("the file has %d lines, want %d", lines, many)
	}
}

func TestExportThatNobodyReadsEnds(t *testing.T) {
	t.Parallel()
	log := &awaited{text: "operation=exportClients", seen: make(chan struct{})}
	a := apitest.New(t, &apitest.Options{RequestTimeout: time.Second, Logger: slog.New(slog.NewTextHandler(log, nil))})
	rest := beginExport(t, a)
	select {
	case <-log.seen:
	case <-time.After(time.Minute):
		t.Fatal("the export goes on though nobody reads it")
	}
	if n, err := io.Copy(io.Discard, rest); err == nil {
		t.Errorf("after %d bytes the file is complete, though nobody read on", n)
	}
}

// awaited is a log that tells when it has a text.
type awaited struct {
	text string
	seen chan struct{}
	once sync.Once
}

// Write looks at one line of the log.
func (a *awaited) Write(line []byte) (int, error) {
	if strings.Contains(string(line), a.text) {
		a.once.Do(func() { close(a.seen) })
	}
	return len(line), nil
}
