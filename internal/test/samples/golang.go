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
	"log": "log", "os": "os", "slog": "log/slog", "strings": "strings",
	"time": "time", "uuid": "github.com/google/uuid",
}

// IsWhole tells whether a block is a program by itself.
func IsWhole(block Block) bool { return strings.HasPrefix(block.Text, "package main\n") }

// GoPage makes one function of the blocks of Go on a page, in a file of its own:
//
//	func name(ctx context.Context, key string) error
//
// The context and the API key are what a short fragment takes for granted. A block sees what those before it have declared and may declare the same
// again.
func GoPage(blocks []Block, name string) (string, error) {
	imports := map[string]bool{"context": true}

	var declared, body strings.Builder

	for _, block := range blocks {
		file, isStatements, err := parseGo(block.Text)
		if err != nil {
			return "", fmt.Errorf("%s: %w", block, err)
		}

		for name := range qualifiers(file) {
			imports[packages[name]] = true
		}

		if !isStatements {
			declared.WriteString(LineDirective(block) + block.Text + "\n")

			continue
		}

		body.WriteString("{\n" + LineDirective(block))

		if isValue(file) {
			body.WriteString("_ = ")
		}

		body.WriteString(block.Text + "\n")

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

	program.WriteString(")\n\n" + declared.String())
	program.WriteString("func " + name + "(ctx context.Context, key string) error {\n" + body.String() + "return nil\n}\n")

	return program.String(), nil
}

// GoMain runs the function that its first argument names.
func GoMain(names []string) string {
	var cases strings.Builder
	for _, name := range names {
		fmt.Fprintf(&cases, "%q: %s,\n", name, name)
	}

	return `package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	pages := map[string]func(context.Context, string) error{
` + cases.String() + `}
	if err := pages[os.Args[1]](context.Background(), os.Getenv("API_KEY")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`
}

// LineDirective has the compiler name the page where something is wrong.
func LineDirective(block Block) string {
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

// isValue tells whether a fragment is nothing but a value, to show how it is written.
func isValue(file *ast.File) bool {
	statements := file.Decls[0].(*ast.FuncDecl).Body.List
	if len(statements) != 1 {
		return false
	}

	expression, ok := statements[0].(*ast.ExprStmt)
	if !ok {
		return false
	}

	_, ok = expression.X.(*ast.CompositeLit)

	return ok
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
