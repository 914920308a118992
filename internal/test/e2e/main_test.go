// Package e2e_test drives the built program from outside: what it prints, how
// it starts, stops and crashes, its commands, and its API through the generated
// client. What one operation answers to which input is tested beside its
// handler, not here.
package e2e_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) {
	// Much of what these tests do is to wait for the processes that they start.
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}

	dbtest.Main(m)
}

// builtVersion is the version that the linker writes into the program here.
const builtVersion = "e2e-test"

// workspace holds everything that this process makes, and goes with it.
type workspace struct {
	dir string
	// alive is closed by the end of this process, whatever ends it: a panic
	// for running out of time as well, which skips every cleanup.
	alive io.Closer
}

var openWorkspace = sync.OnceValues(func() (workspace, error) {
	dir, err := os.MkdirTemp("", "coordinator-e2e-")
	if err != nil {
		return workspace{}, err
	}

	// PostgreSQL, run by root, runs as somebody else, who has to pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return workspace{}, err
	}

	// As PostgreSQL names it, without symbolic links.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return workspace{}, err
	}

	janitor := exec.Command("sh", "-c", `cat; rm -rf "$0"`, dir)
	janitor.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the terminal is not for it

	alive, err := janitor.StdinPipe()
	if err != nil {
		return workspace{}, err
	}

	return workspace{dir: dir, alive: alive}, janitor.Start()
})

// builtProgram is the path of the program, built once for all tests.
var builtProgram = sync.OnceValues(func() (string, error) {
	space, err := openWorkspace()
	if err != nil {
		return "", fmt.Errorf("making a workspace: %w", err)
	}

	path := filepath.Join(space.dir, "coordinator")

	const module = "github.com/aicoordination/coordinator"

	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", path,
		"-ldflags=-X "+module+"/internal/app.version="+builtVersion, module+"/cmd/coordinator").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, output)
	}

	return path, nil
})

func program(t *testing.T) string {
	t.Helper()

	path, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}

	return path
}

// newDataDir returns a directory that does not exist yet, for a server to make.
// When the test ends, it is removed, after PostgreSQL has left it.
func newDataDir(t *testing.T) string {
	t.Helper()

	space, err := openWorkspace()
	if err != nil {
		t.Fatalf("making a workspace: %v", err)
	}

	dir, err := os.MkdirTemp(space.dir, "")
	if err != nil {
		t.Fatal(err)
	}

	dataDir := filepath.Join(dir, "data")

	t.Cleanup(func() {
		err := endPostgres(dataDir)
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})

	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}

	return dataDir
}

// fromEnvironment is how often, or how much, a test does what takes long: enough
// to show the rule where nothing else is said, and more by a target of make.
func fromEnvironment(t *testing.T, variable string, otherwise int) int {
	t.Helper()

	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}

	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		t.Fatalf("%s is %q, want a number above 0", variable, text)
	}

	return number
}
