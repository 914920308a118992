package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
)

// loadTypes type-checks a package, as the compiler does, over what its imports have been compiled to.
func loadTypes(path string) (*types.Package, error) {
	listed, err := list("-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", path)
	if err != nil {
		return nil, err
	}
	compiled := make(map[string]string)
	for line := range strings.Lines(listed) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		compiled[name] = file
	}

	names, err := list("-f", `{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`, path)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for name := range strings.Lines(names) {
		file, err := parser.ParseFile(fset, strings.TrimSpace(name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}

	checker := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(compiled[path])
	})}

	return checker.Check(path, fset, files, nil)
}

func list(arguments ...string) (string, error) {
	var problems bytes.Buffer
	command := exec.Command("go", append([]string{"list"}, arguments...)...)
	command.Stderr = &problems
	listed, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w\n%s", err, problems.Bytes())
	}

	return string(listed), nil
}
