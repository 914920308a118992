package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// TestTimeToReady measures from the start of the program to the first 200 of
// /readyz. The targets are for a machine that does nothing else; the limits only
// tell slow from broken.
//
//nolint:paralleltest // Others would take the time that is measured.
func TestTimeToReady(t *testing.T) {
	program(t) // is built outside what is measured

	dataDir := newDataDir(t)

	for _, run := range []struct {
		name          string
		target, limit time.Duration
	}{
		{"cold, on an empty data directory", 3 * time.Second, 10 * time.Second},
		{"warm", 700 * time.Millisecond, 5 * time.Second},
		{"warm again", 700 * time.Millisecond, 5 * time.Second},
	} {
		begin := time.Now()
		s := start(t, dataDir)
		took := time.Since(begin)
		stopped := s.stop(t)

		t.Logf("%s: ready after %v (the target is %v), stopped after %v",
			run.name, took.Round(time.Millisecond), run.target, stopped.Round(time.Millisecond))

		if took > run.limit {
			t.Errorf("%s: ready after %v, want at most %v", run.name, took, run.limit)
		}
	}
}

// TestFirstUse follows whoever starts the program with no setting at all, comes
// back another day, and starts it twice by mistake.
func TestFirstUse(t *testing.T) {
	t.Parallel()

	dataDir := newDataDir(t)
	first := start(t, dataDir)

	match := regexp.MustCompile(`^(\S+@\S+) with the password (\S+) \(shown this once\)$`).FindStringSubmatch(first.account)
	if match == nil {
		t.Fatalf("signing in is described as %q", first.account)
	}

	email, password := match[1], match[2]

	if strings.Count(first.stdout.String(), "Coordinator "+builtVersion+" is ready.") != 1 {
		t.Errorf("the server printed\n%s", first.stdout)
	}

	if strings.Contains(first.stderr.String(), password) {
		t.Errorf("the password is in the log:\n%s", first.stderr)
	}

	// What is printed works: the password, and the line to paste.
	asAdmin := first.signedIn(t, email, password)
	if me := calling(asAdmin.Users.Me(t.Context())).succeeds(t); me.Role != api.RoleAdmin || me.Email != email {
		t.Errorf("the administrator is %+v", me)
	}

	var tokens api.TokenPair
	if err := json.Unmarshal(paste(t, first.tryIt), &tokens); err != nil || tokens.AccessToken == "" {
		t.Errorf("%s gives %+v, %v", first.tryIt, tokens, err)
	}

	created := calling(asAdmin.Clients.Create(t.Context(), api.ClientCreate{Name: "Harbour Coffee"})).
		succeeds(t)

	// A second server on the directory is refused and does not disturb the first.
	run(t, []string{"COORDINATOR_DATA_DIR=" + dataDir, "COORDINATOR_ADDR=127.0.0.1:0"}, "serve").refuses(t, 1,
		"the data directory "+dataDir+" is in use by another instance (process "+strconv.Itoa(first.cmd.Process.Pid)+")",
		"COORDINATOR_DATA_DIR")
	calling(asAdmin.Clients.Get(t.Context(), created.ID, client.ClientGetParams{})).succeeds(t)

	first.stop(t)

	// Another start has what the first had, and no password to show.
	second := start(t, dataDir)

	if printed := second.stdout.String(); !strings.HasPrefix(second.account, "as set up at the first start") || strings.Contains(printed, password) {
		t.Errorf("the second start printed\n%s", printed)
	}

	asAdmin = second.signedIn(t, email, password)
	kept := calling(asAdmin.Clients.Get(t.Context(), created.ID, client.ClientGetParams{})).succeeds(t)

	if diff := cmp.Diff(created, kept); diff != "" {
		t.Errorf("the client before and after the restart (-/+):\n%s", diff)
	}

	var health api.HealthStatus
	if err := json.Unmarshal(paste(t, second.tryIt), &health); err != nil || health.Status != api.HealthStateOk || health.Version != builtVersion {
		t.Errorf("%s gives %+v, %v", second.tryIt, health, err)
	}

	second.stop(t)
}

// paste runs a line as somebody who copied it to a shell, and returns what it
// prints. Where there is no curl, it does what curl would.
func paste(t *testing.T, line string) []byte {
	t.Helper()

	if _, err := exec.LookPath("curl"); err == nil {
		output, err := exec.Command("sh", "-c", line).Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}

		return output
	}

	method, body := http.MethodGet, ""
	if match := regexp.MustCompile(` -d '([^']*)'`).FindStringSubmatch(line); match != nil {
		method, body = http.MethodPost, match[1]
	}

	request, err := http.NewRequestWithContext(t.Context(), method, regexp.MustCompile(`http://\S+`).FindString(line), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	request.Header.Set("Content-Type", "application/json")

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	var content bytes.Buffer
	if _, err := content.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}

	return content.Bytes()
}

// An administrator with a password of the operator's own choice is not printed
// a password, and is not made again.
func TestAdministratorFromTheEnvironment(t *testing.T) {
	t.Parallel()

	dataDir := newDataDir(t)
	s := start(t, dataDir, admin...)

	if s.account != adminEmail+" with the password from COORDINATOR_ADMIN_PASSWORD" || strings.Contains(s.stdout.String()+s.stderr.String(), adminPassword) {
		t.Errorf("the server printed\n%s%s", s.stdout, s.stderr)
	}

	s.signedIn(t, adminEmail, adminPassword)
	s.stop(t)

	s = start(t, dataDir, "COORDINATOR_ADMIN_EMAIL=other@agency.example", "COORDINATOR_ADMIN_PASSWORD=another password")
	calling(s.client(t, "").Users.Login(t.Context(), api.Login{Email: "other@agency.example", Password: "another password"})).
		fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	s.signedIn(t, adminEmail, adminPassword)
	s.stop(t)
}

func TestStop(t *testing.T) {
	t.Parallel()

	// A request is under way whose client never sends the rest.
	t.Run("StuckRequestIsCutOffAfterTheTimeout", func(t *testing.T) {
		t.Parallel()

		s := start(t, newDataDir(t), "COORDINATOR_SHUTDOWN_TIMEOUT=1s")
		postgres := postgresProcesses(t, s.dataDir)
		sendHalf(t, s)

		begin := time.Now()
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}

		s.await(t)
		requireGone(t, postgres)

		if took := time.Since(begin); took < time.Second || took > 10*time.Second {
			t.Errorf("it stopped after %v, want a little more than 1s", took)
		}
	})

	// A service whose PostgreSQL has died starts it again, unless it is to stop.
	t.Run("StopWithoutPostgreSQL", func(t *testing.T) {
		t.Parallel()

		dataDir := newDataDir(t)
		s := start(t, dataDir, admin...)
		created := calling(s.signedIn(t, adminEmail, adminPassword).
			Clients.Create(t.Context(), api.ClientCreate{Name: "Harbour Coffee"})).succeeds(t)

		if err := syscall.Kill(runningPostmaster(t, dataDir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}

		s.stop(t)

		s = start(t, dataDir)
		calling(s.signedIn(t, adminEmail, adminPassword).Clients.Get(t.Context(), created.ID, client.ClientGetParams{})).succeeds(t)
		s.stop(t)
	})
}

// sendHalf sends the beginning of a request and returns when the server reads
// its body, which does not come.
func sendHalf(t *testing.T, s *server) {
	t.Helper()

	conn, err := net.Dial("tcp", strings.TrimPrefix(s.origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = conn.Close() })

	_, err = io.WriteString(conn, "POST /api/v1/users/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}

	// The server says so when somebody asks it for the body.
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("the server answers %q, %v", line, err)
	}
}
