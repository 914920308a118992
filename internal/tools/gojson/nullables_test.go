package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const generatedTypes = `package api

import (
	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"
)

type Book struct {
	// AuthorID is who wrote it.
	AuthorID nullable.Nullable[uuid.UUID] ` + "`json:\"author_id\"`" + `
	Series   nullable.Nullable[Series] ` + "`json:\"series,omitempty\"`" + `
	Title    string ` + "`json:\"title,omitempty\"`" + `
	Sequel   nullable.Nullable[[]Book] ` + "`json:\"sequel,omitempty\"`" + `
	Shelf    nullable.Nullable[Shelf] ` + "`json:\"shelf\"`" + `
}

type Series struct {
	Name    string
	Numbers [3]int
	First   nullable.Nullable[Book] ` + "`json:\"first\"`" + `
}

type Shelf struct {
	Room nullable.Nullable[string] ` + "`json:\"room\"`" + `
	Row  nullable.Nullable[int32] ` + "`json:\"row\"`" + `
}
`

// A large object, and one that would hold itself, is held behind a pointer.
func TestNullablesTakeThePlaceOfMaps(t *testing.T) {
	t.Parallel()

	got, err := withNullables([]byte(generatedTypes))
	if err != nil {
		t.Fatal(err)
	}
	want := `package api

import (
	"github.com/google/uuid"
)

type Book struct {
	// AuthorID is who wrote it.
	AuthorID Nullable[uuid.UUID]    ` + "`json:\"author_id\"`" + `
	Series   Nullable[Series]       ` + "`json:\"series,omitzero\"`" + `
	Title    string                 ` + "`json:\"title,omitempty\"`" + `
	Sequel   Nullable[[]Book]       ` + "`json:\"sequel,omitzero\"`" + `
	Shelf    Nullable[Shelf]        ` + "`json:\"shelf\"`" + `
}

type Series struct {
	Name    string
	Numbers [3]int
	First   NullableObject[Book] ` + "`json:\"first\"`" + `
}

type Shelf struct {
	Room Nullable[string] ` + "`json:\"room\"`" + `
	Row  Nullable[int32]  ` + "`json:\"row\"`" + `
}
`
	if diff := cmp.Diff(strings.Join(strings.Fields(want), " "), strings.Join(strings.Fields(string(got)), " ")); diff != "" {
		t.Errorf("the types (-want +got):\n%s", diff)
	}
}

func TestNullablesElsewhereFail(t *testing.T) {
	t.Parallel()

	if got, err := withNullables([]byte(generatedTypes + "\ntype Title = nullable.Nullable[string]\n")); err == nil {
		t.Errorf("it is rewritten as\n%s", got)
	}
}
