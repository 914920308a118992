package contract_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func keyProofs() map[string]proof {
	all := at("/api/v1/api-keys")
	one := func(w *world) string { return "/api/v1/api-keys/" + w.keyID.String() }
	create := fixed(map[string]any{"name": "Script", "scopes": []string{"tasks:read"}})
	// Whoever it does not belong to does not learn that there is such a key.
	notTheirs := append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, manager, viewer, outsider)...)
	// The agent acts with a key.
	return map[string]proof{
		"createAgent": {
			request: sending(http.MethodPost, at("/api/v1/agents"), fixed(map[string]any{"name": "Scout"})), as: manager, status: http.StatusCreated,
			denied: append(deniedTo(unauthenticated, anonymous), append(deniedTo(forbidden, lead, agent, outsider), denial{
				as: manager, status: http.StatusUnprocessableEntity, because: "AboveItsOwner",
				request: sending(http.MethodPost, at("/api/v1/agents"), fixed(map[string]any{"name": "Scout", "role": "admin"})),
			}, denial{
				// It would have an owner whose own owner's role nobody asks for.
				as: agent, status: forbidden, because: "ByAnAgentWithTheRole",
				request: new(requestMaker(func(w *world) apitest.Request {
					manages := factory.User(w.t, w.DB, &factory.UserOpts{Kind: db.PrincipalKindAgent, Role: db.RoleManager, OwnerID: w.id(manager)})
					return apitest.Request{Method: http.MethodPost, Path: "/api/v1/agents", Token: w.Token(manages), Body: map[string]any{"name": "Scout"}}
				})),
			})...),
		},
		"listApiKeys": {
			request: sending(http.MethodGet, all, nil), as: outsider, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, agent)...),
		},
		"createApiKey": {
			request: sending(http.MethodPost, all, create), as: contributor, status: http.StatusCreated,
			denied: append(append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, agent)...), denial{
				as: outsider, status: http.StatusUnprocessableEntity, because: "ForAProjectThatIsNotSeen",
				request: sending(http.MethodPost, all, func(w *world) any {
					return map[string]any{"name": "Script", "scopes": []string{"tasks:read"}, "project_ids": []uuid.UUID{w.project.ID}}
				}),
			}, denial{
				as: admin, status: http.StatusUnprocessableEntity, because: "ForSomebodyElse",
				request: sending(http.MethodPost, all, func(w *world) any {
					return map[string]any{"name": "Script", "scopes": []string{"tasks:read"}, "principal_id": w.id(contributor)}
				}),
			}),
		},
		"getApiKey": {
			request: sending(http.MethodGet, one, nil), as: contributor, status: http.StatusOK,
			denied: append(notTheirs, deniedTo(forbidden, agent)...),
		},
		"updateApiKey": {
			request: sending(http.MethodPatch, one, fixed(map[string]any{"name": "Other"})), as: contributor, status: http.StatusOK,
			denied: append(notTheirs, deniedTo(forbidden, agent)...),
		},
		"revokeApiKey": {
			request: sending(http.MethodDelete, one, nil), as: admin, status: http.StatusNoContent,
			denied: append(notTheirs, deniedTo(forbidden, agent)...),
		},
	}
}

// The scopes that a key can be given are exactly those that some operation asks for.
func TestScopesAreThoseOfTheOperations(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	for _, item := range apitest.LoadContract(t).Doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if permission, _ := access.ForOperation(operation.OperationID); !permission.Anonymous && !permission.SessionOnly {
				asked[access.ScopeOf(operation.Tags[0], method)] = true
			}
		}
	}
	for _, scope := range apitest.AllScopes(t) {
		if !asked[scope] {
			t.Errorf("no operation asks for %s", scope)
		}
		delete(asked, scope)
	}
	for scope := range asked {
		t.Errorf("no key can be given %s", scope)
	}
}

// A key without an operation's scope is refused, by name, and one with no other
// scope than that gets past.
func TestEveryOperationAsksForItsScope(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	w := newWorld(t, nil)
	with := map[string]string{}
	keyWith := func(scopes ...string) string {
		key := strings.Join(scopes, " ")
		if with[key] == "" {
			with[key] = w.APIKey(w.people[admin], scopes, nil)
		}
		return with[key]
	}
	w.walk(t, contract, func(id, method, path string, operation *openapi3.Operation) {
		permission, _ := access.ForOperation(id)
		if permission.Anonymous {
			return
		}
		scope := access.ScopeOf(operation.Tags[0], method)
		var others []string
		for _, other := range apitest.AllScopes(t) {
			if other != scope {
				others = append(others, other)
			}
		}
		got := w.Do(apitest.Request{Method: method, Path: path, Token: keyWith(others...)})
		if got.Status != forbidden {
			t.Errorf("%s with every scope but %s answers %d", id, scope, got.Status)
		}
		if permission.SessionOnly || method != http.MethodGet {
			return
		}
		if got := w.Do(apitest.Request{Method: method, Path: path, Token: keyWith(scope)}); got.Status == forbidden || got.Status == unauthenticated {
			t.Errorf("%s with %s answers %d: %s", id, scope, got.Status, got.Body)
		}
	})
}

// An administrator's key for another project finds nothing of this one: what has
// an id is not there, what has none does not name it, and nothing is changed.
func TestKeyForAnotherProject(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	w := newWorld(t, nil)
	other := factory.Project(t, w.DB, nil)
	factory.Task(t, w.DB, &factory.TaskOpts{ProjectID: other.ID})
	limited := w.APIKey(w.people[admin], nil, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{other.ID}})
	unlimited := w.APIKey(w.people[admin], nil, nil)
	hidden := []string{
		w.client.ID.String(), w.contact.ID.String(), w.project.ID.String(), w.first.ID.String(), w.second.ID.String(), w.comment.ID.String(),
		w.entry.ID.String(), w.newcomer.ID.String(), w.id(contributor).String(), w.first.Title, w.client.Name, w.project.Name,
	}
	events := w.events(t)
	seen, named := 0, 0
	w.walk(t, contract, func(id, method, path string, operation *openapi3.Operation) {
		permission, _ := access.ForOperation(id)
		if permission.Anonymous {
			return
		}
		closed := permission.SessionOnly || permission.Unlimited
		request := apitest.Request{Method: method, Path: path, Token: limited}
		if body := operation.RequestBody; body != nil && body.Value.Content.Get("application/json") != nil {
			request.Body = exampleBody(t, id, operation)
		}
		if q := operation.Parameters.GetByInAndName("query", "q"); q != nil && q.Required {
			request.Path += "?q=task"
		}
		got := w.Do(request)
		hasID := path != contractPath(contract, operation)
		switch {
		case closed && got.Status != forbidden:
			t.Errorf("%s answers %d to a limited key", id, got.Status)
		case !closed && method == http.MethodGet && hasID && got.Status != notFound:
			t.Errorf("%s answers %d about another project: %s", id, got.Status, got.Body)
		case !closed && method != http.MethodGet && hasID && got.Status < 400:
			t.Errorf("%s changes another project: %d", id, got.Status)
		}
		if method != http.MethodGet || closed {
			return
		}
		for _, text := range hidden {
			if !hasID && contains(got.Body, text) {
				t.Errorf("%s names %s: %s", id, text, got.Body)
			}
		}
		// The control: without the limit the same request tells of it.
		request.Token = unlimited
		if got := w.Do(request); got.Status == http.StatusOK {
			seen++
			for _, text := range hidden {
				if !hasID && contains(got.Body, text) {
					named++
					break
				}
			}
		}
	})
	if seen < 40 || named < 8 {
		t.Errorf("without the limit %d requests find something and %d lists name it, which proves little", seen, named)
	}
	if after := w.events(t); after != events {
		t.Errorf("%d events were written", after-events)
	}
}

// What a key is limited to counts as far as its principal sees it.
func TestLimitedKeySeesWhatItsPrincipalSees(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	of := factory.Project(t, w.DB, &factory.ProjectOpts{ClientID: &w.client.ID})
	factory.Project(t, w.DB, nil)
	lonely := factory.Client(t, w.DB, nil)
	boss := w.User(db.RoleManager)
	onTeam := factory.Project(t, w.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{boss.ID: db.ProjectMemberRoleViewer}})
	key := w.APIKey(boss, nil, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{onTeam.ID}, ClientIDs: []uuid.UUID{w.client.ID, lonely.ID}})

	wantSeen(t, w, key, "/api/v1/projects", w.project.ID, of.ID, onTeam.ID)
	wantSeen(t, w, key, "/api/v1/clients", w.client.ID, lonely.ID)
	moved := factory.Project(t, w.DB, &factory.ProjectOpts{ClientID: &lonely.ID})
	wantSeen(t, w, key, "/api/v1/projects", w.project.ID, of.ID, onTeam.ID, moved.ID)
	w.exec(t, "UPDATE projects SET client_id = NULL WHERE id = $1", moved.ID)
	wantSeen(t, w, key, "/api/v1/projects", w.project.ID, of.ID, onTeam.ID)

	w.exec(t, "UPDATE users SET role = 'user' WHERE id = $1", boss.ID)
	wantSeen(t, w, key, "/api/v1/projects", onTeam.ID)
	wantSeen(t, w, key, "/api/v1/clients")
	factory.Member(t, w.DB, of.ID, boss.ID, db.ProjectMemberRoleViewer)
	wantSeen(t, w, key, "/api/v1/projects", onTeam.ID, of.ID)
	wantSeen(t, w, key, "/api/v1/clients", w.client.ID)
	w.exec(t, "DELETE FROM project_members WHERE user_id = $1", boss.ID)
	wantSeen(t, w, key, "/api/v1/projects")
	w.exec(t, "UPDATE users SET role = 'manager' WHERE id = $1", boss.ID)
	wantSeen(t, w, key, "/api/v1/projects", w.project.ID, of.ID, onTeam.ID)
	wantSeen(t, w, key, "/api/v1/clients", w.client.ID, lonely.ID)
	w.exec(t, "DELETE FROM api_key_projects")
	w.exec(t, "DELETE FROM api_key_clients")
	wantSeen(t, w, key, "/api/v1/projects")
	wantSeen(t, w, key, "/api/v1/clients")
}

func (w *world) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := w.DB.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
	w.Changed()
}
