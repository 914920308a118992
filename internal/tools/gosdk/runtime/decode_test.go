package client

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
)

// get asks for a value.
func get[T any](t *testing.T, sender *transport) (*T, error) {
	t.Helper()
	return decode[T](sender.send(t.Context(), call{operation: "getThing", method: http.MethodGet, path: "/api/v1/things/7"}, nil))
}

func TestAnAnswerWithoutTheValueIsAnError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ answer answer }{
		"Empty":     {says(200, "", "Content-Length", "0")},
		"NoContent": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
		"Null":      {says(200, "null\n")},
		"AnotherOn": {says(200, `{"id": 7}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, test.answer)
			sender, _ := connect(t, s.URL)
			value, err := get[api.Task](t, sender)
			if value != nil || err == nil || !strings.Contains(err.Error(), "GET /api/v1/things/7") {
				t.Errorf("got %v, %v", value, err)
			}
		})
	}
}

func TestAValueThatMayBeLeftOutIsNil(t *testing.T) {
	t.Parallel()
	s := newScript(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, says(200, `{"code":"x"}`))
	sender, _ := connect(t, s.URL)
	for _, want := range []bool{false, true} {
		value, err := decodeIfAny[api.Problem](sender.send(t.Context(), call{operation: "x", method: http.MethodPost, path: "/x"}, nil))
		if err != nil || (value != nil) != want {
			t.Errorf("got %v (%v), want one: %v", value, err, want)
		}
	}
}

func TestWhatIsNewInAnAnswerIsNoError(t *testing.T) {
	t.Parallel()
	s := newScript(t, says(200, `{"type":"/errors/x","code":"a_new_one","of_tomorrow":{"a":[1]},"status":409}`))
	sender, _ := connect(t, s.URL)
	if value, err := get[api.Problem](t, sender); err != nil || value.Code != "a_new_one" {
		t.Errorf("got %+v (%v)", value, err)
	}
}

// closes tells whether a body was closed, and whether its request has ended.
type closes struct {
	io.Reader

	isClosed bool
}

func (c *closes) Close() error {
	c.isClosed = true
	return nil
}

// roundTrip answers in place of a server.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatIsNotHandedOnIsClosed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		kind   callKind
	}{"AValue": {200, valueCall}, "ARefusal": {404, fileCall}, "NothingNew": {304, fileCall}, "NothingNewOfAValue": {304, valueCall}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := &closes{Reader: strings.NewReader("{}")}
			var sent *http.Request
			sender, _ := connect(t, "http://127.0.0.1", WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = r
				return &http.Response{StatusCode: test.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
			})}))
			response, err := sender.send(t.Context(), call{operation: "x", method: http.MethodGet, path: "/x", kind: test.kind}, nil)
			if test.status == 304 && !errors.Is(err, ErrNotModified) {
				t.Errorf("got %v (%v)", response, err)
			}
			if !body.isClosed || sent.Context().Err() == nil {
				t.Errorf("the body is closed: %v; the request is over: %v", body.isClosed, sent.Context().Err())
			}
		})
	}
}
