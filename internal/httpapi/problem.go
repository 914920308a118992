package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/obs"
)

// retryUnavailable is when a caller should come back to a service that could
// not answer and does not know better.
const retryUnavailable = 2 * time.Second

// retryAfter is how many seconds the caller should wait, rounded up; 0 says nothing of it.
func retryAfter(refusal *apperr.Error, status int) int64 {
	wait := refusal.RetryAfter
	if wait <= 0 && status == http.StatusServiceUnavailable {
		wait = retryUnavailable
	}
	return int64((wait + time.Second - 1) / time.Second)
}

// errorHandler returns Echo's error handler: the one place where an error
// becomes a response.
func errorHandler(logger *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		ctx := c.Request().Context()
		refusal := asRefusal(err)
		kind, ok := problems[refusal.Code]
		if !ok {
			kind = problems[apperr.Internal]
		}
		if kind.status >= http.StatusInternalServerError {
			switch {
			case turnedAway(err):
				logger.InfoContext(ctx, "request refused", "error", err)
			case errors.Is(err, context.Canceled):
				// The caller has left; nothing of ours failed.
				logger.InfoContext(ctx, "request failed", "error", err)
			default:
				logger.ErrorContext(ctx, "request failed", "error", err)
			}
		}
		header := c.Response().Header()
		if kind.status == http.StatusUnauthorized {
			header.Set(echo.HeaderWWWAuthenticate, `Bearer realm="coordinator"`)
		}
		if wait := retryAfter(refusal, kind.status); wait > 0 {
			header.Set(echo.HeaderRetryAfter, strconv.FormatInt(wait, 10))
		}
		header.Set(echo.HeaderContentType, "application/problem+json")
		c.Response().WriteHeader(kind.status)
		if c.Request().Method == http.MethodHead {
			return
		}
		body := toProblem(refusal, kind, c.Request().URL.Path, obs.RequestID(ctx))
		if err := json.NewEncoder(c.Response()).Encode(body); err != nil {
			logger.DebugContext(ctx, "the caller left before the problem was written", "error", err)
		}
	}
}

// turnedAway tells that a caller was told to come back without anything having
// failed: a limit does what it is for, or the service stops. Under load that is
// said often, and is nothing to be woken for each time.
func turnedAway(err error) bool {
	refusal, ok := errors.AsType[*apperr.Error](err)
	return ok && refusal.Code == apperr.Unavailable && refusal.Cause == nil
}

// asRefusal finds what an error means to the caller.
func asRefusal(err error) *apperr.Error {
	if refusal, ok := errors.AsType[*apperr.Error](err); ok {
		return refusal
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return apperr.New(apperr.Unavailable, "The request was not finished in time. Nothing was changed; try again.")
	}
	if httpErr, ok := errors.AsType[*echo.HTTPError](err); ok {
		switch httpErr.Code {
		case http.StatusNotFound:
			return apperr.New(apperr.NotFound, "There is nothing at this path. The contract is at /openapi.json, its explorer at /docs.")
		case http.StatusMethodNotAllowed:
			return apperr.New(apperr.MethodNotAllowed, "This path does not take this method; see the Allow header.")
		case http.StatusBadRequest:
			return apperr.New(apperr.MalformedRequest, "The request cannot be read.")
		}
	}
	return apperr.New(apperr.Internal, "The mistake is ours. Report the request_id, please.")
}

func toProblem(refusal *apperr.Error, kind problemKind, path, requestID string) api.Problem {
	problem := api.Problem{
		Type:      "/errors/" + string(refusal.Code),
		Title:     kind.title,
		Status:    kind.status,
		Detail:    refusal.Detail,
		Instance:  instance(path),
		Code:      api.ProblemCode(refusal.Code),
		RequestID: requestID,
	}
	if len(refusal.Fields) > 0 {
		fields := make([]api.ProblemField, len(refusal.Fields))
		for i, field := range refusal.Fields {
			fields[i] = api.ProblemField{Pointer: field.Pointer, Code: field.Code, Detail: field.Detail}
		}
		problem.Errors = fields
	}
	problem.Allowed = refusal.Allowed
	problem.Cycle = refusal.Cycle
	problem.BlockingIds = refusal.BlockingIDs
	return problem
}

// longestInstance is how many characters of a path are repeated.
const longestInstance = 2000

// instance is the path of the request as it may be shown.
func instance(path string) string {
	shown := []rune(strings.ToValidUTF8(obs.MaskPath(path), "\uFFFD"))
	return string(shown[:min(len(shown), longestInstance)])
}
