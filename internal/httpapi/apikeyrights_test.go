package httpapi_test

import (
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func get(a *apitest.API, path, token string) apitest.Response {
	return a.Do(apitest.Request{Method: http.MethodGet, Path: path, Token: token})
}

// The first request to the replica on which a key was revoked is refused, every
// time, and so is one to another replica a second later.
func TestRevocationIsSeenByEveryReplica(t *testing.T) {
	t.Parallel()
	// Few at once, so that a busy machine has a connection for each of them in time.
	times, workers := int64(100), 10
	if os.Getenv("COORDINATOR_REVOCATIONS") != "" {
		times, workers = 1000, 50
	}
	pool := dbtest.Pool(t)
	here, there := apitest.New(t, &apitest.Options{Pool: pool}), apitest.New(t, &apitest.Options{Pool: pool})
	var worked, refusedHere, refusedThere, turn atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		user := here.User(db.RoleUser)
		token := here.Token(user)
		wg.Go(func() {
			for turn.Add(1) <= times {
				key := here.APIKey(user, []string{"users:read"}, nil)
				if get(here, "/api/v1/users/me", key).Status == http.StatusOK && get(there, "/api/v1/users/me", key).Status == http.StatusOK {
					worked.Add(1)
				}
				var keys api.APIKeyPage
				get(here, "/api/v1/api-keys?state=active", token).MustDecode(t, http.StatusOK, &keys)
				here.Do(apitest.Request{Method: http.MethodDelete, Path: "/api/v1/api-keys/" + keys.Data[0].ID.String(), Token: token}).MustDecode(t, http.StatusNoContent, nil)
				revoked := time.Now()
				if get(here, "/api/v1/users/me", key).Status == http.StatusUnauthorized {
					refusedHere.Add(1)
				}
				time.Sleep(time.Until(revoked.Add(time.Second)))
				if get(there, "/api/v1/users/me", key).Status == http.StatusUnauthorized {
					refusedThere.Add(1)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("of %d keys %d worked at both replicas; once they were revoked, %d were refused there at once, and %d by the other a second later",
		times, worked.Load(), refusedHere.Load(), refusedThere.Load())
	if worked.Load() != times || refusedHere.Load() != times || refusedThere.Load() != times {
		t.Error("a replica did not notice")
	}
}

// A key never does more than who acts with it may do at that moment, and never
// outlives them: what becomes of them counts for the next request.
func TestAPIKeyFollowsItsPrincipal(t *testing.T) {
	t.Parallel()
	const ok, gone, forbidden, notFound = http.StatusOK, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound
	for name, test := range map[string]struct {
		// principal and owner are the roles; without an owner it is a person's key.
		principal, owner db.Role
		// happens is what befalls $1, the principal, or $2, the owner.
		happens string
		// project and admins are what reading a project of the principal's team
		// answers before and after, and what admins alone read.
		project, admins [2]int
	}{
		"Demoted":            {"admin", "", "UPDATE users SET role = 'manager' WHERE id = $1", [2]int{ok, ok}, [2]int{ok, forbidden}},
		"DemotedTwice":       {"admin", "", "UPDATE users SET role = 'user' WHERE id = $1", [2]int{ok, ok}, [2]int{ok, forbidden}},
		"OffTheTeam":         {"user", "", "DELETE FROM project_members WHERE user_id = $1", [2]int{ok, notFound}, [2]int{forbidden, forbidden}},
		"Deleted":            {"admin", "", "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", [2]int{ok, gone}, [2]int{ok, gone}},
		"Promoted":           {"user", "", "UPDATE users SET role = 'admin' WHERE id = $1", [2]int{ok, ok}, [2]int{forbidden, ok}},
		"AgentOffTheTeam":    {"user", "manager", "DELETE FROM project_members WHERE user_id = $1", [2]int{ok, notFound}, [2]int{forbidden, forbidden}},
		"OwnerDemoted":       {"admin", "admin", "UPDATE users SET role = 'user' WHERE id = $2", [2]int{ok, ok}, [2]int{ok, forbidden}},
		"OwnerPromoted":      {"user", "manager", "UPDATE users SET role = 'admin' WHERE id = $2", [2]int{ok, ok}, [2]int{forbidden, forbidden}},
		"OwnerDeleted":       {"user", "manager", "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $2", [2]int{ok, gone}, [2]int{forbidden, gone}},
		"OwnerLost":          {"user", "manager", "UPDATE users SET owner_id = NULL WHERE id = $1", [2]int{ok, gone}, [2]int{forbidden, gone}},
		"AgentAboveItsOwner": {"manager", "user", "DELETE FROM project_members WHERE user_id = $1", [2]int{ok, notFound}, [2]int{forbidden, forbidden}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apitest.New(t, nil)
			owner := a.User(or(test.owner, db.RoleUser))
			opts := &factory.UserOpts{Role: test.principal}
			if test.owner != "" {
				opts.Kind, opts.OwnerID = db.PrincipalKindAgent, &owner.ID
			}
			principal := factory.User(t, a.DB, opts)
			project := factory.Project(t, a.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{principal.ID: db.ProjectMemberRoleViewer}})
			keys := map[string]string{
				"unlimited": a.APIKey(principal, nil, nil),
				"limited":   a.APIKey(principal, nil, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{project.ID}}),
			}
			for i, moment := range []string{"before", "after"} {
				if i == 1 {
					_, err := a.DB.Exec(t.Context(), "WITH who AS (SELECT $1::uuid, $2::uuid) "+test.happens, principal.ID, owner.ID)
					expect.OK(t, err)
					a.Changed()
				}
				for kind, key := range keys {
					if got := get(a, "/api/v1/projects/"+project.ID.String(), key).Status; got != test.project[i] {
						t.Errorf("%s, the %s key reads the project with %d, want %d", moment, kind, got, test.project[i])
					}
				}
				if got := get(a, "/api/v1/audit-log", keys["unlimited"]).Status; got != test.admins[i] {
					t.Errorf("%s, the key reads the audit log with %d, want %d", moment, got, test.admins[i])
				}
				if got := get(a, "/api/v1/audit-log", keys["limited"]).Status; got == ok {
					t.Errorf("%s, a limited key reads the audit log", moment)
				}
			}
		})
	}
}

func or(role, otherwise db.Role) db.Role {
	if role == "" {
		return otherwise
	}
	return role
}

// What is wrong with a key is nobody's business: whatever it is, the answer is
// the same, and what is sent as a key is never taken for a token.
func TestRefusedAPIKeysReadTheSame(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	user := a.User(db.RoleUser)
	revoked := a.APIKey(user, nil, nil)
	_, err := a.DB.Exec(t.Context(), "UPDATE api_keys SET revoked_at = now()")
	expect.OK(t, err)
	good := a.APIKey(user, nil, nil)
	bodies := map[string]bool{}
	for _, key := range []string{revoked, good[:69] + "!", good[:40], "ck_", "ck_live_", "ck_test_" + good[8:], good + good} {
		got := a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: key, Header: map[string]string{"X-Request-ID": "the-same-one"}})
		got.MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		bodies[string(got.Body)] = true
	}
	if len(bodies) != 1 {
		t.Errorf("there are %d answers: %v", len(bodies), bodies)
	}
	get(a, "/api/v1/users/me", good).MustDecode(t, http.StatusOK, nil)
}

// Changes by a key are told to be by the key.
func TestEventsNameTheAPIKey(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	user := a.User(db.RoleUser)
	project := factory.Project(t, a.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleLead}})
	key := a.APIKey(user, []string{"tasks:write"}, nil)
	var id uuid.UUID
	expect.OK(t, a.DB.QueryRow(t.Context(), "SELECT id FROM api_keys").Scan(&id))
	var task api.Task
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/tasks", Token: key, Body: map[string]any{"project_id": project.ID, "title": "By a key"}}).
		MustDecode(t, http.StatusCreated, &task)
	events := expect.Events(t, a.DB, task.ID)
	if len(events) != 1 || events[0].Credential != "api_key:"+id.String() || *events[0].ActorID != user.ID {
		t.Errorf("the events are %+v", events)
	}
}

// An agent's owner looks after it, with what it is and what it may be named.
func TestAgentOfItsOwner(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	mia, other, admin := a.Token(a.User(db.RoleManager)), a.Token(a.User(db.RoleManager)), a.Token(a.User(db.RoleAdmin))
	do := func(method, path, token string, body any) apitest.Response {
		return a.Do(apitest.Request{Method: method, Path: path, Token: token, Body: body})
	}
	var agent api.User
	do(http.MethodPost, "/api/v1/agents", mia, map[string]any{"name": " Scout ", "title": "Research", "skills": []string{"search"}}).MustDecode(t, http.StatusCreated, &agent)
	if agent.Kind != api.PrincipalKindAgent || agent.Name != "Scout" || agent.Role != api.RoleUser || agent.Email != "agent-"+agent.ID.String()+"@agents.invalid" {
		t.Errorf("the agent is %+v", agent)
	}
	one := "/api/v1/users/" + agent.ID.String()
	do(http.MethodPatch, one, mia, map[string]any{"name": "Scout II", "skills": []string{"search", "writing"}}).MustDecode(t, http.StatusOK, &agent)
	do(http.MethodPatch, one, mia, map[string]any{"role": "manager"}).MustProblem(t, http.StatusForbidden, "forbidden")
	do(http.MethodPatch, one, other, map[string]any{"name": "Mine"}).MustProblem(t, http.StatusForbidden, "forbidden")
	do(http.MethodPatch, one, admin, map[string]any{"role": "admin"}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	do(http.MethodPatch, one, admin, map[string]any{"role": "manager"}).MustDecode(t, http.StatusOK, &agent)

	var made api.APIKeyCreated
	do(http.MethodPost, "/api/v1/api-keys", mia, map[string]any{"name": "Scout's", "principal_id": agent.ID, "scopes": []string{"users:read", "users:write"}}).
		MustDecode(t, http.StatusCreated, &made)
	get(a, "/api/v1/users/me", made.Key).MustDecode(t, http.StatusOK, &agent)
	// Who it is and what it may do is not for a key to change, and neither are keys.
	do(http.MethodPatch, one, made.Key, map[string]any{"email": "me@agency.example"}).MustProblem(t, http.StatusForbidden, "forbidden")
	do(http.MethodPost, "/api/v1/api-keys", made.Key, map[string]any{"name": "Another", "scopes": []string{"users:read"}}).MustProblem(t, http.StatusForbidden, "forbidden")

	do(http.MethodDelete, one, other, nil).MustProblem(t, http.StatusForbidden, "forbidden")
	do(http.MethodDelete, one, mia, nil).MustDecode(t, http.StatusNoContent, nil)
	get(a, "/api/v1/users/me", made.Key).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	var key api.APIKey
	get(a, "/api/v1/api-keys/"+made.APIKey.ID.String(), mia).MustDecode(t, http.StatusOK, &key)
	if key.State != api.APIKeyStateRevoked {
		t.Errorf("the deleted agent's key is %s", key.State)
	}
}

// Agents have no password, whoever writes to the database.
func TestAgentsHaveNoPassword(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	agent := factory.User(t, a.DB, &factory.UserOpts{Kind: db.PrincipalKindAgent})
	if _, err := a.DB.Exec(t.Context(), "UPDATE users SET password_hash = $2 WHERE id = $1", agent.ID, factory.PasswordHash(apitest.Password)); err == nil {
		t.Error("an agent gets a password")
	}
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: api.Login{Email: agent.Email, Password: apitest.Password}}).
		MustProblem(t, http.StatusUnauthorized, "unauthenticated")
}

// A limited key of an administrator is for its projects: what concerns the
// people on them beyond these stays theirs. The control is the key without limits.
func TestLimitedKeyOfAnAdministratorReadsNoPrivateMatters(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	admin := a.User(db.RoleAdmin)
	worker := factory.User(t, a.DB, nil)
	project := factory.Project(t, a.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{worker.ID: db.ProjectMemberRoleContributor}})
	task := factory.Task(t, a.DB, &factory.TaskOpts{ProjectID: project.ID})
	entry := factory.TimeEntry(t, a.DB, &factory.TimeEntryOpts{TaskID: task.ID, UserID: worker.ID, CostRate: new(int64(4200))})
	_, err := a.DB.Exec(t.Context(), `INSERT INTO events (credential, entity_type, entity_id, action, changes) VALUES
		('system', 'user', $1, 'user.password_changed', '{}'),
		('system', 'user', $1, 'user.updated', '{"name": {"old": "A", "new": "B"}, "notifications": {"old": {}, "new": {}}}')`, worker.ID)
	expect.OK(t, err)
	person := "/api/v1/users/" + worker.ID.String()

	for _, test := range []struct {
		name, key   string
		knowsCost   bool
		preferences int
		actions     []string
		fields      int
	}{
		{"Unlimited", a.APIKey(admin, nil, nil), true, http.StatusOK, []string{"user.updated", "user.password_changed"}, 2},
		{"Limited", a.APIKey(admin, nil, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{project.ID}}), false, http.StatusForbidden, []string{"user.updated"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var read api.TimeEntry
			get(a, "/api/v1/time-entries/"+entry.ID.String(), test.key).MustDecode(t, http.StatusOK, &read)
			if read.CostRate.IsNull() == test.knowsCost {
				t.Errorf("the cost rate is %+v", read.CostRate)
			}
			if got := get(a, person+"/preferences", test.key).Status; got != test.preferences {
				t.Errorf("the preferences are answered with %d, want %d", got, test.preferences)
			}
			get(a, "/api/v1/users/"+admin.ID.String()+"/preferences", test.key).MustDecode(t, http.StatusOK, nil)
			var history api.EventPage
			get(a, person+"/history", test.key).MustDecode(t, http.StatusOK, &history)
			var actions []string
			for _, event := range history.Data {
				actions = append(actions, event.Action)
			}
			if !slices.Equal(actions, test.actions) {
				t.Errorf("the history is %q, want %q", actions, test.actions)
			}
			if got := len(history.Data[0].Changes); got != test.fields {
				t.Errorf("the change tells %d fields, want %d: %v", got, test.fields, history.Data[0].Changes)
			}
		})
	}
}
