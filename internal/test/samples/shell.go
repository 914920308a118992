package samples

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Reader is somebody who follows pages at a shell: a directory, an environment,
// and what has been set so far.
type Reader struct {
	// Dir is where the reader is, and Env what the shell starts with.
	Dir string
	Env []string
	// Addresses are what the pages say, each with what it is here.
	Addresses *strings.Replacer
	// Patience is how long one block may take.
	Patience time.Duration
}

// Outcome is what came of a block.
type Outcome struct {
	Code           int
	Stdout, Stderr string
}

// state is the file in the reader's directory that keeps the variables and
// functions which the blocks have set, and where they have gone to, from one
// shell to the next.
const state = ".state"

// preamble begins each shell where the last has ended. What was set is what was
// not there when the first began.
const preamble = `set -euo pipefail
__before=" $(compgen -v | tr '\n' ' ') __before __name BASH_ARGC BASH_ARGV BASH_EXECUTION_STRING FUNCNAME PIPESTATUS _ "
if [ -e "$STATE" ]; then . "$STATE"; fi
__keep() {
	for __name in $(compgen -v); do
		case "$__before" in *" $__name "*) ;; *) declare -p "$__name" 2>/dev/null || true ;; esac
	done
	declare -f
	printf 'cd %q\n' "$PWD"
}
trap '__keep >"$STATE.new" && mv "$STATE.new" "$STATE"' EXIT
`

// Fork is the reader going on in another directory with what has been set.
func (r *Reader) Fork(dir string) (*Reader, error) {
	other := *r
	other.Dir = dir

	kept, err := os.ReadFile(filepath.Join(r.Dir, state))
	if errors.Is(err, os.ErrNotExist) {
		return &other, nil
	}

	if err != nil {
		return nil, err
	}

	return &other, os.WriteFile(filepath.Join(dir, state), kept, 0o600)
}

// Run gives the lines to a shell. Where until is set, the reader presses Ctrl-C
// once it is on the screen.
func (r *Reader) Run(ctx context.Context, lines, until string) (Outcome, error) {
	return r.Start(ctx, r.Shell(lines), until).Wait()
}

// Shell is the command that gives the lines to a shell.
func (r *Reader) Shell(lines string) []string {
	return []string{"bash", "-c", preamble + r.Addresses.Replace(lines)}
}

// Exported returns the variables that the blocks have exported.
func (r *Reader) Exported(ctx context.Context) ([]string, error) {
	out, err := r.Run(ctx, "env -0", "")
	if err != nil || out.Code != 0 {
		return nil, fmt.Errorf("reading the environment: %w\n%s", err, out.Stderr)
	}

	return strings.Split(strings.TrimRight(out.Stdout, "\x00"), "\x00"), nil
}

// Running is a program that the reader has started.
type Running struct {
	cmd            *exec.Cmd
	cancel         context.CancelFunc
	stdout, stderr screen
	failed         error
	over           chan struct{} // closed when it has ended, with err
	err            error
}

// Start starts a program in the reader's directory.
func (r *Reader) Start(ctx context.Context, command []string, until string) *Running {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)

	running := &Running{cmd: exec.CommandContext(ctx, command[0], command[1:]...), cancel: cancel}
	cmd := running.cmd
	cmd.Dir = r.Dir
	cmd.Env = append(append([]string(nil), r.Env...), "STATE="+filepath.Join(r.Dir, state))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	running.stdout = screen{until: until, seen: func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }}
	cmd.Stdout, cmd.Stderr = &running.stdout, &running.stderr
	running.over = make(chan struct{})

	if running.failed = cmd.Start(); running.failed == nil {
		go func() {
			running.err = cmd.Wait()
			close(running.over)
		}()
	}

	return running
}

// Stop presses Ctrl-C.
func (r *Running) Stop() { _ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGINT) }

// Printed is what is on the screen so far.
func (r *Running) Printed() string { return r.stdout.String() }

// Ended tells whether the program has ended by itself, and how.
func (r *Running) Ended() (code int, over bool) {
	if r.failed != nil {
		return -1, true
	}

	select {
	case <-r.over:
		return r.cmd.ProcessState.ExitCode(), true
	default:
		return 0, false
	}
}

// Wait waits for the end of the program.
func (r *Running) Wait() (Outcome, error) {
	defer r.cancel()

	if r.failed != nil {
		return Outcome{}, r.failed
	}

	<-r.over
	err := r.err
	out := Outcome{Code: r.cmd.ProcessState.ExitCode(), Stdout: r.stdout.String(), Stderr: r.stderr.String()}

	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		err = nil
	}

	if interrupted := r.stdout.wasSeen(); interrupted {
		out.Code = 0
	} else if r.stdout.until != "" {
		err = errors.Join(err, fmt.Errorf("%q never came", r.stdout.until))
	}

	return out, err
}

// screen takes what a program prints and tells when a text is on it.
type screen struct {
	mu    sync.Mutex
	text  bytes.Buffer
	until string
	seen  func()
	found bool
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.text.Write(p)

	if !s.found && s.until != "" && bytes.Contains(s.text.Bytes(), []byte(s.until)) {
		s.found = true
		s.seen()
	}

	return len(p), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.text.String()
}

func (s *screen) wasSeen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.found
}
