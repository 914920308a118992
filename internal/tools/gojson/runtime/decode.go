package server

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// What the generated decoders are made of. They take a body as it was read for the validator: objects are
// map[string]any, arrays []any, numbers [json.Number]. Each tells whether the value is what it looks for;
// where it is not, the body is for encoding/json to read, and what is wrong with it for that to say.

func fromString[T ~string](value any, to *T) bool {
	text, ok := value.(string)
	*to = T(text)

	return ok
}

func fromBool(value any, to *bool) (ok bool) {
	*to, ok = value.(bool)

	return ok
}

func fromInt32(value any, to *int32) bool {
	number, _ := value.(json.Number)
	n, err := strconv.ParseInt(string(number), 10, 32)
	*to = int32(n)

	return err == nil
}

func fromInt64(value any, to *int64) bool {
	number, _ := value.(json.Number)
	n, err := strconv.ParseInt(string(number), 10, 64)
	*to = n

	return err == nil
}

func fromFloat64(value any, to *float64) bool {
	number, _ := value.(json.Number)
	n, err := strconv.ParseFloat(string(number), 64)
	*to = n

	return err == nil
}

func fromUUID(value any, to *uuid.UUID) bool {
	text, _ := value.(string)
	id, err := uuid.Parse(text)
	*to = id

	return err == nil
}

func fromTime(value any, to *time.Time) bool {
	text, ok := value.(string)

	return ok && to.UnmarshalText([]byte(text)) == nil
}

// fromText is for what reads itself.
func fromText[T any, P interface {
	*T
	UnmarshalText(text []byte) error
}](value any, to *T) bool {
	text, ok := value.(string)

	return ok && P(to).UnmarshalText([]byte(text)) == nil
}

func fromPointer[T any](value any, to **T, element func(value any, to *T) bool) bool {
	if value == nil {
		return true
	}
	*to = new(T)

	return element(value, *to)
}

func fromList[T any](value any, to *[]T, element func(value any, to *T) bool) bool {
	elements, ok := value.([]any)
	if !ok {
		return false
	}
	*to = make([]T, len(elements))
	for i := range elements {
		if !element(elements[i], &(*to)[i]) {
			return false
		}
	}

	return true
}

// settable is a field that may be null.
type settable[T any] interface {
	Pointer() *T
	Set(value T)
	SetNull()
}

func fromNullable[T any, N settable[T]](value any, to N, element func(value any, to *T) bool) bool {
	if value == nil {
		to.SetNull()

		return true
	}
	var none T
	to.Set(none)

	return element(value, to.Pointer())
}
