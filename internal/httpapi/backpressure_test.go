package httpapi_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// What is too much at once is refused at once, and health never.
func TestTooManyRequestsAtWork(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{MaxRequests: 1})
	admin := a.User(db.RoleAdmin)
	token := a.Token(admin)
	list := apitest.Request{Method: http.MethodGet, Path: "/api/v1/tasks", Token: token}
	project := factory.Project(t, a.DB, nil)
	tx, err := a.DB.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT 1 FROM projects WHERE id = $1 FOR UPDATE", project.ID); err != nil {
		t.Fatal(err)
	}
	var working sync.WaitGroup
	working.Go(func() {
		got := a.Do(apitest.Request{
			Method: http.MethodPatch, Path: "/api/v1/projects/" + project.ID.String(), Token: token, Body: map[string]any{"name": "Other"},
		})
		if got.Status != http.StatusOK {
			t.Errorf("the request at work is answered %d: %s", got.Status, got.Body)
		}
	})
	// It takes the place until the lock is given back.
	for waiting := 0; waiting == 0; {
		err := a.DB.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
	got := a.Do(list)
	got.MustProblem(t, http.StatusServiceUnavailable, "unavailable")
	if got.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
	}
	for _, path := range []string{"/livez", "/readyz", "/health", "/health/detailed", "/docs"} {
		if got := a.Do(apitest.Request{Method: http.MethodGet, Path: path}); got.Status != http.StatusOK {
			t.Errorf("%s answers %d", path, got.Status)
		}
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	working.Wait()
	a.Do(list).MustDecode(t, http.StatusOK, nil)
}

func TestDrainingClosesConnections(t *testing.T) {
	t.Parallel()
	var draining atomic.Bool
	a := apitest.New(t, &apitest.Options{Probes: &httpapi.Probes{
		Version: "test", Draining: draining.Load,
		Ready: func(context.Context) error {
			// As for a request that came before the stop.
			draining.Store(true)
			return nil
		},
	}})
	closes := func(path string) bool {
		t.Helper()
		response, err := http.Get(a.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s is answered %d", path, response.StatusCode)
		}
		return response.Close
	}
	if closes("/livez") {
		t.Error("a connection ends before the stop")
	}
	if !closes("/readyz") {
		t.Error("a request that came before the stop keeps its connection")
	}
	if !closes("/livez") {
		t.Error("a request during the stop keeps its connection")
	}
}

func TestDegradedIsNoFailure(t *testing.T) {
	t.Parallel()
	checks := []httpapi.Check{
		{Name: "database", Essential: true, Version: "17.6", Detail: "It answers."},
		{Name: "mail", State: httpapi.CheckDown, Detail: "It does not answer."},
		{Name: "migrations", Essential: true, State: httpapi.CheckDegraded},
	}
	a := apitest.New(t, &apitest.Options{Probes: &httpapi.Probes{Version: "test", Checks: func(context.Context) []httpapi.Check { return checks }}})
	admin := &caller{API: a, t: t, token: a.Token(a.User(db.RoleAdmin))}
	seen := read[api.HealthDetails](admin, "/health/detailed")
	if seen.Status != api.HealthStateDegraded || len(seen.Checks) != 3 ||
		seen.Checks[0].Status != api.HealthStateOk || seen.Checks[0].Version.MustGet() != "17.6" ||
		seen.Checks[1].Status != api.HealthStateUnavailable || seen.Checks[1].Detail.MustGet() != "It does not answer." ||
		seen.Checks[2].Status != api.HealthStateDegraded || !seen.Checks[2].Version.IsNull() {
		t.Errorf("an administrator sees %+v", seen)
	}
	hidden := read[api.HealthDetails](&caller{API: a, t: t}, "/health/detailed")
	for _, check := range hidden.Checks {
		if !check.Version.IsNull() || !check.Detail.IsNull() {
			t.Errorf("a stranger sees %+v", check)
		}
	}
}
