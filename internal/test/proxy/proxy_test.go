package proxy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/proxy"
)

// start starts a proxy in front of the handler.
func start(t *testing.T, handler http.HandlerFunc, options proxy.Options) *proxy.Proxy {
	t.Helper()
	target := httptest.NewServer(handler)
	options.Target = target.URL
	p, err := proxy.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		target.Close()
	})
	return p
}

// ask sends a request and returns the status and the body of the answer, or what
// went wrong.
func ask(t *testing.T, method, url, body string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	// A client that repeats requests by itself would hide what is done to them.
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

func mustAsk(t *testing.T, method, url string) (int, string) {
	t.Helper()
	status, content, err := ask(t, method, url, "")
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return status, content
}

func TestRequestsAndAnswersPassUnchanged(t *testing.T) {
	t.Parallel()
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Header.Get("X-Sent")+r.Header.Get("X-Forwarded-For"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Method+" "+r.Host+r.URL.String()+" "+string(content))
	}, proxy.Options{})

	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, p.URL+"/a%2Fb?c=d%20e", strings.NewReader("body"))
	request.Header.Set("X-Sent", "header")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, _ := io.ReadAll(response.Body)

	want := "PUT " + strings.TrimPrefix(p.URL, "http://") + "/a%2Fb?c=d%20e body"
	if response.StatusCode != http.StatusTeapot || response.Header.Get("X-Seen") != "header" || string(content) != want {
		t.Errorf("got %d, %v, %q; want %q", response.StatusCode, response.Header, content, want)
	}
}

func TestRequestsAreRecordedByTheirOperation(t *testing.T) {
	t.Parallel()
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNotFound)
		}
	}, proxy.Options{})

	for _, line := range []string{
		"GET /api/v1/tasks?status=todo", "GET /api/v1/tasks", "GET /api/v1/tasks/search?q=x", "GET /api/v1/tasks/7", "GET /api/v1/users/me",
		"POST /api/v1/users/7/restore", "DELETE /api/v1/tasks/7", "GET /health", "GET /livez", "GET /.well-known/jwks.json",
		"GET /api/v1/nothing", "GET /docs", "POST /livez",
	} {
		method, path, _ := strings.Cut(line, " ")
		mustAsk(t, method, p.URL+path)
	}

	_, content := mustAsk(t, http.MethodGet, p.URL+"/-/report")
	var report proxy.Report
	if err := json.Unmarshal([]byte(content), &report); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"listTasks": 2, "searchTasks": 1, "getTask": 1, "getCurrentUser": 1, "restoreUser": 1, "deleteTask": 1,
		"health": 1, "livez": 1, "getJWKS": 1,
	}
	if !reflect.DeepEqual(report.Called, want) {
		t.Errorf("called %v, want %v", report.Called, want)
	}
	if report.Requests != 13 || len(report.Missing) != report.Total-len(want) || report.Total < 150 {
		t.Errorf("%d requests to %d operations, of which %d were missing", report.Requests, report.Total, len(report.Missing))
	}
	if !reflect.DeepEqual(report.Unsuccessful, []string{"deleteTask"}) {
		t.Errorf("never with success: %v, want deleteTask alone", report.Unsuccessful)
	}
}

func TestFaultsAreSeededAndCounted(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (outcomes []string, passed int, counts proxy.FaultCounts) {
		var reached atomic.Int64
		p := start(t, func(w http.ResponseWriter, r *http.Request) {
			reached.Add(1)
			_, _ = io.Copy(w, r.Body)
		}, proxy.Options{Faults: 0.5, Seed: seed, MaxDelay: time.Millisecond})
		for i := range 200 {
			body := strings.Repeat(fmt.Sprint(i%10), 64)
			status, content, err := ask(t, http.MethodPost, p.URL+"/api/v1/tasks", body)
			switch {
			case err != nil && status == 0:
				outcomes = append(outcomes, "cut")
			case err != nil:
				outcomes = append(outcomes, "truncated")
			case status >= 500:
				outcomes = append(outcomes, fmt.Sprint(status))
			case content == body:
				outcomes = append(outcomes, "answered")
			default:
				t.Errorf("got %d and %q for %q", status, content, body)
			}
		}
		return outcomes, int(reached.Load()), p.Report().Faults
	}

	first, passed, counts := run(7)
	again, passedAgain, countsAgain := run(7)
	if !reflect.DeepEqual(first, again) || passed != passedAgain || counts != countsAgain {
		t.Error("the same seed has given other faults")
	}
	if other, _, _ := run(8); reflect.DeepEqual(first, other) {
		t.Error("another seed has given the same faults")
	}

	seen := map[string]int{}
	for _, outcome := range first {
		seen[outcome]++
	}
	if failed := seen["500"] + seen["502"] + seen["503"]; failed != counts.Failed || seen["cut"] != counts.Cut || seen["truncated"] != counts.Truncated {
		t.Errorf("seen %v, counted %+v", seen, counts)
	}
	for _, outcome := range []string{"500", "502", "503", "cut", "truncated", "answered"} {
		if seen[outcome] == 0 {
			t.Errorf("nothing was %s: %v", outcome, seen)
		}
	}
	if counts.Delayed == 0 || counts.Repeated == 0 || counts.Total() < 80 || counts.Total() > 120 {
		t.Errorf("half of 200 requests should have been done something to: %+v", counts)
	}
	// Some of those without an answer were done, and some were not.
	unanswered := counts.Failed + counts.Cut
	if done := passed - (200 - unanswered) - counts.Repeated; done <= 0 || done >= unanswered {
		t.Errorf("of %d requests without an answer %d were passed on", unanswered, done)
	}
}

func TestShareOfFaultsCanBeSet(t *testing.T) {
	t.Parallel()
	p := start(t, func(http.ResponseWriter, *http.Request) {}, proxy.Options{Faults: 1, MaxDelay: time.Millisecond})

	if status, _ := mustAsk(t, http.MethodPost, p.URL+"/-/faults?share=0"); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	for range 20 {
		if status, _ := mustAsk(t, http.MethodGet, p.URL+"/livez"); status != http.StatusOK {
			t.Errorf("status %d, although no request is to fail", status)
		}
	}
	if counts := p.Report().Faults; counts.Total() != 0 {
		t.Errorf("counted %+v", counts)
	}

	for _, share := range []string{"", "x", "-0.1", "1.1", "NaN"} {
		if status, _ := mustAsk(t, http.MethodPost, p.URL+"/-/faults?share="+share); status != http.StatusBadRequest {
			t.Errorf("a share of %q is answered by %d", share, status)
		}
	}
	if _, err := proxy.Start(proxy.Options{Target: "http://127.0.0.1:1", Faults: 2}); err == nil {
		t.Error("a share of 2 is taken")
	}
	for _, target := range []string{"", "127.0.0.1:80", "https://127.0.0.1", "http://127.0.0.1/api"} {
		if _, err := proxy.Start(proxy.Options{Target: target}); err == nil {
			t.Errorf("the target %q is taken", target)
		}
	}
}

// stream answers an event, and another one each time that next is sent to.
func stream(next <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			_, _ = io.WriteString(w, "data: x\n\n")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// follow opens the stream and returns its lines; the channel is closed with it.
func follow(t *testing.T, url string) (lines <-chan string, failure func() error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	out := make(chan string)
	scanner := bufio.NewScanner(response.Body)
	go func() {
		defer close(out)
		for scanner.Scan() {
			select {
			case out <- scanner.Text():
			case <-t.Context().Done():
				return
			}
		}
	}()
	return out, scanner.Err
}

// expect takes the lines of one event.
func expect(t *testing.T, lines <-chan string) {
	t.Helper()
	for _, want := range []string{"data: x", ""} {
		select {
		case got, ok := <-lines:
			if !ok || got != want {
				t.Fatalf("got %q (%v), want %q", got, ok, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("an event does not arrive")
		}
	}
}

func TestStreamsPassAtOnceAndCanBeCut(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	p := start(t, stream(next), proxy.Options{})

	lines, failure := follow(t, p.URL+"/api/v1/events/stream")
	expect(t, lines)
	next <- struct{}{}
	expect(t, lines)
	if got := p.Answering(); got != 1 {
		t.Errorf("%d answers are under way", got)
	}

	if _, content := mustAsk(t, http.MethodPost, p.URL+"/-/cut"); strings.TrimSpace(content) != `{"cut":1}` {
		t.Errorf("cutting has answered %s", content)
	}
	if got, ok := <-lines; ok {
		t.Errorf("the stream goes on with %q", got)
	}
	if failure() == nil {
		t.Error("the stream has ended as if it was complete")
	}
	if got := p.Report().Called["streamEvents"]; got != 1 {
		t.Errorf("the stream was recorded %d times", got)
	}
}

func TestStreamsCanBeStalled(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	p := start(t, stream(next), proxy.Options{})

	lines, _ := follow(t, p.URL+"/api/v1/events/stream")
	expect(t, lines)
	if _, content := mustAsk(t, http.MethodPost, p.URL+"/-/stall"); strings.TrimSpace(content) != `{"stalled":1}` {
		t.Errorf("stalling has answered %s", content)
	}
	next <- struct{}{}
	select {
	case got, ok := <-lines:
		t.Errorf("got %q (%v) of a stream that is stalled", got, ok)
	case <-time.After(100 * time.Millisecond):
	}

	// Another one is not.
	lines, _ = follow(t, p.URL+"/api/v1/events/stream")
	expect(t, lines)
}

func TestATargetThatIsAwayIsABadGateway(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	p, err := proxy.Start(proxy.Options{Target: gone.URL})
	if err != nil {
		t.Fatal(err)
	}
	if status, content := mustAsk(t, http.MethodGet, p.URL+"/livez"); status != http.StatusBadGateway || !strings.Contains(content, "does not answer") {
		t.Errorf("got %d: %s", status, content)
	}
	if got := p.Report().Requests; got != 0 {
		t.Errorf("%d requests are recorded as answered", got)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := ask(t, http.MethodGet, p.URL+"/livez", ""); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a proxy that was closed answers: %v", err)
	}
}
