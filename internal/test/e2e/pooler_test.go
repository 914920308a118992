package e2e_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/freeport"
)

// serverConns is how many connections of PostgreSQL a pooler of a test shares
// among all.
const serverConns = 2

// The whole service runs behind PgBouncer in transaction mode, on two
// connections of PostgreSQL.
func TestPooler(t *testing.T) {
	t.Parallel()

	t.Run("TheWholeJob", func(t *testing.T) {
		t.Parallel()

		owner := dbtest.EmptyURL(t)
		application := dbtest.ApplicationURL(t, owner)
		dbtest.OwnerURL(t) // which makes the role
		pooled := throughPooler(t, application)

		dataDir := newDataDir(t) // with the secret key
		s := start(t, dataDir, append([]string{"DATABASE_URL=" + pooled, "DATABASE_OWNER_URL=" + owner, "COORDINATOR_DB_POOLER=transaction"}, admin...)...)
		theJob(t, s)

		if conns := query[int64](t, owner, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'coordinator'")[0]; conns < 1 || conns > serverConns {
			t.Errorf("PostgreSQL has %d connections of the service, want at most %d", conns, serverConns)
		}

		s.stop(t)

		// With a way past the pooler jobs are woken, and nothing else changes.
		s = start(t, dataDir, append([]string{"DATABASE_URL=" + pooled, "DATABASE_DIRECT_URL=" + application, "COORDINATOR_MIGRATE=false", "COORDINATOR_DB_POOLER=transaction"}, admin...)...)
		if listening := query[int64](t, owner, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN %'")[0]; listening == 0 {
			t.Error("nothing listens past the pooler")
		}

		s.stop(t)

		// Migrations need a session of their own, and say so.
		run(t, []string{"DATABASE_URL=" + pooled, "COORDINATOR_DB_POOLER=transaction"}, "migrate", "up").refuses(t, 1, "DATABASE_DIRECT_URL", "DATABASE_OWNER_URL")
	})

	t.Run("WithoutTheSettingStatementsFail", func(t *testing.T) {
		t.Parallel()

		owner := dbtest.OwnerURL(t)
		pooled := throughPooler(t, dbtest.ApplicationURL(t, owner))
		run(t, append([]string{"DATABASE_URL=" + pooled, "DATABASE_OWNER_URL=" + owner}, admin...), "serve").refuses(t, 1, "unsupported startup parameter")

		d, err := dbx.Open(t.Context(), pooled, 4)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()

		failed, answered := failuresBehind(t, d)
		t.Logf("control: without the setting the service does not start; and without prepared statements in view of the pooler, %d of %d failed", failed, failed+answered)

		if failed == 0 {
			t.Error("no prepared statement is missed, so that the test above shows nothing")
		}
	})

	t.Run("IsRecognised", func(t *testing.T) {
		t.Parallel()

		application := dbtest.URL(t)
		pooled := throughPooler(t, application)

		for address, want := range map[string]dbx.Pooler{application: dbx.PoolerNone, pooled: dbx.PoolerTransaction} {
			found, err := dbx.CheckPooler(t.Context(), address)
			if err != nil || found != want {
				t.Errorf("the pooler is found to be %q, %v, want %q", found, err, want)
			}
		}

		if err := dbx.CheckListen(t.Context(), application); err != nil {
			t.Errorf("LISTEN without a pooler: %v", err)
		}

		if err := dbx.CheckListen(t.Context(), pooled); err == nil {
			t.Error("LISTEN is found to work through a pooler in transaction mode")
		}
	})
}

// failuresBehind sends statements at once that are prepared, and counts those that
// fail.
func failuresBehind(t *testing.T, d *dbx.DB) (failed, answered int64) {
	t.Helper()

	var failures, answers atomic.Int64

	var asking sync.WaitGroup
	for n := range 8 {
		asking.Go(func() {
			for round := range 10 {
				var sum int
				if err := d.QueryRow(t.Context(), fmt.Sprintf("SELECT %d + $1::int", round), n).Scan(&sum); err != nil {
					failures.Add(1)

					continue
				}

				answers.Add(1)
			}
		})
	}

	asking.Wait()

	return failures.Load(), answers.Load()
}

// throughPooler starts PgBouncer in transaction mode in front of the server of
// the address, and returns the address through it.
func throughPooler(t *testing.T, address string) string {
	t.Helper()

	binary := pgbouncer(t)

	server, err := pgconn.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}

	dir := filepath.Dir(newDataDir(t))
	as := poolerAccount(t, server.Host)
	port, err := freeport.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	ini := fmt.Sprintf(`[databases]
* = host=%s port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = %s/users
pool_mode = transaction
default_pool_size = %d
max_client_conn = 200
`, server.Host, server.Port, port, dir, serverConns)

	for name, content := range map[string]string{"pooler.ini": ini, "users": fmt.Sprintf("%q %q\n", server.User, server.Password)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	cmd := exec.Command(binary, "-q", filepath.Join(dir, "pooler.ini"))
	cmd.SysProcAttr = as
	cmd.SysProcAttr.Setpgid = true
	endWithParent(cmd.SysProcAttr)

	var said strings.Builder

	cmd.Stdout, cmd.Stderr = &said, &said
	started, ended := make(chan error), make(chan struct{})

	go func() {
		runtime.LockOSThread() // for endWithParent

		err := cmd.Start()
		started <- err

		if err == nil {
			_ = cmd.Wait()

			close(ended)
		}
	}()

	if err := <-started; err != nil {
		t.Fatalf("starting PgBouncer: %v", err)
	}

	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})

	pooled := &url.URL{Scheme: "postgres", User: url.User(server.User), Host: fmt.Sprintf("127.0.0.1:%d", port), Path: "/" + server.Database, RawQuery: "sslmode=disable"}

	for giveUp := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := pgconn.Connect(t.Context(), pooled.String())
		if err == nil {
			_ = conn.Close(t.Context())

			return pooled.String()
		}

		select {
		case <-ended:
			t.Fatalf("PgBouncer ended:\n%s", said.String())
		default:
		}

		if time.Now().After(giveUp) {
			t.Fatalf("PgBouncer does not answer: %v", err)
		}
	}
}

// pgbouncer returns the path of the program. Debian puts it where only root looks.
func pgbouncer(t *testing.T) string {
	t.Helper()

	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}

	const missing = "PgBouncer is not installed: apt-get install --no-install-recommends pgbouncer"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}

	t.Skip(missing)

	return ""
}

// poolerAccount is whom the pooler runs as: it does not run as root, and only the
// owner of PostgreSQL's socket passes through its directory.
func poolerAccount(t *testing.T, host string) *syscall.SysProcAttr {
	t.Helper()

	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}
	}

	const nobody = 65534

	owner := &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{}}

	if filepath.IsAbs(host) {
		info, err := os.Stat(host)
		if err != nil {
			t.Fatal(err)
		}

		stat, _ := info.Sys().(*syscall.Stat_t)
		owner.Uid, owner.Gid = stat.Uid, stat.Gid
	}

	return &syscall.SysProcAttr{Credential: owner}
}
