package samples_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/test/samples"
)

// The runner finds what is wrong with a page only if these hold.

func TestReadFindsEveryBlock(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	page := "# A\n\nBefore.\n\n```sh\none\n```\n\nBetween.\n\n```json Task\n{}\n```\n\nAfter.\n"

	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}

	got, err := samples.Read(dir, "a.md")
	if err != nil {
		t.Fatal(err)
	}

	want := []samples.Block{
		{Page: "a.md", Line: 6, Language: "sh", Text: "one\n", Around: "# A\n\nBefore.\n\n\nBetween.\n\n"},
		{Page: "a.md", Line: 12, Language: "json", Schema: "Task", Text: "{}\n", Around: "\nBetween.\n\n\nAfter.\n"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}

	if err := os.WriteFile(filepath.Join(dir, "b.md"), []byte("```sh\nno end\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	if got, err := samples.Read(dir, "b.md"); err == nil {
		t.Errorf("a block without an end is read as %v", got)
	}
}

func TestReaderGoesOnWhereTheLastBlockEnded(t *testing.T) {
	t.Parallel()

	reader := &samples.Reader{Dir: t.TempDir(), Env: os.Environ(), Addresses: strings.NewReplacer("HERE", "there"), Patience: time.Minute}

	run := func(lines, until string) samples.Outcome {
		t.Helper()

		out, err := reader.Run(t.Context(), lines, until)
		if err != nil {
			t.Fatal(err)
		}

		return out
	}

	run("A='two  words'\nexport B=b\nsay() { echo \"said $1\"; }\nmkdir d && cd d", "")

	if out := run(`echo "$A"; say HERE; sh -c 'echo $B'; basename "$PWD"`, ""); out.Stdout != "two  words\nsaid there\nb\nd\n" {
		t.Errorf("the next block prints %q %q", out.Stdout, out.Stderr)
	}

	if out := run("false\necho never", ""); out.Code == 0 || out.Stdout != "" {
		t.Errorf("a block that fails ends with %d and prints %q", out.Code, out.Stdout)
	}

	if out := run("echo \"$NOTHING\"", ""); out.Code == 0 {
		t.Error("a variable that nothing has set is empty, and no failure")
	}

	if out := run("echo begun; sleep 30", "begun"); out.Code != 0 {
		t.Errorf("a block that is interrupted ends with %d", out.Code)
	}

	if _, err := reader.Run(t.Context(), "echo something else", "what is waited for"); err == nil {
		t.Error("a block that ends before what is waited for is no failure")
	}
}

func TestProblemsHaveToBeAnnounced(t *testing.T) {
	t.Parallel()

	const printed = "HTTP/1.1 404 Not Found\n\n{\"type\":\"/errors/not_found\",\"code\":\"not_found\"}\n"

	if got := samples.Unannounced(samples.Block{Around: "It works."}, printed); !cmp.Equal(got, []string{"not_found"}) {
		t.Errorf("of a page that says nothing of it, unannounced are %v", got)
	}

	if got := samples.Unannounced(samples.Block{Around: "This is `not_found`."}, printed); len(got) > 0 {
		t.Errorf("of a page that says so, unannounced are %v", got)
	}
}

func TestDiffersTellsWhatIsNotAnswered(t *testing.T) {
	t.Parallel()

	answered := samples.Documents(`{"id": "a", "count": 2, "code": "x", "list": [{"n": 1}], "none": null}`)[0]

	for shown, want := range map[string]int{
		`{"id": "b", "count": 3}`:            0,
		`{"list": [{"n": 7}], "none": null}`: 0,
		`{"gone": 1}`:                        1,
		`{"id": 1}`:                          1,
		`{"code": "y"}`:                      1,
		`{"list": [{"n": 1}, {"n": 2}]}`:     1,
		`{"list": [{"m": 1}]}`:               1,
		`{"count": null}`:                    1,
	} {
		if got := samples.Differs(samples.Documents(shown)[0], answered, ""); len(got) != want {
			t.Errorf("of %s differ %q", shown, got)
		}
	}
}

func TestMissingKeepsTheOrder(t *testing.T) {
	t.Parallel()

	const printed = "first 17\nsecond\nthird\n"

	for shown, want := range map[string]int{"first …\nthird": 0, "third\nfirst …": 1, "fourth": 1, "…": 0} {
		if got := samples.Missing(shown, printed); len(got) != want {
			t.Errorf("of %q are missing %q", shown, got)
		}
	}
}

func TestProgramsShareWhatTheyDeclare(t *testing.T) {
	t.Parallel()

	blocks := []samples.Block{
		{Page: "a.md", Line: 1, Language: "go", Text: "c, err := client.New(\"x\")\nif err != nil {\n\treturn err\n}\n"},
		{Page: "a.md", Line: 9, Language: "go", Text: "page, err := c.Tasks.List(ctx, client.TaskListParams{})\n"},
	}

	got, err := samples.GoPage(blocks, "a")
	if err != nil {
		t.Fatal(err)
	}

	for _, part := range []string{"//line a.md:1\nc, err", "//line a.md:9\npage, err", "_ = page\n", `"github.com/aicoordination/coordinator/gen/client"`} {
		if !strings.Contains(got, part) {
			t.Errorf("the program has no %q:\n%s", part, got)
		}
	}

	value, err := samples.GoPage([]samples.Block{{Page: "a.go", Line: 1, Language: "go", Text: "api.TaskUpdate{Title: new(key)}\n"}}, "a")
	if err != nil || !strings.Contains(value, "//line a.go:1\n_ = api.TaskUpdate{") {
		t.Errorf("a value alone makes\n%s\n%v", value, err)
	}

	if got, err := samples.GoPage([]samples.Block{{Language: "go", Text: "c := := 1\n"}}, "a"); err == nil {
		t.Errorf("what is no Go is taken as\n%s", got)
	}

	module := samples.TypeScriptProgram([]samples.Block{
		{Text: "import { a } from \"a\";\n\nconst x = a;\n"}, {Text: "import {\n  b,\n} from \"b\";\nconst x = b;\n"},
	})
	if !strings.HasPrefix(module, "import { a } from \"a\";\nimport {\n  b,\n} from \"b\";\nexport {};\n{") || strings.Count(module, "const x") != 2 {
		t.Errorf("the module is\n%s", module)
	}
}
