package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

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

// readBody reads the body of an operation that takes one, within its limit,
// which is another for one that changes many records at once, and refuses whatever is not exactly one well-formed JSON value. The standard
// decoder lets most of this through: duplicate names, a second value,
// invalid UTF-8, endless nesting; and PostgreSQL cannot store a NUL.
func readBody(single, bulk int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			o := operationOf(c)
			if o.body == nil {
				return next(c)
			}
			if o.takesFile {
				return readFileBody(c, next)
			}
			limit := single
			if strings.HasPrefix(o.id, "bulk") {
				limit = bulk
			}
			request := c.Request()
			if request.ContentLength > limit {
				return tooLarge(limit)
			}
			body, err := readUpTo(c.Response(), request, limit)
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				return tooLarge(limit)
			}
			if err != nil {
				return apperr.New(apperr.MalformedRequest, "The body ended before it was complete.")
			}
			if len(body) == 0 && !o.body.Required {
				request.Body, request.ContentLength = http.NoBody, 0
				return next(c)
			}
			if err := checkMediaType(o, request.Header.Get(echo.HeaderContentType)); err != nil {
				return err
			}
			if err := checkJSON(body); err != nil {
				return err
			}
			held := &scopeOf(request.Context()).body
			held.hold(body)
			request.Body, request.ContentLength = held, int64(len(body))
			isJSON.in(request.Header)
			return next(c)
		}
	}
}

var isJSON = fixed(echo.HeaderContentType, echo.MIMEApplicationJSON)

// readUpTo reads a body of which at most so many bytes are taken. One that says
// how long it is, and is not long, is read into as much as it takes.
func readUpTo(w http.ResponseWriter, request *http.Request, limit int64) ([]byte, error) {
	const atOnce = 64 << 10
	if request.ContentLength < 0 || request.ContentLength > min(limit, atOnce) {
		return io.ReadAll(http.MaxBytesReader(w, request.Body, limit))
	}
	body := make([]byte, request.ContentLength)
	_, err := io.ReadFull(request.Body, body)
	return body, err
}

// memoryBody is a body that has been read, and can be read again.
type memoryBody struct {
	bytes.Reader
	content []byte
}

func (b *memoryBody) hold(content []byte) {
	b.content = content
	b.Reset(content)
}

// Close implements [io.Closer].
func (*memoryBody) Close() error { return nil }

func tooLarge(limit int64) error {
	return apperr.New(apperr.PayloadTooLarge, "The body is larger than the %d bytes that are taken.", limit)
}

func checkMediaType(o *operation, header string) error {
	if header == echo.MIMEApplicationJSON && o.body.Content[header] != nil {
		return nil
	}
	mediaType, params, err := mime.ParseMediaType(header)
	charset, named := params["charset"]
	if err == nil && o.takes(mediaType) && (!named || strings.EqualFold(charset, "utf-8")) {
		return nil
	}
	return apperr.New(apperr.UnsupportedMediaType, "Send the body as UTF-8 JSON with Content-Type: application/json.")
}

func checkJSON(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return apperr.New(apperr.MalformedRequest, "The body is empty; send a JSON object.")
	}
	// Nothing else stands for that character: unescaped it is no JSON.
	hasNUL := bytes.Contains(body, []byte(`\u0000`))
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body))
	for tokens := 1; ; tokens++ {
		token, err := decoder.ReadToken()
		if err != nil {
			return malformed(decoder, err)
		}
		if kind, length := decoder.StackIndex(decoder.StackDepth()); kind == '[' && length > maxWidth || kind == '{' && length > 2*maxMembers {
			return malformedAt(decoder, "too_wide", "An array has at most 1,000 elements here, and an object 200 members.")
		}
		if tokens > maxTokens {
			return malformedAt(decoder, "too_many_values", "The body has more values than any operation takes.")
		}
		if decoder.StackDepth() > maxDepth {
			return malformedAt(decoder, "too_deep", "The body is nested more than 32 levels deep.")
		}
		if hasNUL && token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return malformedAt(decoder, "nul_character", "Text must not contain the character U+0000.")
		}
		if decoder.StackDepth() == 0 {
			return checkEnd(decoder)
		}
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
