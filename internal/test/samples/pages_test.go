package samples_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/samples"
)

// startingPage is read before the others: what it has set is there on them.
const startingPage = "internal/site/guides/getting-started.md"

// pages are those whose code is run, in the order in which they are read.
func pages(t *testing.T) []string {
	t.Helper()

	guides, err := filepath.Glob(filepath.Join(repository, "internal/site/guides/*.md"))
	if err != nil || len(guides) == 0 {
		t.Fatalf("there are no guides: %v", err)
	}

	found := []string{startingPage}

	for _, guide := range guides {
		if page, err := filepath.Rel(repository, guide); err != nil {
			t.Fatal(err)
		} else if page != startingPage {
			found = append(found, page)
		}
	}

	return append(found, "README.md", "deploy/README.md", "internal/tools/ts/README.md", goDocumentation)
}

// selection picks blocks of a page: those that have the text.
type selection struct {
	page, text string
	// used tells whether there is such a block.
	used bool
}

func (s *selection) matches(block samples.Block) bool {
	found := strings.HasSuffix(block.Page, s.page) && strings.Contains(block.Text, s.text)
	s.used = s.used || found

	return found
}

// unrun are the blocks that are not run, each with the reason.
type unrun struct {
	selection

	reason string
}

// endless are the blocks that go on until the reader ends them, each with what
// is on the screen by then.
type endless struct {
	selection

	language string
	until    string
	// meanwhile is the text of the block of the same page that is run, again
	// where it was before, once a program says that it is ready.
	meanwhile, ready string
}

// walk goes through the blocks of all pages.
type walk struct {
	reader  *samples.Reader
	unrun   []*unrun
	endless []*endless
	ran     map[string]int
}

func newWalk(t *testing.T) *walk {
	t.Helper()

	w := &walk{reader: newReader(t), ran: map[string]int{}}

	for _, entry := range notRun() {
		w.unrun = append(w.unrun, &entry)
	}

	for _, entry := range goingOn() {
		w.endless = append(w.endless, &entry)
	}

	return w
}

// blocks returns those of a page that are run.
func (w *walk) blocks(t *testing.T, page string) []samples.Block {
	t.Helper()

	all, err := samples.Read(repository, page)
	if err != nil {
		t.Fatal(err)
	}

	return slices.DeleteFunc(all, func(block samples.Block) bool {
		return slices.ContainsFunc(w.unrun, func(entry *unrun) bool { return entry.matches(block) })
	})
}

// endOf tells how a block is ended that goes on, and nil for any other.
func (w *walk) endOf(block samples.Block) *endless {
	for _, entry := range w.endless {
		if entry.language == block.Language && entry.matches(block) {
			return entry
		}
	}

	return &endless{}
}

// open returns the reader as the page finds it.
func (w *walk) open(t *testing.T, page string) *samples.Reader {
	t.Helper()

	if page == startingPage {
		return w.reader
	}

	dir := filepath.Join(w.reader.Dir, programName(page))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}

	if err := os.Symlink("../bin", filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}

	reader, err := w.reader.Fork(dir)
	if err != nil {
		t.Fatal(err)
	}

	return reader
}

// report prints how many blocks of each language have run, and fails where an
// entry of a table is of no use: all that are not run, and those of these
// languages that go on.
func (w *walk) report(t *testing.T, languages ...string) {
	t.Helper()

	var counts []string
	for _, language := range slices.Sorted(maps.Keys(w.ran)) {
		counts = append(counts, fmt.Sprintf("%d %s", w.ran[language], language))
	}

	t.Logf("of the documentation have run: %s; listed as not to be run: %d", strings.Join(counts, ", "), len(w.unrun))

	for _, entry := range w.unrun {
		if !entry.used {
			t.Errorf("no block of %s has %q, which is listed as not to be run: %s", entry.page, entry.text, entry.reason)
		}
	}

	for _, entry := range w.endless {
		if !entry.used && slices.Contains(languages, entry.language) {
			t.Errorf("no block of %s in %s has %q, which is listed as going on", entry.page, entry.language, entry.text)
		}
	}
}

// TestPages reads every page at a shell, and runs its programs in Go.
//
//nolint:paralleltest // It runs beside the tests of other packages; its own pages are read one after the other.
func TestPages(t *testing.T) {
	w := newWalk(t)

	programs := buildGo(t, w)

	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			reader := w.open(t, page)
			blocks := w.blocks(t, page)

			w.read(t, reader, blocks)

			if program := programs[page]; program != nil {
				ofGo := inLanguage(blocks, "go")
				w.runProgram(t, reader, program, ofGo, blocks)
				w.ran["go"] += len(ofGo)
			}
		})
	}

	w.report(t, "sh", "go")
}

// read runs the blocks that are for a shell and holds those that show what is
// answered against it.
func (w *walk) read(t *testing.T, reader *samples.Reader, blocks []samples.Block) {
	t.Helper()

	var answered *samples.Outcome

	for _, block := range blocks {
		var outcome *samples.Outcome

		switch block.Language {
		case "sh":
			outcome = w.runShell(t, reader, block)
		case "json":
			w.holdJSON(t, block, answered)
		case "text":
			w.holdText(t, block, answered)
		case "go", "ts":
			// Programs of a page are compiled as one, and run when it was read.
			continue
		default:
			t.Errorf("%s: nothing runs this language; list the block with a reason", block)
			continue
		}

		w.ran[block.Language]++
		answered = cmp.Or(outcome, answered)
	}
}

func (w *walk) runShell(t *testing.T, reader *samples.Reader, block samples.Block) *samples.Outcome {
	t.Helper()

	outcome, err := reader.Run(t.Context(), block.Text, w.endOf(block).until)
	if err != nil || outcome.Code != 0 {
		t.Fatalf("%s: exit code %d, %v\n%s\n%s%s", block, outcome.Code, err, block.Text, outcome.Stdout, outcome.Stderr)
	}

	if codes := samples.Unannounced(block, outcome.Stdout); len(codes) > 0 {
		t.Errorf("%s: it is answered by %v, of which the page says nothing\n%s\n%s", block, codes, block.Text, outcome.Stdout)
	}

	empty, err := reader.Run(t.Context(), `for name in $(compgen -v); do case "$__before" in *" $name "*) ;; *)
		if [ -z "${!name}" ] || [ "${!name}" = null ]; then echo "$name"; fi ;; esac; done`, "")
	if err != nil || strings.TrimSpace(empty.Stdout) != "" {
		t.Errorf("%s: it sets nothing in %s, %v\n%s", block, strings.Fields(empty.Stdout), err, block.Text)
	}

	return &outcome
}

// runProgram runs what the blocks of one language make on a page.
func (w *walk) runProgram(t *testing.T, reader *samples.Reader, command []string, blocks, page []samples.Block) {
	t.Helper()

	ended := &endless{}
	for _, block := range blocks {
		if entry := w.endOf(block); entry.until != "" {
			ended = entry
		}
	}

	env, err := reader.Exported(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	program := *reader
	program.Env = env
	running := program.Start(t.Context(), command, ended.until)

	if ended.meanwhile != "" {
		await(t, running, ended.ready)

		for _, block := range inLanguage(page, "sh") {
			if strings.Contains(block.Text, ended.meanwhile) {
				w.runShell(t, reader, block)
			}
		}
	}

	outcome, err := running.Wait()
	if err != nil || outcome.Code != 0 {
		t.Errorf("%s and those that follow: exit code %d, %v\n%s%s", blocks[0], outcome.Code, err, outcome.Stdout, outcome.Stderr)
	}
}

func inLanguage(blocks []samples.Block, language string) []samples.Block {
	return slices.DeleteFunc(slices.Clone(blocks), func(block samples.Block) bool { return block.Language != language })
}

// await waits until a program has printed the text.
func await(t *testing.T, running *samples.Running, text string) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	for !strings.Contains(running.Printed(), text) && ctx.Err() == nil {
		pause(ctx)
	}
}
