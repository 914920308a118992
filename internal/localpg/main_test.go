package localpg_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/localpg"
)

// ownerVariable turns the test binary into a process that starts a server on
// the directory it names, says so, and goes on until it is killed.
const ownerVariable = "LOCALPG_TEST_OWNER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerVariable); dir != "" {
		fmt.Println("failed:", ownServer(dir))
		os.Exit(1)
	}

	// The tests make files for other accounts to read.
	syscall.Umask(0o022)
	os.Exit(m.Run())
}

// ownServer runs with the narrowest umask, which root often has and which must
// not keep the account that PostgreSQL runs as out.
func ownServer(dir string) error {
	syscall.Umask(0o077)

	server, err := localpg.Start(context.Background(), localpg.Options{DataDir: filepath.Join(dir, "data")})
	if err != nil {
		return err
	}

	fmt.Println(server.URL())
	<-server.Done()

	return server.Err()
}

// startOwner runs this binary as the owner of a server on the directory "data"
// below dir, and returns the process and the server's address.
func startOwner(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()

	cmd := exec.Command(executable(t))
	cmd.Env = append(os.Environ(), ownerVariable+"="+dir)
	cmd.Stderr = os.Stderr

	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})

	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "postgres://") {
		t.Fatalf("the owner did not start a server: %q, %v", line, err)
	}

	return cmd, strings.TrimSpace(line)
}

func executable(t *testing.T) string {
	t.Helper()

	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	return path
}

// tempDir is t.TempDir, but in memory where the machine has a place for that
// (two dozen clusters are made here), and passable for the account that
// PostgreSQL runs as when the tests run as root.
func tempDir(t *testing.T) string {
	t.Helper()

	base := "/dev/shm"
	if err := syscall.Access(base, 0x2); err != nil { // W_OK
		base = ""
	}

	dir, err := os.MkdirTemp(base, "localpg-")
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

func start(t *testing.T, opts localpg.Options) *localpg.Server {
	t.Helper()

	server, err := localpg.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { stop(t, server) })

	return server
}

func stop(t *testing.T, server *localpg.Server) {
	t.Helper()

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	if err := server.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func execute(t *testing.T, url string, statements ...string) {
	t.Helper()

	conn := connect(t, url)

	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func queryValue[T any](t *testing.T, url, query string) T {
	t.Helper()

	var value T
	if err := connect(t, url).QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}

	return value
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close(context.Background()) })

	return conn
}

// postmasterPID reads the process id of the server from its data directory.
func postmasterPID(t *testing.T, dir string) int {
	t.Helper()

	files, err := filepath.Glob(filepath.Join(dir, "postgresql", "*", "postmaster.pid"))
	if err != nil || len(files) != 1 {
		t.Fatalf("found postmaster.pid files %v: %v", files, err)
	}

	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}

	line, _, _ := strings.Cut(string(content), "\n")

	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}

	return pid
}

// nobody is the credential of the user nobody, for tests run as root.
func nobody(t *testing.T) *syscall.Credential {
	t.Helper()

	found, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}

	uid, err := strconv.ParseInt(found.Uid, 10, 64)
	if err != nil {
		t.Fatal(err)
	}

	gid, err := strconv.ParseInt(found.Gid, 10, 64)
	if err != nil {
		t.Fatal(err)
	}

	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), Groups: []uint32{}}
}
