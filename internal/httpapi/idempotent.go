package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/idempotency"
)

const (
	headerIdempotencyKey      = "Idempotency-Key"
	headerIdempotencyReplayed = "Idempotency-Replayed"
)

// idempotent answers a POST with an Idempotency-Key as it was answered before,
// or keeps what it is answered. It comes after everything that refuses a request
// without looking at what there is, so that none of that is kept.
func idempotent(service *idempotency.Service) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			o, request := operationOf(c), c.Request()
			keys := request.Header.Values(headerIdempotencyKey)
			if len(keys) == 0 || o.route.Method != http.MethodPost || service == nil {
				return next(c)
			}
			if len(keys) > 1 {
				return apperr.InvalidField("header:"+headerIdempotencyKey, "repeated", "Send one Idempotency-Key.")
			}
			body, err := keepBody(o, request)
			if err != nil {
				return err
			}
			defer body.Close()
			original := c.Response()
			defer func() {
				c.SetResponse(original)
				c.SetRequest(request)
			}()
			answer, replayed, err := service.Do(request.Context(), idempotency.Request{
				ViewerID: actorOf(request.Context()).ViewerID(), Operation: o.id, Key: keys[0],
				Content: [][]byte{
					[]byte(request.Method), []byte(request.URL.EscapedPath()), []byte(request.URL.RawQuery),
					[]byte(request.Header.Get(echo.HeaderContentType)), body.sum,
				},
			}, func(ctx context.Context) (idempotency.Answer, idempotency.Fate, error) {
				again := request.WithContext(ctx)
				if again.Body, err = body.open(); err != nil {
					return idempotency.Answer{}, idempotency.Undo, err
				}
				c.SetRequest(again)
				return record(c, next)
			})
			c.SetResponse(original)
			if err != nil {
				return err
			}
			if replayed {
				original.Header().Set(headerIdempotencyReplayed, "true")
			}
			return scopeOf(request.Context()).send(original, answer.Status, answer.Header, answer.Body)
		}
	}
}

// passing are the refusals that are not kept: they are about the caller, who may
// come back with another credential, later, or when it may do what it may not now.
var passing = map[int]bool{
	http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusLocked: true, http.StatusTooManyRequests: true,
}

// record runs the handler and returns its answer, with what becomes of it. A
// refusal that is kept is an answer like any other.
func record(c echo.Context, next echo.HandlerFunc) (idempotency.Answer, idempotency.Fate, error) {
	recorded := newRecording()
	c.SetResponse(echo.NewResponse(recorded, c.Echo()))
	err := next(c)
	if err != nil {
		status := http.StatusInternalServerError
		if kind, ok := problems[asRefusal(err).Code]; ok {
			status = kind.status
		}
		switch {
		case status >= http.StatusInternalServerError:
			return idempotency.Answer{}, idempotency.Undo, err
		case passing[status]:
			// As without a key: what the refusal has written is there.
			return idempotency.Answer{}, idempotency.Commit, err
		}
		if c.Response().Committed {
			return idempotency.Answer{}, idempotency.Undo, fmt.Errorf("answering: %w", err)
		}
		c.Echo().HTTPErrorHandler(err, c)
	}
	if recorded.status == 0 {
		return idempotency.Answer{}, idempotency.Undo, errors.New("the handler has not answered")
	}
	return idempotency.Answer{Status: recorded.status, Header: recorded.header, Body: recorded.body.Bytes()}, idempotency.Keep, nil
}

// send answers with what was recorded. Its length is known, and told.
func (s *scope) send(response *echo.Response, status int, header http.Header, body []byte) error {
	maps.Copy(response.Header(), header)
	// The encoder of a document has told it already.
	if len(body) > 0 && header[echo.HeaderContentLength] == nil {
		s.told.set(response.Header(), echo.HeaderContentLength, strconv.Itoa(len(body)))
	}
	response.WriteHeader(status)
	if len(body) == 0 {
		return nil
	}
	_, err := response.Write(body)
	return err
}

// keptBody is a body that can be read several times.
type keptBody struct {
	// sum stands for the content.
	sum  []byte
	open func() (io.ReadCloser, error)
	// Close removes it.
	Close func()
}

// keepBody reads the body to its end. A document has been read before and is in
// memory; a file, of which many may be under way, waits on the disk.
func keepBody(o *operation, request *http.Request) (keptBody, error) {
	if o.takesFile {
		return spool(request.Body)
	}
	if o.body == nil {
		// Whatever was sent along, nobody reads it.
		return keptBody{open: func() (io.ReadCloser, error) { return http.NoBody, nil }, Close: func() {}}, nil
	}
	content, err := io.ReadAll(request.Body)
	if err != nil {
		return keptBody{}, fmt.Errorf("reading the body: %w", err)
	}
	return keptBody{
		sum: content,
		open: func() (io.ReadCloser, error) {
			body := &memoryBody{}
			body.hold(content)
			return body, nil
		},
		Close: func() {},
	}, nil
}
