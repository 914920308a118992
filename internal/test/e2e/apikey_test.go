package e2e_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// A manager makes an agent, gives it a key for one project and takes it back;
// the agent works through the generated client with nothing but that key.
func TestAgentWorksWithAnAPIKey(t *testing.T) {
	t.Parallel()

	s := start(t, newDataDir(t), "COORDINATOR_DEMO=true")
	ana := s.signedIn(t, "ana@studio.example", "coordinator-demo")

	projects := calling(ana.Projects.List(t.Context(), client.ProjectListParams{})).succeeds(t).Data
	if len(projects) < 2 {
		t.Fatalf("the demo has %d projects", len(projects))
	}

	project := projects[0].ID
	agent := calling(ana.Users.CreateAgent(t.Context(), api.AgentCreate{Name: "Scribe"})).succeeds(t)
	calling(ana.Projects.AddMember(t.Context(), project, agent.ID, &api.AddProjectMemberJSONRequestBody{})).succeeds(t)

	made := calling(ana.APIKeys.Create(t.Context(), api.APIKeyCreate{
		Name: "Scribe's", PrincipalID: &agent.ID, ProjectIds: []uuid.UUID{project},
		Scopes: []api.APIKeyScope{"users:read", "projects:read", "tasks:read", "tasks:write"},
	})).succeeds(t)
	scribe := s.client(t, made.Key)

	if me := calling(scribe.Users.Me(t.Context())).succeeds(t); me.ID != agent.ID || me.Kind != api.PrincipalKindAgent {
		t.Errorf("the key acts for %+v", me)
	}

	seen := calling(scribe.Projects.List(t.Context(), client.ProjectListParams{})).succeeds(t).Data
	if len(seen) != 1 || seen[0].ID != project {
		t.Errorf("the key lists %d projects", len(seen))
	}

	calling(scribe.Projects.Get(t.Context(), projects[1].ID, client.ProjectGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
	calling(scribe.Clients.List(t.Context(), client.ClientListParams{})).fails(t, http.StatusForbidden, api.ProblemCodeForbidden)

	task := calling(scribe.Tasks.Create(t.Context(), api.TaskCreate{ProjectID: project, Title: "Write it down"})).succeeds(t)
	if by, _ := task.CreatedBy.Get(); by != agent.ID {
		t.Errorf("the task was created by %s", by)
	}

	doing(ana.APIKeys.Revoke(t.Context(), made.APIKey.ID)).succeeds(t)
	calling(scribe.Users.Me(t.Context())).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
}
