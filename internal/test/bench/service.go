package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/test/freeport"
)

// password is that of everybody who signs in here.
const password = "a password for the bench"

// ServiceOptions say how the built program is run.
type ServiceOptions struct {
	// Program is the built binary.
	Program string
	// Dir is where it keeps its keys and its log.
	Dir string
	// Database is the database of Postgres that it serves.
	Postgres *Postgres
	Database string
	// Connections are the most that it has to the database.
	Connections int
	// Settings are further variables of its environment, which win.
	Settings []string
}

// Service is the running program with everything on: the contract's checks,
// tokens, rate limits (which nobody reaches), the access log in a file, metrics.
type Service struct {
	Origin, MetricsURL string

	cmd  *exec.Cmd
	out  bytes.Buffer // read once it has ended
	done chan struct{}
	err  error // read after done
}

// settings of a service under load. Limits count every request and are out of
// reach; who signs in stays signed in for a run.
var serviceSettings = []string{
	"COORDINATOR_RATE_LIMIT_SIGN_IN=1000000", "COORDINATOR_RATE_LIMIT_SEARCH=1000000", "COORDINATOR_RATE_LIMIT_WRITE=1000000",
	"COORDINATOR_RATE_LIMIT_READ=1000000", "COORDINATOR_RATE_LIMIT_ADDRESS=1000000", "COORDINATOR_ACCESS_TOKEN_TTL=1h",
	"COORDINATOR_LOG_LEVEL=info", "COORDINATOR_LOG_FORMAT=json", "COORDINATOR_LOG_MAX_SIZE_MB=10000", "COORDINATOR_PURGE_AFTER=0s",
	"COORDINATOR_REGISTRATION=closed",
}

// StartService starts the program and waits until it is ready. It is killed by Stop.
func StartService(ctx context.Context, o ServiceOptions) (*Service, error) {
	var ports [2]int
	for i := range ports {
		port, err := freeport.Find(ctx)
		if err != nil {
			return nil, err
		}
		ports[i] = port
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("making a secret key: %w", err)
	}
	if err := os.MkdirAll(o.Dir, 0o711); err != nil {
		return nil, fmt.Errorf("making the service's directory: %w", err)
	}
	host := func(port int) string { return net.JoinHostPort("127.0.0.1", fmt.Sprint(port)) }
	s := &Service{Origin: "http://" + host(ports[0]), MetricsURL: "http://" + host(ports[1]) + "/metrics", done: make(chan struct{})}
	s.cmd = exec.Command(o.Program, "serve")
	s.cmd.Env = append(os.Environ(), serviceSettings...)
	s.cmd.Env = append(s.cmd.Env,
		"COORDINATOR_ADDR="+host(ports[0]), "COORDINATOR_METRICS_ADDR="+host(ports[1]),
		"DATABASE_URL="+o.Postgres.URL(o.Database), "DATABASE_OWNER_URL="+o.Postgres.OwnerURL(o.Database),
		"COORDINATOR_DATA_DIR="+filepath.Join(o.Dir, "data"), "COORDINATOR_LOG_FILE="+filepath.Join(o.Dir, "service.log"),
		"COORDINATOR_SECRET_KEY="+base64.StdEncoding.EncodeToString(key), fmt.Sprintf("COORDINATOR_DB_MAX_CONNS=%d", o.Connections),
		"COORDINATOR_ADMIN_PASSWORD="+password)
	s.cmd.Env = append(s.cmd.Env, o.Settings...)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the terminal is not for it
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", o.Program, err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Service) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if status, _, err := s.Do(ctx, Request{Method: http.MethodGet, Path: "/readyz"}); err == nil && status == http.StatusOK {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("the service ended: %w\n%s", s.err, s.out.String())
		case <-ctx.Done():
			return fmt.Errorf("the service does not become ready: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// PID is its process id.
func (s *Service) PID() int { return s.cmd.Process.Pid }

// Stop stops the service, and kills it where that takes unusually long.
func (s *Service) Stop() error {
	select {
	case <-s.done:
		return fmt.Errorf("the service was gone: %w\n%s", s.err, s.out.String())
	default:
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // what has just ended is seen below
	select {
	case <-s.done:
		return s.err
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the service does not stop"), s.cmd.Process.Kill())
	}
}

// Request is one to the service.
type Request struct {
	Method, Path, Body string
	// Token is whose it is, empty for nobody's.
	Token string
}

// Do makes one request and returns its status and body.
func (s *Service) Do(ctx context.Context, r Request) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, s.Origin+r.Path, bytes.NewReader([]byte(r.Body)))
	if err != nil {
		return 0, nil, err
	}
	if r.Body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	return response.StatusCode, body, nil
}

// MayLogIn lets people of the database sign in here.
func MayLogIn(ctx context.Context, p *Postgres, database string, emails []string) error {
	conn, err := p.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "UPDATE users SET password_hash = $2 WHERE email = ANY($1)", emails, factory.PasswordHash(password)); err != nil {
		return fmt.Errorf("giving people a password: %w", err)
	}
	return nil
}

// LogIn signs somebody in and returns the access token.
func (s *Service) LogIn(ctx context.Context, email string) (string, error) {
	body, err := json.Marshal(map[string]string{"email": email, "password": password})
	if err != nil {
		return "", err
	}
	status, answer, err := s.Do(ctx, Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: string(body)})
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("signing %s in: %d %s", email, status, answer)
	}
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(answer, &tokens); err != nil {
		return "", fmt.Errorf("reading the tokens of %s: %w", email, err)
	}
	return tokens.AccessToken, nil
}
