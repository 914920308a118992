package samples_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/samples"
)

// holdJSON holds a block of JSON against what was answered last, where it is
// what the page shows of it, and against the schema that it names, where it is
// whole.
func (w *walk) holdJSON(t *testing.T, block samples.Block, answered *samples.Outcome) {
	t.Helper()

	var shown any
	if err := json.Unmarshal([]byte(block.Text), &shown); err != nil {
		t.Errorf("%s: %v", block, err)
		return
	}

	if block.Schema != "" {
		if err := schema(t, block.Schema).VisitJSON(shown, openapi3.MultiErrors()); err != nil {
			t.Errorf("%s: it is no %s: %.300s", block, block.Schema, err.Error())
		}

		return
	}

	if answered == nil {
		t.Errorf("%s: nothing was answered before it; name the schema that it shows", block)
		return
	}

	var differs []string

	for _, document := range samples.Documents(answered.Stdout) {
		if differs = samples.Differs(shown, document, ""); len(differs) == 0 {
			return
		}
	}

	t.Errorf("%s: it is not what is answered: %s\n%s", block, strings.Join(differs, "; "), answered.Stdout)
}

func schema(t *testing.T, name string) *openapi3.Schema {
	t.Helper()

	found := apitest.LoadContract(t).Doc.Components.Schemas[name]
	if found == nil {
		t.Fatalf("the contract has no schema %s", name)
	}

	return found.Value
}

// holdText holds what a page shows of a screen against what was printed last,
// or by the server as it started.
func (w *walk) holdText(t *testing.T, block samples.Block, answered *samples.Outcome) {
	t.Helper()

	welcome, err := os.ReadFile(filepath.Join(w.reader.Dir, "printed"))
	if err != nil {
		t.Fatal(err)
	}

	text := w.reader.Addresses.Replace(block.Text)
	missing := samples.Missing(text, string(welcome))

	if answered != nil && len(missing) > 0 {
		missing = samples.Missing(text, answered.Stdout+answered.Stderr)
	}

	if len(missing) > 0 {
		t.Errorf("%s: this is not on the screen: %q", block, missing)
	}
}
