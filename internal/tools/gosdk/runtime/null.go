package client

import "github.com/aicoordination/coordinator/gen/api"

// Value sets a field that may also be null, such as api.TaskUpdate.DueDate.
func Value[T any](value T) api.Nullable[T] { return api.NewNullableWithValue(value) }

// Null clears a field. One that is not set at all keeps what it has.
func Null[T any]() api.Nullable[T] { return api.NewNullNullable[T]() }
