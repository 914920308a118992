package main

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
)

// pointed are the types whose values take room of their own when they are given as an argument of a statement,
// and which may as well be given as pointers: all of the parameters then take one room.
var pointed = []string{"string", "time.Time", "uuid.UUID"}

// withPointers returns the source of queries with pointers to the parameters, arg.ID, where two of them or more
// would take room of their own.
func withPointers(source []byte) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	params := paramsOf(file)
	var places []int
	for _, declared := range file.Decls {
		fn, ok := declared.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if found := roomy(fn, params); len(found) > 1 {
			for _, arg := range found {
				places = append(places, files.Position(arg.Pos()).Offset)
			}
		}
	}
	for _, at := range slices.Backward(slices.Sorted(slices.Values(places))) {
		source = slices.Insert(source, at, '&')
	}
	return format.Source(source)
}

// paramsOf returns the types of the fields of each type.
func paramsOf(file *ast.File) map[string]map[string]string {
	params := map[string]map[string]string{}
	for _, declared := range file.Decls {
		types, ok := declared.(*ast.GenDecl)
		if !ok || types.Tok != token.TYPE {
			continue
		}
		for _, spec := range types.Specs {
			named := spec.(*ast.TypeSpec)
			fields, ok := named.Type.(*ast.StructType)
			if !ok {
				continue
			}
			of := map[string]string{}
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					of[name.Name] = typeName(field.Type)
				}
			}
			params[named.Name.Name] = of
		}
	}
	return params
}

func typeName(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.Ident:
		return of.Name
	case *ast.SelectorExpr:
		return fmt.Sprint(of.X, ".", of.Sel.Name)
	default:
		return ""
	}
}

// roomy returns the arguments of the function's statement, arg.ID, that take room of their own.
func roomy(fn *ast.FuncDecl, params map[string]map[string]string) []ast.Expr {
	const argument = "arg"
	var fields map[string]string
	for _, param := range fn.Type.Params.List {
		if len(param.Names) == 1 && param.Names[0].Name == argument {
			fields = params[typeName(param.Type)]
		}
	}
	var found []ast.Expr
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, arg := range call.Args {
			if selected, ok := arg.(*ast.SelectorExpr); ok && typeName(selected.X) == argument && slices.Contains(pointed, fields[selected.Sel.Name]) {
				found = append(found, arg)
			}
		}
		return true
	})
	return found
}
