package contract_test

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

const (
	// otherMember is on the team of another project of the same client.
	otherMember who = "MemberOfAnotherProject"
	// deactivated was an administrator and a lead of the project.
	deactivated who = "Deactivated"
	// expired is the administrator with an access token that has run out.
	expired who = "Expired"
	// keyOfOtherScopes is a key of the administrator's, with every scope but that of the operation.
	keyOfOtherScopes who = "KeyOfOtherScopes"
	// keyElsewhere is a key of the administrator's, with every scope, for a
	// project of another client.
	keyElsewhere who = "KeyForAnotherProject"
)

// actor is a column of the matrix: somebody, and what the rules ask about them.
// The rules see these facts alone, and nothing of the server.
type actor struct {
	who who
	// column is its name in testdata/permissions.txt, is what it is.
	column, is string
	// role and place are what it may do everywhere and on the world's project,
	// empty where its credential is good for nothing.
	role, place string
	// manages tells that it manages the world's project, shares that it is on
	// the team of another project of the client.
	manages, shares bool
	// agent tells that it is one, and the author of the world's comment; it is
	// otherwise a contributor like the one who made the task and worked on it.
	agent bool
	// refused tells that its credential is sent and not taken.
	refused bool
	// key tells that it sends an API key; otherScopes that this is for other
	// operations, limited that it is for other projects.
	key, otherScopes, limited bool
}

// hasSession tells that somebody has signed in, and that it holds.
func (a actor) hasSession() bool { return a.role != "" && !a.key }

var actors = []actor{
	{who: anonymous, column: "anonymous", is: "sends no credential"},
	{who: outsider, column: "outsider", is: "user on no team", role: "user"},
	{who: otherMember, column: "member", is: "user, contributor on another project of the same client", role: "user", shares: true},
	{who: viewer, column: "viewer", is: "user, viewer of the project", role: "user", place: "viewer"},
	{who: contributor, column: "contrib", is: "user, contributor of the project, who made the task and logged the time", role: "user", place: "contributor"},
	{who: agent, column: "agent", is: "agent with an API key, contributor of the project, who wrote the comment", role: "user", place: "contributor", agent: true, key: true},
	{who: lead, column: "lead", is: "user, lead of the project", role: "user", place: "lead"},
	{who: otherManager, column: "manager2", is: "manager of another project", role: "manager"},
	{who: manager, column: "manager", is: "manager of the project", role: "manager", manages: true},
	{who: admin, column: "admin", is: "administrator", role: "admin"},
	{who: deactivated, column: "deactiv", is: "deleted administrator and lead, with the token of before", refused: true},
	{who: expired, column: "expired", is: "administrator with a token that has run out", refused: true},
	{who: keyOfOtherScopes, column: "keyscope", is: "API key of the administrator with every scope but that of the operation", role: "admin", key: true, otherScopes: true},
	{who: keyElsewhere, column: "keyproj", is: "API key of the administrator with every scope, limited to a project of another client", role: "admin", key: true, limited: true},
}

// matrixWorld is the world with those the matrix knows beside its people.
type matrixWorld struct {
	*world
	// behind is how far the clock of tokens is behind the real one.
	behind *atomic.Int64
	tokens map[who]string
	// elsewhere is a project of another client.
	elsewhere db.Project
	// keys are those of keyOfOtherScopes, by the scope that they have not.
	keys map[string]string
}

// It is on the database that pool leads to, a fresh one where that is nil.
func newMatrixWorld(t *testing.T, pool *pgxpool.Pool) *matrixWorld {
	t.Helper()
	behind := new(atomic.Int64)
	w := &matrixWorld{behind: behind, tokens: map[who]string{}, keys: map[string]string{}, world: newWorld(t, &apitest.Options{Pool: pool, Auth: func(c *auth.Config) {
		c.Now = func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }
	}})}
	w.people[otherMember] = w.User(db.RoleUser)
	w.people[deactivated] = w.User(db.RoleAdmin)
	factory.Member(t, w.DB, w.project.ID, *w.id(deactivated), db.ProjectMemberRoleLead)
	factory.Project(t, w.DB, &factory.ProjectOpts{
		ClientID: &w.client.ID, ManagerID: w.id(otherManager),
		Team: map[uuid.UUID]db.ProjectMemberRole{*w.id(otherMember): db.ProjectMemberRoleContributor},
	})
	w.elsewhere = factory.Project(t, w.DB, &factory.ProjectOpts{ClientID: new(factory.Client(t, w.DB, nil).ID)})
	return w
}

// credential is what somebody sends with a request for an operation.
func (w *matrixWorld) credential(t *testing.T, as who, operation *openapi3.Operation, method string) string {
	t.Helper()
	if as != keyOfOtherScopes {
		return w.signIn(t, as)
	}
	scope := access.ScopeOf(operation.Tags[0], method)
	if w.keys[scope] == "" {
		others := slices.DeleteFunc(apitest.AllScopes(t), func(s string) bool { return s == scope })
		w.keys[scope] = w.APIKey(w.people[admin], others, nil)
	}
	return w.keys[scope]
}

// signIn makes the credential of somebody once and keeps it.
func (w *matrixWorld) signIn(t *testing.T, as who) string {
	t.Helper()
	if token, ok := w.tokens[as]; ok {
		return token
	}
	var token string
	switch as {
	case anonymous, keyOfOtherScopes:
	case keyElsewhere:
		token = w.APIKey(w.people[admin], nil, &apitest.APIKeyOpts{ProjectIDs: []uuid.UUID{w.elsewhere.ID}})
	case deactivated:
		token = w.Token(w.people[deactivated])
		path := "/api/v1/users/" + w.id(deactivated).String()
		w.Do(apitest.Request{Method: http.MethodDelete, Path: path, Token: w.signIn(t, admin)}).MustDecode(t, http.StatusNoContent, nil)
	case expired:
		// The session lives for an hour, an access token for ten minutes.
		w.behind.Store(int64(30 * time.Minute))
		token = w.Token(w.people[admin])
		w.behind.Store(0)
	default:
		token = w.Token(w.people[as])
	}
	w.tokens[as] = token
	return token
}
