package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// A key is made, used and revoked.
func TestAPIKeyActsForWhoMadeIt(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	ana := a.User(db.RoleUser)
	project := factory.Project(t, a.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{ana.ID: db.ProjectMemberRoleContributor}})
	seen := factory.Task(t, a.DB, &factory.TaskOpts{ProjectID: project.ID})
	factory.Task(t, a.DB, nil)
	token := a.Token(ana)

	var made api.APIKeyCreated
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/api-keys", Token: token, Body: map[string]any{
		"name": "Script", "scopes": []string{"users:read", "tasks:read"},
	}}).MustDecode(t, http.StatusCreated, &made)

	var me api.User
	a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: made.Key}).MustDecode(t, http.StatusOK, &me)
	if me.ID != ana.ID {
		t.Errorf("the key acts for %s", me.ID)
	}
	var tasks api.TaskPage
	a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/tasks", Token: made.Key}).MustDecode(t, http.StatusOK, &tasks)
	if len(tasks.Data) != 1 || tasks.Data[0].ID != seen.ID {
		t.Errorf("the key lists %v", tasks.Data)
	}
	a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/projects", Token: made.Key}).MustProblem(t, http.StatusForbidden, "forbidden")

	a.Do(apitest.Request{Method: http.MethodDelete, Path: "/api/v1/api-keys/" + made.APIKey.ID.String(), Token: token}).MustDecode(t, http.StatusNoContent, nil)
	a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: made.Key}).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
}
