package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	yaml "github.com/oasdiff/yaml3"
)

// toJSON turns one YAML document into indented JSON. Keys keep the order they are written in, so that
// a difference between two versions reads the same in both forms.
func toJSON(document []byte) ([]byte, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(document))

	var root yaml.Node
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("parsing: %w", err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document")
	}

	var compact bytes.Buffer
	if err := writeNode(&compact, root.Content[0]); err != nil {
		return nil, err
	}

	var indented bytes.Buffer
	if err := json.Indent(&indented, compact.Bytes(), "", "  "); err != nil {
		return nil, fmt.Errorf("indenting: %w", err)
	}
	indented.WriteByte('\n')

	return indented.Bytes(), nil
}

func writeNode(out *bytes.Buffer, node *yaml.Node) error {
	switch node.Kind {
	case yaml.MappingNode:
		return writeObject(out, node)
	case yaml.SequenceNode:
		return writeArray(out, node)
	case yaml.AliasNode:
		return writeNode(out, node.Alias)
	case yaml.ScalarNode:
		return writeScalar(out, node)
	default:
		return fmt.Errorf("line %d: unexpected YAML node of kind %d", node.Line, node.Kind)
	}
}

// writeObject refuses a key that is written twice and YAML's merge key, which has no meaning in
// OpenAPI. The keys of `responses` may be written as numbers; JSON has only strings there.
func writeObject(out *bytes.Buffer, node *yaml.Node) error {
	seen := make(map[string]bool, len(node.Content)/2)

	out.WriteByte('{')
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return fmt.Errorf("line %d: a key must be a plain word", key.Line)
		}
		if seen[key.Value] {
			return fmt.Errorf("line %d: the key %q is there twice", key.Line, key.Value)
		}
		seen[key.Value] = true

		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeValue(out, key.Value); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := writeNode(out, value); err != nil {
			return err
		}
	}
	out.WriteByte('}')

	return nil
}

func writeArray(out *bytes.Buffer, node *yaml.Node) error {
	out.WriteByte('[')
	for i, element := range node.Content {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeNode(out, element); err != nil {
			return err
		}
	}
	out.WriteByte(']')

	return nil
}

// writeScalar keeps what YAML would take for a timestamp as the text it is: JSON has no dates.
func writeScalar(out *bytes.Buffer, node *yaml.Node) error {
	switch node.ShortTag() {
	case "!!null", "!!bool", "!!int", "!!float":
		var value any
		if err := node.Decode(&value); err != nil {
			return fmt.Errorf("line %d: %w", node.Line, err)
		}
		return writeValue(out, value)
	default:
		return writeValue(out, node.Value)
	}
}

func writeValue(out *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(out)
	// The document is served as JSON, never inside HTML, and people read it.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("encoding %v: %w", value, err)
	}
	// Encode ends each value with a newline.
	out.Truncate(out.Len() - 1)

	return nil
}
