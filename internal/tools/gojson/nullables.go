package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"math"
	"slices"
	"strings"
)

const importedNullable = "\t\"github.com/oapi-codegen/nullable\"\n"

// largestByValue are the most bytes of a value that stands in its field whether or not there is one:
// behind a pointer it would cost an allocation. What is larger is included in a few records at best.
const largestByValue = 127

// withNullables returns the source with Nullable and NullableObject, and omitzero where a field of those
// may be left out.
func withNullables(source []byte) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, apiFile, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}

	sizes := sizesOf(file)
	var edits []edit
	for node := range ast.Preorder(file) {
		field, ok := node.(*ast.Field)
		if !ok {
			continue
		}
		value, ok := nullableValue(field.Type)
		if !ok {
			continue
		}

		written := "Nullable"
		if sizes.of(value) > largestByValue {
			written = "NullableObject"
		}
		library := field.Type.(*ast.IndexExpr).X
		edits = append(edits, edit{fset.Position(library.Pos()).Offset, fset.Position(library.End()).Offset, written})

		if field.Tag == nil {
			return nil, fmt.Errorf("%s has no tag", field.Names)
		}
		edits = append(edits, edit{
			fset.Position(field.Tag.Pos()).Offset, fset.Position(field.Tag.End()).Offset,
			strings.Replace(field.Tag.Value, `,omitempty"`, `,omitzero"`, 1),
		})
	}

	rewritten := bytes.Replace(apply(source, edits), []byte(importedNullable), nil, 1)
	if bytes.Contains(rewritten, []byte("nullable.")) || bytes.Contains(rewritten, []byte(importedNullable)) {
		return nil, errors.New("the library of what may be null is used elsewhere than in the fields of objects")
	}

	return format.Source(rewritten)
}

// nullableValue is what a field has that may be null, where it is such a field.
func nullableValue(t ast.Expr) (value ast.Expr, ok bool) {
	generic, ok := t.(*ast.IndexExpr)
	if !ok {
		return nil, false
	}
	selector, ok := generic.X.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Nullable" {
		return nil, false
	}

	return generic.Index, true
}

// edit puts text in the place of what stands from one offset to another.
type edit struct {
	from, to int
	text     string
}

func apply(source []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	var out bytes.Buffer
	done := 0
	for _, e := range edits {
		out.Write(source[done:e.from])
		out.WriteString(e.text)
		done = e.to
	}
	out.Write(source[done:])

	return out.Bytes()
}

// sizes are how many bytes the values of the declared types take.
type sizes struct {
	declared map[string]ast.Expr
	known    map[string]int
}

func sizesOf(file *ast.File) *sizes {
	s := &sizes{declared: make(map[string]ast.Expr), known: map[string]int{
		"string": 16, "bool": 1, "int": 8, "int32": 4, "int64": 8, "float32": 4, "float64": 8, "any": 16,
		"time.Time": 24, "uuid.UUID": 16, "json.RawMessage": 24, "Date": 24,
	}}
	for _, declaration := range file.Decls {
		if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.TYPE {
			for _, spec := range general.Specs {
				spec := spec.(*ast.TypeSpec)
				s.declared[spec.Name.Name] = spec.Type
			}
		}
	}

	return s
}

// of is the size of a type, and so large that it cannot be held by value for one that is not known, or
// that holds itself.
func (s *sizes) of(t ast.Expr) int {
	if value, ok := nullableValue(t); ok {
		if size := s.of(value); size <= largestByValue {
			return size + 8
		}

		return 16
	}

	switch t := t.(type) {
	case *ast.StructType:
		sum := 0
		for _, field := range t.Fields.List {
			sum += min(s.of(field.Type), math.MaxInt32)
		}

		return sum
	case *ast.StarExpr, *ast.MapType:
		return 8
	case *ast.InterfaceType:
		return 16
	case *ast.ArrayType:
		return 24
	case *ast.SelectorExpr:
		return s.named(t.X.(*ast.Ident).Name + "." + t.Sel.Name)
	case *ast.Ident:
		return s.named(t.Name)
	default:
		return math.MaxInt32
	}
}

func (s *sizes) named(name string) int {
	if size, ok := s.known[name]; ok {
		return size
	}
	declared, ok := s.declared[name]
	if !ok {
		return math.MaxInt32
	}
	s.known[name] = math.MaxInt32 // while it is being looked at
	s.known[name] = s.of(declared)

	return s.known[name]
}
