package event

import (
	"encoding"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Change is one field's value before and after.
type Change struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// unrecorded are the fields that say nothing about the change: they stand in
// columns of the event itself, or are secret.
var unrecorded = map[string]bool{
	"id": true, "version": true,
	"created_at": true, "created_by": true, "updated_at": true, "updated_by": true,
	"deleted_at": true, "deleted_by": true, "deletion_id": true,
	"password_hash": true, "token_hash": true,
	// Follows from status.
	"is_open": true,
	// Shows in progress, except where that is derived.
	"given_progress": true,
}

// Diff returns the fields that differ between two rows of one type, by their
// JSON names. A nil row before has every field empty, so that creating a row
// records what it was created with; without a row after nothing differs.
func Diff(before, after any) map[string]Change {
	changes := map[string]Change{}
	for _, p := range appendChanged(nil, before, after) {
		changes[p.name] = Change{Old: interfaceOf(p.old), New: interfaceOf(p.updated)}
	}
	return changes
}

// Differs tells whether [Diff] finds anything.
func Differs(before, after any) bool {
	var room [mostFields]pair
	return len(appendChanged(room[:0], before, after)) > 0
}

// pair are the values of a field; one that is not there is the zero Value.
type pair struct {
	name         string
	old, updated reflect.Value
}

// mostFields is how many fields that change at once are noted without an allocation.
const mostFields = 24

// appendChanged appends the fields that differ between two rows, or pointers to them.
func appendChanged(to []pair, before, after any) []pair {
	if after == nil {
		return to
	}
	updated := reflect.Indirect(reflect.ValueOf(after))
	var old reflect.Value
	if before != nil {
		old = reflect.Indirect(reflect.ValueOf(before))
	}
	for _, f := range fieldsOf(updated.Type()) {
		p := pair{name: f.name, updated: updated.Field(f.index)}
		if before == nil && isEmpty(p.updated) {
			continue
		}
		if before != nil {
			if p.old = old.Field(f.index); equal(p.old, p.updated) {
				continue
			}
		}
		to = append(to, p)
	}
	return to
}

// appendGone appends the fields of a row that is gone, as what they were.
func appendGone(to []pair, before any) []pair {
	row := reflect.Indirect(reflect.ValueOf(before))
	for _, f := range fieldsOf(row.Type()) {
		if value := row.Field(f.index); !isEmpty(value) {
			to = append(to, pair{name: f.name, old: value})
		}
	}
	return to
}

// field is one that is recorded.
type field struct {
	index int
	name  string
}

// known are the fields of each type of row that was recorded.
var known sync.Map

func fieldsOf(row reflect.Type) []field {
	if found, ok := known.Load(row); ok {
		return found.([]field)
	}
	var fields []field
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("json"), ",")
		if !unrecorded[name] {
			fields = append(fields, field{index: i, name: name})
		}
	}
	known.Store(row, fields)
	return fields
}

var (
	rawType   = reflect.TypeFor[json.RawMessage]()
	textsType = reflect.TypeFor[[]string]()
	idType    = reflect.TypeFor[uuid.UUID]()
	timeType  = reflect.TypeFor[time.Time]()
)

func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer:
		return value.IsNil()
	case reflect.Slice:
		return value.Len() == 0 || value.Type() == rawType && string(value.Bytes()) == "{}"
	default:
		return false
	}
}

// equal is [reflect.DeepEqual], which takes the values out of their rows.
func equal(a, b reflect.Value) bool {
	//nolint:exhaustive // Whatever is no case is compared as it is below.
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() || a.Pointer() == b.Pointer() {
			return a.IsNil() == b.IsNil()
		}
		return equal(a.Elem(), b.Elem())
	case reflect.String:
		return a.String() == b.String()
	case reflect.Bool, reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float64:
		return a.Equal(b)
	case reflect.Array:
		if a.Type() == idType {
			return a.Equal(b)
		}
	case reflect.Slice:
		if a.IsNil() && b.IsNil() {
			return true
		}
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// as is the value, of which it is known what it is. That of a pointer's row is
// taken as it is there; another one is copied.
func as[T any](value reflect.Value) T {
	if value.CanAddr() {
		return *value.Addr().Interface().(*T)
	}
	return value.Interface().(T)
}

func interfaceOf(value reflect.Value) any {
	if !value.IsValid() {
		return nil
	}
	return value.Interface()
}

// appendChanges appends what [Diff] would return as a JSON object.
func appendChanges(b []byte, changes []pair) ([]byte, error) {
	b = append(b, '{')
	for i, p := range changes {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		b = append(append(b, '"'), p.name...)
		b = append(b, `":{"old":`...)
		if b, err = appendValue(b, p.old); err != nil {
			return nil, err
		}
		b = append(b, `,"new":`...)
		if b, err = appendValue(b, p.updated); err != nil {
			return nil, err
		}
		b = append(b, '}')
	}
	return append(b, '}'), nil
}

// appendValue appends a value as encoding/json does, which is asked for whatever
// is not plain.
func appendValue(b []byte, value reflect.Value) ([]byte, error) {
	if !value.IsValid() {
		return append(b, "null"...), nil
	}
	//nolint:exhaustive // Whatever is no case is encoded as it is below.
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return append(b, "null"...), nil
		}
		return appendValue(b, value.Elem())
	case reflect.String:
		if text := value.String(); isPlain(text) && !speaks(value) {
			return append(append(append(b, '"'), text...), '"'), nil
		}
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		if !speaks(value) {
			return strconv.AppendInt(b, value.Int(), 10), nil
		}
	case reflect.Array:
		if value.Type() == idType {
			return appendID(b, as[uuid.UUID](value)), nil
		}
	case reflect.Slice:
		if value.Type() == textsType && !value.IsNil() {
			return appendTexts(b, value)
		}
	case reflect.Struct:
		if value.Type() == timeType {
			at := as[time.Time](value)
			if year := at.Year(); year > 0 && year <= 9999 {
				return append(at.AppendFormat(append(b, '"'), time.RFC3339Nano), '"'), nil
			}
		}
	}
	encoded, err := json.Marshal(value.Interface())
	return append(b, encoded...), err
}

// appendTexts appends a list that is there.
func appendTexts(b []byte, texts reflect.Value) ([]byte, error) {
	b = append(b, '[')
	for i := range texts.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, texts.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// speaks tells that a value has a form of its own in JSON. The enumerations of
// the schema have methods, and none for that.
func speaks(value reflect.Value) bool {
	of := value.Type()
	return of.NumMethod() > 0 && (of.Implements(marshaler) || of.Implements(textMarshaler))
}

// isPlain tells that a text is in JSON what it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func appendID(b []byte, id uuid.UUID) []byte {
	b = hex.AppendEncode(append(b, '"'), id[0:4])
	b = hex.AppendEncode(append(b, '-'), id[4:6])
	b = hex.AppendEncode(append(b, '-'), id[6:8])
	b = hex.AppendEncode(append(b, '-'), id[8:10])
	b = hex.AppendEncode(append(b, '-'), id[10:16])
	return append(b, '"')
}
