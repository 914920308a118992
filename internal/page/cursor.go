package page

import (
	"encoding/base64"
	"strings"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// A cursor is the sort parameter and the keys of the row to go on behind, with
// a NUL between them, which no text in PostgreSQL holds. It is opaque to callers
// and not secret: its keys only ever reach comparisons with the columns of the
// order.
const separator = "\x00"

func encodeCursor(keys []string, sort string) string {
	text := make([]byte, 0, 128)
	text = append(text, sort...)
	for _, key := range keys {
		text = append(text, separator...)
		text = append(text, key...)
	}
	return string(base64.RawURLEncoding.AppendEncode(make([]byte, 0, 192), text))
}

func decodeCursor(text, sort string) ([]string, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrCursor()
	}
	parts := strings.Split(string(decoded), separator)
	if len(parts) < 2 {
		return nil, ErrCursor()
	}
	if parts[0] != sort {
		return nil, apperr.InvalidField("query:cursor", "sort",
			"The cursor belongs to a list with sort=%q. Send it with the sort and the filters it was made with.", parts[0])
	}
	return parts[1:], nil
}

// ErrCursor returns the validation error of a cursor that was not made here.
func ErrCursor() *apperr.Error {
	return apperr.InvalidField("query:cursor", "cursor", "Send the next_cursor of the page before as it was received, or leave it out to begin again.")
}
