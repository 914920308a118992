package e2e_test

import (
	"bufio"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/test/scale"
)

const (
	// exportedTasks is how many tasks are exported unless the variable of
	// package scale says otherwise; `make scale` exports more.
	exportedTasks = 40_000

	// exportMemory is the most that the whole server may take meanwhile.
	exportMemory = 128 << 20
)

// TestExportTakesConstantMemory exports every task of a big agency from the
// program itself, in both formats, and looks at what it took at its most.
func TestExportTakesConstantMemory(t *testing.T) {
	t.Parallel()

	tasks := fromEnvironment(t, "COORDINATOR_SCALE_TASKS", exportedTasks)
	url := dbtest.OwnerURL(t)
	scale.Fill(t, url, tasks)
	// With a limit of its own the heap has no allowance (see app.reserve), which is as large as the file.
	s := start(t, newDataDir(t), "DATABASE_URL="+url, "GOMEMLIMIT=1TiB")
	token := s.signIn(t, adminOf(t, url), adminPassword).AccessToken
	before := s.peakMemory(t)

	for _, format := range []string{"ndjson", "csv"} {
		started := time.Now()
		lines, size := s.countLines(t, "/api/v1/tasks/export?format="+format, token)

		if format == "csv" {
			lines-- // the header
		}

		if lines != tasks {
			t.Errorf("the %s file has %d tasks, want %d", format, lines, tasks)
		}

		t.Logf("%d tasks as %s: %d MiB in %s; the server took at most %d MiB, %d before",
			lines, format, size>>20, time.Since(started).Round(time.Second/10), s.peakMemory(t)>>20, before>>20)

		// Whoever keeps the file in memory takes more than the file.
		if format == "ndjson" && s.peakMemory(t)-before > int64(size) {
			t.Errorf("the server took %d MiB more for a file of %d MiB", (s.peakMemory(t)-before)>>20, size>>20)
		}
	}

	if peak := s.peakMemory(t); peak > exportMemory {
		t.Errorf("the server took %d MiB, want at most %d", peak>>20, exportMemory>>20)
	}
}

// adminOf gives the first person of the agency, an admin, a password, and
// returns the address to sign in with.
func adminOf(t *testing.T, url string) string {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}

	defer func() { _ = conn.Close(t.Context()) }()

	const address = "person0@agency.example"

	if _, err := conn.Exec(t.Context(), "UPDATE users SET password_hash = $2 WHERE email = $1", address, factory.PasswordHash(adminPassword)); err != nil {
		t.Fatal(err)
	}

	return address
}

// countLines reads a file and returns how many lines and bytes it has.
func (s *server) countLines(t *testing.T, path, token string) (lines, size int) {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.origin+path, nil)
	if err != nil {
		t.Fatal(err)
	}

	request.Header.Set("Authorization", "Bearer "+token)

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}

	defer response.Body.Close()

	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: got status %d", path, response.StatusCode)
	}

	scanner := bufio.NewScanner(response.Body)
	for scanner.Scan() {
		lines++
		size += len(scanner.Bytes()) + 1
	}

	if err := scanner.Err(); err != nil {
		t.Fatalf("%s: after %d lines: %v", path, lines, err)
	}

	return lines, size
}
