package httpapi_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

const secondFactorPath = "/api/v1/users/me/second-factor"

func loginBody(u db.User, more object) object {
	body := object{"email": u.Email, "password": apitest.Password}
	maps.Copy(body, more)
	return body
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	login := func(u db.User, more object) apitest.Response {
		return a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: loginBody(u, more)})
	}
	users := func(token string) apitest.Response {
		return a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users", Token: token})
	}

	t.Run("LoginAsksForItAndTakesIt", func(t *testing.T) {
		t.Parallel()
		user := a.User(db.RoleUser)
		authenticator, recovery := a.SetUpSecondFactor(a.Token(user))
		login(user, nil).MustProblem(t, http.StatusUnauthorized, "second_factor_required")
		login(user, object{"recovery_code": "no such code"}).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		login(user, object{"code": "12345"}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		var tokens api.TokenPair
		login(user, object{"code": authenticator.NextCode()}).MustDecode(t, http.StatusOK, &tokens)
		users(tokens.AccessToken).MustDecode(t, http.StatusOK, nil)
		login(user, object{"recovery_code": strings.ToUpper(recovery[0])}).MustDecode(t, http.StatusOK, &tokens)
		var state api.SecondFactor
		a.Do(apitest.Request{Method: http.MethodGet, Path: secondFactorPath, Token: tokens.AccessToken}).MustDecode(t, http.StatusOK, &state)
		if state.State != api.SecondFactorStateActive || state.RecoveryCodesLeft != 9 || state.IsRequired || state.ConfirmedAt.IsNull() {
			t.Errorf("the state is %+v", state)
		}
	})

	t.Run("SessionOpenedWithoutItIsSentToSignInAgain", func(t *testing.T) {
		t.Parallel()
		user := a.User(db.RoleUser)
		token := a.Token(user)
		a.SetUpSecondFactor(token)
		_, err := a.DB.Exec(t.Context(), "UPDATE sessions SET second_factor_at = NULL WHERE user_id = $1", user.ID)
		expect.OK(t, err)
		users(token).MustProblem(t, http.StatusUnauthorized, "second_factor_required")
		a.Do(apitest.Request{Method: http.MethodGet, Path: secondFactorPath, Token: token}).MustDecode(t, http.StatusOK, nil)
	})

	t.Run("TooManyAttemptsAreToldHowLongToWait", func(t *testing.T) {
		t.Parallel()
		token := a.Token(a.User(db.RoleUser))
		begin := func() apitest.Response {
			return a.Do(apitest.Request{Method: http.MethodPost, Path: secondFactorPath, Token: token, Body: object{"password": "wrong"}})
		}
		for range 5 {
			begin().MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		}
		got := begin()
		got.MustProblem(t, http.StatusTooManyRequests, "rate_limited")
		if wait := got.Header.Get("Retry-After"); wait != "900" && wait != "899" {
			t.Errorf("Retry-After is %q", wait)
		}
	})

	t.Run("IsNobodyElsesBusiness", func(t *testing.T) {
		t.Parallel()
		user, admin, manager := a.User(db.RoleUser), a.User(db.RoleAdmin), a.User(db.RoleManager)
		token := a.Token(user)
		_, recovery := a.SetUpSecondFactor(token)
		login(user, object{"recovery_code": recovery[0]}).MustDecode(t, http.StatusOK, nil)
		actions := func(token, path string) []string {
			var page api.EventPage
			a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/" + user.ID.String() + path, Token: token}).MustDecode(t, http.StatusOK, &page)
			var found []string
			for _, e := range page.Data {
				if e.EntityType == "user" {
					found = append(found, e.Action)
				}
			}
			return found
		}
		all := []string{"user.recovery_code_used", "user.second_factor_added"}
		for _, path := range []string{"/history", "/activity"} {
			for name, test := range map[string]struct {
				token string
				want  []string
			}{"Itself": {token, all}, "Admin": {a.Token(admin), all}, "Manager": {a.Token(manager), nil}} {
				if diff := cmp.Diff(test.want, actions(test.token, path)); diff != "" {
					t.Errorf("%s reads in %s (-want +got):\n%s", name, path, diff)
				}
			}
		}
	})
}

// Replicas may be given another setting one after another, and a role may
// change: what holds is what the one that serves the request knows.
func TestARoleThatRequiresASecondFactor(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) { c.SecondFactorRoles = []access.Role{access.RoleManager} }})
	user, admin := a.User(db.RoleUser), a.User(db.RoleAdmin)
	token, byAdmin := a.Token(user), a.Token(admin)
	clients := func() apitest.Response {
		return a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/clients", Token: token})
	}
	become := func(role api.Role) {
		t.Helper()
		a.Do(apitest.Request{
			Method: http.MethodPatch, Path: "/api/v1/users/" + user.ID.String(), Token: byAdmin, Body: object{"role": role},
		}).MustDecode(t, http.StatusOK, nil)
	}
	clients().MustDecode(t, http.StatusOK, nil)
	become(api.RoleManager)
	clients().MustProblem(t, http.StatusForbidden, "second_factor_setup_required")
	become(api.RoleUser)
	clients().MustDecode(t, http.StatusOK, nil)
	become(api.RoleManager)
	a.SetUpSecondFactor(token)
	clients().MustDecode(t, http.StatusOK, nil)
	a.Do(apitest.Request{
		Method: http.MethodDelete, Path: "/api/v1/users/" + user.ID.String() + "/second-factor", Token: byAdmin,
	}).MustDecode(t, http.StatusNoContent, nil)
	clients().MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	token = a.Token(user)
	clients().MustProblem(t, http.StatusForbidden, "second_factor_setup_required")
}

// recorded keeps what is logged.
type recorded struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *recorded) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// What passes a second factor is in no line of the log, no event and no
// problem, whatever is done with it.
func TestSecretsOfTheSecondFactorAreNotTold(t *testing.T) {
	t.Parallel()
	var log recorded
	a := apitest.New(t, &apitest.Options{Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	user := a.User(db.RoleUser)
	token := a.Token(user)
	var enrolment api.SecondFactorEnrolment
	a.Do(apitest.Request{Method: http.MethodPost, Path: secondFactorPath, Token: token, Body: object{"password": apitest.Password}}).MustDecode(t, http.StatusCreated, &enrolment)
	authenticator, recovery := a.SetUpSecondFactor(token)
	used, wrong, malformed := authenticator.NextCode(), authenticator.Code(time.Now().Add(time.Hour)), "98765-43210-planted"

	var problems []byte
	send := func(path, token string, body object) {
		got := a.Do(apitest.Request{Method: http.MethodPost, Path: path, Token: token, Body: body})
		if got.Status >= http.StatusBadRequest {
			problems = append(problems, got.Body...)
		}
	}
	const login = "/api/v1/users/login"
	for _, more := range []object{
		{"code": wrong},
		{"code": malformed},
		{"code": used},
		{"code": used},
		{"code": wrong, "recovery_code": recovery[1]},
		{"recovery_code": malformed},
		{"recovery_code": recovery[0]},
		{"recovery_code": recovery[0]},
		{"recovery_code": recovery[2], "unknown": recovery[3]},
	} {
		send(login, "", loginBody(user, more))
	}
	send(secondFactorPath+"/confirm", token, object{"code": malformed})
	send(secondFactorPath+"/confirm", token, object{"code": wrong})
	send(secondFactorPath+"/recovery-codes", token, object{"code": wrong})
	send(secondFactorPath+"/remove", token, object{"password": "planted-password", "recovery_code": recovery[4]})
	send(secondFactorPath+"/remove", token, object{"password": apitest.Password, "code": used})

	var events []byte
	expect.OK(t, a.DB.QueryRow(t.Context(), "SELECT json_agg(e)::text::bytea FROM events e").Scan(&events))
	if !json.Valid(events) || len(problems) == 0 || log.text.Len() == 0 {
		t.Fatal("nothing was recorded to look through")
	}
	secrets := append([]string{enrolment.Secret, enrolment.URI, malformed, apitest.Password, "planted-password"}, recovery...)
	for place, text := range map[string]string{"log": log.text.String(), "events": string(events), "problems": string(problems)} {
		for i, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("secret %d of %d stands in the %s", i, len(secrets), place)
			}
		}
		// Six digits occur in times and ids: a code would stand between quotes.
		for _, code := range []string{used, wrong} {
			if strings.Contains(text, `"`+code+`"`) || strings.Contains(text, " "+code) {
				t.Errorf("a code stands in the %s", place)
			}
		}
	}
	t.Logf("%d secrets were looked for", len(secrets)+2)
}
