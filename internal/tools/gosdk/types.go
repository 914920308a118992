package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// typeNames leads from the name of a schema, in small letters, to the name of its type in gen/api. The
// generator of the types decides how a name is written; what it has decided is read from its output
// rather than computed a second time.
type typeNames map[string]string

// declaredTypes reads the names of the types that a package declares.
func declaredTypes(dir string) (typeNames, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}

	names := make(typeNames)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, declaration := range parsed.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.TYPE {
				for _, spec := range general.Specs {
					name := spec.(*ast.TypeSpec).Name.Name
					names[folded(name)] = name
				}
			}
		}
	}
	if len(names) == 0 {
		return nil, errors.New("there are none")
	}

	return names, nil
}

// of is the type of a schema that has a name, as gen/client writes it.
func (n typeNames) of(reference string) (string, error) {
	schema := reference[strings.LastIndexByte(reference, '/')+1:]
	name, ok := n[folded(schema)]
	if !ok {
		return "", fmt.Errorf("no type in %s is that of the schema %s", apiDir, schema)
	}

	return "api." + name, nil
}

func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// goType is the type of a value of the schema, when it is neither null nor absent.
func (n typeNames) goType(schema *openapi3.SchemaRef) (string, error) {
	// A reference with something of its own beside it, such as a default, is written with allOf.
	for schema.Ref == "" && len(schema.Value.AllOf) == 1 {
		schema = schema.Value.AllOf[0]
	}
	if schema.Ref != "" {
		return n.of(schema.Ref)
	}

	value := schema.Value
	switch {
	case value.Type.Is("array"):
		item, err := n.goType(value.Items)

		return "[]" + item, err
	case value.Type.Is("boolean"):
		return "bool", nil
	case value.Type.Is("integer"):
		if value.Format == "int64" {
			return "int64", nil
		}

		return "int", nil
	case value.Type.Is("number"):
		return "float64", nil
	case value.Type.Is("string"):
		if known, ok := stringFormats[value.Format]; ok {
			return known, nil
		}

		return "string", nil
	default:
		return "", fmt.Errorf("a schema of the type %v has to have a name", value.Type)
	}
}

var stringFormats = map[string]string{
	"uuid":      "uuid.UUID",
	"date":      "api.Date",
	"date-time": "time.Time",
}
