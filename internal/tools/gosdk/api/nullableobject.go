package api

import "encoding/json"

// NullableObject is Nullable for a large object, such as what is included in a record: it takes hardly
// any room where there is none.
type NullableObject[T any] struct {
	object *T
	state  state
}

// NewNullableObject is a field that has an object.
func NewNullableObject[T any](object T) NullableObject[T] { return NullableObjectAt(&object) }

// NewNullNullableObject is a field that is null.
func NewNullNullableObject[T any]() NullableObject[T] { return NullableObject[T]{state: null} }

// NullableObjectAt is a field that has an object which is not copied, or null if it is nil.
func NullableObjectAt[T any](object *T) NullableObject[T] {
	if object == nil {
		return NewNullNullableObject[T]()
	}

	return NullableObject[T]{object: object, state: held}
}

// Get returns the object, and an error where there is none.
func (n NullableObject[T]) Get() (T, error) {
	if n.object == nil {
		return *new(T), n.state.lacks()
	}

	return *n.object, nil
}

// MustGet returns the object, and panics where there is none.
func (n NullableObject[T]) MustGet() T {
	object, err := n.Get()
	if err != nil {
		panic(err)
	}

	return object
}

// Pointer is where the object is, nil where there is none.
func (n NullableObject[T]) Pointer() *T { return n.object }

// Set gives the field an object.
func (n *NullableObject[T]) Set(object T) { *n = NewNullableObject(object) }

// SetNull makes the field null.
func (n *NullableObject[T]) SetNull() { *n = NewNullNullableObject[T]() }

// SetUnspecified takes the field away.
func (n *NullableObject[T]) SetUnspecified() { *n = NullableObject[T]{} }

// IsNull tells whether the field is there, and null.
func (n NullableObject[T]) IsNull() bool { return n.state == null }

// IsSpecified tells whether the field is there, be it null or not.
func (n NullableObject[T]) IsSpecified() bool { return n.state != unset }

// IsZero tells whether the field is not there, for the option omitzero of encoding/json.
func (n NullableObject[T]) IsZero() bool { return n.state == unset }

// Equal tells whether both are null, both are not there, or both have the same object.
func (n NullableObject[T]) Equal(other NullableObject[T]) bool {
	return n.state == other.state && equal(n.object, other.object)
}

// MarshalJSON writes as that of [Nullable] does.
func (n NullableObject[T]) MarshalJSON() ([]byte, error) {
	if n.state == unset {
		return json.Marshal(new(T))
	}

	return json.Marshal(n.object)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *NullableObject[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		n.SetNull()

		return nil
	}

	object := new(T)
	if err := json.Unmarshal(data, object); err != nil {
		return err
	}
	*n = NullableObjectAt(object)

	return nil
}
