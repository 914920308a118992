package samples

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// packages are those that fragments on a page use without importing them, as
// every editor adds them.
var packages = map[string]string{
	"api": "github.com/aicoordination/coordinator/gen/api", "client": "github.com/aicoordination/coordinator/gen/client",
	"context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "io": "io", "json": "encoding/json",
	"log": "log", "nullable": "github.com/oapi-codegen/nullable", "os": "os", "slog": "log/slog", "strings": "strings",
	"time": "time", "uuid": "github.com/google/uuid",
}

// GoProgram makes one program of the blocks of Go on a page, for the file
// main.go. A block sees what those before it have declared and may declare the
// same again. A block that is a whole program has to be the only one.
func GoProgram(blocks []Block) (string, error) {
	if len(blocks) == 1 && strings.HasPrefix(blocks[0].Text, "package main\n") {
		return lineDirective(blocks[0]) + blocks[0].Text, nil
	}

	imports := map[string]bool{"context": true, "os": true, "fmt": true}

	var declared, body strings.Builder

	for _, block := range blocks {
		file, isStatements, err := parseGo(block.Text)
		if err != nil {
			return "", fmt.Errorf("%s: %w", block, err)
		}

		for name := range qualifiers(file) {
			path, ok := packages[name]
			if !ok {
				return "", fmt.Errorf("%s: nothing is known of the package %s", block, name)
			}

			imports[path] = true
		}

		if !isStatements {
			declared.WriteString(lineDirective(block) + block.Text + "\n")

			continue
		}

		body.WriteString("{\n" + lineDirective(block) + block.Text + "\n")

		for _, name := range variables(file) {
			fmt.Fprintf(&body, "_ = %s\n", name)
		}
	}

	body.WriteString(strings.Repeat("}\n", strings.Count(body.String(), "{\n//line")))

	var program strings.Builder

	program.WriteString("package main\n\nimport (\n")

	for _, path := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&program, "%q\n", path)
	}

	program.WriteString(")\n\nfunc main() {\nif err := page(context.Background()); err != nil {\nfmt.Fprintln(os.Stderr, err)\nos.Exit(1)\n}\n}\n\n")
	program.WriteString(declared.String())
	program.WriteString("func page(ctx context.Context) error {\n" + body.String() + "return nil\n}\n")

	return program.String(), nil
}

// lineDirective has the compiler name the page where something is wrong.
func lineDirective(block Block) string {
	return fmt.Sprintf("//line %s:%d\n", block.Page, block.Line)
}

// parseGo takes a fragment as statements, or else as declarations.
func parseGo(text string) (file *ast.File, isStatements bool, err error) {
	file, err = parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+text+"\n}\n", parser.SkipObjectResolution)
	if err == nil {
		return file, true, nil
	}

	declarations, otherwise := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, parser.SkipObjectResolution)
	if otherwise == nil {
		return declarations, false, nil
	}

	return nil, false, err
}

// qualifiers are the names before a dot that are declared nowhere in the file
// and that packages have.
func qualifiers(file *ast.File) map[string]bool {
	found := map[string]bool{}

	ast.Inspect(file, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if name, ok := selector.X.(*ast.Ident); ok && packages[name.Name] != "" {
				found[name.Name] = true
			}
		}

		return true
	})

	return found
}

// variables are those that the statements of a fragment declare on its outermost
// level. A page need not use each.
func variables(file *ast.File) []string {
	var names []string

	for _, statement := range file.Decls[0].(*ast.FuncDecl).Body.List {
		switch statement := statement.(type) {
		case *ast.AssignStmt:
			if statement.Tok != token.DEFINE {
				continue
			}

			for _, left := range statement.Lhs {
				names = append(names, left.(*ast.Ident).Name)
			}
		case *ast.DeclStmt:
			if general := statement.Decl.(*ast.GenDecl); general.Tok == token.VAR {
				for _, spec := range general.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						names = append(names, name.Name)
					}
				}
			}
		}
	}

	return slices.DeleteFunc(names, func(name string) bool { return name == "_" })
}
