package e2e_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
)

// A manager makes an agent, gives it a key for one project and takes it back;
// the agent works through the generated client with nothing but that key.
func TestAgentWorksWithAnAPIKey(t *testing.T) {
	t.Parallel()

	s := start(t, newDataDir(t), "COORDINATOR_DEMO=true")
	ana := s.signedIn(t, "ana@studio.example", "coordinator-demo")

	projects := answer(ana.ListProjectsWithResponse(t.Context(), &api.ListProjectsParams{})).is(t, http.StatusOK).JSON200.Data
	if len(projects) < 2 {
		t.Fatalf("the demo has %d projects", len(projects))
	}

	project := projects[0].ID
	agent := answer(ana.CreateAgentWithResponse(t.Context(), api.AgentCreate{Name: "Scribe"})).is(t, http.StatusCreated).JSON201
	answer(ana.AddProjectMemberWithResponse(t.Context(), project, agent.ID, api.AddProjectMemberJSONRequestBody{})).is(t, http.StatusCreated)

	made := answer(ana.CreateAPIKeyWithResponse(t.Context(), api.APIKeyCreate{
		Name: "Scribe's", PrincipalID: &agent.ID, ProjectIds: &[]uuid.UUID{project},
		Scopes: []api.APIKeyScope{"users:read", "projects:read", "tasks:read", "tasks:write"},
	})).is(t, http.StatusCreated).JSON201
	scribe := s.client(t, made.Key)

	if me := answer(scribe.GetCurrentUserWithResponse(t.Context())).is(t, http.StatusOK).JSON200; me.ID != agent.ID || me.Kind != api.PrincipalKindAgent {
		t.Errorf("the key acts for %+v", me)
	}

	seen := answer(scribe.ListProjectsWithResponse(t.Context(), &api.ListProjectsParams{})).is(t, http.StatusOK).JSON200.Data
	if len(seen) != 1 || seen[0].ID != project {
		t.Errorf("the key lists %d projects", len(seen))
	}

	answer(scribe.GetProjectWithResponse(t.Context(), projects[1].ID, nil)).refused(t, http.StatusNotFound, api.ProblemCodeNotFound)
	answer(scribe.ListClientsWithResponse(t.Context(), &api.ListClientsParams{})).refused(t, http.StatusForbidden, api.ProblemCodeForbidden)

	task := answer(scribe.CreateTaskWithResponse(t.Context(), api.TaskCreate{ProjectID: project, Title: "Write it down"})).is(t, http.StatusCreated).JSON201
	if by, _ := task.CreatedBy.Get(); by != agent.ID {
		t.Errorf("the task was created by %s", by)
	}

	answer(ana.RevokeAPIKeyWithResponse(t.Context(), made.APIKey.ID)).is(t, http.StatusNoContent)
	answer(scribe.GetCurrentUserWithResponse(t.Context())).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
}
