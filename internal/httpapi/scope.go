package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/obs"
)

// scope is one request as the middleware knows it: its context, made once and
// filled in by one after the other. A context of its own for each thing that is
// known would cost a copy of the request each.
//
// It is not used again for another request, since whoever works on behind an
// answer still asks for the request's id.
type scope struct {
	// Context is the request's, with the limits and the span that it has got by then.
	context.Context //nolint:containedctx // It is one.
	// caller ends when the caller leaves, and not for taking too long; nil where
	// requests have no limit.
	caller context.Context //nolint:containedctx // It is what the request's was made of.
	// request is the request as it came.
	request *http.Request
	// query is the request's, nil where it has none or nobody has read it yet.
	query url.Values
	// operation is nil for what is none of the contract.
	operation *operation
	requestID string
	// address is where the caller comes from.
	address string
	actor   access.Actor
	// principal is where requests of the actor are counted; "" before they are.
	principal string

	limit  limit
	body   memoryBody
	writer drainingWriter
	told   headerValues
}

type scopeKey struct{}

// Value implements [context.Context].
func (s *scope) Value(key any) any {
	switch key.(type) {
	case scopeKey:
		return s
	case obs.RequestIDKey:
		return &s.requestID
	case access.ActorKey:
		return &s.actor
	}
	return s.Context.Value(key)
}

// begin makes the scope of a request, with its id and its caller's address.
func begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		request := c.Request()
		s := &scope{Context: request.Context(), request: request, address: c.RealIP()}
		s.requestID = requestID(request.Header.Get(echo.HeaderXRequestID))
		s.told.set(c.Response().Header(), headerRequestID, s.requestID)
		c.SetRequest(request.WithContext(s))
		return next(c)
	}
}

// scopeOf returns the scope of the request that the context belongs to, nil outside one.
func scopeOf(ctx context.Context) *scope {
	if s, ok := ctx.(*scope); ok {
		return s
	}
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

func operationOf(c echo.Context) *operation { return scopeOf(c.Request().Context()).operation }

// actorOf returns who the request acts for.
func actorOf(ctx context.Context) access.Actor { return access.FromContext(ctx) }

// callerOf returns the context that ends when the caller leaves, and not for
// taking too long; nothing where requests have no limit.
func callerOf(ctx context.Context) (context.Context, bool) {
	s := scopeOf(ctx)
	if s == nil || s.caller == nil {
		return nil, false
	}
	return s.caller, true
}

// headerValues has room for the fields that the middleware adds to an answer,
// each of one value of its own.
type headerValues struct {
	values [6]string
	used   int
}

// set is [http.Header.Set] for a name in its canonical form.
func (h *headerValues) set(header http.Header, name, value string) {
	if h.used == len(h.values) {
		header[name] = []string{value}
		return
	}
	i := h.used
	h.values[i] = value
	header[name] = h.values[i : i+1 : i+1]
	h.used++
}

// together makes one middleware of several. Echo would put them together anew
// for each request, though what they are put around is always the same.
func together(all ...echo.MiddlewareFunc) echo.MiddlewareFunc {
	var once sync.Once
	var whole echo.HandlerFunc
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		once.Do(func() {
			whole = next
			for _, one := range slices.Backward(all) {
				whole = one(whole)
			}
		})
		return whole
	}
}

// routed calls what the path and the method of the request have led to.
func routed(c echo.Context) error { return c.Handler()(c) }
