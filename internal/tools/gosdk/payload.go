package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	mediaJSON   = "application/json"
	mediaLines  = "application/x-ndjson"
	mediaStream = "text/event-stream"
)

// body is what a request carries.
type body struct {
	goType   string // api.TaskCreate; empty for a file
	required bool
}

// kind tells what becomes of a response.
type kind int

const (
	nothing kind = iota
	value        // decoded, and returned
	file         // returned as it arrives
	stream       // of server-sent events
)

type result struct {
	kind   kind
	goType string // api.Task; of a file the type of a line, of a stream that of an event
	absent string // what it means that there is no value although there was no error; empty where there always is one
	// items is the type of what the value holds a page of, and cursor where the cursor to the next page
	// stands in it.
	items  string
	paging paging
}

// paging tells how a page leads on.
type paging int

const (
	unpaged  paging = iota
	pageInfo        // page: PageInfo
	feed            // next_cursor and has_more
)

func (r operationReader) readBody(written *openapi3.Operation) (*body, error) {
	if written.RequestBody == nil {
		return nil, nil
	}

	declared := written.RequestBody.Value
	media := declared.Content.Get(mediaJSON)
	if media == nil {
		return &body{required: declared.Required}, nil
	}

	goType, err := r.types.goType(media.Schema)
	if err != nil {
		return nil, fmt.Errorf("the request: %w", err)
	}

	return &body{goType: goType, required: declared.Required}, nil
}

func (r operationReader) readResult(written *openapi3.Operation) (result, error) {
	var found result
	for _, status := range slices.Sorted(maps.Keys(written.Responses.Map())) {
		if status >= "300" {
			break
		}

		response := written.Responses.Value(status).Value
		if len(response.Content) == 0 {
			found.absent = *response.Description

			continue
		}
		if found.kind != nothing {
			return result{}, errors.New("two of its responses have a body; a method has one result")
		}

		read, err := r.readContent(response.Content)
		if err != nil {
			return result{}, fmt.Errorf("the response %s: %w", status, err)
		}
		read.absent, found = found.absent, read
	}

	return found, nil
}

func (r operationReader) readContent(content openapi3.Content) (result, error) {
	if media := content.Get(mediaJSON); media != nil {
		goType, err := r.types.goType(media.Schema)
		if err != nil {
			return result{}, err
		}

		read := result{kind: value, goType: goType}
		read.items, read.paging, err = r.readPage(media.Schema.Value)

		return read, err
	}
	if media := content.Get(mediaStream); media != nil {
		goType, err := r.extension(media.Schema.Value, "x-data")

		return result{kind: stream, goType: goType}, err
	}
	if media := content.Get(mediaLines); media != nil {
		goType, err := r.extension(media.Schema.Value, "x-line")

		return result{kind: file, goType: goType}, err
	}

	return result{}, fmt.Errorf("none of its media types is known here: %v", slices.Sorted(maps.Keys(content)))
}

// readPage finds the items of a page, and how it leads to the next one.
func (r operationReader) readPage(schema *openapi3.Schema) (string, paging, error) {
	data := schema.Properties["data"]
	if data == nil || !data.Value.Type.Is("array") {
		return "", unpaged, nil
	}

	items, err := r.types.goType(data.Value.Items)
	if err != nil {
		return "", unpaged, err
	}

	switch {
	case schema.Properties["page"] != nil:
		return items, pageInfo, nil
	case schema.Properties["next_cursor"] != nil && schema.Properties["has_more"] != nil:
		return items, feed, nil
	default:
		return "", unpaged, nil
	}
}

// extension is the type of the schema that an extension of another refers to: of a line of a file, of an
// event of a stream.
func (r operationReader) extension(schema *openapi3.Schema, name string) (string, error) {
	written, err := json.Marshal(schema.Extensions[name])
	if err != nil {
		return "", err
	}

	var reference struct {
		Ref string `json:"$ref"`
	}
	if err := json.Unmarshal(written, &reference); err != nil || reference.Ref == "" {
		return "", fmt.Errorf("%s has to refer to a schema", name)
	}

	return r.types.of(reference.Ref)
}
