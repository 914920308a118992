package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
)

const (
	// answerTimeout is how long an attempt may take until it is answered, and
	// uploadTimeout how long one that sends a file, for which the service waits as
	// long as it moves.
	answerTimeout = 30 * time.Second
	uploadTimeout = 5 * time.Minute
	// defaultSilence is three of the intervals in which a stream says something.
	defaultSilence = 45 * time.Second

	headerRequestID = "X-Request-ID"
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
	settings

	credentials credentials
	// sleep waits between attempts; tests do not wait.
	sleep func(ctx context.Context, pause time.Duration) error
}

func newTransport(version, baseURL string, options []Option) (*transport, error) {
	s := settings{retries: defaultRetries, header: http.Header{"User-Agent": {"coordinator-go/" + version}}}
	for _, option := range options {
		if err := option(&s); err != nil {
			return nil, fmt.Errorf("making a client: %w", err)
		}
	}
	var err error
	if s.baseURL, err = checkBase(baseURL); err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	s.http = ownClient(s.http)
	t := &transport{settings: s, credentials: nobody{}, sleep: sleep}
	if s.actAs != nil {
		t.credentials = s.actAs(t)
	}
	return t, nil
}

// checkBase returns the address that the paths of the contract are put behind.
func checkBase(address string) (string, error) {
	shown := address[strings.LastIndex(address, "@")+1:] // A password may stand before.
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return "", fmt.Errorf("%q is no address of a service; it looks like http://127.0.0.1:8080", shown)
	}
	if strings.ContainsAny(address, "?#") || parsed.User != nil {
		return "", fmt.Errorf("%q has more than an address; leave out what is before @ and behind ? or #", shown)
	}
	trimmed := strings.TrimRight(parsed.String(), "/")
	if strings.HasSuffix(trimmed, "/api/v1") {
		return "", fmt.Errorf("%q has /api/v1 in it, which each call adds by itself; leave it out", shown)
	}
	return trimmed, nil
}

// ownClient is a copy of the caller's client that follows no redirect, or a new
// one with connections of its own.
func ownClient(given *http.Client) *http.Client {
	var own http.Client
	if given != nil {
		own = *given
	}
	if own.Transport == nil {
		if standard, ok := http.DefaultTransport.(*http.Transport); ok {
			pool := standard.Clone()
			pool.MaxIdleConnsPerHost = 32 // One host is all there is, and many calls run at once.
			own.Transport = pool
		}
	}
	if own.CheckRedirect == nil {
		own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &own
}

// request is a call that is being sent.
type request struct {
	call

	settings callSettings
	url      string
	header   http.Header
	content  content
	timeout  time.Duration
	attempts int
	// uncertain tells that an earlier attempt may have done what is asked for.
	uncertain bool
}

func (t *transport) prepare(c call, options []CallOption) (*request, error) {
	settings := callSettings{header: t.header.Clone(), retries: t.retries, timeout: t.timeout, silence: defaultSilence}
	for _, option := range options {
		if err := option(&settings); err != nil {
			return nil, fmt.Errorf("%s: %w", c.operation, err)
		}
	}
	content, err := newContent(c)
	if err != nil {
		return nil, err
	}

	r := &request{call: c, settings: settings, url: t.baseURL + c.path, header: settings.header, content: content, timeout: settings.timeout}
	if len(c.query) > 0 {
		r.url += "?" + c.query.Encode()
	}
	if r.timeout == 0 {
		r.timeout = answerTimeout
		if c.upload != nil {
			r.timeout = uploadTimeout
		}
	}
	if content.media != "" {
		r.header.Set("Content-Type", content.media)
	}
	switch c.kind {
	case valueCall:
		r.header.Set("Accept", "application/json")
	case streamCall:
		r.header.Set("Accept", "text/event-stream")
	case fileCall: // The format is a parameter.
	}
	if r.header.Get(headerRequestID) == "" {
		r.header.Set(headerRequestID, uuid.NewString())
	}
	r.setKey()
	return r, nil
}

// send sends a call and returns an answer of the 200s, [ErrNotModified], an
// [*Error] or a [*ConnectionError].
func (t *transport) send(ctx context.Context, c call, options []CallOption) (*http.Response, error) {
	r, err := t.prepare(c, options)
	if err != nil {
		return nil, err
	}
	response, err := t.untilAnswered(ctx, r)
	r.content.end()
	if response != nil && r.settings.response != nil {
		*r.settings.response = Response{
			Status: response.StatusCode, Header: response.Header, RequestID: response.Header.Get(headerRequestID), Attempts: r.attempts,
		}
	}
	if err != nil && !errors.Is(err, ErrNotModified) {
		failed := r.attempt()
		failed.Err = err
		t.tell(ctx, failed, onError)
		return nil, err
	}
	return response, err
}

// untilAnswered sends the request until it is answered, or is not to be sent again.
func (t *transport) untilAnswered(ctx context.Context, r *request) (*http.Response, error) {
	var renewed string
	for failures := 0; ; {
		token := renewed
		if token == "" && !r.anonymous && r.header.Get("Authorization") == "" {
			var err error
			if token, err = t.credentials.token(ctx); err != nil {
				return nil, err
			}
		}
		response, err := t.once(ctx, r, token)
		switch {
		case err == nil && response.StatusCode == http.StatusNotModified:
			return response, ErrNotModified
		case err == nil:
			if r.operation == "logout" {
				t.credentials.end()
			}
			return response, nil
		case r.uncertain && r.method == http.MethodDelete && HasCode(err, api.ProblemCodeNotFound):
			// It is not there, as it was wanted; by the attempt whose answer was lost, or not.
			return r.nothing(), nil
		case ctx.Err() != nil:
			return nil, err
		case renewed == "" && token != "" && wantsAnother(err) && r.content.canBeSent():
			if renewed, err = t.credentials.renew(ctx, token, err); err != nil {
				return nil, err
			}
			continue
		}

		failures++
		pause, again := r.pauseAfter(err, failures)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause {
			again = false // Whoever has to leave before learns now what went wrong.
		}
		if !again {
			return nil, err
		}
		r.uncertain = r.uncertain || r.mayBeDone(err)
		failed := r.attempt()
		failed.Err, failed.Wait = err, pause
		t.tell(ctx, failed, onRetry)
		if err := t.sleep(ctx, pause); err != nil {
			return nil, r.lost(err, true)
		}
	}
}

// wantsAnother tells whether the credential was refused, and another one may be taken.
func wantsAnother(err error) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Status == http.StatusUnauthorized &&
		(refused.Code == "" || refused.Code == api.ProblemCodeUnauthenticated)
}

// once sends the request once.
func (t *transport) once(ctx context.Context, r *request, token string) (*http.Response, error) {
	r.attempts++
	told := r.attempt()
	t.tell(ctx, told, onRequest)

	ctx, cancel := context.WithCancelCause(ctx)
	patience := time.AfterFunc(r.timeout, func() { cancel(errTimeout) })
	began := time.Now()
	response, err := t.answer(ctx, r, token)
	told.Duration = time.Since(began)
	if err != nil {
		patience.Stop()
		cancel(nil)
		return nil, err
	}
	told.Status = response.StatusCode
	t.tell(ctx, told, onResponse)

	isSuccess := response.StatusCode/100 == 2
	if isSuccess && r.kind != valueCall {
		patience.Stop()
		response.Body = newWatched(ctx, cancel, r, response.Body)
		return response, nil
	}
	defer cancel(nil)
	defer patience.Stop()
	defer response.Body.Close()
	if !isSuccess && response.StatusCode != http.StatusNotModified {
		return nil, r.refusal(response)
	}
	return response, r.readWhole(ctx, response)
}

// answer sends the request and returns what it is answered, or a *ConnectionError.
func (t *transport) answer(ctx context.Context, r *request, token string) (*http.Response, error) {
	sent := traceSent()
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, sent.trace()), r.method, r.url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.operation, err)
	}
	request.Header = r.header.Clone()
	if token != "" {
		if err := checkToken(token); err != nil {
			return nil, fmt.Errorf("%s: %w", r.operation, err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if r.content.open != nil {
		request.ContentLength = r.content.length
		request.GetBody = func() (io.ReadCloser, error) { return r.content.open(ctx) }
		if request.Body, err = request.GetBody(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.operation, err)
		}
	}

	response, err := t.http.Do(request)
	if err != nil {
		return nil, r.lost(explain(ctx, err), sent.isUnsent())
	}
	response.Request = request // A transport of the caller's own may not say.
	return response, nil
}

// nothing is an answer that it is done, and has no value.
func (r *request) nothing() *http.Response {
	return &http.Response{
		StatusCode: http.StatusNoContent, Header: http.Header{headerRequestID: r.header.Values(headerRequestID)}, Body: http.NoBody,
		Request: &http.Request{Method: r.method, URL: &url.URL{Path: r.path}},
	}
}

// readWhole reads the answer to its end, so that one that is cut short is sent
// for again and not taken for all there is.
func (r *request) readWhole(ctx context.Context, response *http.Response) error {
	content, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return r.lost(explain(ctx, err), false)
	case len(content) > 0 && !isJSON(response.Header):
		e := r.refusal(response)
		e.Detail = fmt.Sprintf("The answer is %s and not JSON. Is this the address of the service?", response.Header.Get("Content-Type"))
		return e
	case len(content) > 0 && response.ContentLength < 0 && !json.Valid(content):
		// Where nobody says how long it is, the end of the connection is that of the answer.
		return r.lost(io.ErrUnexpectedEOF, false)
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	return nil
}

// attempt is what hooks are told of the present attempt.
func (r *request) attempt() Attempt {
	return Attempt{Operation: r.operation, Method: r.method, Path: r.path, RequestID: r.header.Get(headerRequestID), Number: r.attempts}
}

// lost is the error of an attempt without an answer.
func (r *request) lost(err error, unsent bool) *ConnectionError {
	return &ConnectionError{
		Operation: r.operation, Method: r.method, Path: r.path, RequestID: r.header.Get(headerRequestID),
		IdempotencyKey: r.header.Get(headerIdempotencyKey), Attempts: r.attempts, Err: err, unsent: unsent,
	}
}

// explain is why the context has ended, if it has, and otherwise the error without
// the address, which has the query in it.
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		if errors.Is(context.Cause(ctx), errTimeout) {
			return errTimeout
		}
		return ended(ctx)
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// isCertificate tells that the other side is not who it should be, which it is
// not the next time either.
func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
