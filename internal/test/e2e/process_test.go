package e2e_test

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is more than anything waited for takes on a machine that tests
// everything at once; whoever runs out of it has failed.
const patience = time.Minute

// process is one run of the program.
type process struct {
	cmd    *exec.Cmd
	stdout *output
	stderr *output
	exited chan struct{} // closed when it has ended and its output is complete
}

// launch starts the program with nothing but these of its settings, each as
// "VARIABLE=value". It ends with the test at the latest.
func launch(t *testing.T, stdin io.Reader, settings []string, args ...string) *process {
	t.Helper()

	p := &process{
		cmd:    exec.Command(program(t), args...),
		stdout: &output{welcomed: make(chan struct{})},
		stderr: &output{welcomed: make(chan struct{})},
		exited: make(chan struct{}),
	}
	p.cmd.Env = environment(settings)
	p.cmd.Stdin = stdin
	p.cmd.Stdout = p.stdout
	p.cmd.Stderr = p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(p.cmd.SysProcAttr)

	started := make(chan error)

	go func() {
		runtime.LockOSThread() // for endWithParent: the thread ends with this function

		err := p.cmd.Start()
		started <- err

		if err == nil {
			_ = p.cmd.Wait() // the outcome is in ProcessState

			close(p.exited)
		}
	}()

	if err := <-started; err != nil {
		t.Fatalf("starting the program: %v", err)
	}

	t.Cleanup(func() {
		if !p.isRunning() {
			return
		}

		_ = p.cmd.Process.Signal(syscall.SIGTERM)

		select {
		case <-p.exited:
		case <-time.After(patience):
			t.Errorf("the program does not stop:\n%s", p.stderr)
			p.kill()
		}
	})

	return p
}

// environment is this process's without settings of the program, but for where
// PostgreSQL's binaries are.
func environment(settings []string) []string {
	inherited := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return strings.HasPrefix(entry, "COORDINATOR_") || strings.HasPrefix(entry, "DATABASE_") || strings.HasPrefix(entry, "REDIS_URL=") ||
			strings.HasPrefix(entry, "OTEL_")
	})

	return append(inherited, settings...)
}

func (p *process) isRunning() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// kill ends the process as a loss of power does for it.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// await waits for the end of the process and returns its exit code.
func (p *process) await(t *testing.T) int {
	t.Helper()

	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatalf("the program does not end; it printed\n%s%s", p.stdout, p.stderr)
	}

	return p.cmd.ProcessState.ExitCode()
}

// peakMemory is readPeak of a process that runs.
func (p *process) peakMemory(t *testing.T) int64 {
	t.Helper()

	peak, err := p.readPeak()
	if err != nil {
		t.Fatal(err)
	}

	return peak
}

// awaitPeak is await, and returns the most memory that was seen meanwhile. What
// the operating system tells of a process that has ended counts the memory of
// these tests as well, which started it.
func (p *process) awaitPeak(t *testing.T) (code int, peak int64) {
	t.Helper()

	for {
		select {
		case <-p.exited:
			return p.await(t), peak
		case <-time.After(5 * time.Millisecond):
			if seen, err := p.readPeak(); err == nil {
				peak = max(peak, seen)
			}
		}
	}
}

// result is what came of a command.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command to its end.
func run(t *testing.T, settings []string, args ...string) result {
	t.Helper()

	return runWithInput(t, "", settings, args...)
}

func runWithInput(t *testing.T, stdin string, settings []string, args ...string) result {
	t.Helper()

	p := launch(t, strings.NewReader(stdin), settings, args...)
	code := p.await(t)

	return result{code: code, stdout: p.stdout.String(), stderr: p.stderr.String()}
}

// mustRun runs a command that succeeds and returns what it prints.
func mustRun(t *testing.T, settings []string, args ...string) string {
	t.Helper()

	got := run(t, settings, args...)
	if got.code != 0 {
		t.Fatalf("coordinator %s: exit code %d\n%s", strings.Join(args, " "), got.code, got.stderr)
	}

	return got.stdout
}

// refuses checks that a command fails with the exit code and that its message
// has all of the texts.
func (r result) refuses(t *testing.T, code int, texts ...string) {
	t.Helper()

	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}

	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("the message lacks %q:\n%s", text, r.stderr)
		}
	}

	if r.stdout != "" {
		t.Errorf("it prints %q, want nothing but the message", r.stdout)
	}
}

// welcomeBlock is the end of what a server prints when it is ready.
var welcomeBlock = regexp.MustCompile(`\nTry it:\n\n  .+\n\n`)

// output collects what a process writes.
type output struct {
	mu       sync.Mutex
	text     strings.Builder
	welcomed chan struct{} // closed when the block is complete
	isThere  bool
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	o.text.Write(p)

	if !o.isThere && welcomeBlock.MatchString(o.text.String()) {
		o.isThere = true

		close(o.welcomed)
	}

	return len(p), nil
}

// String returns what has been written so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.text.String()
}
