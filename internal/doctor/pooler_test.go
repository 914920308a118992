package doctor_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/doctor"
)

// Behind a real pooler that pools transactions, and one that pools sessions.
func TestPoolersAreTold(t *testing.T) {
	t.Parallel()

	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer"
	}

	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("pgbouncer is not installed")
		}

		t.Log("pgbouncer is not installed: nothing was looked at")

		return
	}

	for mode, want := range map[string]doctor.State{"transaction": doctor.Broken, "session": doctor.Warning} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()

			s := patient(t)
			s.DB = open(t, behindPooler(t, program, mode, s.DB.Pool()))

			got := find(t, doctor.Examine(t.Context(), s), "connection pooler")
			if got.State != want || !strings.Contains(got.Mend, "--db-pooler=transaction") {
				t.Errorf("it is %s: %s → %s", got.State, got.Found, got.Mend)
			}
		})
	}
}

// behindPooler starts a pooler in front of a pool's database.
func behindPooler(t *testing.T, program, mode string, pool *pgxpool.Pool) string {
	t.Helper()

	cfg := pool.Config().ConnConfig
	_, free, _ := net.SplitHostPort(freeAddress(t))
	dir := t.TempDir()
	path := filepath.Join(dir, "pgbouncer.ini")

	settings := fmt.Sprintf("[databases]\n%s = host=%s port=%d user=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\nunix_socket_dir =\nauth_type = any\npool_mode = %s\nmax_client_conn = 50\n",
		cfg.Database, cfg.Host, cfg.Port, cfg.User, free, mode)
	if err := os.WriteFile(path, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(t.Context(), program, path)
	cmd.SysProcAttr = &syscall.SysProcAttr{}

	// It does not run as root, and the directories of a test are root's.
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}

		uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
		gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}

		for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
			if err := os.Chmod(at, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}

	var log strings.Builder

	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})

	for giveUp := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:"+free)
		if err == nil {
			_ = conn.Close()

			return fmt.Sprintf("postgres://%s@127.0.0.1:%s/%s?sslmode=disable&default_query_exec_mode=exec", cfg.User, free, cfg.Database)
		}

		if time.Now().After(giveUp) {
			t.Fatalf("pgbouncer does not start: %v\n%s", err, &log)
		}
	}
}
