package main

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// checked is the package api with what is declared beside it.
func checked(t *testing.T, declared string) *types.Package {
	t.Helper()

	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "api.go", "package api\n\nimport (\n\t\"encoding/json\"\n\t\"time\"\n)\n\nvar _ json.RawMessage\nvar _ time.Time\n\n"+declared, 0)
	if err != nil {
		t.Fatal(err)
	}
	checker := types.Config{Importer: importer.Default()}
	checked, err := checker.Check(apiPackage, fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}

	return checked
}

// A type of which it is not known how encoding/json writes it has no encoder, and fails.
func TestEncodersOfUnknownTypesFail(t *testing.T) {
	t.Parallel()

	for field, want := range map[string]string{
		"F []byte `json:\"f\"`":                             "bytes",
		"F uint64 `json:\"f\"`":                             "uint64",
		"F complex128 `json:\"f\"`":                         "complex128",
		"F chan int `json:\"f\"`":                           "chan int",
		"F [3]int `json:\"f\"`":                             "[3]int",
		"F map[int]string `json:\"f\"`":                     "map[int]string",
		"F json.Number `json:\"f\"`":                        "json.Number",
		"F json.Marshaler `json:\"f\"`":                     "json.Marshaler",
		"F time.Duration `json:\"f\"`":                      "time.Duration",
		"F struct{ G int } `json:\"f\"`":                    "struct",
		"F Own `json:\"f\"`":                                "MarshalJSON",
		"F OwnText `json:\"f\"`":                            "MarshalText",
		"F int `json:\"f,string\"`":                         "string",
		"F int `json:\"<f>\"`":                              "<f>",
		"F int":                                             "tag",
		"Own":                                               "Own",
		"f int `json:\"f\"`":                                "f",
		"F time.Time `json:\"f,omitempty\"`":                "omitzero",
		"F Plain `json:\"f,omitzero\"`":                     "left out",
		"F []Outer `json:\"f\"`\nG []chan int `json:\"g\"`": "chan int",
	} {
		declared := "type Own int\n\nfunc (Own) MarshalJSON() ([]byte, error) { return nil, nil }\n\ntype OwnText int\n\n" +
			"func (*OwnText) MarshalText() ([]byte, error) { return nil, nil }\n\ntype Plain struct{}\n\ntype Outer struct {\n" + field + "\n}\n"
		written, err := writeEncoders(checked(t, declared), []string{"Outer"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("of %s: got %v, want an error that names %s; it is written as\n%s", field, err, want, written)
		}
	}
	if _, err := writeEncoders(checked(t, ""), []string{"Book"}); err == nil {
		t.Error("there is an encoder for a type that is not there")
	}
}

// Commas are written ahead where it is known that a member stands before.
func TestEncodersKnowTheirCommas(t *testing.T) {
	t.Parallel()

	written, err := writeEncoders(checked(t, "type Book struct {\n"+
		"A *string `json:\"a,omitempty\"`\nB []Page `json:\"b,omitempty\"`\nC bool `json:\"c\"`\nD int `json:\"d,omitempty\"`\nE any `json:\"e\"`\n}\n\ntype Page string\n"),
		[]string{"Book"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"if v.A != nil {\n\t\te.raw(`\"a\":`)", "if len(v.B) != 0 {\n\t\te.comma()\n\t\te.raw(`\"b\":`)", "e.comma()\n\te.raw(`\"c\":`)",
		"if v.D != 0 {\n\t\te.raw(`,\"d\":`)", "e.raw(`,\"e\":`)\n\te.any(v.E)",
	} {
		if !strings.Contains(string(written), want) {
			t.Errorf("there is no\n%s\nin\n%s", want, written)
		}
	}
}
