package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/ratelimit"
)

// longestUserAgent is how much of what a caller says of itself is logged.
const longestUserAgent = 256

// traced makes a span of each request, in the trace of the caller. It is named
// by its route, for the path holds ids and what was mistyped.
func traced(tracing *obs.Tracing) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if !tracing.On() {
			return next
		}
		return func(c echo.Context) error {
			s := scopeOf(c.Request().Context())
			ctx, span := tracing.Server(s.Context, c.Request(), c.Request().Method)
			s.Context = ctx
			// accessLog breaks a response off by a panic.
			defer func() {
				route, o := routeOf(c)
				request := c.Request()
				span.Name(strings.TrimSpace(request.Method + " " + route))
				span.Set("http.route", route, "coordinator.request_id", s.requestID)
				if o != nil {
					span.Set("coordinator.operation", o.id)
				}
				if actor := actorOf(request.Context()); actor.ID != uuid.Nil {
					span.Set("enduser.id", actor.ID.String())
				}
				span.SetStatus(c.Response().Status)
				span.End(nil)
			}()
			return next(c)
		}
	}
}

// routeOf returns the pattern that the path matched, as the contract writes it,
// and the operation; both empty for what is nowhere.
func routeOf(c echo.Context) (string, *operation) {
	if o := operationOf(c); o != nil {
		return o.route.Path, o
	}
	return c.Path(), nil
}

// accessLog writes one line a request, and measures it. It answers errors
// itself, so that the line has the status that was sent.
func accessLog(d Dependencies) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			started := time.Now()
			d.Metrics.RequestBegan()
			err := next(c)
			isCut := err != nil && c.Response().Committed
			if err != nil {
				c.Error(err)
			}
			took := time.Since(started)
			measure(d.Metrics, c, err, took)
			d.logAccess(c, err, isCut, took)
			if isCut {
				// The response has begun and cannot be finished: the connection is
				// broken off, so that the caller does not take it for complete.
				panic(http.ErrAbortHandler)
			}
			return nil
		}
	}
}

// mostAccessAttrs are as many as a line of the access log has, with the ids of
// the request and of its trace.
const mostAccessAttrs = 18

func (d Dependencies) logAccess(c echo.Context, err error, isCut bool, took time.Duration) {
	var room [mostAccessAttrs]slog.Attr
	attrs := accessAttrs(room[:0], c, took)
	if isCut {
		attrs = append(attrs, slog.String("cut", obs.Mask(err.Error())))
	}
	level := slog.LevelInfo
	if d.SlowRequest > 0 && took >= d.SlowRequest && !mayBeSlow(c, operationOf(c)) {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Bool("slow", true))
	}
	obs.LogMasked(c.Request().Context(), d.Logger, level, "request", attrs)
}

// accessAttrs appends what is told of every request. What its sender wrote is
// masked: the rest is ours, and ids and numbers.
func accessAttrs(attrs []slog.Attr, c echo.Context, took time.Duration) []slog.Attr {
	request, s := c.Request(), scopeOf(c.Request().Context())
	route, o := routeOf(c)
	attrs = append(attrs,
		slog.String("method", obs.Mask(request.Method)),
		slog.String("path", obs.MaskPath(request.URL.Path)),
		slog.Int("status", c.Response().Status),
		slog.Int64("bytes", c.Response().Size),
		slog.Duration("duration", took),
		slog.String("ip", obs.Mask(s.address)),
	)
	if route != "" {
		attrs = append(attrs, slog.String("route", route))
	}
	if o != nil {
		attrs = append(attrs, slog.String("operation", o.id))
	}
	if agent := request.UserAgent(); agent != "" {
		agent = strings.ToValidUTF8(agent[:min(len(agent), longestUserAgent)], "\uFFFD")
		attrs = append(attrs, slog.String("user_agent", obs.Mask(agent)))
	}
	if s.actor.ID != uuid.Nil {
		attrs = append(attrs, slog.String("actor_id", actorID(s)))
		if s.actor.APIKeyID != uuid.Nil {
			attrs = append(attrs, slog.String("api_key_id", s.actor.APIKeyID.String()))
		}
	}
	return attrs
}

// actorID is the id of the actor as a text, which it is counted by as well.
func actorID(s *scope) string {
	if s.principal != "" {
		return ratelimit.PrincipalOf(s.principal)
	}
	return s.actor.ID.String()
}

// mayBeSlow tells a request that takes as long as its caller reads or writes: a
// file, or a stream.
func mayBeSlow(c echo.Context, o *operation) bool {
	return o != nil && o.movesFile || strings.HasPrefix(c.Response().Header().Get(echo.HeaderContentType), "text/event-stream")
}

func measure(metrics *obs.Metrics, c echo.Context, err error, took time.Duration) {
	if metrics == nil {
		return
	}
	route, o := routeOf(c)
	request := obs.Request{
		Route: route, Method: c.Request().Method,
		Status: c.Response().Status, Bytes: c.Response().Size, Duration: took,
	}
	if o != nil {
		request.Operation = o.id
	}
	metrics.RequestEnded(request)
	if reason := authFailure(c, o, err); reason != "" {
		metrics.AuthFailure(reason)
	}
}

// authFailure says why a request was refused for who sent it; empty for all others.
func authFailure(c echo.Context, o *operation, err error) string {
	refusal, ok := errors.AsType[*apperr.Error](err)
	if !ok || o == nil {
		return ""
	}
	switch refusal.Code {
	case apperr.Unauthenticated:
		switch {
		case ignoresCredentials(o):
			return obs.SignInRefused
		case c.Request().Header.Get(echo.HeaderAuthorization) == "":
			return obs.CredentialMissing
		}
		return obs.CredentialRefused
	case apperr.SecondFactorRequired, apperr.SecondFactorSetup, apperr.AccountLocked, apperr.Forbidden:
		return string(refusal.Code)
	default:
		return ""
	}
}
