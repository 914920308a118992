package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func TestEveryMethodIsRepeatedAfterWhatPasses(t *testing.T) {
	t.Parallel()
	passing := map[string]answer{
		"Cut": cuts, "Truncated": truncates,
		"408": refuses(408, "unavailable"), "429": refuses(429, "rate_limited"), "500": refuses(500, "internal"), "502": proxied(502),
		"503": refuses(503, "unavailable", "Retry-After", "1"), "504": proxied(504),
	}
	for name, failure := range passing {
		for _, method := range methods {
			t.Run(name+method, func(t *testing.T) {
				t.Parallel()
				s := newScript(t, failure, failure, says(200, `{}`))
				sender, _ := connect(t, s.URL)
				if err := do(t, sender, method); err != nil {
					t.Error(err)
				}
				s.expect(t, 3)
				for _, request := range s.received() {
					if first := s.received()[0]; request.body != first.body || request.path != first.path {
						t.Errorf("sent again as %+v, first as %+v", request, first)
					}
				}
			})
		}
	}
}

func TestNothingIsRepeatedAfterARefusal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 423, 428} {
		for _, method := range methods {
			s := newScript(t, refuses(status, "conflict"))
			sender, _ := connect(t, s.URL)
			var refused *Error
			if err := do(t, sender, method); !errors.As(err, &refused) || refused.Status != status || refused.Uncertain {
				t.Errorf("%s and %d: got %v", method, status, err)
			}
			s.expect(t, 1)
		}
	}
}

func TestRepeatsAreLimited(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []Option
		call    []CallOption
		want    int
	}{
		"ByDefault":    {nil, nil, 4},
		"ByTheClient":  {[]Option{WithRetries(1)}, nil, 2},
		"ByTheCall":    {[]Option{WithRetries(1)}, []CallOption{MaxRetries(5)}, 6},
		"NoneByCall":   {nil, []CallOption{MaxRetries(0)}, 1},
		"NoneByClient": {[]Option{WithRetries(0)}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, proxied(502))
			sender, p := connect(t, s.URL, test.options...)
			var refused *Error
			if err := do(t, sender, http.MethodGet, test.call...); !errors.As(err, &refused) || refused.Attempts != test.want {
				t.Errorf("got %v", err)
			}
			s.expect(t, test.want)
			if len(p.list) != test.want-1 {
				t.Errorf("%d pauses for %d attempts", len(p.list), test.want)
			}
		})
	}
}

func TestPausesAreRandomUpToADoublingBound(t *testing.T) {
	t.Parallel()
	for failures, bound := range map[int]time.Duration{
		1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 5: 8 * time.Second, 6: 8 * time.Second, 1000: 8 * time.Second,
	} {
		least, most := bound, time.Duration(0)
		for range 2000 {
			pause := jitter(failures, firstPause, longestPause)
			least, most = min(least, pause), max(most, pause)
		}
		// All of the range is used, which is what keeps many callers apart.
		if most > bound || most < bound*9/10 || least > bound/10 {
			t.Errorf("after %d failures from %v to %v, want up to %v", failures, least, most, bound)
		}
	}
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		status int
		header []string
		least  time.Duration
	}{
		"Seconds":      {429, []string{"Retry-After", "7"}, 7 * time.Second},
		"Date":         {503, []string{"Retry-After", sent.Add(9 * time.Second).Format(http.TimeFormat), "Date", sent.Format(http.TimeFormat)}, 9 * time.Second},
		"DateThatWas":  {503, []string{"Retry-After", sent.Add(-time.Hour).Format(http.TimeFormat), "Date", sent.Format(http.TimeFormat)}, 0},
		"Zero":         {503, []string{"Retry-After", "0"}, 0},
		"Nonsense":     {503, []string{"Retry-After", "soon"}, 0},
		"LongestTaken": {429, []string{"Retry-After", "60"}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, refuses(test.status, "unavailable", test.header...), says(200, `{}`))
			sender, p := connect(t, s.URL)
			if err := do(t, sender, http.MethodDelete); err != nil {
				t.Fatal(err)
			}
			if len(p.list) != 1 || p.list[0] < test.least || p.list[0] > test.least+500*time.Millisecond {
				t.Errorf("paused for %v, want %v and a little", p.list, test.least)
			}
		})
	}
}

func TestWhoAsksForTooLongIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := newScript(t, refuses(429, "rate_limited", "Retry-After", "61"))
	sender, _ := connect(t, s.URL)
	var refused *Error
	if err := do(t, sender, http.MethodPost); !errors.As(err, &refused) || refused.RetryAfter != 61*time.Second {
		t.Errorf("got %v", err)
	}
	s.expect(t, 1)
}

func TestADeadlineThatWouldPassInAPauseIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := newScript(t, refuses(429, "rate_limited", "Retry-After", "30"))
	sender, _ := connect(t, s.URL)
	sender.sleep = sleep
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	began := time.Now()
	err := done(sender.send(ctx, call{operation: "try", method: http.MethodGet, path: "/x"}, nil))
	if !HasCode(err, api.ProblemCodeRateLimited) || time.Since(began) > 5*time.Second {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("the user has left")
	check := func(t *testing.T, s *script, err error) {
		t.Helper()
		if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
			t.Errorf("got %v, want the context's error and its cause", err)
		}
		s.expect(t, 1)
	}
	one := call{operation: "try", method: http.MethodGet, path: "/x"}

	t.Run("DuringAnAttempt", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		s := newScript(t, func(w http.ResponseWriter, r *http.Request) {
			cancel(reason)
			hangs(w, r)
		})
		sender, _ := connect(t, s.URL)
		check(t, s, done(sender.send(ctx, one, nil)))
	})
	t.Run("DuringAPause", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		s := newScript(t, refuses(429, "rate_limited", "Retry-After", "30"))
		sender, _ := connect(t, s.URL)
		sender.sleep = func(ctx context.Context, pause time.Duration) error {
			cancel(reason)
			return sleep(ctx, pause)
		}
		check(t, s, done(sender.send(ctx, one, nil)))
	})
}

func TestAnAttemptThatTakesTooLongIsRepeated(t *testing.T) {
	t.Parallel()
	slowBody := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	s := newScript(t, hangs, slowBody, says(200, `{}`))
	sender, _ := connect(t, s.URL, WithTimeout(500*time.Millisecond))
	if err := do(t, sender, http.MethodPost); err != nil {
		t.Error(err)
	}
	s.expect(t, 3)

	s = newScript(t, hangs)
	sender, _ = connect(t, s.URL)
	err := do(t, sender, http.MethodPost, RequestTimeout(300*time.Millisecond), MaxRetries(1))
	var lost *ConnectionError
	if !errors.As(err, &lost) || !lost.Timeout() || lost.Attempts != 2 || lost.IdempotencyKey != s.received()[0].header.Get("Idempotency-Key") {
		t.Errorf("got %v (%+v)", err, lost)
	}
}

func TestAPostThatIsStillUnderWayIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newScript(t, hangs, refuses(409, "request_in_progress", "Retry-After", "1"), says(201, `{}`))
	sender, _ := connect(t, s.URL, WithTimeout(500*time.Millisecond))
	if err := do(t, sender, http.MethodPost); err != nil {
		t.Error(err)
	}
	s.expect(t, 3)
}

// What a repeat is refused for may be what the attempt before it has done.
func TestARefusalAfterALostAnswerSaysThatItIsUncertain(t *testing.T) {
	t.Parallel()
	for _, failure := range []answer{cuts, truncates, proxied(502), refuses(500, "internal")} {
		for method, want := range map[string]bool{http.MethodPut: true, http.MethodPatch: true, http.MethodPost: false, http.MethodGet: false} {
			s := newScript(t, failure, refuses(412, "version_conflict"))
			sender, _ := connect(t, s.URL)
			var refused *Error
			if err := do(t, sender, method, IfMatch(7)); !errors.As(err, &refused) || refused.Code != api.ProblemCodeVersionConflict || refused.Uncertain != want {
				t.Errorf("%s: got %v, want uncertain %v", method, err, want)
			}
		}
	}
	// These have certainly done nothing.
	for _, failure := range []answer{refuses(429, "rate_limited"), refuses(408, "unavailable")} {
		s := newScript(t, failure, refuses(412, "version_conflict"))
		sender, _ := connect(t, s.URL)
		var refused *Error
		if err := do(t, sender, http.MethodPatch); !errors.As(err, &refused) || refused.Uncertain {
			t.Errorf("got %v, which is certain", err)
		}
	}
}

func TestADeletionThatIsRepeatedHasSucceededWhenThereIsNothing(t *testing.T) {
	t.Parallel()
	for _, failure := range []answer{cuts, proxied(502)} {
		s := newScript(t, failure, refuses(404, "not_found"))
		sender, _ := connect(t, s.URL)
		if err := do(t, sender, http.MethodDelete); err != nil {
			t.Errorf("got %v", err)
		}
	}
	for name, answers := range map[string][]answer{
		"AtFirst":                {refuses(404, "not_found")},
		"AfterACertainFailure":   {refuses(429, "rate_limited"), refuses(404, "not_found")},
		"OfSomethingOnTheWay":    {cuts, proxied(404)},
		"WithAnotherRefusal":     {cuts, refuses(412, "version_conflict")},
		"WithAnotherRefusalOnce": {cuts, refuses(403, "forbidden")},
	} {
		s := newScript(t, answers...)
		sender, _ := connect(t, s.URL)
		var refused *Error
		if err := do(t, sender, http.MethodDelete); !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want the refusal", name, err)
		}
	}
}

func TestWhatHasNotLeftIsNotUncertain(t *testing.T) {
	t.Parallel()
	s := newScript(t, refuses(412, "version_conflict"))
	dials := 0
	sender, _ := connect(t, s.URL, WithHTTPClient(&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials == 1 {
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}))
	var refused *Error
	if err := do(t, sender, http.MethodPatch, IfMatch(3)); !errors.As(err, &refused) || refused.Uncertain || refused.Attempts != 2 {
		t.Errorf("got %v", err)
	}
}

func TestAForeignCertificateIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	server.StartTLS()
	defer server.Close()
	sender, p := connect(t, server.URL)
	err := do(t, sender, http.MethodGet)
	var lost *ConnectionError
	if !errors.As(err, &lost) || lost.Attempts != 1 || len(p.list) != 0 {
		t.Errorf("got %v after %d pauses", err, len(p.list))
	}
}

func Example() {
	// A proxy on the way answers for a service that is being started.
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "…", http.StatusBadGateway) }))
	defer service.Close()
	sender, _ := newTransport("test", service.URL, []Option{WithRetries(0)})
	_, err := sender.send(context.Background(), call{operation: "listTasks", method: http.MethodGet, path: "/api/v1/tasks"}, nil)

	var answered *Error
	fmt.Println(errors.As(err, &answered), answered.Status, answered.Code == "")
	// Output: true 502 true
}

func TestAnAbsurdRetryAfterIsNoInvitation(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"4000000000", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		s := newScript(t, refuses(503, "unavailable", "Retry-After", text), says(200, `{}`))
		sender, _ := connect(t, s.URL)
		err := do(t, sender, http.MethodGet)
		if refused, ok := errors.AsType[*Error](err); !ok || refused.RetryAfter < time.Hour {
			t.Errorf("%s: got %v", text, err)
		}
		s.expect(t, 1)
	}
	for _, text := range []string{"-5", "soon", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT"} {
		s := newScript(t, refuses(503, "unavailable", "Retry-After", text), says(200, `{}`))
		sender, p := connect(t, s.URL)
		if err := do(t, sender, http.MethodGet); err != nil || len(p.list) != 1 || p.list[0] > firstPause {
			t.Errorf("%s: got %v after %v", text, err, p.list)
		}
	}
}
