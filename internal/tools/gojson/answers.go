package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// An answer as oapi-codegen has it written. What is not written like that any more is not changed by
// halves: it fails.
var (
	answering = regexp.MustCompile(`(?s)^\{\s*var buf bytes\.Buffer\n\s*if err := json\.NewEncoder\(&buf\)\.Encode\((response(?:\.Body)?)\); err != nil \{\s*return err\s*\}\n` +
		`\s*w\.Header\(\)\.Set\("Content-Type", "application/json"\)\n(.*)\tw\.WriteHeader\((\d+)\)\n\s*_, err := buf\.WriteTo\(w\)\n\s*return err\n\}$`)
	successful = regexp.MustCompile(`2\d\dJSONResponse$`)
	printed    = regexp.MustCompile(`fmt\.Sprint\(\*(response\.Headers\.(\w+))\)`)
)

// withEncoders returns the source with answers that are written by the encoders, and the types that need
// one.
func withEncoders(source []byte) (rewritten []byte, answered []string, err error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, serverFile, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}

	declared := declaredTypes(file)
	var edits []edit
	for _, declaration := range file.Decls {
		visit, ok := declaration.(*ast.FuncDecl)
		if !ok || visit.Recv == nil || !strings.HasPrefix(visit.Name.Name, "Visit") {
			continue
		}
		response := visit.Recv.List[0].Type.(*ast.Ident).Name
		if !successful.MatchString(response) {
			continue
		}

		from, to := fset.Position(visit.Body.Pos()).Offset, fset.Position(visit.Body.End()).Offset
		body, typeName, err := answer(source[from:to], response, declared)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", response, err)
		}
		edits = append(edits, edit{from, to, body})
		answered = append(answered, typeName)
	}
	if len(edits) == 0 {
		return nil, nil, fmt.Errorf("there is no answer in JSON")
	}
	slices.Sort(answered)

	return apply(source, edits), slices.Compact(answered), nil
}

func declaredTypes(file *ast.File) map[string]ast.Expr { return sizesOf(file).declared }

// answer is the body of a function that sends an answer, and the type of what it sends.
func answer(body []byte, response string, declared map[string]ast.Expr) (written, typeName string, err error) {
	found := answering.FindSubmatch(body)
	if found == nil {
		return "", "", fmt.Errorf("it is sent in another way than is known here:\n%s", body)
	}
	value, headers, status := string(found[1]), string(found[2]), string(found[3])

	var argument string
	if value == "response" {
		named, ok := declared[response].(*ast.Ident)
		if !ok {
			return "", "", fmt.Errorf("its type has no name")
		}
		typeName = named.Name
		argument = "(*" + typeName + ")(&response)"
	} else {
		named, ok := fieldOf(declared[response], "Body").(*ast.Ident)
		if !ok {
			return "", "", fmt.Errorf("the type of its body has no name")
		}
		typeName = named.Name
		argument = "&response.Body"
	}

	headersOf, _ := fieldOf(declared[response], "Headers").(*ast.Ident)
	headers = printed.ReplaceAllStringFunc(headers, func(call string) string {
		parts := printed.FindStringSubmatch(call)
		if headersOf != nil && isText(fieldOf(declared[headersOf.Name], parts[2])) {
			return "*" + parts[1]
		}

		return call
	})

	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n\te := newEncoder()\n\tdefer e.release()\n\n\tencode%s(e, %s)\n\tif e.err != nil {\n\t\treturn e.err\n\t}\n", typeName, argument)
	fmt.Fprintf(&out, "%s\n\treturn e.answer(w, %s)\n}", headers, status)

	return out.String(), typeName, nil
}

// fieldOf is the type of a field, nil where there is none.
func fieldOf(t ast.Expr, name string) ast.Expr {
	object, ok := t.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range object.Fields.List {
		if len(field.Names) == 1 && field.Names[0].Name == name {
			return field.Type
		}
	}

	return nil
}

// isText tells whether a header is a *string.
func isText(t ast.Expr) bool {
	pointer, ok := t.(*ast.StarExpr)
	if !ok {
		return false
	}
	named, ok := pointer.X.(*ast.Ident)

	return ok && named.Name == "string"
}
