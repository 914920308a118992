package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestTaskReplaceGivesWhatIsLeftOutItsDefault(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, nil)
	parent := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	path := "/api/v1/tasks/"
	full := object{
		"title": "Draw", "parent_id": parent.ID, "description": "x", "priority": "high", "estimate_minutes": 60, "remaining_minutes": 30,
		"due_date": "2026-12-24", "tags": []string{"web", "web "}, "external_source": "crm", "external_id": "7",
	}
	created := create[api.Task](c, "/api/v1/tasks", object{"project_id": project.ID, "title": "Old", "assignee_id": c.user.ID})
	path += created.ID.String()
	replace := func(body object, ifMatch string) api.Task {
		t.Helper()
		var got api.Task
		c.send(http.MethodPut, path, body, map[string]string{"If-Match": ifMatch}).MustDecode(t, http.StatusOK, &got)
		return got
	}

	want := created
	want.Title, want.ParentID, want.Description = "Draw", api.NewNullableWithValue(parent.ID), api.NewNullableWithValue("x")
	want.Priority, want.Tags = api.PriorityHigh, []string{"web"}
	want.EstimateMinutes, want.RemainingMinutes = api.NewNullableWithValue[int32](60), api.NewNullableWithValue[int32](30)
	want.DueDate = api.NewNullableWithValue(date(2026, 12, 24))
	want.ExternalSource, want.ExternalID = api.NewNullableWithValue("crm"), api.NewNullableWithValue("7")
	got := replace(full, `"1"`)
	want.Version, want.UpdatedAt = 2, got.UpdatedAt
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, replace(full, `"2"`)); diff != "" {
		t.Errorf("the same once more (-want +got):\n%s", diff)
	}

	bare := created
	bare.Title, bare.Priority, bare.Tags = "Draw", api.PriorityMedium, []string{}
	bare.ParentID, bare.Description = api.NewNullNullable[uuid.UUID](), api.NewNullNullable[string]()
	bare.EstimateMinutes, bare.RemainingMinutes = api.NewNullNullable[int32](), api.NewNullNullable[int32]()
	bare.DueDate = api.NewNullNullable[api.Date]()
	got = replace(object{"title": "Draw"}, `"2"`)
	bare.Version, bare.UpdatedAt = 3, got.UpdatedAt
	if diff := cmp.Diff(bare, got); diff != "" {
		t.Errorf("replaced by little (-want +got):\n%s", diff)
	}
	c.send(http.MethodPut, path, object{"title": "Draw"}, map[string]string{"If-Match": `"1"`}).
		MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
}

func TestTaskIncludesWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, nil)
	first := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID, AssigneeID: &c.user.ID})
	second := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID, After: []uuid.UUID{first.ID}})
	bare := func(id uuid.UUID) api.Task { return read[api.Task](c, "/api/v1/tasks/"+id.String()) }

	all := "subtasks,prerequisites,dependents,assignee,project"
	want := api.TaskIncluded{
		Subtasks: api.NewNullableWithValue([]api.Task{}), Prerequisites: api.NewNullableWithValue([]api.Task{}),
		Dependents: api.NewNullableWithValue([]api.Task{bare(second.ID)}),
		Assignee:   api.NewNullableObject(read[api.User](c, "/api/v1/users/me")),
		Project:    api.NewNullableObject(read[api.Project](c, "/api/v1/projects/"+project.ID.String())),
	}
	for _, got := range []api.Task{
		read[api.Task](c, "/api/v1/tasks/"+first.ID.String()+"?include="+all),
		read[api.TaskPage](c, "/api/v1/tasks?sort=created_at&include="+all).Data[0],
	} {
		if diff := cmp.Diff(&want, got.Included.Pointer()); diff != "" {
			t.Errorf("everything (-want +got):\n%s", diff)
		}
	}

	some := read[api.Task](c, "/api/v1/tasks/"+second.ID.String()+"?include=prerequisites,assignee")
	wantSome := api.TaskIncluded{
		Subtasks: api.NewNullNullable[[]api.Task](), Prerequisites: api.NewNullableWithValue([]api.Task{bare(first.ID)}),
		Dependents: api.NewNullNullable[[]api.Task](),
		Assignee:   api.NewNullNullableObject[api.User](), Project: api.NewNullNullableObject[api.Project](),
	}
	if diff := cmp.Diff(&wantSome, some.Included.Pointer()); diff != "" {
		t.Errorf("some of it (-want +got):\n%s", diff)
	}
	c.get("/api/v1/tasks?include=comments").MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
}

func TestTaskPositionIsOneOfTwo(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, nil)
	var ids []uuid.UUID
	for range 3 {
		ids = append(ids, factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID}).ID)
	}
	order := func() []uuid.UUID {
		var got []uuid.UUID
		for _, row := range read[api.TaskPage](c, "/api/v1/tasks?sort=position&project_id="+project.ID.String()).Data {
			got = append(got, row.ID)
		}
		return got
	}
	put := func(body object, status int) {
		t.Helper()
		c.send(http.MethodPut, "/api/v1/tasks/"+ids[2].String()+"/position", body, nil).MustDecode(t, status, nil)
	}
	for _, test := range []struct {
		body object
		want []uuid.UUID
	}{
		{object{"after_id": nil}, []uuid.UUID{ids[2], ids[0], ids[1]}},
		{object{"after_id": ids[0]}, []uuid.UUID{ids[0], ids[2], ids[1]}},
		{object{"before_id": ids[0]}, []uuid.UUID{ids[2], ids[0], ids[1]}},
		{object{"before_id": nil}, []uuid.UUID{ids[0], ids[1], ids[2]}},
	} {
		put(test.body, http.StatusOK)
		if diff := cmp.Diff(test.want, order()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.body, diff)
		}
	}
	put(object{}, http.StatusUnprocessableEntity)
	put(object{"after_id": nil, "before_id": nil}, http.StatusUnprocessableEntity)
}

func TestTaskReadinessAndSearchOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	first := factory.Task(t, c.DB, &factory.TaskOpts{Title: "Draw the <checkout>"})
	second := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: first.ProjectID, After: []uuid.UUID{first.ID}, Status: db.TaskStatusTodo})

	ready := api.TaskReadiness{Ready: true, Reasons: []api.TaskReadinessReason{}}
	if diff := cmp.Diff(ready, read[api.TaskReadiness](c, "/api/v1/tasks/"+first.ID.String()+"/readiness")); diff != "" {
		t.Errorf("ready (-want +got):\n%s", diff)
	}
	waiting := api.TaskReadiness{Reasons: []api.TaskReadinessReason{{
		Code: api.TaskReadinessCodePrerequisitesOpen, TaskIds: []uuid.UUID{first.ID},
		Detail: "The task waits for others that are not done. Finish them, or remove the dependencies.",
	}}}
	if diff := cmp.Diff(waiting, read[api.TaskReadiness](c, "/api/v1/tasks/"+second.ID.String()+"/readiness")); diff != "" {
		t.Errorf("waiting (-want +got):\n%s", diff)
	}

	found := read[api.TaskSearchPage](c, "/api/v1/tasks/search?q=check")
	if len(found.Data) != 1 || found.Data[0].Task.ID != first.ID || found.Data[0].Score <= 0 {
		t.Fatalf("found %+v", found.Data)
	}
	want := []api.SearchHighlight{{Field: "title", Snippet: "Draw the &lt;<mark>checkout</mark>&gt;"}}
	if diff := cmp.Diff(want, found.Data[0].Highlights); diff != "" {
		t.Errorf("highlights (-want +got):\n%s", diff)
	}
}
