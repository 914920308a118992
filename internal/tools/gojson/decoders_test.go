package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
)

// Every body is read as encoding/json reads it, or left to that as it was: also where a value in it is
// not what it should be.
func TestDecodersReadWhatEncodingJSONReads(t *testing.T) {
	t.Parallel()

	for _, body := range server.Decodable() {
		typ := reflect.TypeOf(body).Elem()
		t.Run(typ.Name(), func(t *testing.T) {
			t.Parallel()

			seed := rand.Uint64()
			f := &filler{Rand: rand.New(rand.NewPCG(seed, 0))}
			read := 0
			for range 300 {
				filled := reflect.New(typ)
				f.fill(filled.Elem(), 0)
				document, err := json.Marshal(filled.Interface())
				if err != nil {
					continue
				}
				if readAlike(t, typ, document) {
					read++
				}
				if readAlike(t, typ, f.spoilt(document)); t.Failed() {
					t.Fatalf("the seed is %d", seed)
				}
			}
			if read == 0 {
				t.Error("no body was read")
			}
		})
	}
}

// readAlike tells whether a document was read without encoding/json.
func readAlike(t *testing.T, typ reflect.Type, document []byte) bool {
	t.Helper()

	var value any
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	got, want := reflect.New(typ), reflect.New(typ)
	ok := server.DecodeBody(value, got.Interface())
	if ok {
		if err := json.Unmarshal(document, want.Interface()); err != nil {
			t.Errorf("%s is read, and encoding/json says %v", document, err)
		}
	}
	if !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Errorf("%s is read as\n%+v\nand by encoding/json as\n%+v", document, got, want)
	}

	return ok
}

// spoilt is the document with another value in place of one of its members.
func (f *filler) spoilt(document []byte) []byte {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil || len(members) == 0 {
		return []byte(`[]`)
	}
	names := slices.Sorted(maps.Keys(members))
	odd := []string{
		`null`, `true`, `1`, `1.5`, `1e2`, `-0`, `99999999999`, `""`, `"a"`, `"2026-02-30"`, `"2026-06-15T12:00:00+02:00"`,
		`"urn:uuid:0190a5e4-7c1f-7abc-8def-0123456789ab"`, `[]`, `[null]`, `["a",1]`, `{}`, `{"amount":null}`,
	}
	members[names[f.IntN(len(names))]] = json.RawMessage(odd[f.IntN(len(odd))])
	if f.one(10) {
		// Encoding/json takes this for the name in small letters.
		members["TITLE"] = json.RawMessage(`"a"`)
	}
	document, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}

	return document
}

func TestWhatIsNoBodyIsNotRead(t *testing.T) {
	t.Parallel()

	if server.DecodeBody(map[string]any{}, new(api.Task)) {
		t.Error("an answer is read as a body")
	}
}

// A body costs its value and what its pointers lead to.
//
//nolint:paralleltest // It counts allocations.
func TestDecodingAllocatesLittle(t *testing.T) {
	value := map[string]any{
		"project_id": "0190a5e4-7c1f-7abc-8def-0123456789ab", "title": "Print the poster", "priority": "high",
		"estimate_minutes": json.Number("90"), "tags": []any{"print"},
	}
	var body api.TaskCreate
	if n := testing.AllocsPerRun(100, func() {
		if !server.DecodeBody(value, &body) {
			t.Error("it is not read")
		}
	}); n > 2 {
		t.Errorf("it allocates %v times", n)
	}
}
