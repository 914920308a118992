package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// lasting has streams go on until something ends them.
func lasting(o *event.StreamOptions) { o.MaxAge = time.Hour }

// Whatever takes a right away at one replica ends the streams at another one
// that were opened with it, and says why. It is to take a second; the bound is
// wide for a busy machine. The control is a stream that nothing was taken from.
func TestChaosAStreamEndsWithTheRightToIt(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t)
	one := apitest.New(t, &apitest.Options{Pool: pool, Streams: lasting})
	other := apitest.New(t, &apitest.Options{Pool: pool, Streams: lasting})
	admin := one.Token(one.User(db.RoleAdmin))
	project := factory.Project(t, one.DB, nil)
	do := func(method, path, token string, body any) {
		t.Helper()
		response := one.Do(apitest.Request{Method: method, Path: path, Token: token, Body: body})
		if response.Status >= http.StatusBadRequest {
			t.Fatalf("%s %s: %d %s", method, path, response.Status, response.Body)
		}
	}
	member := func() db.User {
		user := one.User(db.RoleUser)
		factory.Member(t, one.DB, project.ID, user.ID, db.ProjectMemberRoleContributor)
		return user
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := one.DB.Exec(t.Context(), sql, args...)
		expect.OK(t, err)
	}
	quiet := follow(t, other, one.Token(member()), "", "")
	for name, test := range map[string]struct {
		code string
		// lose has the user, who follows with the token, lose it.
		lose  func(user db.User, token string)
		asKey bool
	}{
		"SignedOut": {event.CodeCredentialEnded, func(_ db.User, token string) { do(http.MethodPost, "/api/v1/users/logout", token, nil) }, false},
		"SessionsRevoked": {event.CodeCredentialEnded, func(u db.User, _ string) {
			do(http.MethodDelete, "/api/v1/users/"+u.ID.String()+"/sessions", admin, nil)
		}, false},
		"SessionExpired": {event.CodeCredentialEnded, func(u db.User, _ string) {
			exec("UPDATE sessions SET expires_at = greatest(created_at + interval '1 microsecond', now() - interval '1 second') WHERE user_id = $1", u.ID)
		}, false},
		"KeyRevoked": {event.CodeCredentialEnded, func(u db.User, _ string) {
			var id uuid.UUID
			expect.OK(t, one.DB.QueryRow(t.Context(), "SELECT id FROM api_keys WHERE principal_id = $1", u.ID).Scan(&id))
			do(http.MethodDelete, "/api/v1/api-keys/"+id.String(), admin, nil)
		}, true},
		"RoleChanged": {event.CodeAccessChanged, func(u db.User, _ string) {
			do(http.MethodPatch, "/api/v1/users/"+u.ID.String(), admin, map[string]any{"role": "manager"})
		}, false},
		"MemberRemoved": {event.CodeAccessChanged, func(u db.User, _ string) {
			do(http.MethodDelete, "/api/v1/projects/"+project.ID.String()+"/team/"+u.ID.String(), admin, nil)
		}, false},
		"AccountDeleted": {event.CodeCredentialEnded, func(u db.User, _ string) {
			do(http.MethodDelete, "/api/v1/users/"+u.ID.String(), admin, nil)
		}, true},
	} {
		user := member()
		token := one.Token(user)
		if test.asKey {
			token = one.APIKey(user, []string{"events:read"}, nil)
		}
		s := follow(t, other, token, "", "")
		test.lose(user, token)
		lost := time.Now()
		if code := s.ends(); code != test.code {
			t.Errorf("%s: the stream ends with %q, want %s", name, code, test.code)
		}
		took := time.Since(lost)
		if took > 3*time.Second {
			t.Errorf("%s: the stream went on for %s", name, took)
		}
		t.Logf("%s: cut %d ms after the answer", name, took.Milliseconds())
	}
	select {
	case m, ok := <-quiet.messages:
		if !ok || m.event == "end" {
			t.Errorf("the stream of somebody who lost nothing ended: %+v", m)
		}
	default:
	}
}

// What is streamed to somebody is what the list gives it, word for word, and
// nothing of a project that it does not see.
func TestAStreamIsWhatTheListGives(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{Streams: lasting})
	members := []db.User{a.User(db.RoleUser), a.User(db.RoleUser)}
	client := factory.Client(t, a.DB, nil)
	var projects []db.Project
	for _, user := range members {
		projects = append(projects, factory.Project(t, a.DB, &factory.ProjectOpts{ClientID: &client.ID, Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleLead}}))
	}
	manager, admin := a.User(db.RoleManager), a.User(db.RoleAdmin)
	readers := map[string]string{
		"first": a.Token(members[0]), "second": a.Token(members[1]), "manager": a.Token(manager), "admin": a.Token(admin),
		"limited": a.APIKey(admin, []string{"events:read"}, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{projects[0].ID}}),
	}
	begin := map[string]string{}
	streams := map[string]*stream{}
	for name, token := range readers {
		var feed api.EventFeed
		a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/events?after=now", Token: token}).MustDecode(t, http.StatusOK, &feed)
		begin[name] = feed.NextCursor
		streams[name] = follow(t, a, token, "?after="+feed.NextCursor, "")
	}
	for i := range 24 {
		who := i % 2
		token := readers[[]string{"first", "second"}[who]]
		var task api.Task
		a.Do(apitest.Request{
			Method: http.MethodPost, Path: "/api/v1/tasks", Token: token, Body: map[string]any{"project_id": projects[who].ID, "title": fmt.Sprint("Task ", i)},
		}).MustDecode(t, http.StatusCreated, &task)
		path := "/api/v1/tasks/" + task.ID.String()
		a.Do(apitest.Request{Method: http.MethodPatch, Path: path, Token: token, Body: map[string]any{"priority": "urgent"}}).MustDecode(t, http.StatusOK, nil)
		a.Do(apitest.Request{Method: http.MethodPost, Path: path + "/comments", Token: token, Body: map[string]any{"body": "Look."}}).MustDecode(t, http.StatusCreated, nil)
	}
	a.Do(apitest.Request{
		Method: http.MethodPatch, Path: "/api/v1/users/" + members[0].ID.String(), Token: readers["admin"],
		Body: map[string]any{"cost_rate": map[string]any{"amount_minor": 5000, "currency": "EUR"}},
	}).MustDecode(t, http.StatusOK, nil)
	waitUntilReadable(t, a.DB)
	for name, token := range readers {
		var listed []string
		for after, more := begin[name], true; more; {
			var feed struct {
				Data       []json.RawMessage `json:"data"`
				NextCursor string            `json:"next_cursor"`
				HasMore    bool              `json:"has_more"`
			}
			a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/events?page_size=100&after=" + after, Token: token}).MustDecode(t, http.StatusOK, &feed)
			for _, data := range feed.Data {
				listed = append(listed, string(data))
			}
			after, more = feed.NextCursor, feed.HasMore
		}
		if len(listed) < 12 {
			t.Errorf("%s has %d events, which shows little", name, len(listed))
		}
		for i, want := range listed {
			if got, _ := streams[name].next(); got.data != want {
				t.Fatalf("%s: event %d is streamed as\n%s\nand listed as\n%s", name, i, got.data, want)
			}
			var e api.Event
			expect.OK(t, json.Unmarshal([]byte(want), &e))
			if id, err := e.ProjectID.Get(); err == nil {
				if name == "first" && id == projects[1].ID || name == "second" && id == projects[0].ID || name == "limited" && id == projects[1].ID {
					t.Errorf("%s gets an event of a project that it does not see: %s", name, want)
				}
			}
			if _, ok := e.Changes["cost_rate_minor"]; ok && name != "manager" && name != "admin" {
				t.Errorf("%s learns what somebody costs: %s", name, want)
			}
		}
	}
}

func waitUntilReadable(t *testing.T, d *dbx.DB) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if pending, err := db.New(d).EventIsPending(t.Context()); err == nil && !pending {
			return
		}
	}
	t.Fatal("what was committed cannot be read")
}

// A caller that reads nothing is cut off, once the stream is over at the latest.
func TestAStreamThatNobodyReadsGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{Streams: func(o *event.StreamOptions) { o.MaxAge = 200 * time.Millisecond }})
	token := a.Token(a.User(db.RoleAdmin))
	_, err := a.DB.Exec(t.Context(), `INSERT INTO events (credential, entity_type, entity_id, action, changes)
		SELECT 'system', 'task', gen_random_uuid(), 'task.updated', jsonb_build_object('title', jsonb_build_object('old', null, 'new', repeat('long ', 10000)))
		FROM generate_series(1, 400)`)
	expect.OK(t, err)
	var first api.EventFeed
	a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/events?page_size=1", Token: token}).MustDecode(t, http.StatusOK, &first)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", a.URL[len("http://"):])
	expect.OK(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET /api/v1/events/stream?after=%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", first.NextCursor, token)
	expect.OK(t, err)
	for a.Streams.Count() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	a.Streams.Drain()
	for end := time.Now().Add(10 * time.Second); a.Streams.Count() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the stream is still there")
		}
	}
}

func TestAStreamGoesOnBehindLastEventID(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{Streams: lasting})
	user := a.User(db.RoleManager)
	token := a.Token(user)
	project := factory.Project(t, a.DB, &factory.ProjectOpts{ManagerID: &user.ID})
	create := func(title string) {
		t.Helper()
		a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/tasks", Token: token, Body: map[string]any{"project_id": project.ID, "title": title}}).MustDecode(t, http.StatusCreated, nil)
	}
	s := follow(t, a, token, "?type=task.*", "")
	if got := s.response.Header.Get("X-Accel-Buffering") + s.response.Header.Get("Cache-Control"); got != "nono-store" {
		t.Errorf("what is on the way may keep the stream: %s", got)
	}
	create("First")
	first, _ := s.next()
	s.stop()
	create("Second")
	// Last-Event-ID goes before the cursor of the address, as a browser keeps that.
	again := follow(t, a, token, "?type=task.*&after=now", first.id)
	var e api.Event
	second, _ := again.next()
	expect.OK(t, json.Unmarshal([]byte(second.data), &e))
	if title, _ := e.Changes["title"].New.Get(); second.event != "task.created" || fmt.Sprint(title) == "" {
		t.Errorf("the stream goes on with %+v", second)
	}
	anew := follow(t, a, token, "", "nonsense")
	if m, _ := anew.next(); m.event != "reset" || m.id == "" {
		t.Errorf("behind an id that is none comes %+v, want a reset", m)
	}
}
