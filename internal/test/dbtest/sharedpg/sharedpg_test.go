package sharedpg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/test/dbtest/sharedpg"
)

// userVariable turns the test binary into a user of the shared server. It
// prints the server's address and leaves when its standard input ends.
const userVariable = "SHAREDPG_TEST_USER"

// limit is for what takes milliseconds unless it never happens.
const limit = time.Minute

func TestMain(m *testing.M) {
	sharedpg.Supervise()

	if os.Getenv(userVariable) != "" {
		if err := use(); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}

		os.Exit(0)
	}

	os.Exit(m.Run())
}

func use() error {
	lease, err := sharedpg.Hold(context.Background())
	if err != nil {
		return err
	}

	address, err := lease.Server(context.Background())
	if err != nil {
		return err
	}

	fmt.Println(address)

	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}

	return lease.Release()
}

func TestLastOneOutStopsTheServer(t *testing.T) {
	t.Parallel()

	dir := tempDir(t)
	first := startUser(t, dir)
	second := startUser(t, dir)

	if first.url != second.url {
		t.Errorf("there are two servers, %s and %s", first.url, second.url)
	}

	dataDir := query(t, first.url, "SELECT current_setting('data_directory')")

	first.leave(t)
	query(t, second.url, "SELECT 'still there'")

	second.leave(t)

	// Now, not a moment later: nothing may be left after the last test.
	if running(t, dir) {
		t.Error("the supervisor still runs")
	}

	if conn, err := pgx.Connect(t.Context(), first.url); err == nil {
		_ = conn.Close(t.Context())

		t.Error("the server still answers")
	}

	if _, err := os.Stat(dataDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data is still in %s: %v", dataDir, err)
	}
}

func TestManyStartingAtOnceShareOne(t *testing.T) {
	t.Parallel()

	dir := tempDir(t)
	users := make(chan *user)

	const count = 6

	for range count {
		go func() { users <- newUser(dir) }()
	}

	urls := map[string]int{}

	for range count {
		u := <-users
		u.mustRun(t)

		urls[u.url]++

		defer u.leave(t)
	}

	if len(urls) != 1 {
		t.Errorf("there are %d servers: %v", len(urls), urls)
	}
}

func TestKilledUserLeavesNothing(t *testing.T) {
	t.Parallel()

	dir := tempDir(t)
	killed := startUser(t, dir)

	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}

	for begin := time.Now(); running(t, dir); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > limit {
			t.Fatal("the supervisor still runs")
		}
	}
}

func TestKilledSupervisorIsReplaced(t *testing.T) {
	t.Parallel()

	dir := tempDir(t)
	first := startUser(t, dir)

	if err := syscall.Kill(supervisor(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}

	for begin := time.Now(); running(t, dir); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > limit {
			t.Fatal("the supervisor survived")
		}
	}

	second := startUser(t, dir)
	query(t, second.url, "SELECT 'there again'")

	first.leave(t)
	query(t, second.url, "SELECT 'still there'")
	second.leave(t)
}

func TestNextUserWaitsForTheEndOfTheLast(t *testing.T) {
	t.Parallel()

	dir := tempDir(t)

	for range 3 {
		u := startUser(t, dir)

		if err := u.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}

	u := startUser(t, dir)
	query(t, u.url, "SELECT 'there'")
	u.leave(t)
}

func TestHoldStartsNothing(t *testing.T) {
	t.Parallel()

	lease, err := sharedpg.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	begin := time.Now()

	if err := lease.Release(); err != nil {
		t.Error(err)
	}

	if took := time.Since(begin); took > limit {
		t.Errorf("ceasing to hold took %v", took)
	}
}

// user is a process that uses the server.
type user struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
	err   error
}

func startUser(t *testing.T, dir string) *user {
	t.Helper()

	u := newUser(dir)
	u.mustRun(t)

	return u
}

func newUser(dir string) *user {
	executable, err := os.Executable()
	if err != nil {
		return &user{err: err}
	}

	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), userVariable+"=1", "TMPDIR="+dir)
	cmd.Stderr = os.Stderr

	stdin, stdinErr := cmd.StdinPipe()
	stdout, stdoutErr := cmd.StdoutPipe()

	if err := errors.Join(stdinErr, stdoutErr, cmd.Start()); err != nil {
		return &user{err: err}
	}

	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "postgres://") {
		err = errors.New(line)
	}

	return &user{cmd: cmd, stdin: stdin, url: strings.TrimSpace(line), err: err}
}

func (u *user) mustRun(t *testing.T) {
	t.Helper()

	if u.err != nil {
		t.Fatal(u.err)
	}

	t.Cleanup(func() {
		_ = u.cmd.Process.Kill()
		_ = u.cmd.Wait()
	})
}

// leave ends the user in good order.
func (u *user) leave(t *testing.T) {
	t.Helper()

	if err := errors.Join(u.stdin.Close(), u.cmd.Wait()); err != nil {
		t.Error(err)
	}
}

// tempDir takes the place of the directory for temporary files, so that these
// tests have locks and a server of their own.
func tempDir(t *testing.T) string {
	t.Helper()

	dir, err := os.MkdirTemp("", "sharedpg-")
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})

	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}

	return dir
}

// running reports whether there is a supervisor.
func running(t *testing.T, dir string) bool {
	t.Helper()

	file, err := os.Open(aliveLock(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	return syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

func supervisor(t *testing.T, dir string) int {
	t.Helper()

	content, err := os.ReadFile(aliveLock(t, dir))
	if err != nil {
		t.Fatal(err)
	}

	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		t.Fatal(err)
	}

	return pid
}

func aliveLock(t *testing.T, dir string) string {
	t.Helper()

	found, err := filepath.Glob(filepath.Join(dir, "*", "alive.lock"))
	if err != nil || len(found) != 1 {
		t.Fatalf("found locks %v, %v", found, err)
	}

	return found[0]
}

func query(t *testing.T, url, query string) string {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())

	var answer string
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}

	return answer
}
