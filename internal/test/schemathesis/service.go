package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// settings make a service with demo data whose limits on how often somebody
// comes do not end the run; all other limits are those of everybody.
var settings = []string{
	"COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_METRICS_ADDR=off", "COORDINATOR_DEMO=true", "COORDINATOR_LOG_LEVEL=warn",
	"COORDINATOR_RATE_LIMIT_SIGN_IN=0", "COORDINATOR_RATE_LIMIT_SEARCH=0", "COORDINATOR_RATE_LIMIT_WRITE=0",
	"COORDINATOR_RATE_LIMIT_READ=0", "COORDINATOR_RATE_LIMIT_ADDRESS=0",
	"COORDINATOR_ACCESS_TOKEN_TTL=1h", "COORDINATOR_EVENT_STREAMS_PER_PRINCIPAL=1000",
}

// service is the running program.
type service struct {
	origin, database string

	cmd  *exec.Cmd
	dir  string
	out  output
	log  output
	done chan error
}

// output is what a process writes, which is read while it does.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startService starts the program on a directory of its own and waits until it is ready.
func startService(ctx context.Context, program string) (*service, error) {
	dir, err := os.MkdirTemp("", "coordinator-contract-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the service: %w", err)
	}
	// PostgreSQL, run by root, runs as somebody else, who has to pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, fmt.Errorf("opening the directory of the service: %w", err)
	}
	s := &service{dir: dir, done: make(chan error, 1)}
	// It is asked to stop, and not killed, so that its PostgreSQL goes with it.
	s.cmd = exec.Command(program, "serve")
	s.cmd.Env = append(os.Environ(), append(settings, "COORDINATOR_DATA_DIR="+filepath.Join(dir, "data"))...)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the terminal is not for it
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", program, err), os.RemoveAll(dir))
	}
	go func() { s.done <- s.cmd.Wait() }()
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

var welcome = regexp.MustCompile(`(?m)^  API +(http://\S+)/api/v1\n(?:.*\n)*?  Database +(\S+)`)

func (s *service) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if told := welcome.FindStringSubmatch(s.out.String()); told != nil {
			s.origin, s.database = told[1], told[2]
			if s.answers(ctx) {
				return nil
			}
		}
		select {
		case err := <-s.done:
			s.done <- err
			return fmt.Errorf("the service ended: %w\n%s", err, s.log.String())
		case <-ctx.Done():
			return fmt.Errorf("the service does not become ready: %w\n%s", ctx.Err(), s.log.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *service) answers(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.origin+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// stop stops the service and removes what it has written. It is an error if it
// was gone before, or does not go in order.
func (s *service) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the service was gone: %w\n%s", err, s.log.String())
	}
	select {
	case err := <-s.done:
		if err != nil {
			return fmt.Errorf("stopping the service: %w\n%s", err, s.log.String())
		}
		return os.RemoveAll(s.dir)
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the service does not stop"), s.cmd.Process.Kill())
	}
}
