package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// record is how the schemas end that lines of files are held against; no request refers to them.
const record = "Record"

// forReaders are the keywords that tell people something and change nothing in what is accepted.
var forReaders = []string{"description", "summary", "example", "examples", "externalDocs", "title"}

// toRequests cuts the contract, as JSON, down to what requests are checked against: without what only
// people read, without schemas that only answers have, and of an answer the kinds of its content and
// whether it is a page. It is a tenth as long, and read at each start of the service.
func toRequests(document []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	// So that a number is written as it was read.
	decoder.UseNumber()

	var whole map[string]any
	if err := decoder.Decode(&whole); err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}

	cut := object(withoutProse(whole))
	components := object(cut["components"])
	for _, item := range object(cut["paths"]) {
		for _, operation := range object(item) {
			cutAnswers(object(operation), components)
		}
	}

	// Its title and version are all that a document has to say of itself.
	information := object(whole["info"])
	cut["info"] = map[string]any{"title": information["title"], "version": information["version"]}
	delete(cut, "tags")
	delete(cut, "servers")

	delete(components, "responses")
	delete(components, "headers")
	keepReferred(components, cut["paths"])

	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(cut); err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}

	return out.Bytes(), nil
}

// cutAnswers leaves of an operation's ordinary answer what its content can be and whether that is a
// page, by which an operation is told to be a file, a stream or a list; and of the others nothing.
func cutAnswers(operation, components map[string]any) {
	if operation["responses"] == nil {
		return
	}
	kinds := map[string]any{}
	for kind, media := range object(resolved(object(object(operation["responses"])["200"]), components)["content"]) {
		kinds[kind] = map[string]any{}
		if object(resolved(object(object(media)["schema"]), components)["properties"])["page"] != nil {
			kinds[kind] = map[string]any{"schema": map[string]any{"properties": map[string]any{"page": map[string]any{}}}}
		}
	}
	operation["responses"] = map[string]any{"200": map[string]any{"description": "", "content": kinds}}
}

// resolved is what a reference within the document leads to, or the thing itself where it is none.
func resolved(thing, components map[string]any) map[string]any {
	for {
		reference, ok := thing["$ref"].(string)
		if !ok {
			return thing
		}
		kind, name, _ := strings.Cut(strings.TrimPrefix(reference, "#/components/"), "/")
		thing = object(object(components[kind])[name])
	}
}

// withoutProse copies a part of the document without the keywords that are for readers. What is named
// by people, such as a field that is called title, is no keyword.
func withoutProse(part any) any {
	switch part := part.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, value := range part {
			switch {
			case slices.Contains(forReaders, key):
			case strings.HasPrefix(key, "x-"):
				kept[key] = value
			case key == "properties" || key == "schemas":
				kept[key] = withNames(value)
			default:
				kept[key] = withoutProse(value)
			}
		}

		return kept
	case []any:
		kept := make([]any, len(part))
		for i, element := range part {
			kept[i] = withoutProse(element)
		}

		return kept
	default:
		return part
	}
}

// withNames is withoutProse for an object whose keys are names, not keywords.
func withNames(part any) any {
	names, ok := part.(map[string]any)
	if !ok {
		return withoutProse(part)
	}
	kept := map[string]any{}
	for name, value := range names {
		kept[name] = withoutProse(value)
	}

	return kept
}

// keepReferred drops the schemas that nothing leads to from requests or from the lines of files.
func keepReferred(components map[string]any, paths any) {
	schemas := object(components["schemas"])
	wanted := map[string]bool{}

	var follow func(part any)
	follow = func(part any) {
		switch part := part.(type) {
		case map[string]any:
			if reference, ok := part["$ref"].(string); ok {
				if name, ok := strings.CutPrefix(reference, "#/components/schemas/"); ok && !wanted[name] {
					wanted[name] = true
					follow(schemas[name])
				}
			}
			for _, value := range part {
				follow(value)
			}
		case []any:
			for _, element := range part {
				follow(element)
			}
		}
	}
	follow(paths)
	for kind, things := range components {
		if kind != "schemas" {
			follow(things)
		}
	}
	for name := range schemas {
		if strings.HasSuffix(name, record) {
			wanted[name] = true
			follow(schemas[name])
		}
	}
	maps.DeleteFunc(schemas, func(name string, _ any) bool { return !wanted[name] })
}

// object is a part that is an object; nil, in which nothing is found, where it is none.
func object(part any) map[string]any {
	found, _ := part.(map[string]any)

	return found
}
