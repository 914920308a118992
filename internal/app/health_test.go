package app_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/app"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// serve runs a service with the settings until the test ends, and returns where.
func serve(t *testing.T, database string, args ...string) string {
	t.Helper()
	cfg := settings(t, database, args...)
	ctx, stop := context.WithCancel(t.Context())
	a, err := app.New(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + a.Addr().String()
}

func ask(t *testing.T, url string) (status int, body []byte) {
	t.Helper()
	began := time.Now()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("%s is answered after %v", url, took)
	}
	return response.StatusCode, body
}

func states(t *testing.T, origin string) (overall api.HealthState, parts map[string]api.HealthState) {
	t.Helper()
	status, body := ask(t, origin+"/health/detailed")
	var details api.HealthDetails
	if err := json.Unmarshal(body, &details); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", status, err, body)
	}
	parts = map[string]api.HealthState{}
	for _, check := range details.Checks {
		parts[check.Name] = check.Status
	}
	return details.Status, parts
}

func TestHealthOfTheParts(t *testing.T) {
	t.Parallel()
	// Both accept a connection and never say anything.
	silent := func(t *testing.T) string {
		t.Helper()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		return listener.Addr().String()
	}
	t.Run("MailAndRedisThatHangDegrade", func(t *testing.T) {
		t.Parallel()
		origin := serve(t, dbtest.URL(t), "--mail-url=smtp://"+silent(t)+"?tls=none", "--mail-from=a@example.com", "--redis-url=redis://"+silent(t))
		overall, parts := states(t, origin)
		if overall != api.HealthStateDegraded || parts["mail"] != api.HealthStateUnavailable || parts["redis"] != api.HealthStateUnavailable ||
			parts["database"] != api.HealthStateOk || parts["migrations"] != api.HealthStateOk || parts["audit"] != api.HealthStateOk {
			t.Errorf("%s: %v", overall, parts)
		}
		if status, body := ask(t, origin+"/readyz"); status != http.StatusOK {
			t.Errorf("/readyz answers %d: %s", status, body)
		}
	})
	t.Run("ALaterSchemaDegradesAndAnEarlierOneIsNotReady", func(t *testing.T) {
		t.Parallel()
		owner := dbtest.OwnerURL(t)
		origin := serve(t, dbtest.ApplicationURL(t, owner))
		execute := func(statement string) {
			t.Helper()
			conn, err := pgx.Connect(t.Context(), owner)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(t.Context())
			if _, err := conn.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
		time.Sleep(1100 * time.Millisecond)
		if status, body := ask(t, origin+"/readyz"); status != http.StatusOK {
			t.Errorf("on a later schema /readyz answers %d: %s", status, body)
		}
		if _, parts := states(t, origin); parts["migrations"] != api.HealthStateDegraded {
			t.Errorf("on a later schema: %v", parts)
		}
		execute("DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version WHERE version_id < 99999) OR version_id = 99999")
		time.Sleep(1100 * time.Millisecond)
		for _, path := range []string{"/readyz", "/health/detailed"} {
			if status, body := ask(t, origin+path); status != http.StatusServiceUnavailable {
				t.Errorf("on an earlier schema %s answers %d: %s", path, status, body)
			}
		}
	})
}
