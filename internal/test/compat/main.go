// Command compat runs the tests of the previous release on the present schema.
//
// While a release is rolled out the schema is the new one already, and processes
// of the previous release go on: what they need of it stays (expand) until the
// release after (contract). So the previous release is checked out as it is, the
// database that its tests copy is made by the present migrations, and its tests
// are run with nothing of it changed.
//
//	go run ./internal/test/compat            against the last tag, or internal/test/compat/previous
//	PREVIOUS=v1.2.3 go run ./internal/test/compat -p=2 ./internal/task
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/dbtest/sharedpg"
)

// left are the tests that say something of the schema itself and not of what the
// release does with it, by their names; of each the reason.
var left = []struct{ pattern, why string }{
	{"^TestMigrations?", "They migrate, and compare with the migrations of that release."},
	{"^TestConcurrentMigrations$", "As above."},
	{"^TestNewerDatabaseIsRefused$", "The database is newer, which is the point."},
	{"^TestEveryTableIsDecided|^TestGrant|^TestUndecided", "They list the tables of that release, and there are more by now."},
}

// packages whose tests are about the program as a whole: a start migrates, and
// refuses a newer schema; a process of the previous release is one that runs.
var leftPackages = regexp.MustCompile(`/internal/test/(e2e|scale|withpg|dbtest)\b|/internal/(localpg|tools)\b|/internal/app$`)

// role is what the tests connect as.
const role = "coordinator"

func main() {
	sharedpg.Supervise()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	commit, err := previous(ctx)
	if err != nil {
		return err
	}
	clone, err := os.MkdirTemp("", "coordinator-previous-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(clone)
	if err := checkOut(ctx, commit, clone); err != nil {
		return err
	}
	fmt.Printf("the tests of %s on the present schema\n", commit)

	server, release, err := testServer(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	template, err := templateOf(ctx, clone)
	if err != nil {
		return err
	}
	if err := makeTemplate(ctx, server, template); err != nil {
		return fmt.Errorf("making the database of the tests: %w", err)
	}
	flags, packages := arguments()
	if len(packages) == 0 {
		if packages, err = packagesOf(ctx, clone); err != nil {
			return err
		}
	}
	var patterns []string
	for _, l := range left {
		patterns = append(patterns, l.pattern)
		fmt.Printf("left out: %s (%s)\n", l.pattern, l.why)
	}
	all := slices.Concat([]string{"test", "-count=1", "-timeout=15m", "-skip", strings.Join(patterns, "|")}, flags, packages)
	tests := command(ctx, clone, "go", all...)
	tests.Env = append(os.Environ(), dbtest.ServerVariable+"="+server)
	tests.Stdout, tests.Stderr = os.Stdout, os.Stderr
	if err := tests.Run(); err != nil {
		return fmt.Errorf("the previous release does not pass its tests on this schema: keep what it needs, and remove that one release later: %w", err)
	}
	fmt.Printf("%d packages of %s hold on the present schema\n", len(packages), commit)
	return nil
}

// arguments are flags of go test, and packages where not all are wanted.
func arguments() (flags, packages []string) {
	for _, argument := range os.Args[1:] {
		if strings.HasPrefix(argument, "./") {
			packages = append(packages, argument)
		} else {
			flags = append(flags, argument)
		}
	}
	return flags, packages
}

// previous is the commit that was released last.
func previous(ctx context.Context) (string, error) {
	name := os.Getenv("PREVIOUS")
	if name == "" {
		tag, err := command(ctx, "", "git", "describe", "--tags", "--abbrev=0", "HEAD~1").Output()
		name = strings.TrimSpace(string(tag))
		if err != nil || name == "" {
			content, err := os.ReadFile("internal/test/compat/previous")
			if err != nil {
				return "", fmt.Errorf("run this at the top of the checkout: %w", err)
			}
			for line := range strings.Lines(string(content)) {
				if !strings.HasPrefix(line, "#") {
					name = strings.TrimSpace(line)
				}
			}
		}
	}
	commit, err := command(ctx, "", "git", "rev-parse", "--verify", "--quiet", name+"^{commit}").Output()
	if err != nil {
		return "", fmt.Errorf("%s is not in this clone; if it is a shallow one, run `git fetch --unshallow` (or `git fetch --tags origin`), or name another release with PREVIOUS", name)
	}
	return strings.TrimSpace(string(commit)), nil
}

// checkOut makes a clone of its own of the commit, which shares what git has stored.
func checkOut(ctx context.Context, commit, clone string) error {
	for _, arguments := range [][]string{
		{"init", "--quiet", clone},
		{"-C", clone, "fetch", "--quiet", "--depth=1", "file://" + top(ctx), commit},
		{"-C", clone, "checkout", "--quiet", "FETCH_HEAD"},
	} {
		if output, err := command(ctx, "", "git", arguments...).CombinedOutput(); err != nil {
			return fmt.Errorf("checking out %s: %w\n%s", commit, err, output)
		}
	}
	return nil
}

func top(ctx context.Context) string {
	path, err := command(ctx, "", "git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		return "."
	}
	return strings.TrimSpace(string(path))
}

func testServer(ctx context.Context) (url string, release func() error, err error) {
	if url := os.Getenv(dbtest.ServerVariable); url != "" {
		return url, func() error { return nil }, nil
	}
	lease, err := sharedpg.Hold(ctx)
	if err != nil {
		return "", nil, err
	}
	if url, err = lease.Server(ctx); err != nil {
		return "", nil, errors.Join(err, lease.Release())
	}
	return url, lease.Release, nil
}

// askName is put beside the release's own tests to learn how they name the
// database that they copy.
const askName = `package dbtest

import (
	"testing"

	"github.com/aicoordination/coordinator/schema"
)

func TestTellTemplateName(t *testing.T) {
	name, err := templateName(schema.FS)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("template=" + name)
}
`

var templateName = regexp.MustCompile(`template=(\w+)`)

func templateOf(ctx context.Context, clone string) (string, error) {
	file := filepath.Join(clone, "internal", "test", "dbtest", "tellname_test.go")
	if err := os.WriteFile(file, []byte(askName), 0o600); err != nil {
		return "", err
	}
	defer os.Remove(file)
	output, err := command(ctx, clone, "go", "test", "-count=1", "-v", "-run", "^TestTellTemplateName$", "./internal/test/dbtest").CombinedOutput()
	found := templateName.FindSubmatch(output)
	if err != nil || found == nil {
		return "", fmt.Errorf("asking the previous release how its tests name their database: %w\n%s", err, output)
	}
	return string(found[1]), nil
}

// makeTemplate makes the database by the present migrations under the name that
// the previous release's own would have. It goes with the server, or stays until
// the next run replaces it.
func makeTemplate(ctx context.Context, server, name string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)",
		"CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
		"DO $$ BEGIN CREATE ROLE " + role + " LOGIN PASSWORD '" + role + "'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	config, err := pgxpool.ParseConfig(server)
	if err != nil {
		return err
	}
	config.ConnConfig.Database = name
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	return dbx.MigrateAs(ctx, dbx.New(pool), role)
}

func packagesOf(ctx context.Context, clone string) ([]string, error) {
	output, err := command(ctx, clone, "go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./internal/...").Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages of the previous release: %w", err)
	}
	var found []string
	for name := range strings.FieldsSeq(string(output)) {
		if !leftPackages.MatchString(name) {
			found = append(found, name)
		}
	}
	return found, nil
}

func command(ctx context.Context, dir, name string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = dir
	// Interrupted, go test ends what it has started.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd
}
