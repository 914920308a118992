package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// document is a contract as its JSON has it.
type document map[string]any

func readDocument(name string) (document, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var found document
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return found, nil
}

func object(value any) map[string]any {
	found, _ := value.(map[string]any)
	return found
}

func (d document) version() string {
	version, _ := object(d["info"])["version"].(string)
	return version
}

func (d document) schemas() map[string]any {
	return object(object(d["components"])["schemas"])
}

// operations returns the operations by id, each with its method and path.
func (d document) operations() map[string]operation {
	found := map[string]operation{}
	for path, item := range object(d["paths"]) {
		for method, value := range object(item) {
			if id, ok := object(value)["operationId"].(string); ok {
				found[id] = operation{id: id, at: strings.ToUpper(method) + " " + path, node: object(value)}
			}
		}
	}
	return found
}

type operation struct {
	id, at string
	node   map[string]any
}

// open tells which schemas are sets of values that grow.
func (d document) open() map[string]bool {
	found := map[string]bool{}
	for name, schema := range d.schemas() {
		found[name] = object(schema)["x-extensible-enum"] != nil
	}
	return found
}

// prepared returns the document as oasdiff is to read it. Where a set was open
// in the release before, its values are in x-extensible-enum alone: with enum
// beside that, oasdiff takes each value that is added for a break, and so would
// it if the values stood behind the allOf of a field with a description of its own.
//
// That a set is opened breaks nobody: it grows in a later release.
func (d document) prepared(open map[string]bool) document {
	const prefix = "#/components/schemas/"
	var convert func(value any) any
	convert = func(value any) any {
		switch value := value.(type) {
		case []any:
			found := make([]any, len(value))
			for i, part := range value {
				found[i] = convert(part)
			}
			return found
		case map[string]any:
			if parts, ok := value["allOf"].([]any); ok && len(parts) == 1 {
				reference, _ := object(parts[0])["$ref"].(string)
				name := strings.TrimPrefix(reference, prefix)
				if open[name] && name != reference {
					merged := maps.Clone(object(convert(d.schemas()[name])))
					for key, part := range value {
						if key != "allOf" {
							merged[key] = part
						}
					}
					delete(merged, "enum")
					return merged
				}
			}
			found := make(map[string]any, len(value))
			for key, part := range value {
				found[key] = convert(part)
			}
			return found
		default:
			return value
		}
	}
	found := object(convert(map[string]any(d)))
	schemas := document(found).schemas()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if open[name] {
			delete(object(schemas[name]), "enum")
		}
	}
	return found
}

// write writes the document into a file.
func (d document) write(name string) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}
