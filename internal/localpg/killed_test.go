package localpg_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/localpg"
)

func TestKilled(t *testing.T) {
	t.Parallel()

	t.Run("PostmasterKilled", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		server := start(t, localpg.Options{DataDir: dir})
		execute(t, server.URL(), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")

		if err := syscall.Kill(postmasterPID(t, dir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}

		<-server.Done()

		if err := server.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Errorf("Err is %v, want one that says it was killed", err)
		}

		// The directory is the first instance's until it lets go.
		stop(t, server)

		server = start(t, localpg.Options{DataDir: dir})
		if got := queryValue[int](t, server.URL(), "SELECT n FROM kept"); got != 7 {
			t.Errorf("the row is %d, want 7", got)
		}
	})

	t.Run("RestartsAsOftenAsItIsKilled", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		server := start(t, localpg.Options{DataDir: dir, Restart: true})
		execute(t, server.URL(), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")

		for range 3 {
			killed := postmasterPID(t, dir)
			if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}

			awaitRow(t, server.URL(), 7)

			if now := postmasterPID(t, dir); now == killed {
				t.Errorf("process %d is still the server", now)
			}
		}

		stop(t, server)
		<-server.Done()

		if err := server.Err(); err != nil {
			t.Errorf("Err is %v after Stop", err)
		}
	})

	t.Run("StopsWhileItRestarts", func(t *testing.T) {
		t.Parallel()

		for _, wait := range []time.Duration{0, 50 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond} {
			dir := tempDir(t)
			server := start(t, localpg.Options{DataDir: dir, Restart: true})

			if err := syscall.Kill(postmasterPID(t, dir), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}

			time.Sleep(wait)
			stop(t, server)
			<-server.Done()
			start(t, localpg.Options{DataDir: dir})
		}
	})

	t.Run("ParentKilled", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		parent, url := startOwner(t, dir)
		dir = filepath.Join(dir, "data")
		execute(t, url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")

		postmaster := postmasterPID(t, dir)

		if err := parent.Process.Kill(); err != nil {
			t.Fatal(err)
		}

		// At once, so that it meets the orphan.
		server := start(t, localpg.Options{DataDir: dir})

		if got := queryValue[int](t, server.URL(), "SELECT n FROM kept"); got != 7 {
			t.Errorf("the row is %d, want 7", got)
		}

		if now := postmasterPID(t, dir); now == postmaster {
			t.Errorf("process %d is still the server", now)
		}

		if err := syscall.Kill(postmaster, 0); !errors.Is(err, syscall.ESRCH) && !isZombie(postmaster) {
			t.Errorf("the orphan %d still runs: %v", postmaster, err)
		}
	})

	t.Run("ParentAndPostmasterKilledTogether", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		parent, url := startOwner(t, dir)
		dir = filepath.Join(dir, "data")
		execute(t, url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")

		postmaster := postmasterPID(t, dir)
		if err := errors.Join(parent.Process.Kill(), syscall.Kill(postmaster, syscall.SIGKILL)); err != nil {
			t.Fatal(err)
		}

		server := start(t, localpg.Options{DataDir: dir})
		if got := queryValue[int](t, server.URL(), "SELECT n FROM kept"); got != 7 {
			t.Errorf("the row is %d, want 7", got)
		}
	})

	t.Run("ProcessIDTakenBySomebodyElse", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		server := start(t, localpg.Options{DataDir: dir})
		execute(t, server.URL(), "CREATE TABLE kept AS SELECT 7 AS n")

		pidFile := filepath.Join(filepath.Dir(logFile(t, dir)), clusterName(t, dir), "postmaster.pid")

		content, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}

		stop(t, server)

		// As after a reboot: the file names a process that is no PostgreSQL.
		_, rest, _ := strings.Cut(string(content), "\n")
		if err := os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600); err != nil {
			t.Fatal(err)
		}

		server = start(t, localpg.Options{DataDir: dir})
		if got := queryValue[int](t, server.URL(), "SELECT n FROM kept"); got != 7 {
			t.Errorf("the row is %d, want 7", got)
		}
	})
}

// awaitRow waits for a server that is about to come back.
func awaitRow(t *testing.T, url string, want int) {
	t.Helper()

	for giveUp := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var got int

		conn, err := pgx.Connect(t.Context(), url)
		if err == nil {
			err = conn.QueryRow(t.Context(), "SELECT n FROM kept").Scan(&got)
			_ = conn.Close(t.Context())
		}

		if err == nil && got == want {
			return
		}

		if time.Now().After(giveUp) {
			t.Fatalf("the row is %d, want %d: %v", got, want, err)
		}
	}
}

// isZombie reports a process that has ended and waits for whoever adopted it to
// notice, which in a container may be nobody.
func isZombie(pid int) bool {
	output, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()

	return err == nil && strings.HasPrefix(strings.TrimSpace(string(output)), "Z")
}
