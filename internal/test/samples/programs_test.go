package samples_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/samples"
)

// goDocumentation is the package documentation of the SDK for Go.
const goDocumentation = "gen/client/doc.go"

// module is the module of somebody who uses the SDK and nothing else of this
// repository.
const module = `module example.com/agency

go 1.26.0

require (
	github.com/aicoordination/coordinator/gen/api v0.0.0
	github.com/aicoordination/coordinator/gen/client v0.0.0
)

replace (
	github.com/aicoordination/coordinator/gen/api => REPOSITORY/gen/api
	github.com/aicoordination/coordinator/gen/client => REPOSITORY/gen/client
)
`

// buildGo compiles the samples in Go of all pages in one go and returns how those
// of each page are run.
func buildGo(t *testing.T, w *walk) map[string][]string {
	t.Helper()

	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}

	dir := filepath.Join(w.reader.Dir, "go")
	write(t, filepath.Join(dir, "go.mod"), strings.ReplaceAll(module, "REPOSITORY", root))

	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}

	write(t, filepath.Join(dir, "go.sum"), string(sums))

	var (
		programs  = map[string][]string{}
		functions []string
		built     = filepath.Join(dir, "bin")
	)

	for _, page := range pages(t) {
		blocks := inLanguage(w.blocks(t, page), "go")
		name := programName(page)

		switch {
		case len(blocks) == 0:
		case len(blocks) == 1 && samples.IsWhole(blocks[0]):
			write(t, filepath.Join(dir, name, "main.go"), w.reader.Addresses.Replace(samples.LineDirective(blocks[0])+blocks[0].Text))

			programs[page] = []string{filepath.Join(built, name)}
		default:
			source, err := samples.GoPage(blocks, name)
			if err != nil {
				t.Fatal(err)
			}

			write(t, filepath.Join(dir, "pages", name+".go"), w.reader.Addresses.Replace(source))

			programs[page] = []string{filepath.Join(built, "pages"), name}
			functions = append(functions, name)
		}
	}

	write(t, filepath.Join(dir, "pages", "main.go"), samples.GoMain(functions))

	build := exec.Command("go", "build", "-mod=mod", "-buildvcs=false", "-ldflags=-s -w", "-o", built+"/", "./...")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")

	if output, err := build.CombinedOutput(); err != nil {
		t.Errorf("compiling the samples in Go: %v\n%s", err, output)

		return nil
	}

	return programs
}

// TestPagesInTypeScript compiles the samples in TypeScript of all pages in one
// go, and runs them as readers do who have read the page at a shell. It takes
// Node and the SDK as `make test-ts` has installed it.
//
//nolint:paralleltest // As TestPages.
func TestPagesInTypeScript(t *testing.T) {
	if os.Getenv("COORDINATOR_TEST_TYPESCRIPT") == "" {
		t.Skip("`make test-ts` runs it, with Node and the SDK")
	}

	w := newWalk(t)
	programs := buildTypeScript(t, w)

	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			reader := w.open(t, page)
			blocks := w.blocks(t, page)

			// Other pages go on from what the first has set.
			if programs[page] == "" && page != startingPage {
				return
			}

			for _, block := range inLanguage(blocks, "sh") {
				w.runShell(t, reader, block)
			}

			if program := programs[page]; program != "" {
				ofTypeScript := inLanguage(blocks, "ts")
				w.runProgram(t, reader, []string{"node", program}, ofTypeScript, blocks)
				w.ran["ts"] += len(ofTypeScript)
			}
		})
	}

	w.report(t, "ts")
}

// compilerOptions are the strictest that a user of the SDK may have.
const compilerOptions = `{
	"compilerOptions": {
		"target": "ES2022", "lib": ["ES2022", "DOM", "DOM.Iterable", "ESNext.Disposable"], "module": "NodeNext",
		"moduleResolution": "NodeNext", "types": ["node"], "outDir": "build", "rootDir": ".",
		"strict": true, "exactOptionalPropertyTypes": true, "noImplicitOverride": true, "noImplicitReturns": true
	},
	"include": ["*.ts"]
}`

// buildTypeScript compiles the samples and returns the program of each page that
// has some.
func buildTypeScript(t *testing.T, w *walk) map[string]string {
	t.Helper()

	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}

	dir := filepath.Join(w.reader.Dir, "ts")
	write(t, filepath.Join(dir, "package.json"), `{"type": "module", "private": true}`)
	write(t, filepath.Join(dir, "tsconfig.json"), compilerOptions)

	if err := os.Symlink(filepath.Join(root, "internal/test/e2e/node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}

	programs := map[string]string{}

	for _, page := range pages(t) {
		blocks := inLanguage(w.blocks(t, page), "ts")
		if len(blocks) == 0 {
			continue
		}

		name := programName(page)
		write(t, filepath.Join(dir, name+".ts"), w.reader.Addresses.Replace(samples.TypeScriptProgram(blocks)))

		programs[page] = filepath.Join(dir, "build", name+".js")
	}

	build := exec.Command(filepath.Join(root, "internal/tools/node_modules/.bin/tsc"), "-p", ".")
	build.Dir = dir

	if output, err := build.CombinedOutput(); err != nil {
		t.Errorf("compiling the samples in TypeScript: %v\n%s", err, output)

		return nil
	}

	return programs
}

func programName(page string) string {
	return strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(page)
}

func write(t *testing.T, path, text string) {
	t.Helper()

	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(10 * time.Millisecond):
	}
}
