package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

var (
	// ErrNotModified is returned when a call with [IfNoneMatch] is answered that
	// nothing has changed.
	ErrNotModified = errors.New("it is still as it was")

	// ErrSessionEnded is returned, with what the service said of it, once a session
	// cannot be refreshed any more: somebody has to sign in again.
	ErrSessionEnded = errors.New("the session has ended; sign in again")

	// errTimeout is the cause of what took longer than it may.
	errTimeout error = timeoutError{}
)

// timeoutError is a [net.Error].
type timeoutError struct{}

func (timeoutError) Error() string   { return "it took too long" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// Error is an answer that says that a call was not done. The service explains
// itself in a problem document (RFC 9457), from which Code, Detail, Fields and
// Problem are; something on the way to it, such as a proxy, does not, and Code is
// then empty.
//
//	if problem, ok := errors.AsType[*client.Error](err); ok && problem.Code == api.ProblemCodeVersionConflict {
//
// It also matches another Error by [errors.Is] whose Status and Code, as far as
// they are set, are its own. [HasCode] is shorter where the code is all that
// matters.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code says what went wrong, for programs. New ones may be added.
	Code api.ProblemCode
	// Detail says what went wrong and what to do about it, a sentence for people.
	Detail string
	// Fields is everything that is wrong with the request, field by field.
	Fields []api.ProblemField
	// RequestID names the request in the log of the service; name it when asking for help.
	RequestID string
	// RetryAfter is how long the service asks to be left alone; 0 if it does not.
	RetryAfter time.Duration
	// Uncertain tells that an earlier attempt of this call to PUT, PATCH or DELETE
	// got no answer, and so may have done what this answer refuses: a version
	// conflict is then perhaps the conflict with oneself. Read the record to know.
	// It never is with a POST, whose repeats get the answer of the first.
	Uncertain bool
	// Problem is the whole document, with what some codes add to it; nil without one.
	Problem *api.Problem
	// Header is that of the answer.
	Header http.Header

	// Operation is the operationId of what was called.
	Operation string
	// Attempts is how often the request was sent.
	Attempts int

	// cause is why the end of the answer is missing.
	cause error
}

// Error says what was called and what was answered.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d", e.Operation, e.Status)
	if e.Code != "" {
		fmt.Fprintf(&text, " %s", e.Code)
	}
	fmt.Fprintf(&text, ": %s", e.Detail)
	for _, field := range e.Fields {
		if field.Detail != e.Detail {
			fmt.Fprintf(&text, " %s: %s", field.Pointer, field.Detail)
		}
	}
	if e.Uncertain {
		text.WriteString(" (An earlier attempt got no answer, and may have done it.)")
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, " [%s]", e.RequestID)
	}
	return text.String()
}

// Is tells whether the target is an *Error whose Status and Code, as far as they
// are set, are those of e.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && (other.Status != 0 || other.Code != "") &&
		(other.Status == 0 || other.Status == e.Status) && (other.Code == "" || other.Code == e.Code)
}

// Unwrap returns why the end of the answer is missing; nil if it is not.
func (e *Error) Unwrap() error { return e.cause }

// HasCode tells whether an error is an [*Error] with one of the codes.
func HasCode(err error, codes ...api.ProblemCode) bool {
	for _, code := range codes {
		if code != "" && errors.Is(err, &Error{Code: code}) {
			return true
		}
	}
	return false
}

// ConnectionError is a call that got no answer, or only a part of one: what was
// asked for may have been done or not. A POST that is called again with the
// IdempotencyKey is not done twice. If the context of the call has ended, it
// wraps the context's error.
type ConnectionError struct {
	// Operation is the operationId of what was called.
	Operation string
	// Method and Path are those of the request; the query is left out.
	Method, Path string
	// RequestID names the request in the log of the service, if it came so far.
	RequestID string
	// IdempotencyKey was sent with a POST; it is empty with anything else.
	IdempotencyKey string
	// Attempts is how often the request was sent.
	Attempts int
	// Err is what went wrong with the last one.
	Err error

	// unsent tells that nothing of the request has left.
	unsent bool
}

// Error says what was called and what went wrong.
func (e *ConnectionError) Error() string {
	return fmt.Sprintf("%s (%s %s): no answer: %v", e.Operation, e.Method, e.Path, e.Err)
}

// Unwrap returns what went wrong.
func (e *ConnectionError) Unwrap() error { return e.Err }

// Timeout tells whether no answer came in time, as that of a [net.Error] does.
func (e *ConnectionError) Timeout() bool {
	late, ok := errors.AsType[net.Error](e.Err)
	return errors.Is(e.Err, context.DeadlineExceeded) || (ok && late.Timeout())
}

// maxProblem is the most that is read of an answer that is an error.
const maxProblem = 1 << 20

// refusal reads the error that an answer is.
func (r *request) refusal(response *http.Response) *Error {
	e := &Error{
		Status: response.StatusCode, Header: response.Header, RetryAfter: retryAfter(response.Header, time.Now()),
		RequestID: response.Header.Get(headerRequestID), Uncertain: r.uncertain, Operation: r.operation, Attempts: r.attempts,
	}
	defer func() { e.RequestID = cmp.Or(e.RequestID, r.header.Get(headerRequestID)) }()

	if isJSON(response.Header) {
		content, err := io.ReadAll(io.LimitReader(response.Body, maxProblem))
		var problem api.Problem
		switch {
		case err != nil:
			e.cause = err
		case json.Unmarshal(content, &problem) == nil && problem.Code != "":
			e.Problem, e.Code, e.Detail = &problem, problem.Code, problem.Detail
			e.RequestID = cmp.Or(e.RequestID, problem.RequestID)
			e.Fields = problem.Errors
			return e
		}
	}

	e.Detail = fmt.Sprintf("The answer was %d %s, without an explanation of the service.", e.Status, http.StatusText(e.Status))
	if location := response.Header.Get("Location"); e.Status < 400 && location != "" {
		e.Detail = fmt.Sprintf("The address leads on to %s, which is not followed. Give the address of the service itself.", location)
	}
	return e
}

// isJSON tells whether the content is a JSON document, problems included.
func isJSON(header http.Header) bool {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
