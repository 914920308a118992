package contract_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// ownRequest makes a request of whoever has the token.
type ownRequest = func(w *world, token string) apitest.Request

func secondFactorProofs() map[string]proof {
	const path = "/api/v1/users/me/second-factor"
	begin := func(password string) *requestMaker {
		return sending(http.MethodPost, at(path), fixed(map[string]any{"password": password}))
	}
	// Whoever has set one up cannot be signed in by the password alone, so that
	// each of these is somebody else.
	newcomers := func(own ownRequest) *requestMaker {
		return new(requestMaker(func(w *world) apitest.Request { return own(w, w.Token(w.User(db.RoleUser))) }))
	}
	active := func(path string, body func(apitest.Authenticator) any) ownRequest {
		return func(w *world, token string) apitest.Request {
			authenticator, _ := w.SetUpSecondFactor(token)
			return apitest.Request{Method: http.MethodPost, Path: path, Token: token, Body: body(authenticator)}
		}
	}
	confirm := func(w *world, token string) apitest.Request {
		body := map[string]any{"code": w.BeginSecondFactor(token).Code(time.Now())}
		return apitest.Request{Method: http.MethodPost, Path: path + "/confirm", Token: token, Body: body}
	}
	replace := active(path+"/recovery-codes", func(a apitest.Authenticator) any { return map[string]any{"code": a.NextCode()} })
	remove := active(path+"/remove", func(a apitest.Authenticator) any {
		return map[string]any{"password": apitest.Password, "code": a.NextCode()}
	})
	// Without a second factor there is nothing that a code could be for.
	none := func(path string, body any) []denial {
		request := sending(http.MethodPost, at(path), fixed(body))
		return []denial{
			{as: anonymous, status: unauthenticated, request: request},
			{as: contributor, status: http.StatusConflict, request: request, because: "WithoutASecondFactor"},
		}
	}
	code := map[string]any{"code": "000000"}
	both := map[string]any{"password": apitest.Password, "code": "000000"}
	reset := func(user func(*world) string) *requestMaker {
		return sending(http.MethodDelete, func(w *world) string { return "/api/v1/users/" + user(w) + "/second-factor" }, nil)
	}
	return map[string]proof{
		"getSecondFactor": {
			request: sending(http.MethodGet, at(path), nil), as: viewer, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"beginSecondFactor": {
			request: begin(apitest.Password), as: contributor, status: http.StatusCreated,
			denied: append(deniedTo(unauthenticated, anonymous), denial{
				as: contributor, status: http.StatusUnprocessableEntity, because: "WrongPassword", request: begin("not the password"),
			}),
		},
		"confirmSecondFactor": {
			request: newcomers(confirm), own: confirm, as: contributor, status: http.StatusOK,
			denied: none(path+"/confirm", code),
		},
		"replaceRecoveryCodes": {
			request: newcomers(replace), own: replace, as: contributor, status: http.StatusOK,
			denied: append(none(path+"/recovery-codes", code), denial{
				as: contributor, status: http.StatusUnprocessableEntity, because: "UsedCode",
				request: newcomers(active(path+"/recovery-codes", func(a apitest.Authenticator) any {
					return map[string]any{"code": a.Code(time.Now().Add(-30 * time.Second))}
				})),
			}),
		},
		"removeSecondFactor": {
			request: newcomers(remove), own: remove, as: contributor, status: http.StatusNoContent,
			denied: append(none(path+"/remove", both), denial{
				as: contributor, status: forbidden, because: "WhileTheRoleRequiresIt",
				options: &apitest.Options{Auth: func(c *auth.Config) { c.SecondFactorRoles = []access.Role{access.RoleUser} }},
			}, denial{
				as: contributor, status: http.StatusUnprocessableEntity, because: "WrongPassword",
				request: newcomers(active(path+"/remove", func(a apitest.Authenticator) any {
					return map[string]any{"password": "not the password", "code": a.NextCode()}
				})),
			}),
		},
		"resetUserSecondFactor": {
			request: reset(func(w *world) string {
				user := w.User(db.RoleManager)
				w.SetUpSecondFactor(w.Token(user))
				return user.ID.String()
			}), as: admin, status: http.StatusNoContent,
			denied: append(append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, contributor)...),
				denial{
					as: admin, status: forbidden, because: "OnesOwn",
					request: reset(func(w *world) string { return w.people[admin].ID.String() }),
				}, denial{
					as: admin, status: notFound, because: "Nobody",
					request: reset(func(*world) string { return uuid.NewString() }),
				}),
		},
	}
}

// A session whose role requires a second factor that there is not may do what
// it takes to set one up, and nothing else of the whole contract.
func TestWhoOwesASecondFactorMayOnlySetItUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &apitest.Options{Auth: func(c *auth.Config) { c.SecondFactorRoles = []access.Role{access.RoleAdmin} }})
	token := w.Token(w.people[admin])
	refused := 0
	w.walk(t, apitest.LoadContract(t), func(id, method, path string, _ *openapi3.Operation) {
		permission, _ := access.ForOperation(id)
		if permission.Anonymous || permission.Enrolment {
			return
		}
		refused++
		w.Do(apitest.Request{Method: method, Path: path, Token: token}).MustProblem(t, forbidden, "second_factor_setup_required")
	})
	w.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: token}).MustDecode(t, http.StatusOK, nil)
	w.SetUpSecondFactor(token)
	w.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users", Token: token}).MustDecode(t, http.StatusOK, nil)
	t.Logf("%d operations are refused", refused)
}
