package main

import (
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is generated of testdata/contract.yaml to testdata/golden")

// fixtureTypes are the types that a generator makes of the schemas of testdata/contract.yaml.
var fixtureTypes = typeNames{
	"genrename": "GenreName", "format": "Format", "book": "Book", "bookcreate": "BookCreate",
	"bookpage": "BookPage", "feed": "Feed", "pageinfo": "PageInfo",
}

func fixture(t *testing.T, changes ...string) (*openapi3.T, error) {
	t.Helper()

	content, err := os.ReadFile("testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for change := range slices.Chunk(changes, 2) {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the contract has no %q to change", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}

	document, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}

	return document, document.Validate(context.WithoutCancel(t.Context()), openapi3.DisableExamplesValidation())
}

// What is generated of a small contract is what a reader has found good. After a change of the generator
// run it with -update, and read the difference.
func TestGeneratedFiles(t *testing.T) {
	t.Parallel()

	document, err := fixture(t)
	if err != nil {
		t.Fatal(err)
	}
	sdk, err := readContract(document, fixtureTypes)
	if err != nil {
		t.Fatal(err)
	}
	files, err := sdk.files()
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff([]string{"books.go", "client.go", "reading_lists.go"}, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Errorf("the files (-want +got):\n%s", diff)
	}
	for name, content := range files {
		golden := filepath.Join("testdata", "golden", name+".txt")
		if *update {
			if err := os.WriteFile(golden, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(content)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestContractIsRefused(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		old, changed string
		want         string
	}{
		"MethodWithoutAName":      {"      x-sdk-method: list\n", "", "listBooks: x-sdk-method is missing"},
		"TwoMethodsOfOneName":     {"x-sdk-method: create", "x-sdk-method: list", "would both be Books.List"},
		"MethodAndWalkOfOneName":  {"x-sdk-method: create", "x-sdk-method: all", "would both be Books.All"},
		"TagThatIsNotDescribed":   {"tags: [reading_lists]", "tags: [lists]", "the tag lists is not described"},
		"TwoTags":                 {"tags: [reading_lists]", "tags: [reading_lists, books]", "has to have one tag"},
		"TagWithoutAnOperation":   {"tags: [reading_lists]", "tags: [books]", "the tag reading_lists has no operation"},
		"HeaderThatNothingSends":  {"name: If-Match", "name: X-Mood", "no option of a call sends the header X-Mood"},
		"Cookie":                  {"{name: page_size, in: query", "{name: page_size, in: cookie", "is in cookie"},
		"LineThatIsNoSchema":      {"x-line: {$ref: '#/components/schemas/Book'}", "x-line: Book", "x-line has to refer to a schema"},
		"TwoResultsOfOneMethod":   {"'202': {description: Somebody has to agree first.}", "'200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}", "a method has one result"},
		"MediaTypeThatIsUnknown":  {"text/event-stream:", "audio/ogg:", "none of its media types is known here"},
		"ObjectThatHasNoName":     {"description: By this author., schema: {type: string, format: uuid}", "description: x., schema: {type: object}", "has to have a name"},
		"SchemaThatHasNoTypeOfIt": {"genre_name: {type: string", "Unknown: {type: string}\n    genre_name: {type: string", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			document, err := fixture(t, test.old, test.changed)
			if err != nil {
				t.Fatal(err)
			}
			_, err = readContract(document, fixtureTypes)
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestSchemaWithoutAType(t *testing.T) {
	t.Parallel()

	document, err := fixture(t)
	if err != nil {
		t.Fatal(err)
	}
	types := maps.Clone(fixtureTypes)
	delete(types, "genrename")
	if _, err := readContract(document, types); err == nil || !strings.Contains(err.Error(), "the schema genre_name") {
		t.Errorf("got %v, want an error that names the schema", err)
	}
}

// The types that the generator of gen/api has named in its own way are found by the names of the contract.
func TestDeclaredTypes(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	source := "package api\n\ntype (\n\tAPIKey struct{}\n\tGenreName string\n)\n\ntype Page[T any] struct{}\n\nfunc f() { type local int }\n"
	if err := os.WriteFile(filepath.Join(dir, "api.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}

	types, err := declaredTypes(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(typeNames{"apikey": "APIKey", "genrename": "GenreName", "page": "Page"}, types); diff != "" {
		t.Errorf("the types (-want +got):\n%s", diff)
	}
	if got, err := types.of("#/components/schemas/genre_name"); err != nil || got != "api.GenreName" {
		t.Errorf("genre_name is %s, %v", got, err)
	}
	if _, err := declaredTypes(t.TempDir()); err == nil {
		t.Error("an empty directory has types")
	}
}
