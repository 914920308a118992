package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// readBody reads the body of an operation that takes one, within its limit,
// which is another for one that changes many records at once.
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
			value, err := decodeJSON(body)
			if err != nil {
				return err
			}
			held := &scopeOf(request.Context()).body
			held.hold(body)
			held.value, held.isRead = value, true
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
	// value is the content as the validator takes it, where isRead.
	value  any
	isRead bool
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
