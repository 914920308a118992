package server

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
)

// level reads itself.
type level int

func (l *level) UnmarshalText(text []byte) error {
	*l = level(len(text))

	return nil
}

type word string

// perhaps is a field that may be null.
type perhaps struct {
	value int32
	null  bool
}

func (p *perhaps) Pointer() *int32 { return &p.value }
func (p *perhaps) Set(value int32) { p.value = value }
func (p *perhaps) SetNull()        { p.null = true }

func read[T any](from func(value any, to *T) bool) func(value any) (any, bool) {
	return func(value any) (any, bool) {
		var to T
		ok := from(value, &to)

		return to, ok
	}
}

// Each decoder reads values of its kind, and says of all others that they are none.
func TestDecodersReadTheirKind(t *testing.T) {
	t.Parallel()

	id := uuid.MustParse("0190a5e4-7c1f-7abc-8def-0123456789ab")
	values := map[string]any{
		"null": nil, "text": "text", "id": id.String(), "time": "2026-06-15T12:30:00Z", "true": true,
		"one": json.Number("1"), "half": json.Number("0.5"), "large": json.Number("5000000000"), "list": []any{json.Number("1")}, "object": map[string]any{},
	}
	for kind, test := range map[string]struct {
		read func(value any) (any, bool)
		want map[string]any
	}{
		"string": {read(fromString[word]), map[string]any{"text": word("text"), "id": word(id.String()), "time": word("2026-06-15T12:30:00Z")}},
		"bool":   {read(fromBool), map[string]any{"true": true}},
		"int32":  {read(fromInt32), map[string]any{"one": int32(1)}},
		"int64":  {read(fromInt64), map[string]any{"one": int64(1), "large": int64(5_000_000_000)}},
		"float":  {read(fromFloat64), map[string]any{"one": 1.0, "half": 0.5, "large": 5e9}},
		"id":     {read(fromUUID), map[string]any{"id": id}},
		"time":   {read(fromTime), map[string]any{"time": time.Date(2026, 6, 15, 12, 30, 0, 0, time.UTC)}},
		"itself": {read(fromText[level]), map[string]any{"text": level(4), "id": level(36), "time": level(20)}},
		"list": {read(func(value any, to *int) bool {
			var list []int32
			ok := fromList(value, &list, fromInt32)
			*to = len(list)

			return ok
		}), map[string]any{"list": 1}},
		"pointer": {read(func(value any, to *int32) bool {
			var pointer *int32
			ok := fromPointer(value, &pointer, fromInt32)
			if *to = -1; pointer != nil {
				*to = *pointer
			}

			return ok
		}), map[string]any{"null": int32(-1), "one": int32(1)}},
		"nullable": {read(func(value any, to *perhaps) bool { return fromNullable(value, to, fromInt32) }), map[string]any{"null": perhaps{null: true}, "one": perhaps{value: 1}}},
	} {
		for name, value := range values {
			got, ok := test.read(value)
			want, is := test.want[name]
			if ok != is || ok && got != want {
				t.Errorf("%s is read as %s: %v, %v; want %v, %v", name, kind, got, ok, want, is)
			}
		}
	}
}
