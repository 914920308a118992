package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// streamed is a message of a stream, and what went before it.
type streamed struct{ event, id, data string }

// stream is one that a test reads.
type stream struct {
	t        *testing.T
	response *http.Response
	messages chan streamed
	stop     context.CancelFunc
}

// follow opens a stream with the token, past what holds whole responses
// against the contract.
func follow(t *testing.T, a *apitest.API, token, query, lastEventID string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL+"/api/v1/events/stream"+query, nil)
	expect.OK(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	if lastEventID != "" {
		request.Header.Set("Last-Event-ID", lastEventID)
	}
	response, err := http.DefaultClient.Do(request)
	expect.OK(t, err)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("the stream is answered with %d", response.StatusCode)
	}
	s := &stream{t: t, response: response, messages: make(chan streamed, 1000), stop: cancel}
	t.Cleanup(func() {
		cancel()
		_ = response.Body.Close()
	})
	go s.read()
	return s
}

func (s *stream) read() {
	defer close(s.messages)
	lines := bufio.NewScanner(s.response.Body)
	lines.Buffer(nil, 1<<20)
	var m streamed
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			m.event = value
		case "id":
			m.id = value
		case "data":
			m.data = value
		case "":
			if value == "heartbeat" {
				m.event = value
			} else if m != (streamed{}) {
				s.messages <- m
				m = streamed{}
			}
		}
	}
}

// next is the next message with something in it, false when the stream has ended.
func (s *stream) next() (streamed, bool) {
	s.t.Helper()
	for {
		m, ok := s.any()
		if !ok || m.event != "" {
			return m, ok
		}
	}
}

// any is the next message, also where it has an id alone.
func (s *stream) any() (streamed, bool) {
	s.t.Helper()
	select {
	case m, ok := <-s.messages:
		return m, ok
	case <-time.After(3 * time.Minute):
		s.t.Fatal("nothing is streamed")
		return streamed{}, false
	}
}

// ends reads to the end of the stream, and returns the last message's code.
func (s *stream) ends() string {
	s.t.Helper()
	for {
		m, ok := s.next()
		if !ok {
			return ""
		}
		if m.event != "end" {
			continue
		}
		var notice api.EventStreamNotice
		expect.OK(s.t, json.Unmarshal([]byte(m.data), &notice))
		if _, more := s.next(); more {
			s.t.Error("something follows the end")
		}
		return string(notice.Code)
	}
}

// A stream that is cut off before anything has happened goes on where it began.
func TestAStreamTellsAtOnceWhereItBegins(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{Streams: lasting})
	admin := a.Token(a.User(db.RoleAdmin))
	first := follow(t, a, admin, "?type=client.*", "")
	began, _ := first.any()
	if began.id == "" || began.event != "" || began.data != "" {
		t.Fatalf("the stream begins with %+v, want an id alone", began)
	}
	first.stop()
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/clients", Token: admin, Body: api.ClientCreate{Name: "Northwind"}}).
		MustDecode(t, http.StatusCreated, nil)

	again := follow(t, a, admin, "?type=client.*", began.id)
	if m, _ := again.next(); m.event != "client.created" {
		t.Errorf("after what happened between the stream tells %+v", m)
	}
}
