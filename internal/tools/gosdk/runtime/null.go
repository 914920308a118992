package client

import "github.com/oapi-codegen/nullable"

// Value sets a field that may also be null, such as api.TaskUpdate.DueDate.
func Value[T any](value T) nullable.Nullable[T] { return nullable.NewNullableWithValue(value) }

// Null clears a field. One that is not set at all keeps what it has.
func Null[T any]() nullable.Nullable[T] { return nullable.NewNullNullable[T]() }
