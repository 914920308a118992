package httpapi_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func keyed(r apitest.Request, key string) apitest.Request {
	r.Header = map[string]string{"Idempotency-Key": key}
	return r
}

func count(t *testing.T, a *apitest.API, query string) (n int) {
	t.Helper()
	if err := a.DB.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A repeat gets what the first got, and changes nothing.
func TestARepeatIsAnsweredAsTheFirst(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	token, other := a.Token(a.User(db.RoleManager)), a.Token(a.User(db.RoleManager))
	create := func(token, key, name string) apitest.Response {
		return a.Do(keyed(apitest.Request{Method: http.MethodPost, Path: "/api/v1/projects", Token: token, Body: map[string]any{"name": name}}, key))
	}
	first := create(token, "one", "Relaunch")
	first.MustDecode(t, http.StatusCreated, nil)
	if first.Header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says it is a repeat")
	}
	again := create(token, "one", "Relaunch")
	again.MustDecode(t, http.StatusCreated, nil)
	if !bytes.Equal(first.Body, again.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the repeat is answered %s with %v, want %s", again.Body, again.Header, first.Body)
	}
	for _, name := range []string{"ETag", "Location", "Content-Type"} {
		if first.Header.Get(name) != again.Header.Get(name) {
			t.Errorf("%s is %q, and was %q", name, again.Header.Get(name), first.Header.Get(name))
		}
	}
	if first.Header.Get("X-Request-ID") == again.Header.Get("X-Request-ID") {
		t.Error("the repeat has the request id of the first")
	}
	reused := create(token, "one", "Another").MustProblem(t, http.StatusUnprocessableEntity, "idempotency_key_reused")
	if reused.Errors == nil || (*reused.Errors)[0].Pointer != "header:Idempotency-Key" {
		t.Errorf("the refusal points at %v", reused.Errors)
	}
	create(other, "one", "Relaunch").MustDecode(t, http.StatusCreated, nil)
	create(token, "two", "Relaunch").MustDecode(t, http.StatusCreated, nil)
	if n := count(t, a, "SELECT count(*) FROM projects"); n != 3 {
		t.Errorf("there are %d projects, want 3", n)
	}
	if n := count(t, a, "SELECT count(*) FROM events WHERE entity_type = 'project'"); n != 3 {
		t.Errorf("there are %d events, want 3", n)
	}
}

// A key is 1 to 255 visible characters of ASCII, and there is one.
func TestWhatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	token := a.Token(a.User(db.RoleManager))
	for _, key := range []string{"", "two words", "ключ", string(bytes.Repeat([]byte("k"), 256))} {
		a.Do(keyed(apitest.Request{Method: http.MethodPost, Path: "/api/v1/projects", Token: token, Body: map[string]any{"name": "Relaunch"}}, key)).
			MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	}
	if n := count(t, a, "SELECT count(*) FROM idempotency_records"); n != 0 {
		t.Errorf("%d answers are kept, want none", n)
	}
}
