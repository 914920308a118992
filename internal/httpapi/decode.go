package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// maxDepth is how deep a body may be nested. Nothing in the contract comes
// near it; what does is meant to exhaust whoever parses it.
const maxDepth = 32

const (
	// maxWidth is how many elements an array has and maxMembers how many
	// members an object; the contract's largest have 500 and a few dozen.
	maxWidth, maxMembers = 1000, 200
	// maxTokens is of the whole body, and more than a full batch comes to.
	// Every value costs the validator far more than the few bytes it is sent
	// in, above all one that is wrong.
	maxTokens = 200_000
)

// decodeJSON reads a body as the validator takes it, and refuses whatever is not
// exactly one well-formed JSON value. The standard decoder lets most of this
// through: duplicate names, a second value, invalid UTF-8, endless nesting; and
// PostgreSQL cannot store a NUL.
func decodeJSON(body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, apperr.New(apperr.MalformedRequest, "The body is empty; send a JSON object.")
	}
	r := jsonReaders.Get().(*jsonReader)
	defer jsonReaders.Put(r)
	r.read(body)
	// It is kept without the body.
	defer r.read(nil)
	token, err := r.next()
	if err != nil {
		return nil, err
	}
	value, err := r.value(token)
	if err != nil {
		return nil, err
	}
	return value, checkEnd(&r.decoder)
}

// jsonReader reads one body after another. What the decoder keeps of one to
// tell the names of its objects apart is used for the next; it drops what has
// grown large.
type jsonReader struct {
	content bytes.Buffer
	decoder jsontext.Decoder
	tokens  int
	hasNUL  bool
}

var jsonReaders = sync.Pool{New: func() any { return new(jsonReader) }}

func (r *jsonReader) read(body []byte) {
	r.content = *bytes.NewBuffer(body)
	r.decoder.Reset(&r.content)
	r.tokens = 0
	// Nothing else stands for that character: unescaped it is no JSON.
	r.hasNUL = bytes.Contains(body, []byte(`\u0000`))
}

// next reads a token of a value, and refuses it where there have been too many.
func (r *jsonReader) next() (jsontext.Token, error) {
	decoder := &r.decoder
	token, err := decoder.ReadToken()
	if err != nil {
		return token, malformed(decoder, err)
	}
	depth := decoder.StackDepth()
	if kind, length := decoder.StackIndex(depth); kind == '[' && length > maxWidth || kind == '{' && length > 2*maxMembers {
		return token, malformedAt(decoder, "too_wide", "An array has at most 1,000 elements here, and an object 200 members.")
	}
	if r.tokens++; r.tokens > maxTokens {
		return token, malformedAt(decoder, "too_many_values", "The body has more values than any operation takes.")
	}
	if depth > maxDepth {
		return token, malformedAt(decoder, "too_deep", "The body is nested more than 32 levels deep.")
	}
	if r.hasNUL && token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
		return token, malformedAt(decoder, "nul_character", "Text must not contain the character U+0000.")
	}
	return token, nil
}

// value reads the value that begins with the token. How deep it goes, next bounds.
func (r *jsonReader) value(token jsontext.Token) (any, error) {
	switch token.Kind() {
	case '{':
		object := map[string]any{}
		for {
			token, err := r.next()
			if err != nil || token.Kind() == '}' {
				return object, err
			}
			name := token.String()
			if token, err = r.next(); err != nil {
				return nil, err
			}
			if object[name], err = r.value(token); err != nil {
				return nil, err
			}
		}
	case '[':
		array := []any{}
		for {
			token, err := r.next()
			if err != nil || token.Kind() == ']' {
				return array, err
			}
			element, err := r.value(token)
			if err != nil {
				return nil, err
			}
			array = append(array, element)
		}
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

// checkEnd refuses anything but white space after the value.
func checkEnd(decoder *jsontext.Decoder) error {
	_, err := decoder.ReadToken()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return malformedAt(decoder, "trailing_data", "Something follows the JSON value; send exactly one.")
}

func malformed(decoder *jsontext.Decoder, err error) error {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return malformedAt(decoder, "duplicate_name", "This name occurs twice in its object.")
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		e := apperr.New(apperr.MalformedRequest, "The body is no valid JSON: %v at byte %d.", syntactic.Err, syntactic.ByteOffset)
		e.Fields = []apperr.Field{{Pointer: string(syntactic.JSONPointer), Code: "syntax", Detail: e.Detail}}
		return e
	}
	return apperr.New(apperr.MalformedRequest, "The body is no valid JSON: it ends too early.")
}

func malformedAt(decoder *jsontext.Decoder, code, detail string) error {
	e := apperr.New(apperr.MalformedRequest, "%s", detail)
	e.Fields = []apperr.Field{{Pointer: string(decoder.StackPointer()), Code: code, Detail: detail}}
	return e
}

// fromMemory binds bodies that are in memory without reading them once more: from
// the value that the validator had, where everything in it is of a usual kind.
type fromMemory struct{ echo.DefaultJSONSerializer }

// Deserialize implements [echo.JSONSerializer].
func (f fromMemory) Deserialize(c echo.Context, into any) error {
	body, ok := c.Request().Body.(*memoryBody)
	if !ok {
		return f.DefaultJSONSerializer.Deserialize(c, into)
	}
	if body.isRead && server.DecodeBody(body.value, into) {
		return nil
	}
	return json.Unmarshal(body.content, into)
}
