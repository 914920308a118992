package client

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// script is a server that answers one request after the other as it is told, the
// last answer again and again, and keeps what it was sent.
type script struct {
	*httptest.Server

	mu       sync.Mutex
	answers  []answer
	requests []received
}

// answer answers a request.
type answer func(w http.ResponseWriter, r *http.Request)

// received is a request that has arrived.
type received struct {
	method, path, query, body string
	header                    http.Header
}

func newScript(t *testing.T, answers ...answer) *script {
	t.Helper()
	s := &script{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, received{r.Method, r.URL.Path, r.URL.RawQuery, string(content), r.Header.Clone()})
		next := s.answers[0]
		if len(s.answers) > 1 {
			s.answers = s.answers[1:]
		}
		s.mu.Unlock()
		next(w, r)
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *script) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received{}, s.requests...)
}

// expect checks how many requests have arrived.
func (s *script) expect(t *testing.T, want int) {
	t.Helper()
	if got := len(s.received()); got != want {
		t.Errorf("%d requests were sent, want %d", got, want)
	}
}

// says answers a status and a JSON document.
func says(status int, document string, header ...string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, document)
	}
}

// refuses answers a problem document with a code.
func refuses(status int, code string, header ...string) answer {
	document := fmt.Sprintf(`{"type": "/errors/%[1]s", "title": "T", "status": %[2]d, "detail": "Do otherwise.", "instance": "/x", "code": %[1]q,
		"request_id": "req-1"}`, code, status)
	return says(status, document, append(header, "Content-Type", "application/problem+json")...)
}

// proxied answers as something on the way does.
func proxied(status int) answer {
	return says(status, "<html>"+http.StatusText(status)+"</html>", "Content-Type", "text/html")
}

// cuts resets the connection without an answer.
func cuts(w http.ResponseWriter, _ *http.Request) { reset(w) }

// truncates promises more than it sends.
func truncates(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"half":`)
}

// hangs answers when the caller has left.
func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = connection.(*net.TCPConn).SetLinger(0)
	_ = connection.Close()
}

// pauses are those that a transport would have made.
type pauses struct {
	mu   sync.Mutex
	list []time.Duration
}

func (p *pauses) sleep(ctx context.Context, pause time.Duration) error {
	p.mu.Lock()
	p.list = append(p.list, pause)
	p.mu.Unlock()
	return ctx.Err()
}

// connect returns a transport to the server that makes no pauses.
func connect(t *testing.T, url string, options ...Option) (*transport, *pauses) {
	t.Helper()
	made, err := newTransport("test", url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.http.CloseIdleConnections)
	p := &pauses{}
	made.sleep = p.sleep
	return made, p
}

// do sends a request of a method and drops its answer.
func do(t *testing.T, sender *transport, method string, options ...CallOption) error {
	t.Helper()
	return done(sender.send(t.Context(), call{operation: "try", method: method, path: "/api/v1/things/7", body: bodyOf(method)}, options))
}

func bodyOf(method string) any {
	if method == http.MethodGet || method == http.MethodDelete {
		return nil
	}
	return map[string]string{"title": "A"}
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
}
