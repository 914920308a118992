package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Option is a setting of a client.
type Option func(*settings) error

// settings are what a client is made with.
type settings struct {
	baseURL   string
	http      *http.Client
	header    http.Header
	retries   int
	timeout   time.Duration // 0 where none was set
	hooks     []Hooks
	actAs     func(*transport) credentials // nil to act as nobody
	onSession func(*Session)
	login     login
}

// WithAPIKey has the client act by an API key.
func WithAPIKey(key string) Option {
	return func(s *settings) error {
		if key == "" {
			return errors.New("the API key is empty")
		}
		if err := checkToken(key); err != nil {
			return fmt.Errorf("the API key: %w", err)
		}
		return s.actBy(func(*transport) credentials { return apiKey(key) })
	}
}

// WithToken has the client ask for the access token or API key to send, each time
// that it sends a request. A token that the service has refused is asked for once
// more, and another one is sent in its place.
func WithToken(token func(ctx context.Context) (string, error)) Option {
	return func(s *settings) error {
		if token == nil {
			return errors.New("the function that gives tokens is nil")
		}
		return s.actBy(func(*transport) credentials { return tokenSource(token) })
	}
}

// WithSession has the client act in a session, which it keeps alive: it fetches a
// new access token before the old one ends, once for all calls that wait for it.
// onSession is as with [OnSession]; it may be nil.
func WithSession(session Session, onSession func(*Session)) Option {
	return func(s *settings) error {
		if session.RefreshToken == "" && session.AccessToken == "" {
			return errors.New("the session is empty: give one of NewSession, or one that was kept")
		}
		if err := checkToken(session.AccessToken); err != nil {
			return fmt.Errorf("the session: %w", err)
		}
		if onSession != nil {
			s.onSession = onSession
		}
		return s.actBy(func(t *transport) credentials { return newKeeper(t, session, s.onSession) })
	}
}

// OnSession has a function told of each new session of the client, to keep it,
// and of nil when the session is over and somebody has to sign in again. The
// calls that wait for a session also wait for the function to return, so that no
// refresh token is used up before its successor is kept.
func OnSession(onSession func(*Session)) Option {
	return func(s *settings) error {
		s.onSession = onSession
		return nil
	}
}

// actBy sets what the client acts by.
func (s *settings) actBy(credentials func(*transport) credentials) error {
	if s.actAs != nil {
		return errors.New("give one of WithAPIKey, WithToken and WithSession")
	}
	s.actAs = credentials
	return nil
}

// WithHTTPClient has requests sent through another client, for instance one with
// a proxy, certificates or tracing. Redirects are not followed unless it says how.
// A Timeout that it has bounds streams and downloads too.
func WithHTTPClient(client *http.Client) Option {
	return func(s *settings) error {
		if client == nil {
			return errors.New("the HTTP client is nil")
		}
		s.http = client
		return nil
	}
}

// WithRetries sets how often a request is sent again at most after 408, 429, 5xx,
// a lost connection or half an answer: 3 times where nothing is said, and 0 is
// never.
func WithRetries(most int) Option {
	return func(s *settings) error {
		if most < 0 {
			return fmt.Errorf("%d retries make no sense; 0 is none", most)
		}
		s.retries = most
		return nil
	}
}

// WithTimeout sets how long one attempt may take until it is answered: 30 seconds
// where nothing is said, and 5 minutes where a file is sent. To bound all attempts
// together, give the call a context with a deadline.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		if timeout <= 0 {
			return fmt.Errorf("a timeout of %v leaves no time for an answer", timeout)
		}
		s.timeout = timeout
		return nil
	}
}

// WithUserAgent sets what the client calls itself, such as "importer/1.4".
func WithUserAgent(name string) Option { return WithHeader("User-Agent", name) }

// WithHeader has every request carry a header.
func WithHeader(name, value string) Option {
	return func(s *settings) error { return setHeader(s.header, name, value) }
}

// WithHooks has functions told of what happens. It can be given several times.
func WithHooks(hooks Hooks) Option {
	return func(s *settings) error {
		s.hooks = append(s.hooks, hooks)
		return nil
	}
}

// WithLogger has what happens written to a log, without what is secret: attempts
// and their answers as debug, repeats as warnings, and calls that have failed as
// information, since it is their caller who knows what that means.
func WithLogger(logger *slog.Logger) Option {
	if logger == nil {
		return func(*settings) error { return errors.New("the logger is nil; slog.Default() is one") }
	}
	return WithHooks(logHooks(logger))
}

// CallOption is a setting of one call.
type CallOption func(*callSettings) error

// callSettings are what a call is made with.
type callSettings struct {
	header  http.Header
	retries int
	// limited tells that retries were set for this call.
	limited  bool
	timeout  time.Duration // 0 where none was set
	silence  time.Duration
	response *Response
	cursor   *string
}

// IfMatch has a call apply to this version of a record and to no other: to
// task.Version, or to what an ETag says. It then fails with
// [api.ProblemCodeVersionConflict] if somebody else was faster.
func IfMatch[V ~int | ~int32 | ~int64 | ~string](version V) CallOption {
	text := fmt.Sprint(version)
	if text == "" {
		return func(*callSettings) error {
			return errors.New("the version to match is empty; give that of the record as it was read")
		}
	}
	return Header("If-Match", quoted(text))
}

// IfNoneMatch has a call return [ErrNotModified] if what would be read still is
// what has this ETag, which [CaptureResponse] gets.
func IfNoneMatch(etag string) CallOption { return Header("If-None-Match", quoted(etag)) }

func quoted(tag string) string {
	if tag == "*" || strings.HasSuffix(tag, `"`) {
		return tag
	}
	return `"` + tag + `"`
}

// IdempotencyKey is what a POST is known by, so that sending it again does not do
// it twice. Each call has a key of its own that its repeats keep; give one that
// you keep yourself where a program that is started again should not repeat what
// it did before.
func IdempotencyKey(key string) CallOption {
	return func(s *callSettings) error {
		if err := checkKey(key); err != nil {
			return err
		}
		s.header.Set(headerIdempotencyKey, key)
		return nil
	}
}

// Header has a call carry a header.
func Header(name, value string) CallOption {
	return func(s *callSettings) error { return setHeader(s.header, name, value) }
}

// MaxRetries is [WithRetries] for one call.
func MaxRetries(most int) CallOption {
	return func(s *callSettings) error {
		if most < 0 {
			return fmt.Errorf("%d retries make no sense; 0 is none", most)
		}
		s.retries, s.limited = most, true
		return nil
	}
}

// RequestTimeout is [WithTimeout] for one call.
func RequestTimeout(timeout time.Duration) CallOption {
	return func(s *callSettings) error {
		if timeout <= 0 {
			return fmt.Errorf("a timeout of %v leaves no time for an answer", timeout)
		}
		s.timeout = timeout
		return nil
	}
}

// Silence is how long a stream or download may send nothing until its connection
// is taken for dead: 45 seconds where nothing is said, as the service says
// something on a stream every 15.
func Silence(most time.Duration) CallOption {
	return func(s *callSettings) error {
		if most <= 0 {
			return fmt.Errorf("a silence of %v is none", most)
		}
		s.silence = most
		return nil
	}
}

// CaptureResponse fills in what a call that succeeds was answered with, beside
// what it returns; an [*Error] has the same in it.
func CaptureResponse(response *Response) CallOption {
	return func(s *callSettings) error {
		s.response = response
		return nil
	}
}

// Cursor is set to what leads on behind everything that a stream has sent so far.
// Keep it with what the events have changed, and give it as After to go on there
// when the program is started again.
func Cursor(cursor *string) CallOption {
	return func(s *callSettings) error {
		s.cursor = cursor
		return nil
	}
}

// Response is what a call was answered with, beside what it returns.
type Response struct {
	// Status is the HTTP status.
	Status int
	// Header is that of the answer; it has the ETag, and the Location of what was created.
	Header http.Header
	// RequestID names the request in the log of the service.
	RequestID string
	// Attempts is how often the request was sent.
	Attempts int
}
