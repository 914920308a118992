package server

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/runtime"
)

// shout is a text with a way of its own of being read.
type shout string

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *shout) UnmarshalText(text []byte) error {
	*s = shout(strings.ToUpper(string(text)))

	return nil
}

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
		Shouts   []shout
		At       *time.Time
	}
	bindings := map[string]binding[parameters]{
		"string":  bound(func(p *parameters) *string { return &p.Text }),
		"*string": bound(func(p *parameters) **string { return &p.Optional }),
		"*word":   bound(func(p *parameters) **word { return &p.Word }),
		"*int":    bound(func(p *parameters) **int { return &p.Number }),
		"*bool":   bound(func(p *parameters) **bool { return &p.Truth }),
		"*uuid":   bound(func(p *parameters) **uuid.UUID { return &p.ID }),
		"[]uuid":  bound(func(p *parameters) *[]uuid.UUID { return &p.IDs }),
		"[]word":  bound(func(p *parameters) *[]word { return &p.Words }),
		"[]shout": bound(func(p *parameters) *[]shout { return &p.Shouts }),
		"*time":   bound(func(p *parameters) **time.Time { return &p.At }),
	}
	types := map[string]runtime.BindQueryParameterOptions{
		"string": {Type: "string"}, "*string": {Type: "string"}, "*word": {Type: ""}, "*int": {Type: "integer"}, "*bool": {Type: "boolean"},
		"*uuid": {Type: "string", Format: "uuid"}, "[]uuid": {Type: "array"}, "[]word": {Type: "array"}, "[]shout": {Type: "array"}, "*time": {Type: "string", Format: "date-time"},
	}
	const id = "0198c0de-0000-7000-8000-000000000001"
	for _, query := range []string{
		"", "x=", "x=a", "x=a&x=b", "x=a,b", "x=a,,b,", "x=,", "x=a%2Cb&x=c", "x=a%2Cb%20", "x=12", "x=%2B12", "x=-1", "x=99999999999999999999", "x=1.5", "x=true", "x=" + id, "x=" + id + "&x=" + id,
		"x=" + id + "," + id, "x=" + id + "&x=no", "x={" + id + "}", "x=2026-03-01T10:00:00Z", "y=1",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("parsing %q: %v", query, err)
		}
		for name, bind := range bindings {
			for _, explode := range []bool{true, false} {
				for _, required := range []bool{true, false} {
					if required != (name == "string") {
						continue // Only what is required is no pointer and no list.
					}
					var got, want parameters
					gotErr := bind.bind(&got, explode, required, values, types[name])
					wantErr := runtime.BindQueryParameterWithOptions("form", explode, required, "x", values, bind.destination(&want), types[name])
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

// binding binds a field of P.
type binding[P any] struct {
	destination func(p *P) any
	bind        func(p *P, explode, required bool, values url.Values, options runtime.BindQueryParameterOptions) error
}

func bound[P, T any](field func(p *P) *T) binding[P] {
	return binding[P]{
		destination: func(p *P) any { return field(p) },
		bind: func(p *P, explode, required bool, values url.Values, options runtime.BindQueryParameterOptions) error {
			return bindQuery("form", explode, required, "x", values, field(p), options)
		},
	}
}

func TestPathsAreBoundAsTheLibraryBindsThem(t *testing.T) {
	t.Parallel()
	const id = "0198c0de-0000-7000-8000-000000000001"
	for _, value := range []string{id, strings.ToUpper(id), "", "no", id + "0", "{" + id + "}", "urn:uuid:" + id, "%30" + id[1:], "%zz"} {
		for _, unescaped := range []bool{true, false} {
			options := runtime.BindStyledParameterOptions{
				ParamLocation: runtime.ParamLocationPath, Required: true, Type: "string", Format: "uuid", ValueIsUnescaped: unescaped,
			}
			var got, want uuid.UUID
			gotErr := bindPath("simple", "id", value, &got, options)
			wantErr := runtime.BindStyledParameterWithOptions("simple", "id", value, &want, options)
			if got != want || (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
				t.Errorf("%q: got %v and the error %v, want %v and %v", value, got, gotErr, want, wantErr)
			}
		}
	}
	var text string
	if err := bindPath("simple", "name", "a%20b", &text, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationPath, Required: true, Type: "string"}); err != nil || text != "a b" {
		t.Errorf("got %q and the error %v", text, err)
	}
}
