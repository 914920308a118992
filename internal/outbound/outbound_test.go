package outbound_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/outbound"
	"github.com/aicoordination/coordinator/internal/test/otlptest"
)

// answer is what came back, with what could be read of its body.
type answer struct {
	status int
	body   []byte
}

func get(ctx context.Context, c *outbound.Client, url string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	response, err := c.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, body}, err
}

// server counts what reaches it.
func server(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var reached atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s, &reached
}

func mustBeRefused(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*outbound.RefusedError](err); !ok {
		t.Errorf("the error is %v, want a refusal", err)
	}
}

// resolver answers each name with addresses of the test, one after the other.
func resolver(t *testing.T, answers map[string][][4]byte) *net.Resolver {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		asked := map[string]int{}
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var query dnsmessage.Message
			if err := query.Unpack(buffer[:n]); err != nil || len(query.Questions) != 1 {
				continue
			}
			question := query.Questions[0]
			answer := dnsmessage.Message{
				Header:    dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true},
				Questions: query.Questions,
			}
			name := strings.TrimSuffix(question.Name.String(), ".")
			if known := answers[name]; question.Type == dnsmessage.TypeA && len(known) > 0 {
				answer.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
					Body:   &dnsmessage.AResource{A: known[min(asked[name], len(known)-1)]},
				}}
				asked[name]++
			}
			packed, err := answer.Pack()
			if err != nil {
				continue
			}
			_, _ = conn.WriteTo(packed, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestHostileAddressesAreNotCalled(t *testing.T) {
	t.Parallel()
	c := outbound.New(outbound.Options{Timeout: 2 * time.Second})
	for _, text := range hostile {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, text, http.NoBody)
		if err != nil {
			continue // it is no address at all
		}
		if len(text) > 2000 || request.URL.Host == "example.com" && request.URL.Scheme == "https" && request.URL.User == nil {
			continue // its length matters when it is stored; an empty port has been taken off
		}
		_, err = get(t.Context(), c, request.URL.String())
		if err == nil {
			t.Errorf("%q is called", text)
		}
		mustBeRefused(t, err)
	}
}

func TestNameThatLeadsToAPrivateAddressIsRefusedAtTheCall(t *testing.T) {
	t.Parallel()
	for name, address := range map[string][4]byte{
		"loopback.test": {127, 0, 0, 1}, "private.test": {10, 0, 0, 1}, "metadata.test": {169, 254, 169, 254}, "this.test": {0, 0, 0, 0},
	} {
		c := outbound.New(outbound.Options{AllowHTTP: true, Resolver: resolver(t, map[string][][4]byte{name: {address}})})
		for _, scheme := range []string{"http://", "https://"} {
			if _, err := c.CheckURL(scheme + name); err != nil {
				t.Errorf("the name alone is refused: %v", err)
			}
			_, err := get(t.Context(), c, scheme+name+"/")
			mustBeRefused(t, err)
			if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the refusal tells the address: %v", err)
			}
		}
	}
}

// The name is looked up anew for each connection: first it leads to where one
// may go, here this machine, and then into a private network.
func TestNameThatChangesItsAddressIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := server(t, func(http.ResponseWriter, *http.Request) {})
	c := outbound.New(outbound.Options{AllowLoopback: true, Resolver: resolver(t, map[string][][4]byte{
		"rebind.test": {{127, 0, 0, 1}, {10, 0, 0, 1}},
	})})
	address := net.JoinHostPort("rebind.test", s.URL[strings.LastIndex(s.URL, ":")+1:])
	conn, err := c.Dial(t.Context(), address)
	if err != nil {
		t.Fatalf("the first address gives %v", err)
	}
	_ = conn.Close()
	_, err = c.Dial(t.Context(), address)
	mustBeRefused(t, err)
}

// The control is the same server, reached where that is allowed.
func TestThisMachineIsRefusedUnlessItIsAllowed(t *testing.T) {
	t.Parallel()
	s, reached := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	_, err := get(t.Context(), outbound.New(outbound.Options{AllowHTTP: true}), s.URL)
	mustBeRefused(t, err)
	if reached.Load() != 0 {
		t.Error("it is reached")
	}
	got, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true}), s.URL)
	if err != nil || string(got.body) != "hello" {
		t.Errorf("the answer is %q, %v", got.body, err)
	}
}

func TestRedirectIsReturnedAndNotFollowed(t *testing.T) {
	t.Parallel()
	target, reached := server(t, func(http.ResponseWriter, *http.Request) {})
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	got, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true}), s.URL)
	if err != nil || got.status != http.StatusTemporaryRedirect || reached.Load() != 0 {
		t.Errorf("the status is %d, %v, and the target was reached %d times", got.status, err, reached.Load())
	}
}

func TestLargeAnswerIsCut(t *testing.T) {
	t.Parallel()
	const limit = 1000
	for name, size := range map[string]int{"Smaller": limit - 1, "AsLargeAsAllowed": limit, "OneLarger": limit + 1, "MuchLarger": 100 * limit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, size)) })
			got, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true, MaxResponse: limit}), s.URL)
			if size <= limit && (err != nil || len(got.body) != size) {
				t.Errorf("%d bytes are read, %v", len(got.body), err)
			}
			if size > limit && (!errors.Is(err, outbound.ErrTooLarge) || len(got.body) != limit) {
				t.Errorf("%d bytes are read, %v", len(got.body), err)
			}
		})
	}
}

func TestSlowAnswersAreCut(t *testing.T) {
	t.Parallel()
	const limit = 200 * time.Millisecond
	for name, handler := range map[string]func(w http.ResponseWriter, r *http.Request){
		"Header": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"Body": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := server(t, handler)
			begin := time.Now()
			_, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true, Timeout: limit}), s.URL)
			if took := time.Since(begin); err == nil || took > 10*limit {
				t.Errorf("after %v the error is %v", took, err)
			}
		})
	}
}

func TestOldTLSAndUnknownCertificatesAreRefused(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	s.StartTLS()
	t.Cleanup(s.Close)
	trusting := s.Client().Transport.(*http.Transport).TLSClientConfig
	if _, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true, TLS: trusting}), s.URL); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1 gives %v", err)
	}
	current := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(current.Close)
	if _, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true}), current.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate gives %v", err)
	}
	known := current.Client().Transport.(*http.Transport).TLSClientConfig
	if _, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true, TLS: known}), current.URL); err != nil {
		t.Errorf("a known one gives %v", err)
	}
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	c := outbound.New(outbound.Options{AllowHTTP: true, AllowLoopback: true, Timeout: 300 * time.Millisecond, Resolver: resolver(t, nil)})
	if _, err := get(t.Context(), c, "http://unknown.test/"); err == nil || asked.Load() != 0 {
		t.Errorf("the error is %v, and the proxy was asked %d times", err, asked.Load())
	}
}

// A call goes on in the trace of whoever makes it; of the address its span has
// the host alone, for the rest may hold a secret.
func TestCallsAreTraced(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	tracing, err := obs.NewTracing(t.Context(), obs.TraceOptions{Endpoint: collector.URL + "/v1/traces", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.Header.Get("Traceparent") }))
	t.Cleanup(s.Close)
	if _, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true, Around: tracing.Transport}), s.URL+"/hooks/planted-secret?key=planted-secret"); err != nil {
		t.Fatal(err)
	}
	if err := tracing.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	span := collector.Await(t, "", http.MethodGet)
	if got := <-arrived; got != "00-"+span.TraceID+"-"+span.SpanID+"-01" {
		t.Errorf("whoever was called got the traceparent %q, the span is %+v", got, span)
	}
	if span.Attributes["server.address"] != "127.0.0.1" || strings.Contains(collector.Raw(), "planted-secret") {
		t.Errorf("the span is %+v", span)
	}
	// The control: without it nothing is sent along.
	if _, err := get(t.Context(), outbound.New(outbound.Options{AllowLoopback: true}), s.URL); err != nil {
		t.Fatal(err)
	}
	if got := <-arrived; got != "" {
		t.Errorf("without traces a traceparent is sent: %q", got)
	}
}
