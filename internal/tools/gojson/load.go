package main

import (
	"bytes"
	"context"
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
func loadTypes(ctx context.Context, path string) (*types.Package, error) {
	listed, err := list(ctx, "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", path)
	if err != nil {
		return nil, err
	}
	compiled := make(map[string]string)
	for line := range strings.Lines(listed) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		compiled[name] = file
	}

	names, err := list(ctx, "-f", `{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`, path)
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

func list(ctx context.Context, arguments ...string) (string, error) {
	var problems bytes.Buffer
	command := exec.CommandContext(ctx, "go", append([]string{"list"}, arguments...)...)
	command.Stderr = &problems
	listed, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w\n%s", err, problems.Bytes())
	}

	return string(listed), nil
}
