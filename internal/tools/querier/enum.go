package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
)

// enumsOf returns, for each enumeration among the models, what shows it as a text to whoever reads rows: an
// interface for all of them, where a conversion would be one by one.
func enumsOf(models []byte) ([]byte, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", models, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(header)
	for _, declared := range file.Decls {
		general, ok := declared.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		spec := general.Specs[0].(*ast.TypeSpec) // sqlc declares each by itself.
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "string" {
			fmt.Fprintf(&out, "\n// Text returns the value as the text that it is.\nfunc (e *%[1]s) Text() *string { return (*string)(e) }\n", spec.Name)
		}
	}
	return format.Source(out.Bytes())
}
