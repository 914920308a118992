// Package server is copied into gen/server: what the generated encoders there are made of. They write
// what encoding/json writes, byte for byte, into a buffer that is used again.
package server

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// encoder writes JSON. Its first error is kept, and what comes after it does not matter.
type encoder struct {
	buf     []byte
	scratch bytes.Buffer
	err     error
}

// raw writes JSON that was made when the encoders were.
func (e *encoder) raw(text string) { e.buf = append(e.buf, text...) }

func (e *encoder) null() { e.raw("null") }

// comma parts the members of an object of which the first ones may be left out.
func (e *encoder) comma() {
	if e.buf[len(e.buf)-1] != '{' {
		e.buf = append(e.buf, ',')
	}
}

func (e *encoder) bool(value bool) { e.buf = strconv.AppendBool(e.buf, value) }

func (e *encoder) int(value int64) { e.buf = strconv.AppendInt(e.buf, value, 10) }

// float writes numbers as ECMAScript does, apart from zero, which keeps its sign.
func (e *encoder) float(value float64, bits int) {
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		e.fail(fmt.Errorf("%v has no form in JSON", value))
	case value == 0 && math.Signbit(value):
		e.raw("-0")
	default:
		e.buf = jsontext.AppendFloat(e.buf, value, bits)
	}
}

// string writes text, and keeps it from being taken for a tag or the end of a line where JSON stands in a
// page.
func (e *encoder) string(text string) {
	start := len(e.buf)
	quoted, err := jsontext.AppendQuote(e.buf, text)
	if err != nil {
		// What is not UTF-8 comes from nowhere here; encoding/json has its own way to replace it.
		written, err := json.Marshal(text)
		e.fail(err)
		e.buf = append(e.buf, written...)

		return
	}
	e.buf = quoted
	e.escape(start)
}

// escape replaces, in the strings from start on, what encoding/json does not leave as it is for the sake
// of HTML and JavaScript. None of it stands elsewhere than in strings.
func (e *encoder) escape(start int) {
	const digits = "0123456789abcdef"
	room := 0
	written := e.buf[start:]
	for i, c := range written {
		switch {
		case !suspicious[c]:
		case c != 0xE2:
			room += len(`\u003c`) - 1
		case isSeparator(written[i:]):
			room += len(`\u2028`) - len("\u2028")
		}
	}
	if room == 0 {
		return
	}

	// From the end on, so that nothing is overwritten that is still to be read.
	read := len(e.buf)
	e.buf = slices.Grow(e.buf, room)[:len(e.buf)+room]
	for write := len(e.buf); write > read; {
		read--
		switch c := e.buf[read]; {
		case c == '<' || c == '>' || c == '&':
			write -= len(`\u003c`)
			copy(e.buf[write:], `\u00`)
			e.buf[write+4], e.buf[write+5] = digits[c>>4], digits[c&0xF]
		case (c == 0xA8 || c == 0xA9) && read >= start+2 && isSeparator(e.buf[read-2:]):
			read -= 2
			write -= len(`\u2028`)
			copy(e.buf[write:], `\u202`)
			e.buf[write+5] = digits[c&0xF]
		default:
			write--
			e.buf[write] = c
		}
	}
}

// suspicious are the bytes at which there may be something to escape.
var suspicious = [256]bool{'<': true, '>': true, '&': true, 0xE2: true}

// isSeparator tells whether text begins with U+2028 or U+2029.
func isSeparator(text []byte) bool {
	return len(text) >= 3 && text[0] == 0xE2 && text[1] == 0x80 && text[2]&^1 == 0xA8
}

// open begins text that needs no escaping, and close ends it with what was written behind it:
//
//	e.close(value.AppendText(e.open()))
func (e *encoder) open() []byte { return append(e.buf, '"') }

func (e *encoder) close(written []byte, err error) {
	e.fail(err)
	e.buf = written
	e.raw(`"`)
}

// uuid writes an identifier as RFC 9562 has it.
func (e *encoder) uuid(id [16]byte) {
	const none = `"00000000-0000-0000-0000-000000000000"`
	e.raw(none)
	written := e.buf[len(e.buf)-len(none):]
	hex.Encode(written[1:], id[:4])
	hex.Encode(written[10:], id[4:6])
	hex.Encode(written[15:], id[6:8])
	hex.Encode(written[20:], id[8:10])
	hex.Encode(written[25:], id[10:])
}

// json writes JSON as it is, without the space between its tokens.
func (e *encoder) json(value json.RawMessage) {
	if value == nil {
		e.null()

		return
	}

	start := len(e.buf)
	e.scratch.Reset()
	e.fail(json.Compact(&e.scratch, value))
	e.buf = append(e.buf, e.scratch.Bytes()...)
	e.escape(start)
}

// any writes what the contract says nothing of. It is nearly always JSON that was stored.
func (e *encoder) any(value any) {
	switch value := value.(type) {
	case nil:
		e.null()
	case json.RawMessage:
		e.json(value)
	case string:
		e.string(value)
	default:
		written, err := json.Marshal(value)
		e.fail(err)
		e.buf = append(e.buf, written...)
	}
}

func (e *encoder) fail(err error) {
	if e.err == nil && err != nil {
		e.err = fmt.Errorf("encoding an answer: %w", err)
	}
}

// given is where the value of a field is, nil where it is to be null. A field that is not there although
// the contract requires it has the zero value.
func given[T any](value *T, isNull bool) *T {
	if value == nil && !isNull {
		return new(T)
	}

	return value
}

// sortedKeys are the names of the members of an object in order, in room where there is enough of it.
func sortedKeys[K ~string, V any](members map[K]V, room []K) []K {
	for key := range members {
		room = append(room, key)
	}
	slices.Sort(room)

	return room
}
