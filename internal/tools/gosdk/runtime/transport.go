package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/aicoordination/coordinator/gen/api"
)

// call is what a generated method asks the transport to send.
type call struct {
	operation string // the operationId, for hooks and errors
	method    string
	path      string // with its values filled in, escaped
	query     url.Values
	body      any     // to be sent as JSON; nil for none
	upload    *Upload // to be sent as it is, in place of body
	kind      callKind
	anonymous bool // no credentials are sent
}

// callKind tells what becomes of the answer.
type callKind int

const (
	valueCall  callKind = iota // read whole before the call is over, so that a truncated answer is tried again
	fileCall                   // handed on as it arrives
	streamCall                 // as a file, and without an end
)

// transport sends calls.
type transport struct {
	baseURL string
	http    *http.Client
	apiKey  string
}

// Option is a setting of a client.
type Option func(*transport) error

// WithAPIKey has every call carry an API key.
func WithAPIKey(key string) Option {
	return func(t *transport) error {
		t.apiKey = key

		return nil
	}
}

// CallOption is a setting of one call.
type CallOption func(*http.Request)

// IfMatch has the call apply to this version of the record and no other.
func IfMatch[Version ~int | ~int32 | ~int64](version Version) CallOption {
	return func(request *http.Request) { request.Header.Set("If-Match", fmt.Sprintf(`"%d"`, version)) }
}

// Header has the call carry a header.
func Header(name, value string) CallOption {
	return func(request *http.Request) { request.Header.Set(name, value) }
}

// Error is a problem that the service has answered with.
type Error struct {
	api.Problem
	Header http.Header
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%d): %s", e.Code, e.Status, e.Detail) }

func newTransport(baseURL string, options ...Option) (*transport, error) {
	parsed, err := url.Parse(baseURL)
	if err != nil || parsed.Host == "" {
		return nil, fmt.Errorf("%q is no address of a service; it should look like http://127.0.0.1:8080", baseURL)
	}

	t := &transport{baseURL: strings.TrimRight(baseURL, "/"), http: http.DefaultClient}
	for _, option := range options {
		if err := option(t); err != nil {
			return nil, err
		}
	}

	return t, nil
}

// send sends a call and returns an answer of the 200s, or an error that is an *Error if the service has
// said what is wrong.
func (t *transport) send(ctx context.Context, c call, options []CallOption) (*http.Response, error) {
	var content io.Reader
	contentType := "application/json"
	switch {
	case c.upload != nil:
		content, contentType = c.upload.Body, c.upload.ContentType
	case c.body != nil:
		encoded, err := json.Marshal(c.body)
		if err != nil {
			return nil, fmt.Errorf("encoding the body of %s: %w", c.operation, err)
		}
		content = bytes.NewReader(encoded)
	}

	address := t.baseURL + c.path
	if len(c.query) > 0 {
		address += "?" + c.query.Encode()
	}

	request, err := http.NewRequestWithContext(ctx, c.method, address, content)
	if err != nil {
		return nil, err
	}
	if content != nil {
		request.Header.Set("Content-Type", contentType)
	}
	if t.apiKey != "" && !c.anonymous {
		request.Header.Set("Authorization", "Bearer "+t.apiKey)
	}
	for _, option := range options {
		option(request)
	}

	response, err := t.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 == 2 {
		return response, nil
	}
	defer response.Body.Close()

	problem := &Error{Header: response.Header}
	if err := json.NewDecoder(response.Body).Decode(&problem.Problem); err != nil {
		problem.Status = response.StatusCode
	}

	return nil, problem
}

// decode reads the value of an answer. It is nil if the answer has none.
func decode[T any](response *http.Response, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()

	value := new(T)
	if err := json.NewDecoder(response.Body).Decode(value); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}

	return value, nil
}

// done ends a call whose answer has no value.
func done(response *http.Response, err error) error {
	if err != nil {
		return err
	}

	return response.Body.Close()
}

// follow reads a stream of server-sent events.
func follow[T any](ctx context.Context, t *transport, c call, options []CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		_, err := t.send(ctx, c, options)

		var none T
		yield(none, err)
	}
}
