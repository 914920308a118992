package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// nested is a module inside this repository.
type nested struct {
	dir    string
	module string
	ours   map[string]string // what it requires of this repository: module to path
}

var nestedModules = []nested{
	{dir: apiDir, module: apiModule},
	{dir: clientDir, module: clientModule, ours: map[string]string{apiModule: "../api"}},
}

// consumerDir is the module of a program against the SDK alone, which a test builds.
const consumerDir = "internal/test/e2e/consumer"

// writeModules writes the go.mod and go.sum of the modules of the SDK, and names them in those of the
// main module and of the consumer, at the version of the contract: that is what they are released as.
func writeModules(ctx context.Context, version string) error {
	main, err := readModule(ctx)
	if err != nil {
		return err
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		return fmt.Errorf("reading the sums of the main module: %w", err)
	}

	var edits, needed []string
	for _, n := range nestedModules {
		requires, err := n.requires(main)
		if err != nil {
			return fmt.Errorf("the module %s: %w", n.module, err)
		}
		if err := os.WriteFile(filepath.Join(n.dir, "go.mod"), n.gomod(main, requires, version), 0o644); err != nil {
			return fmt.Errorf("writing a module: %w", err)
		}
		if err := os.WriteFile(filepath.Join(n.dir, "go.sum"), gosum(sums, requires), 0o644); err != nil {
			return fmt.Errorf("writing the sums of a module: %w", err)
		}
		edits = append(edits, "-require="+n.module+"@"+version)
		needed = append(needed, requires...)
	}
	if err := editModule(ctx, ".", edits); err != nil {
		return err
	}

	slices.Sort(needed)
	needed = slices.Compact(needed)
	for _, path := range needed {
		edits = append(edits, "-require="+path+"@"+main.version(path))
	}
	if err := os.WriteFile(filepath.Join(consumerDir, "go.sum"), gosum(sums, needed), 0o644); err != nil {
		return fmt.Errorf("writing the sums of the consumer: %w", err)
	}

	return editModule(ctx, consumerDir, edits)
}

// editModule changes the go.mod of a module that requires the SDK.
func editModule(ctx context.Context, dir string, edits []string) error {
	command := exec.CommandContext(ctx, "go", append([]string{"mod", "edit"}, edits...)...)
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("naming the modules in the go.mod of %s: %w\n%s", dir, err, output)
	}

	return nil
}

// mainModule is what is read of the main module.
type mainModule struct {
	Go      string     `json:"Go"`
	Require []required `json:"Require"`
}

type required struct {
	Path    string `json:"Path"`
	Version string `json:"Version"`
}

func readModule(ctx context.Context) (*mainModule, error) {
	output, err := exec.CommandContext(ctx, "go", "mod", "edit", "-json").Output()
	if err != nil {
		return nil, fmt.Errorf("reading go.mod: %w", err)
	}

	main := new(mainModule)
	if err := json.Unmarshal(output, main); err != nil {
		return nil, fmt.Errorf("reading go.mod: %w", err)
	}

	return main, nil
}

// requires are the modules of others that the files of the module import.
func (n *nested) requires(main *mainModule) ([]string, error) {
	imported, err := imports(n.dir)
	if err != nil {
		return nil, err
	}

	var found []string
	for _, path := range imported {
		if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") || strings.HasPrefix(path, module+"/") {
			continue // of Go's own library, or ours
		}
		provider := main.provider(path)
		if provider == "" {
			return nil, fmt.Errorf("the main module does not require what provides %s", path)
		}
		if !slices.Contains(found, provider) {
			found = append(found, provider)
		}
	}
	slices.Sort(found)

	return found, nil
}

// imports are the packages that the Go files of a directory import.
func imports(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}

	var found []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, i := range parsed.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			found = append(found, path)
		}
	}

	return found, nil
}

// provider is the module that a package is in: the one with the longest name of those that it begins with.
func (m *mainModule) provider(path string) (found string) {
	for _, required := range m.Require {
		if (path == required.Path || strings.HasPrefix(path, required.Path+"/")) && len(required.Path) > len(found) {
			found = required.Path
		}
	}

	return found
}

func (m *mainModule) version(path string) string {
	for _, required := range m.Require {
		if required.Path == path {
			return required.Version
		}
	}

	return ""
}

func (n *nested) gomod(main *mainModule, requires []string, version string) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "// Code generated by internal/tools/gosdk. DO NOT EDIT.\n\nmodule %s\n\ngo %s\n\nrequire (\n", n.module, main.Go)
	for _, path := range slices.Sorted(maps.Keys(n.ours)) {
		fmt.Fprintf(&out, "\t%s %s\n", path, version)
	}
	for _, path := range requires {
		fmt.Fprintf(&out, "\t%s %s\n", path, main.version(path))
	}
	out.WriteString(")\n")

	// Who depends on the SDK gets what is required; who works in this repository what is here.
	for _, path := range slices.Sorted(maps.Keys(n.ours)) {
		fmt.Fprintf(&out, "\nreplace %s => %s\n", path, n.ours[path])
	}

	return out.Bytes()
}

// gosum are the main module's sums of what is required, which requires nothing itself: a test of the
// SDK counts the modules that its users get.
func gosum(sums []byte, requires []string) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(string(sums)) {
		if path, _, _ := strings.Cut(line, " "); slices.Contains(requires, path) {
			out.WriteString(line)
		}
	}

	return out.Bytes()
}
