package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func replaceID(text string, from, to uuid.UUID) string {
	return strings.ReplaceAll(text, from.String(), to.String())
}

func TestTaskFieldsComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	member := c.User(db.RoleUser)
	project := factory.Project(t, c.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{member.ID: db.ProjectMemberRoleLead}})
	parent := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	prerequisite := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	created := create[api.Task](c, "/api/v1/tasks", object{
		"project_id": project.ID, "parent_id": parent.ID, "title": "Draw", "description": "The page flow.", "priority": "high",
		"status": "backlog", "assignee_id": member.ID, "estimate_minutes": 525600, "due_date": "2026-12-24",
		"prerequisite_ids": []uuid.UUID{prerequisite.ID}, "tags": []string{" web ", "shop"}, "remaining_minutes": 0,
		"external_source": "crm", "external_id": "T-7",
	})
	want := api.Task{
		ID: created.ID, ProjectID: project.ID, ParentID: api.NewNullableWithValue(parent.ID),
		Title: "Draw", Description: api.NewNullableWithValue("The page flow."),
		Status: api.TaskStatusBacklog, StatusReason: api.NewNullNullable[string](), Priority: api.PriorityHigh,
		AssigneeID: api.NewNullableWithValue(member.ID), EstimateMinutes: api.NewNullableWithValue[int32](525600),
		DueDate: api.NewNullableWithValue(date(2026, time.December, 24)), CompletedAt: api.NewNullNullable[time.Time](),
		IsBlocked: true, PrerequisiteIds: []uuid.UUID{prerequisite.ID}, Version: 1,
		CreatedAt: created.CreatedAt, CreatedBy: api.NewNullableWithValue(c.user.ID),
		UpdatedAt: created.CreatedAt, UpdatedBy: api.NewNullableWithValue(c.user.ID),
		Tags: []string{"web", "shop"}, RemainingMinutes: api.NewNullableWithValue[int32](0), Position: created.Position,
		ExternalSource: api.NewNullableWithValue("crm"), ExternalID: api.NewNullableWithValue("T-7"),
		StartedAt: api.NewNullNullable[time.Time](), DeletedAt: api.NewNullNullable[time.Time](),
		DeletedBy: api.NewNullNullable[uuid.UUID](), Included: api.NewNullNullableObject[api.TaskIncluded](),
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, read[api.Task](c, "/api/v1/tasks/"+created.ID.String())); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	listed := read[api.TaskPage](c, "/api/v1/tasks?parent_id="+parent.ID.String()).Data
	if diff := cmp.Diff([]api.Task{want}, listed); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

func TestTaskUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, nil)
	created := create[api.Task](c, "/api/v1/tasks", object{
		"project_id": project.ID, "title": "Draw", "description": "x", "estimate_minutes": 60, "due_date": "2026-12-24",
	})
	var updated api.Task
	c.send(http.MethodPatch, "/api/v1/tasks/"+created.ID.String(), object{
		"title": "Draw it", "priority": "low", "estimate_minutes": nil, "due_date": "2027-01-01",
	}, map[string]string{"If-Match": `"1"`}).MustDecode(t, http.StatusOK, &updated)
	want := created
	want.Title, want.Priority, want.EstimateMinutes = "Draw it", api.PriorityLow, api.NewNullNullable[int32]()
	want.DueDate = api.NewNullableWithValue(api.NewDate(2027, time.January, 1))
	want.Version, want.UpdatedAt = 2, updated.UpdatedAt
	if diff := cmp.Diff(want, updated); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTaskConflictsSayWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, nil)
	first := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	second := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID, After: []uuid.UUID{first.ID}})
	third := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID, After: []uuid.UUID{second.ID}})
	child := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID, ParentID: &first.ID})
	set := func(task db.Task, body object) apitest.Response {
		return c.send(http.MethodPut, "/api/v1/tasks/"+task.ID.String()+"/status", body, nil)
	}

	t.Run("OpenPrerequisitesAreNamed", func(t *testing.T) {
		problem := set(second, object{"status": "in_progress"}).MustProblem(t, http.StatusConflict, "prerequisites_open")
		if diff := cmp.Diff([]uuid.UUID{first.ID}, problem.BlockingIds); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("CycleIsGivenAsItsPath", func(t *testing.T) {
		got := c.send(http.MethodPost, "/api/v1/tasks/"+first.ID.String()+"/dependencies", object{"prerequisite_id": third.ID}, nil)
		problem := got.MustProblem(t, http.StatusConflict, "dependency_cycle")
		if diff := cmp.Diff([]uuid.UUID{first.ID, third.ID, second.ID, first.ID}, problem.Cycle); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("OpenSubtasksAreNamed", func(t *testing.T) {
		set(first, object{"status": "in_progress"}).MustDecode(t, http.StatusOK, nil)
		problem := set(first, object{"status": "done"}).MustProblem(t, http.StatusConflict, "subtasks_open")
		if diff := cmp.Diff([]uuid.UUID{child.ID}, problem.BlockingIds); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("IllegalTransitionNamesTheAllowedOnes", func(t *testing.T) {
		problem := set(second, object{"status": "done"}).MustProblem(t, http.StatusConflict, "illegal_transition")
		if diff := cmp.Diff([]string{"backlog", "in_progress", "blocked", "cancelled"}, problem.Allowed); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("BlockingNeedsAReason", func(t *testing.T) {
		set(second, object{"status": "blocked"}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		var blocked api.Task
		set(second, object{"status": "blocked", "reason": "No paint."}).MustDecode(t, http.StatusOK, &blocked)
		if blocked.StatusReason.MustGet() != "No paint." {
			t.Errorf("got %+v", blocked)
		}
	})
	t.Run("StaleVersionIsRefused", func(t *testing.T) {
		got := c.send(http.MethodPut, "/api/v1/tasks/"+third.ID.String()+"/status", object{"status": "backlog"}, map[string]string{"If-Match": `"1"`})
		got.MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
	})
}

func TestAssigning(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	member := c.User(db.RoleUser)
	project := factory.Project(t, c.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{member.ID: db.ProjectMemberRoleContributor}})
	path := "/api/v1/tasks/" + factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID}).ID.String()
	assign := func(body object) apitest.Response { return c.send(http.MethodPut, path+"/assign", body, nil) }

	var task api.Task
	assign(object{"assignee_id": member.ID}).MustDecode(t, http.StatusOK, &task)
	if task.AssigneeID.MustGet() != member.ID {
		t.Errorf("got %v", task.AssigneeID)
	}
	assign(object{"assignee_id": nil}).MustDecode(t, http.StatusOK, &task)
	if !task.AssigneeID.IsNull() {
		t.Errorf("got %v", task.AssigneeID)
	}
	assign(object{}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	problem := assign(object{"assignee_id": c.User(db.RoleUser).ID}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	if field := problem.Errors[0]; field.Pointer != "/assignee_id" || field.Code != "not_a_member" {
		t.Errorf("got %+v", field)
	}
}

func TestDependencies(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, nil)
	first := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	second := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	path := "/api/v1/tasks/" + second.ID.String() + "/dependencies"

	dependency := create[api.TaskDependency](c, path, object{"prerequisite_id": first.ID})
	if dependency.TaskID != second.ID || dependency.PrerequisiteID != first.ID {
		t.Errorf("got %+v", dependency)
	}
	if task := read[api.Task](c, "/api/v1/tasks/"+second.ID.String()); !task.IsBlocked || task.Version != second.Version+1 {
		t.Errorf("got %+v", task)
	}
	c.send(http.MethodPost, path, object{"prerequisite_id": first.ID}, nil).MustProblem(t, http.StatusConflict, "already_exists")
	c.send(http.MethodDelete, path+"/"+first.ID.String(), nil, nil).MustDecode(t, http.StatusNoContent, nil)
	c.send(http.MethodDelete, path+"/"+first.ID.String(), nil, nil).MustProblem(t, http.StatusNotFound, "not_found")
	if task := read[api.Task](c, "/api/v1/tasks/"+second.ID.String()); task.IsBlocked || len(task.PrerequisiteIds) != 0 {
		t.Errorf("got %+v", task)
	}
}
