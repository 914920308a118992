package httpapi_test

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
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
	if reused.Errors == nil || reused.Errors[0].Pointer != "header:Idempotency-Key" {
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

// A sign-in with a key holds no connection while it hashes, so that a storm of
// them takes the database from nobody.
func TestASignInWithAKeyHoldsNoConnectionWhileItHashes(t *testing.T) {
	t.Parallel()
	var pool atomic.Pointer[pgxpool.Pool]
	var hashes, held atomic.Int32
	a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) {
		c.OnHash = func() {
			hashes.Add(1)
			if p := pool.Load(); p != nil {
				held.Add(p.Stat().AcquiredConns())
			}
		}
	}})
	pool.Store(a.DB.Pool())
	user := a.User(db.RoleUser)
	login := keyed(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: api.Login{Email: user.Email, Password: apitest.Password}}, "login")
	first := a.Do(login)
	first.MustDecode(t, http.StatusOK, nil)
	if hashes.Load() == 0 || held.Load() != 0 {
		t.Errorf("%d hashes were computed while %d connections were held", hashes.Load(), held.Load())
	}
	computed := hashes.Load()
	again := a.Do(login)
	if again.Header.Get("Idempotency-Replayed") != "true" || !bytes.Equal(again.Body, first.Body) || hashes.Load() != computed {
		t.Errorf("the repeat is answered %s after %d more hashes", again.Body, hashes.Load()-computed)
	}
	// What is refused as unauthenticated is tried again, and counts each time.
	wrong := keyed(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: api.Login{Email: user.Email, Password: "wrong password"}}, "wrong")
	for range 2 {
		if got := a.Do(wrong); got.Status != http.StatusUnauthorized || got.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("got %d %v", got.Status, got.Header)
		}
	}
	if n := count(t, a, "SELECT coalesce(max(failures), 0) FROM sign_in_attempts"); n != 2 {
		t.Errorf("%d failures are counted, want 2", n)
	}
	if n := count(t, a, "SELECT count(*) FROM events WHERE action = 'sign_in.failed'"); n != 2 {
		t.Errorf("%d failures are told of, want 2", n)
	}
}

// A refusal that depends on what there is, is an answer like any other; a file
// is read once and kept for the repeat.
func TestRefusalsAndFilesAreRepeated(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	token := a.Token(a.User(db.RoleAdmin))
	missing := keyed(apitest.Request{Method: http.MethodPost, Path: "/api/v1/tasks", Token: token, Body: map[string]any{"project_id": uuid.New(), "title": "Draw"}}, "missing")
	first, again := a.Do(missing), a.Do(missing)
	if first.Status != again.Status || first.Status/100 != 4 || !bytes.Equal(first.Body, again.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("got %d %s, then %d %s", first.Status, first.Body, again.Status, again.Body)
	}
	file := apitest.Request{
		Method: http.MethodPost, Path: "/api/v1/clients/import", Token: token,
		Body: `{"source":"crm","external_id":"1","name":"Acme"}` + "\n",
	}
	file.Header = map[string]string{"Content-Type": "application/x-ndjson", "Idempotency-Key": "file"}
	imported := a.Do(file)
	imported.MustDecode(t, http.StatusOK, nil)
	repeated := a.Do(file)
	if !bytes.Equal(imported.Body, repeated.Body) || repeated.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the repeated import is answered %d %s", repeated.Status, repeated.Body)
	}
	file.Body = file.Body.(string) + `{"source":"crm","external_id":"2","name":"Acme 2"}`
	a.Do(file).MustProblem(t, http.StatusUnprocessableEntity, "idempotency_key_reused")
	if n := count(t, a, "SELECT count(*) FROM clients"); n != 1 {
		t.Errorf("there are %d clients, want 1", n)
	}
}

// A refusal that says when to come back, or that depends on what the caller may
// do, is gone when that has changed: the same request with the same key is done then.
func TestARefusalThatPassesIsNotRepeated(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	admin, user := a.Token(a.User(db.RoleAdmin)), a.User(db.RoleUser)
	var project api.Project
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/projects", Token: admin, Body: map[string]any{"name": "Relaunch"}}).
		MustDecode(t, http.StatusCreated, &project)
	joins := func(role string) {
		t.Helper()
		got := a.Do(apitest.Request{
			Method: http.MethodPost, Path: "/api/v1/projects/" + project.ID.String() + "/team/" + user.ID.String(), Token: admin, Body: map[string]any{"role": role},
		})
		if got.Status/100 != 2 {
			t.Fatalf("adding a %s: %d %s", role, got.Status, got.Body)
		}
	}
	joins("viewer")
	create := keyed(apitest.Request{Method: http.MethodPost, Path: "/api/v1/tasks", Token: a.Token(user), Body: map[string]any{"project_id": project.ID, "title": "Draw"}}, "task")
	a.Do(create).MustProblem(t, http.StatusForbidden, "forbidden")
	if _, err := a.DB.Exec(t.Context(), "UPDATE project_members SET role = 'contributor' WHERE user_id = $1", user.ID); err != nil {
		t.Fatal(err)
	}
	a.Do(create).MustDecode(t, http.StatusCreated, nil)

	login := keyed(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: api.Login{Email: user.Email, Password: apitest.Password}}, "login")
	wrong := apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: api.Login{Email: user.Email, Password: "wrong password"}}
	a.Do(wrong).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	if _, err := a.DB.Exec(t.Context(), "UPDATE sign_in_attempts SET failures = 10, blocked_until = expires_at WHERE failures > 0"); err != nil {
		t.Fatal(err)
	}
	if got := a.Do(login); got.Status != http.StatusLocked && got.Status != http.StatusTooManyRequests {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	if _, err := a.DB.Exec(t.Context(), "DELETE FROM sign_in_attempts"); err != nil {
		t.Fatal(err)
	}
	a.Do(login).MustDecode(t, http.StatusOK, nil)
}
