package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What the service embeds is compressed, and its bytes change with the version of Go; so they are held
// against the plain files here, and not by `make check-gen`.
func TestEmbeddedContractIsTheOneInTheRepository(t *testing.T) {
	t.Parallel()

	root := filepath.Join("..", "..", "..")
	for packed, plain := range map[string]string{
		"openapi.yaml.gz": contract, "openapi.json.gz": filepath.Join(target, "openapi.json"),
	} {
		want, err := os.ReadFile(filepath.Join(root, plain))
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(root, target, packed))
		if err != nil {
			t.Fatal(err)
		}
		reader, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not %s: run make gen (%v)", packed, plain, err)
		}
	}
}
