package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

// streams is a service whose stream sends what each connection is to.
func streams(t *testing.T, connections ...answer) *script {
	t.Helper()
	var opened atomic.Int64
	return newScript(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/stream") {
			says(200, `{"data":[],"next_cursor":"c0","has_more":false}`)(w, r)
			return
		}
		connections[min(int(opened.Add(1)), len(connections))-1](w, r)
	})
}

// sends writes text on a stream, and ends it as then does.
func sends(then answer, text ...string) answer {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, part := range text {
			_, _ = w.Write([]byte(part))
			_ = http.NewResponseController(w).Flush()
		}
		then(w, r)
	}
}

func event(n int) string {
	return fmt.Sprintf("event: task.updated\nid: c%d\ndata: {\"id\":%d,\"action\":\"task.updated\"}\n\n", n, n)
}

func said(name, code string) string {
	return fmt.Sprintf("event: %s\ndata: {\"code\":%q,\"detail\":\"Read anew.\"}\n\n", name, code)
}

func ends(http.ResponseWriter, *http.Request) {}

// followed returns the stream of a transport to the service.
func followed(ctx context.Context, sender *transport, query url.Values, options ...CallOption) iter.Seq2[api.Event, error] {
	return follow[api.Event](ctx, sender, call{
		operation: "streamEvents", method: http.MethodGet, path: "/api/v1/events/stream", query: query, kind: streamCall,
	}, options)
}

// take returns the ids of as many events, and the errors that came between.
func take(t *testing.T, stream iter.Seq2[api.Event, error], count int) (ids string, errs []error) {
	t.Helper()
	var seen []string
	for event, err := range stream {
		if err != nil {
			errs = append(errs, err)
			seen = append(seen, "!")
			continue
		}
		seen = append(seen, strconv.FormatInt(event.ID, 10))
		if count--; count == 0 {
			break
		}
	}
	return strings.Join(seen, " "), errs
}

func TestAStreamGoesOnWhereItWasCut(t *testing.T) {
	t.Parallel()
	s := streams(
		t,
		sends(cuts, event(1), event(2)),
		sends(ends, event(3), "event: task.updated\nid: c4\ndata: {\"id\":4"), // cut in the midst of it
		proxied(502),
		cuts,
		refuses(429, "rate_limited"),
		sends(ends), // nothing at all
		sends(hangs, event(4), event(5)),
	)
	sender, _ := connect(t, s.URL)
	ids, errs := take(t, followed(t.Context(), sender, nil), 5)
	if ids != "1 2 3 4 5" || errs != nil {
		t.Errorf("got %s, %v", ids, errs)
	}
	var resumed []string
	for _, request := range s.received() {
		if strings.HasSuffix(request.path, "/stream") {
			resumed = append(resumed, request.header.Get("Last-Event-ID"))
			if request.header.Get("Accept") != "text/event-stream" {
				t.Errorf("accepts %s", request.header.Get("Accept"))
			}
		}
	}
	if got := strings.Join(resumed, " "); got != "c0 c2 c3 c3 c3 c3 c3" {
		t.Errorf("went on after %s", got)
	}
}

func TestAStreamThatBeginsNowKnowsWhereThatIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ after, want string }{"Unsaid": {"", "c0"}, "Now": {"now", "c0"}, "After": {"c9", "c9"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := streams(t, cuts, sends(hangs, event(1)))
			sender, _ := connect(t, s.URL)
			query := url.Values{"type": {"task.*"}}
			if test.after != "" {
				query.Set("after", test.after)
			}
			if ids, _ := take(t, followed(t.Context(), sender, query), 1); ids != "1" {
				t.Errorf("got %s", ids)
			}
			for _, request := range s.received() {
				if strings.HasSuffix(request.path, "/stream") {
					if got := request.header.Get("Last-Event-ID"); got != test.want {
						t.Errorf("begins after %q, want %q", got, test.want)
					}
				} else if request.query != "after=now&page_size=1&type=task.%2A" {
					t.Errorf("asked where it begins by %s", request.query)
				}
			}
			if query.Get("page_size") != "" {
				t.Error("the caller's parameters were changed")
			}
		})
	}
}

func TestAHeartbeatMovesTheStreamOn(t *testing.T) {
	t.Parallel()
	s := streams(t, sends(cuts, ": heartbeat\nid: c7\n\n"), sends(hangs, event(8)))
	sender, _ := connect(t, s.URL)
	var cursor string
	if ids, _ := take(t, followed(t.Context(), sender, nil, Cursor(&cursor)), 1); ids != "8" || cursor != "c8" {
		t.Errorf("got %s, at %s", ids, cursor)
	}
	requests := s.received()
	if got := requests[len(requests)-1].header.Get("Last-Event-ID"); got != "c7" {
		t.Errorf("went on after %s", got)
	}
}

func TestASilentStreamIsOpenedAgain(t *testing.T) {
	t.Parallel()
	s := streams(t, sends(hangs, event(1)), sends(hangs, event(2)))
	sender, _ := connect(t, s.URL)
	began := time.Now()
	if ids, errs := take(t, followed(t.Context(), sender, nil, Silence(50*time.Millisecond)), 2); ids != "1 2" || errs != nil {
		t.Errorf("got %s, %v", ids, errs)
	}
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("it was taken for dead after %v", took)
	}
}

func TestWhoReadsSlowlyIsNotSilence(t *testing.T) {
	t.Parallel()
	s := streams(t, sends(hangs, event(1), event(2)))
	sender, _ := connect(t, s.URL)
	count := 0
	for _, err := range followed(t.Context(), sender, nil, Silence(300*time.Millisecond)) {
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(400 * time.Millisecond)
		if count++; count == 2 {
			break
		}
	}
	s.expect(t, 2) // where it begins, and one connection
}

func TestAResetIsToldAndTheStreamGoesOn(t *testing.T) {
	t.Parallel()
	s := streams(
		t,
		sends(cuts, "retry: 10\nevent: reset\nid: c5\ndata: {\"code\":\"cursor_expired\",\"detail\":\"Read anew.\"}\n\n", event(6)),
		sends(cuts, said("end", "access_changed")),
		sends(hangs, event(7)),
	)
	sender, _ := connect(t, s.URL)
	ids, errs := take(t, followed(t.Context(), sender, nil), 2)
	if ids != "! 6 ! 7" || len(errs) != 2 {
		t.Fatalf("got %s, %v", ids, errs)
	}
	for i, code := range []api.EventStreamNoticeCode{api.EventStreamNoticeCodeCursorExpired, api.EventStreamNoticeCodeAccessChanged} {
		if reset, ok := errors.AsType[*StreamResetError](errs[i]); !ok || reset.Code != code || reset.Detail != "Read anew." {
			t.Errorf("got %v, want %s", errs[i], code)
		}
	}
}

func TestAnEndIsFollowedByAnotherConnection(t *testing.T) {
	t.Parallel()
	s := streams(t, sends(cuts, event(1), "retry: 3000\n"+said("end", "server_stopping")), sends(cuts, said("end", "too_old")), sends(hangs, event(2)))
	sender, p := connect(t, s.URL)
	if ids, errs := take(t, followed(t.Context(), sender, nil), 2); ids != "1 2" || errs != nil {
		t.Errorf("got %s, %v", ids, errs)
	}
	if len(p.list) != 2 || p.list[0] > 3*time.Second || p.list[1] > 3*time.Second {
		t.Errorf("paused for %v", p.list)
	}
}

func TestAStreamEndsWithWhatDoesNotPass(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		connections []answer
		options     []CallOption
		want        int
	}{
		"AtFirst":                 {[]answer{refuses(403, "forbidden")}, nil, 403},
		"Later":                   {[]answer{sends(cuts, event(1)), cuts, refuses(401, "unauthenticated")}, nil, 401},
		"WhatNeverWasOpen":        {[]answer{proxied(502)}, nil, 502},
		"AfterAsManyAsWereWanted": {[]answer{sends(cuts, event(1)), proxied(503), proxied(503), proxied(504)}, []CallOption{MaxRetries(3)}, 504},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := streams(t, test.connections...)
			sender, _ := connect(t, s.URL)
			_, errs := take(t, followed(t.Context(), sender, nil, test.options...), 100)
			var refused *Error
			if len(errs) != 1 || !errors.As(errs[0], &refused) || refused.Status != test.want {
				t.Errorf("got %v", errs)
			}
		})
	}
}

func TestAStreamIsTriedForAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	connections := []answer{sends(cuts, event(1))}
	for range 50 {
		connections = append(connections, proxied(502), cuts)
	}
	s := streams(t, append(connections, sends(hangs, event(2)))...)
	sender, p := connect(t, s.URL)
	if ids, errs := take(t, followed(t.Context(), sender, nil), 2); ids != "1 2" || errs != nil {
		t.Errorf("got %s, %v", ids, errs)
	}
	for _, pause := range p.list {
		if pause > longestReconnect {
			t.Errorf("paused for %v", pause)
		}
	}
}

func TestAStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := streams(t, sends(hangs, event(1)))
	sender, _ := connect(t, s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range followed(ctx, sender, nil) {
		last = err
		cancel()
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("ended with %v", last)
	}
}

func TestAStreamIsInASession(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	serve := i.answers[0]
	var opened atomic.Int64
	i.answers[0] = func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/stream") || r.Header.Get("Authorization") != fmt.Sprintf("Bearer access-%d", i.valid.Load()) {
			serve(w, r)
			return
		}
		if opened.Add(1) == 1 {
			sends(ends, event(1))(w, r)
			i.valid.Add(1) // The token has ended by the time that the stream is opened again.
			return
		}
		sends(hangs, event(2))(w, r)
	}
	sender, _ := inSession(t, i, "access-1", time.Hour)
	if ids, errs := take(t, followed(t.Context(), sender, url.Values{"after": {"c0"}}), 2); ids != "1 2" || errs != nil {
		t.Errorf("got %s, %v", ids, errs)
	}
}

func TestMessagesAreReadAsHTMLDefinesThem(t *testing.T) {
	t.Parallel()
	read := newMessages(strings.NewReader(": comment\r\nevent: a\r\nid:1\r\ndata: x\r\ndata:  y\r\n\r\n" +
		"retry: 1500\nretry: soon\nid: a\x00b\nunknown: z\ndata\n\ndata: unfinished\n"))
	first, err := read.next()
	if want := (message{event: "a", data: "x\n y", id: "1"}); err != nil || first != want {
		t.Errorf("got %+v (%v), want %+v", first, err, want)
	}
	second, err := read.next()
	if want := (message{retry: 1500 * time.Millisecond}); err != nil || second != want {
		t.Errorf("got %+v (%v), want %+v", second, err, want)
	}
	if third, err := read.next(); err == nil {
		t.Errorf("a message without its end is %+v", third)
	}
}

func TestAStreamWaitsAsLongAsItIsAskedTo(t *testing.T) {
	t.Parallel()
	s := streams(t, sends(cuts, event(1)), refuses(429, "rate_limited", "Retry-After", "20"), refuses(503, "unavailable", "Retry-After", "86400"),
		sends(cuts, event(2)), sends(hangs, event(3)))
	sender, p := connect(t, s.URL)
	if ids, errs := take(t, followed(t.Context(), sender, nil), 3); ids != "1 2 3" || errs != nil {
		t.Fatalf("got %s, %v", ids, errs)
	}
	if len(p.list) != 4 || p.list[0] > firstPause || p.list[1] < 20*time.Second || p.list[1] > 30*time.Second ||
		p.list[2] < patience || p.list[2] > 2*patience || p.list[3] > firstPause {
		t.Errorf("paused for %v", p.list)
	}
}

func TestLeavingAStreamClosesItsConnection(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	s := streams(t, sends(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(left)
	}, event(1)))
	sender, _ := connect(t, s.URL)
	if ids, _ := take(t, followed(t.Context(), sender, nil), 1); ids != "1" {
		t.Errorf("got %s", ids)
	}
	select {
	case <-left:
	case <-time.After(5 * time.Second):
		t.Error("the connection is still open")
	}
}

func TestAStreamMayBeRangedOverAgain(t *testing.T) {
	t.Parallel()
	s := streams(t, sends(hangs, event(1)), sends(hangs, event(2)))
	sender, _ := connect(t, s.URL)
	stream := followed(t.Context(), sender, nil)
	for _, want := range []string{"1", "2"} {
		if ids, errs := take(t, stream, 1); ids != want || errs != nil {
			t.Errorf("got %s, %v", ids, errs)
		}
	}
}

func TestAMessageOfAnySizeIsRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 1<<20)
	s := streams(t, sends(hangs, "id: c1\r\ndata: {\"id\":1,\r\ndata: \"action\":\""+long+"\"}\r\n\r\n"))
	sender, _ := connect(t, s.URL)
	for event, err := range followed(t.Context(), sender, nil) {
		if err != nil || event.ID != 1 || event.Action != long {
			t.Errorf("got %d, %d bytes, %v", event.ID, len(event.Action), err)
		}
		break
	}
}

func TestAStreamWhoseBeginningIsNotToldIsAnError(t *testing.T) {
	t.Parallel()
	s := newScript(t, says(200, "", "Content-Length", "0"))
	sender, _ := connect(t, s.URL)
	if _, errs := take(t, followed(t.Context(), sender, nil), 1); len(errs) != 1 {
		t.Errorf("got %v", errs)
	}
}
