// Command newcomer does what README.md tells somebody new to do, from the lines
// of README.md: it clones the last commit, starts the service, makes a first
// authenticated call, and calls the service through both SDKs from projects of
// its own. It prints how long each step took.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aicoordination/coordinator/internal/test/freeport"
	"github.com/aicoordination/coordinator/internal/test/samples"
)

func main() {
	cold := flag.Bool("cold", false, "begin with an empty build cache")
	limit := flag.Duration("limit", 10*time.Minute, "how long all of it may take")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, *limit)

	err := run(ctx, *cold, os.Stdout)

	cancel()
	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "newcomer:", err)
		os.Exit(1)
	}
}

// newcomer is somebody new, and how long everything took so far.
type newcomer struct {
	*samples.Reader

	blocks []samples.Block
	out    io.Writer
	begin  time.Time
	last   time.Time
}

func run(ctx context.Context, cold bool, out io.Writer) (err error) {
	root, err := os.Getwd()
	if err != nil {
		return err
	}

	blocks, err := samples.Read(root, "README.md")
	if err != nil {
		return fmt.Errorf("run this at the root of the repository: %w", err)
	}

	place, err := os.MkdirTemp("", "coordinator-newcomer-")
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, os.RemoveAll(place)) }()

	// PostgreSQL, run by root, runs as somebody else, who has to pass through.
	if err := os.Chmod(place, 0o711); err != nil {
		return err
	}

	port, err := freeport.Find(ctx)
	if err != nil {
		return err
	}

	address := fmt.Sprintf("127.0.0.1:%d", port)

	n := &newcomer{blocks: blocks, out: out, Reader: &samples.Reader{
		Dir: place,
		Env: append(environment(),
			"COORDINATOR_ADDR="+address, "COORDINATOR_DATA_DIR="+filepath.Join(place, "data"), "COORDINATOR_METRICS_ADDR=off"),
		Addresses: strings.NewReplacer("127.0.0.1:8080", address, "https://github.com/aicoordination/coordinator ", root+" coordinator "),
		Patience:  time.Hour,
	}}
	if cold {
		n.Env = append(n.Env, "GOCACHE="+filepath.Join(place, "cache"))
	}

	n.begin = time.Now()
	n.last = n.begin

	return n.follow(ctx)
}

// follow takes the steps of the README.
func (n *newcomer) follow(ctx context.Context) error {
	started, err := n.block("sh", "git clone")
	if err != nil {
		return err
	}

	cloning, serving, found := strings.Cut(started.Text, "\nmake run")
	if !found {
		return fmt.Errorf("%s: there is no `make run` behind the clone", started)
	}

	if _, err := n.do(ctx, "clone", cloning); err != nil {
		return err
	}

	server := n.Start(ctx, n.Shell("exec make run"+strings.SplitN(serving, "\n", 2)[0]), "")

	defer func() {
		server.Stop()
		_, _ = server.Wait() // it has been interrupted
	}()

	if err := n.ready(ctx, server); err != nil {
		return err
	}

	n.step("make run, until it is ready")

	call, err := n.block("sh", "/api/v1/users/login")
	if err != nil {
		return err
	}

	answered, err := n.do(ctx, "first authenticated call, by curl", call.Text)
	if err != nil {
		return err
	}

	if !strings.Contains(answered, `"status":"todo"`) {
		return fmt.Errorf("the first call is answered by %s", answered)
	}

	for _, sdk := range []struct{ name, installing, language, file, running string }{
		{"TypeScript", "make sdk", "ts", "first.mjs", "node first.mjs"},
		{"Go", "go mod init", "go", "main.go", "go run ."},
	} {
		if err := n.callBy(ctx, sdk.name, sdk.installing, sdk.language, sdk.file, sdk.running); err != nil {
			return err
		}
	}

	fmt.Fprintf(n.out, "%6.1f s  all of it\n", time.Since(n.begin).Seconds())

	return nil
}

// callBy installs an SDK, writes the page's program into a file and runs it. The
// names of the file and of the command have to be on the page.
func (n *newcomer) callBy(ctx context.Context, name, installing, language, file, running string) error {
	install, err := n.block("sh", installing)
	if err != nil {
		return err
	}

	program, err := n.block(language, "SignIn")
	if err != nil {
		program, err = n.block(language, "signIn")
	}

	if err != nil {
		return err
	}

	if !strings.Contains(program.Around, "`"+file+"`") || !strings.Contains(program.Around, "`"+running+"`") {
		return fmt.Errorf("%s: the page has to say that it is in `%s` and is run with `%s`", program, file, running)
	}

	if _, err := n.do(ctx, "install the SDK for "+name, "cd \"$CLONE\"\n"+install.Text); err != nil {
		return err
	}

	written, err := n.do(ctx, "call through the SDK for "+name, "cat >"+file+" <<'END OF FILE'\n"+program.Text+"END OF FILE\n"+running)
	if err != nil {
		return err
	}

	if len(strings.Fields(written)) == 0 {
		return fmt.Errorf("%s prints nothing", program)
	}

	return nil
}

// do runs the lines, prints how long that took, and returns what they print.
func (n *newcomer) do(ctx context.Context, what, lines string) (string, error) {
	if what == "clone" {
		lines += "\nCLONE=$PWD"
	}

	outcome, err := n.Run(ctx, lines, "")
	if err == nil && outcome.Code != 0 {
		err = fmt.Errorf("exit code %d\n%s%s", outcome.Code, outcome.Stdout, outcome.Stderr)
	}

	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}

	n.step(what)

	return outcome.Stdout, nil
}

func (n *newcomer) step(what string) {
	now := time.Now()
	fmt.Fprintf(n.out, "%6.1f s  %s\n", now.Sub(n.last).Seconds(), what)
	n.last = now
}

// ready waits until the service says where it is.
func (n *newcomer) ready(ctx context.Context, server *samples.Running) error {
	for !strings.Contains(server.Printed(), "Try it:") {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the service does not start:\n%s", server.Printed())
		case <-time.After(50 * time.Millisecond):
		}

		if code, over := server.Ended(); over {
			return fmt.Errorf("`make run` ended with %d:\n%s", code, server.Printed())
		}
	}

	return nil
}

// block is the first one of a language that has the text.
func (n *newcomer) block(language, text string) (samples.Block, error) {
	at := slices.IndexFunc(n.blocks, func(block samples.Block) bool {
		return block.Language == language && strings.Contains(block.Text, text)
	})
	if at < 0 {
		return samples.Block{}, fmt.Errorf("README.md has no block of %s with %q", language, text)
	}

	return n.blocks[at], nil
}

// environment is this one without settings of the program or of make.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return slices.ContainsFunc([]string{"COORDINATOR_", "DATABASE_", "OTEL_", "REDIS_URL=", "MAKE", "MFLAGS="}, func(prefix string) bool {
			return strings.HasPrefix(entry, prefix)
		})
	})
}
