package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)

	t.Run("UnknownPathIsNotFound", func(t *testing.T) {
		c.get("/api/v1/nothing").MustProblem(t, http.StatusNotFound, "not_found")
	})
	t.Run("UnknownMethodIsNotAllowedAndNamesThoseThatAre", func(t *testing.T) {
		got := c.send(http.MethodPut, "/api/v1/tasks", object{}, nil)
		got.MustProblem(t, http.StatusMethodNotAllowed, "method_not_allowed")
		if allow := got.Header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
			t.Errorf("Allow is %q", allow)
		}
	})
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	for name, sent := range map[string]string{"Short": "x", "LineBreaking": "abcdefgh\tijk", "Long": strings.Repeat("a", 129)} {
		t.Run(name+"IsReplaced", func(t *testing.T) {
			got := c.send(http.MethodGet, "/livez", nil, map[string]string{"X-Request-ID": sent})
			if id := got.Header.Get("X-Request-ID"); id == sent || len(id) != 36 {
				t.Errorf("sent %q, got %q", sent, id)
			}
		})
	}
	t.Run("SaneIsTakenOver", func(t *testing.T) {
		const id = "trace-0123.abc"
		got := c.send(http.MethodGet, "/api/v1/nothing", nil, map[string]string{"X-Request-ID": id})
		problem := got.MustProblem(t, http.StatusNotFound, "not_found")
		if got.Header.Get("X-Request-ID") != id || problem.RequestID != id {
			t.Errorf("got %q and %q, want %q", got.Header.Get("X-Request-ID"), problem.RequestID, id)
		}
	})
	t.Run("StandsWithTheEventsOfTheRequest", func(t *testing.T) {
		const id = "my-own-request-1"
		c.send(http.MethodPost, "/api/v1/clients", object{"name": "Acme"}, map[string]string{"X-Request-ID": id}).
			MustDecode(t, http.StatusCreated, nil)
		var action string
		err := c.DB.QueryRow(t.Context(), "SELECT action FROM events WHERE request_id = $1", id).Scan(&action)
		if err != nil || action != "client.created" {
			t.Errorf("got the action %q, %v", action, err)
		}
	})
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	for name, header := range map[string]string{"Basic": "Basic YTpi", "NoToken": "Bearer ", "Garbage": "Bearer a.b.c", "NoScheme": c.token} {
		t.Run(name+"IsUnauthenticated", func(t *testing.T) {
			got := c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Header: map[string]string{"Authorization": header}})
			got.MustProblem(t, http.StatusUnauthorized, "unauthenticated")
			if !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("WWW-Authenticate is %q", got.Header.Get("WWW-Authenticate"))
			}
		})
	}
	t.Run("BadOneIsRefusedWhereNoneIsNeeded", func(t *testing.T) {
		got := c.Do(apitest.Request{Method: http.MethodGet, Path: "/health/detailed", Token: "a.b.c"})
		got.MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	})
	t.Run("BadOneDoesNotKeepFromSigningIn", func(t *testing.T) {
		got := c.Do(apitest.Request{
			Method: http.MethodPost, Path: "/api/v1/users/login", Token: "a.b.c",
			Body: api.Login{Email: c.user.Email, Password: apitest.Password},
		})
		got.MustDecode(t, http.StatusOK, nil)
	})
}

func TestHealth(t *testing.T) {
	t.Parallel()
	t.Run("DetailsAreForAdministrators", func(t *testing.T) {
		t.Parallel()
		admin := setup(t, nil)
		for name, c := range map[string]struct {
			caller *caller
			seen   bool
		}{"Admin": {admin, true}, "Manager": {admin.as(admin.User(db.RoleManager)), false}, "Anonymous": {&caller{API: admin.API, t: t}, false}} {
			details := read[api.HealthDetails](c.caller, "/health/detailed")
			if len(details.Checks) != 1 || details.Checks[0].Detail.IsNull() == c.seen {
				t.Errorf("%s sees %+v", name, details.Checks)
			}
		}
	})
	t.Run("DetailsAreNotForAnAdministratorsHalfCredential", func(t *testing.T) {
		t.Parallel()
		a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) { c.SecondFactorRoles = []access.Role{access.RoleAdmin} }})
		admin := a.User(db.RoleAdmin)
		project := factory.Project(t, a.DB, nil)
		for name, test := range map[string]struct {
			token string
			seen  bool
		}{
			"OwesASecondFactor": {a.Token(admin), false},
			"LimitedKey":        {a.APIKey(admin, nil, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{project.ID}}), false},
			"Key":               {a.APIKey(admin, nil, nil), true},
		} {
			details := read[api.HealthDetails](&caller{API: a, t: t, token: test.token}, "/health/detailed")
			if details.Checks[0].Detail.IsNull() == test.seen {
				t.Errorf("%s sees %+v", name, details.Checks)
			}
		}
	})
	broken := &httpapi.Probes{
		Version: "test",
		Ready:   func(context.Context) error { return errors.New("the secret cause") },
		Checks: func(context.Context) []httpapi.Check {
			return []httpapi.Check{{Name: "database", State: httpapi.CheckDown, Essential: true, Err: errors.New("the secret cause")}}
		},
	}
	t.Run("NotReadyIsUnavailableWithoutItsCause", func(t *testing.T) {
		t.Parallel()
		c := setup(t, &apitest.Options{Probes: broken})
		for _, path := range []string{"/readyz", "/health/detailed"} {
			got := c.get(path)
			got.MustProblem(t, http.StatusServiceUnavailable, "unavailable")
			if got.Header.Get("Retry-After") == "" || strings.Contains(string(got.Body), "secret") {
				t.Errorf("%s: Retry-After %q, %s", path, got.Header.Get("Retry-After"), got.Body)
			}
		}
		c.get("/livez").MustDecode(t, http.StatusOK, nil)
		c.get("/health").MustDecode(t, http.StatusOK, nil)
	})
	t.Run("PanicIsAnInternalProblemWithTheRequestID", func(t *testing.T) {
		t.Parallel()
		c := setup(t, &apitest.Options{Probes: &httpapi.Probes{Version: "test", Ready: func(context.Context) error { panic("broken") }}})
		got := c.get("/readyz")
		problem := got.MustProblem(t, http.StatusInternalServerError, "internal")
		if problem.RequestID != got.Header.Get("X-Request-ID") || strings.Contains(string(got.Body), "broken") {
			t.Errorf("got %s", got.Body)
		}
	})
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	c := setup(t, &apitest.Options{Logger: slog.New(slog.NewJSONHandler(&logged, nil))})
	c.Login(c.user)
	read[api.User](c, "/api/v1/users/me")
	c.get("/api/v1/tasks/01a20492-66bb-7dc2-9b8c-237c9603a626").MustProblem(t, http.StatusNotFound, "not_found")
	lines := logged.String()
	for _, want := range []string{`"operation":"getCurrentUser"`, `"status":200`, `"status":404`, `"actor_id":"` + c.user.ID.String() + `"`, `"operation":"login"`} {
		if !strings.Contains(lines, want) {
			t.Errorf("the log lacks %s:\n%s", want, lines)
		}
	}
	for _, secret := range []string{apitest.Password, c.token} {
		if strings.Contains(lines, secret) {
			t.Errorf("the log has a secret:\n%s", lines)
		}
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	t.Run("ContractIsTheEmbeddedOne", func(t *testing.T) {
		for path, want := range map[string][]byte{"/openapi.json": server.SpecJSON(), "/openapi.yaml": server.SpecYAML()} {
			if got := a.Do(apitest.Request{Method: http.MethodGet, Path: path}); !bytes.Equal(got.Body, want) {
				t.Errorf("%s is not the contract", path)
			}
		}
	})
	t.Run("ExplorerRunsItsOwnScriptsAlone", func(t *testing.T) {
		got := a.Do(apitest.Request{Method: http.MethodGet, Path: "/docs"})
		if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy is %q", policy)
		}
		if strings.Contains(string(got.Body), "<script>") || strings.Contains(string(got.Body), "http") && strings.Contains(string(got.Body), "://") {
			t.Errorf("the page has an inline script or an address elsewhere:\n%s", got.Body)
		}
	})
	t.Run("PagesAreForBrowsersAndOtherPathsProblems", func(t *testing.T) {
		for _, path := range []string{"/", "/docs", "/docs/guides", "/docs/guides/getting-started", "/errors", "/errors/not_found"} {
			got := a.Do(apitest.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"Accept": "text/html"}})
			if got.Status != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s answers %d with %s", path, got.Status, got.Header.Get("Content-Type"))
			}
			if head := a.Do(apitest.Request{Method: http.MethodHead, Path: path}); head.Status != http.StatusOK || len(head.Body) > 0 {
				t.Errorf("HEAD %s answers %d with %d bytes", path, head.Status, len(head.Body))
			}
		}
		for _, path := range []string{"/board", "/docs/guides/nothing", "/docs/nothing", "/errors/nothing", "/assets/board.js"} {
			a.Do(apitest.Request{Method: http.MethodGet, Path: path}).MustProblem(t, http.StatusNotFound, "not_found")
		}
	})
	t.Run("AssetsAreServedWithAndWithoutCompression", func(t *testing.T) {
		for _, path := range []string{"/assets/explorer.js", "/assets/swagger-ui.css", "/assets/swagger-ui-bundle.js", "/assets/icon.svg"} {
			plain := a.Do(apitest.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"Accept-Encoding": "identity"}})
			if plain.Status != http.StatusOK || len(plain.Body) == 0 || plain.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s: status %d, %d bytes, encoded as %q", path, plain.Status, len(plain.Body), plain.Header.Get("Content-Encoding"))
			}
			packed := a.Do(apitest.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"Accept-Encoding": "gzip"}})
			content := packed.Body
			if packed.Header.Get("Content-Encoding") == "gzip" {
				reader, err := gzip.NewReader(bytes.NewReader(packed.Body))
				if err != nil {
					t.Fatal(err)
				}
				if content, err = io.ReadAll(reader); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(content, plain.Body) {
				t.Errorf("%s differs with gzip", path)
			}
		}
	})
}

func TestTypeOfAProblemLeadsToItsPage(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	problem := c.get("/api/v1/nothing").MustProblem(t, http.StatusNotFound, "not_found")
	if page := c.get(problem.Type); page.Status != http.StatusOK || !strings.Contains(string(page.Body), problem.Title) {
		t.Errorf("%s answers %d: %s", problem.Type, page.Status, page.Body)
	}
	c.get("/errors/no_such_code").MustProblem(t, http.StatusNotFound, "not_found")
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	for _, path := range []string{"/livez", "/api/v1/tasks", "/api/v1/nothing", "/docs", "/openapi.json"} {
		got := c.get(path)
		if got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s has the headers %v", path, got.Header)
		}
	}
}

func TestSlowRequestIsUnavailable(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{RequestTimeout: 50 * time.Millisecond, Probes: &httpapi.Probes{
		Version: "test",
		Ready: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	}})
	a.Do(apitest.Request{Method: http.MethodGet, Path: "/readyz"}).MustProblem(t, http.StatusServiceUnavailable, "unavailable")
}
