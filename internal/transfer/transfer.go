// Package transfer owns files of records: how they are written and read as CSV
// (RFC 4180) and as NDJSON, and what is found wrong in one. It knows neither
// the records nor the database: a record is a JSON object whose members are the
// columns.
package transfer

import (
	"encoding/json"
	"strings"
)

// Format is that of a file.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	NDJSON Format = "ndjson"
)

// Kind is what a column holds, and so how it stands in a cell of a CSV file.
type Kind int

// The kinds of columns. Lists and objects stand in a cell as JSON; one that is
// empty leaves its cell empty.
const (
	Text Kind = iota
	Number
	Boolean
	List
	Object
)

// Column is a member of the records of a file.
type Column struct {
	Name string
	Kind Kind
	// Nullable tells that an empty cell is null; it says nothing otherwise.
	Nullable bool
	// Required tells that a file without the column is refused.
	Required bool
}

// Ref names a record by the system that it comes from and its id there.
type Ref struct {
	Source, ID string
}

// Own is the source of records that come from this service: their id is our own.
const Own = "coordinator"

// String returns the reference as it stands in a list: "jira:WEB-1".
func (r Ref) String() string { return r.Source + ":" + r.ID }

// ParseRef reads what String has written.
func ParseRef(text string) Ref {
	source, id, _ := strings.Cut(text, ":")
	return Ref{Source: source, ID: id}
}

// Line is a record of a file that is read.
type Line[T any] struct {
	// Number is the line that it begins on, counted from 1.
	Number int
	Record T
	// Wrong tells that something was found wrong with it already: others may
	// still refer to it.
	Wrong bool
	// given are the columns that the file has for it.
	given map[string]json.RawMessage
}

// NewLine returns the line with the record that was read from an object.
func NewLine[T any](number int, record T, given map[string]json.RawMessage, wrong bool) Line[T] {
	return Line[T]{Number: number, Record: record, given: given, Wrong: wrong}
}

// Gives tells whether the file says anything of the column, be it null.
func (l Line[T]) Gives(column string) bool {
	_, ok := l.given[column]
	return ok
}

// Set puts a column's value in its place if the file has the column.
func Set[T, V any](line Line[T], column string, place *V, value V) {
	if line.Gives(column) {
		*place = value
	}
}
