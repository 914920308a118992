package api

import (
	"encoding/json"
	"errors"
	"reflect"
)

// What there is to know of a field that may be null beside its value.
const (
	unset state = iota
	null
	held
)

type state uint8

var (
	errNull  = errors.New("value is null")
	errUnset = errors.New("value is not specified")
)

// Nullable is a field that has a value, is null, or is not there at all. Its zero value is not there. In
// a request that changes a record, what is null is cleared, and what is not there is kept as it is.
type Nullable[T any] struct {
	value T
	state state
}

// NewNullableWithValue is a field that has a value.
func NewNullableWithValue[T any](value T) Nullable[T] { return Nullable[T]{value: value, state: held} }

// NewNullNullable is a field that is null.
func NewNullNullable[T any]() Nullable[T] { return Nullable[T]{state: null} }

// Get returns the value, and an error where there is none.
func (n Nullable[T]) Get() (T, error) { return n.value, n.state.lacks() }

// MustGet returns the value, and panics where there is none.
func (n Nullable[T]) MustGet() T {
	value, err := n.Get()
	if err != nil {
		panic(err)
	}

	return value
}

// Pointer is where the value is, nil where there is none.
func (n *Nullable[T]) Pointer() *T {
	if n.state != held {
		return nil
	}

	return &n.value
}

// Set gives the field a value.
func (n *Nullable[T]) Set(value T) { *n = NewNullableWithValue(value) }

// SetNull makes the field null.
func (n *Nullable[T]) SetNull() { *n = NewNullNullable[T]() }

// SetUnspecified takes the field away.
func (n *Nullable[T]) SetUnspecified() { *n = Nullable[T]{} }

// IsNull tells whether the field is there, and null.
func (n Nullable[T]) IsNull() bool { return n.state == null }

// IsSpecified tells whether the field is there, be it null or not.
func (n Nullable[T]) IsSpecified() bool { return n.state != unset }

// IsZero tells whether the field is not there, for the option omitzero of encoding/json.
func (n Nullable[T]) IsZero() bool { return n.state == unset }

// Equal tells whether both are null, both are not there, or both have the same value.
func (n Nullable[T]) Equal(other Nullable[T]) bool {
	return n.state == other.state && equal(n.value, other.value)
}

// MarshalJSON writes the value or null. What is not there is written only if the field's tag does not say
// omitzero: as the zero value.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.state == null {
		return []byte("null"), nil
	}

	return json.Marshal(n.value)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Nullable[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		n.SetNull()

		return nil
	}

	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	n.Set(value)

	return nil
}

// lacks is why there is no value, nil where there is one.
func (s state) lacks() error {
	switch s {
	case held:
		return nil
	case null:
		return errNull
	default:
		return errUnset
	}
}

// equal compares as the type does, such as moments whatever their place, and otherwise as deep as it goes.
func equal[T any](one, other T) bool {
	if one, ok := any(one).(interface{ Equal(other T) bool }); ok {
		return one.Equal(other)
	}

	return reflect.DeepEqual(one, other)
}
