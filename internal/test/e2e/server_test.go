package e2e_test

import (
	"context"
	"net/http"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

// The administrator of servers that are not about how one comes to be.
const (
	adminEmail    = "admin@agency.example"
	adminPassword = "correct horse battery"
)

var admin = []string{"COORDINATOR_ADMIN_EMAIL=" + adminEmail, "COORDINATOR_ADMIN_PASSWORD=" + adminPassword}

// server is a running server that has said it is ready.
type server struct {
	*process
	welcome
	dataDir string
}

// welcome is the block that a server prints, by its lines.
type welcome struct {
	origin   string // such as http://127.0.0.1:8080
	database string
	account  string // how to sign in
	demo     string
	tryIt    string
}

// start starts a server on the data directory and returns when it answers
// /readyz with 200.
func start(t *testing.T, dataDir string, settings ...string) *server {
	t.Helper()

	s := launchServer(t, dataDir, settings...)
	s.awaitWelcome(t)
	s.awaitReady(t)

	return s
}

// launchServer starts a server on a port that is free.
func launchServer(t *testing.T, dataDir string, settings ...string) *server {
	t.Helper()

	settings = append([]string{"COORDINATOR_DATA_DIR=" + dataDir, "COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_METRICS_ADDR=127.0.0.1:0"}, settings...)

	return &server{process: launch(t, nil, settings, "serve"), dataDir: dataDir}
}

// awaitWelcome waits for the block that tells where the server is.
func (s *server) awaitWelcome(t *testing.T) {
	t.Helper()

	select {
	case <-s.stdout.welcomed:
		s.welcome = readWelcome(t, s.stdout.String())
	case <-s.exited:
		t.Fatalf("the server ended:\n%s%s", s.stdout, s.stderr)
	case <-time.After(patience):
		t.Fatalf("the server does not start:\n%s%s", s.stdout, s.stderr)
	}
}

func readWelcome(t *testing.T, text string) welcome {
	t.Helper()

	line := func(pattern string) string {
		if match := regexp.MustCompile(`(?m)^` + pattern + `$`).FindStringSubmatch(text); match != nil {
			return match[1]
		}

		return ""
	}

	w := welcome{
		origin:   line(`  API       (http://\S+)/api/v1`),
		database: line(`  Database  (\S+)`),
		account:  line(`  Sign in   (.+)`),
		demo:     line(`  Demo      (.+)`),
		tryIt:    line(`  (curl .+)`),
	}
	if w.origin == "" || w.database == "" || w.account == "" || w.tryIt == "" || line(`  Explorer  (\S+)`) != w.origin+"/docs" {
		t.Fatalf("the server printed\n%s", text)
	}

	return w
}

func (s *server) awaitReady(t *testing.T) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	for {
		status, err := statusOf(ctx, s.origin+"/readyz")
		if status == http.StatusOK {
			return
		}

		select {
		case <-s.exited:
			t.Fatalf("the server ended:\n%s", s.stderr)
		case <-ctx.Done():
			t.Fatalf("/readyz answers %d, %v", status, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func statusOf(ctx context.Context, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}

	return response.StatusCode, response.Body.Close()
}

// stop asks the server to stop, as an init system does. It checks that the
// server does so without an error and takes its PostgreSQL along, and returns
// how long that took.
func (s *server) stop(t *testing.T) time.Duration {
	t.Helper()

	postgres := postgresProcesses(t, s.dataDir)
	begin := time.Now()

	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}

	if code := s.await(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM\n%s", code, s.stderr)
	}

	took := time.Since(begin)

	requireGone(t, postgres)

	return took
}

// createUser opens an account by the command, beside the server: it is there at
// once, however registration is set. It returns the account's id.
func (s *server) createUser(t *testing.T, email, password, name string) uuid.UUID {
	t.Helper()

	printed := mustRun(t, []string{"DATABASE_URL=" + s.database, "COORDINATOR_USER_PASSWORD=" + password}, "user", "create", "--email="+email, "--name="+name)

	match := regexp.MustCompile(`\((\S+)\)`).FindStringSubmatch(printed)
	if match == nil {
		t.Fatalf("creating a user prints %q", printed)
	}

	return uuid.MustParse(match[1])
}
