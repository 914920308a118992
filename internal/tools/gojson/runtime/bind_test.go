package server

import (
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/runtime"
)

func TestQueriesAreBoundAsTheLibraryBindsThem(t *testing.T) {
	t.Parallel()
	type word string
	type parameters struct {
		Text     string
		Optional *string
		Word     *word
		Number   *int
		Truth    *bool
		ID       *uuid.UUID
		IDs      []uuid.UUID
		Words    []word
		At       *time.Time
	}
	destinations := map[string]func(p *parameters) any{
		"string":  func(p *parameters) any { return &p.Text },
		"*string": func(p *parameters) any { return &p.Optional },
		"*word":   func(p *parameters) any { return &p.Word },
		"*int":    func(p *parameters) any { return &p.Number },
		"*bool":   func(p *parameters) any { return &p.Truth },
		"*uuid":   func(p *parameters) any { return &p.ID },
		"[]uuid":  func(p *parameters) any { return &p.IDs },
		"[]word":  func(p *parameters) any { return &p.Words },
		"*time":   func(p *parameters) any { return &p.At },
	}
	types := map[string]runtime.BindQueryParameterOptions{
		"string": {Type: "string"}, "*string": {Type: "string"}, "*word": {Type: ""}, "*int": {Type: "integer"}, "*bool": {Type: "boolean"},
		"*uuid": {Type: "string", Format: "uuid"}, "[]uuid": {Type: "array"}, "[]word": {Type: "array"}, "*time": {Type: "string", Format: "date-time"},
	}
	const id = "0198c0de-0000-7000-8000-000000000001"
	for _, query := range []string{
		"", "x=", "x=a", "x=a&x=b", "x=a,b", "x=12", "x=%2B12", "x=-1", "x=99999999999999999999", "x=1.5", "x=true", "x=" + id, "x=" + id + "&x=" + id,
		"x=" + id + "," + id, "x=" + id + "&x=no", "x={" + id + "}", "x=2026-03-01T10:00:00Z", "y=1",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("parsing %q: %v", query, err)
		}
		for name, destination := range destinations {
			for _, explode := range []bool{true, false} {
				for _, required := range []bool{true, false} {
					if required != (name == "string") {
						continue // Only what is required is no pointer and no list.
					}
					var got, want parameters
					gotErr := bindQuery("form", explode, required, "x", values, destination(&got), types[name])
					wantErr := runtime.BindQueryParameterWithOptions("form", explode, required, "x", values, destination(&want), types[name])
					if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
						t.Errorf("%q into %s, exploded %t: got the error %v, want %v", query, name, explode, gotErr, wantErr)
					}
					if wantErr == nil && !reflect.DeepEqual(got, want) {
						t.Errorf("%q into %s, exploded %t: got %+v, want %+v", query, name, explode, got, want)
					}
				}
			}
		}
	}
}
