package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// connect connects to a database of the test.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close(context.Background()) })

	return conn
}

// execute runs statements on a database of the test.
func execute(t *testing.T, url string, statements ...string) {
	t.Helper()

	conn := connect(t, url)

	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// query returns the rows of a query of one column.
func query[T any](t *testing.T, url, statement string, args ...any) []T {
	t.Helper()

	conn := connect(t, url)
	defer conn.Close(t.Context())

	rows, err := conn.Query(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}

	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}

	return values
}

// postmasterPID returns the process id of the PostgreSQL that runs on the data
// directory, 0 when none does.
func postmasterPID(dataDir string) (int, error) {
	files, err := filepath.Glob(filepath.Join(dataDir, "postgresql", "*", "postmaster.pid"))
	if err != nil || len(files) == 0 {
		return 0, err
	}

	content, err := os.ReadFile(files[0])
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}

	if err != nil {
		return 0, err
	}

	line, _, whole := strings.Cut(string(content), "\n")
	if !whole {
		return 0, nil // it is about to be written
	}

	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", files[0], err)
	}

	// The file outlives a killed PostgreSQL, and its number may be another's by now.
	if !strings.Contains(commandLine(pid), filepath.Dir(files[0])) {
		return 0, nil
	}

	return pid, nil
}

// runningPostmaster is postmasterPID where one has to run.
func runningPostmaster(t *testing.T, dataDir string) int {
	t.Helper()

	pid, err := postmasterPID(dataDir)
	if err != nil || pid == 0 {
		t.Fatalf("no PostgreSQL runs on %s: %v", dataDir, err)
	}

	return pid
}

// commandLine is empty when the process is gone, or has ended and nobody has
// asked how yet.
func commandLine(pid int) string {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err == nil {
		return strings.ReplaceAll(string(content), "\x00", " ")
	}

	if _, err := os.Stat("/proc/self"); err == nil {
		return ""
	}

	output, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}

	return string(output)
}

// postgresProcesses returns the postmaster of the data directory and, where the
// kernel tells, its children; nothing where the database is elsewhere.
func postgresProcesses(t *testing.T, dataDir string) []int {
	t.Helper()

	postmaster, err := postmasterPID(dataDir)
	if err != nil {
		t.Fatal(err)
	}

	if postmaster == 0 {
		return nil
	}

	found := []int{postmaster}

	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}

	for _, path := range stats {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}

		// pid (name) state parent …, where the name may hold anything.
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		if len(fields) < 2 || fields[1] != strconv.Itoa(postmaster) {
			continue
		}

		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}

		found = append(found, pid)
	}

	return found
}

func requireGone(t *testing.T, pids []int) {
	t.Helper()

	for _, pid := range pids {
		if args := commandLine(pid); strings.Contains(args, "postgres") {
			t.Errorf("process %d still runs: %s", pid, args)
		}
	}
}

// endPostgres waits until the PostgreSQL of a server that has ended has ended
// too. One that has not been told so, or does not, is killed, which is an error.
func endPostgres(dataDir string) error {
	for giveUp := time.Now().Add(patience / 2); ; time.Sleep(5 * time.Millisecond) {
		pid, err := postmasterPID(dataDir)
		if err != nil || pid == 0 {
			return err
		}

		if time.Now().After(giveUp) {
			return errors.Join(fmt.Errorf("PostgreSQL %d outlives its server", pid), syscall.Kill(pid, syscall.SIGKILL))
		}
	}
}

// asSuperuser is the address of a private database for its superuser, where the
// program prints that for its own role.
func asSuperuser(t *testing.T, url string) string {
	t.Helper()

	address, found := strings.CutSuffix(url, "&user=coordinator")
	if !found {
		t.Fatalf("%s is no address for the program's role", url)
	}

	return address + "&user=postgres"
}

// accepts tells whether a database takes connections.
func accepts(ctx context.Context, url string) bool {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return false
	}

	return conn.Close(ctx) == nil
}
