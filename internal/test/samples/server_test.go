package samples_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/freeport"
	"github.com/aicoordination/coordinator/internal/test/samples"
)

// patience is more than anything takes on a machine that tests everything at
// once.
const patience = time.Minute

// repository is the root of it.
const repository = "../../.."

// newReader starts the built program as `make run` does and returns somebody who
// reads a page beside it.
func newReader(t *testing.T) *samples.Reader {
	t.Helper()

	// As with the browser: where everything is checked a missing program is a failure, elsewhere it is said.
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") == "" {
			t.Skipf("the pages are for readers who have %s, which is not installed here", tool)
		} else if err != nil {
			t.Fatal(err)
		}
	}

	dir, err := os.MkdirTemp("", "coordinator-samples-")
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = os.RemoveAll(dir) })

	// PostgreSQL, run by root, runs as somebody else, who has to pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}

	program := filepath.Join(dir, "bin", "coordinator")

	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", program,
		"-ldflags=-X github.com/aicoordination/coordinator/internal/app.version=v"+client.Version, "github.com/aicoordination/coordinator/cmd/coordinator").CombinedOutput()
	if err != nil {
		t.Fatalf("building the program: %v\n%s", err, output)
	}

	port, err := freeport.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	hooks := fmt.Sprintf("127.0.0.1:%d", port)
	env := environment(dir)
	origin, printed := serve(t, program, append(env,
		"COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_METRICS_ADDR=off", "COORDINATOR_RATE_LIMIT_SIGN_IN=0",
		"COORDINATOR_WEBHOOK_ALLOW_LOOPBACK=true"))

	if err := os.WriteFile(filepath.Join(dir, "printed"), []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}

	return &samples.Reader{
		Dir: dir,
		Env: env,
		Addresses: strings.NewReplacer(
			"http://127.0.0.1:8080", origin, "http://localhost:8080", origin,
			"127.0.0.1:9000", hooks, ":9000", ":"+hooks[strings.LastIndex(hooks, ":")+1:], "listen(9000", "listen("+hooks[strings.LastIndex(hooks, ":")+1:],
		),
		Patience: patience,
	}
}

// environment is that of a reader who has nothing set, on the machine that this
// is.
func environment(dir string) []string {
	env := []string{
		"HOME=" + dir, "PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"),
		"COORDINATOR_DATA_DIR=" + filepath.Join(dir, "data"), "LC_ALL=C.UTF-8",
	}

	for _, name := range []string{"TMPDIR", "PG_BIN_DIR", "XDG_CACHE_HOME"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}

	return env
}

// serve starts the program with the demo's data and returns its address and what
// it has printed, once it is ready. It ends with the test, or with this process,
// whatever ends that.
func serve(t *testing.T, program string, env []string) (origin, printed string) {
	t.Helper()

	cmd := exec.Command("sh", "-c", `"$0" serve --demo <&- & cat >&2; kill -TERM $!; wait $!`, program)
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the terminal is not for it

	log := filepath.Join(filepath.Dir(filepath.Dir(program)), "log")

	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}

	cmd.Stdout, cmd.Stderr = file, io.Discard

	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		_ = alive.Close()

		if err := cmd.Wait(); err != nil {
			t.Errorf("stopping the server: %v", err)
		}

		_ = file.Close()
	})

	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}

		match := regexp.MustCompile(`(?m)^  API +(http://\S+)/api/v1$`).FindSubmatch(text)
		if match != nil && strings.Contains(string(text), "  curl ") {
			return string(match[1]), string(text)
		}
	}

	t.Fatal("the server does not start")

	return "", ""
}
