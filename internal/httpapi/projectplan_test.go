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

func TestReplaceProject(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	created := c.project(object{
		"name": "Shop", "manager_id": c.User(db.RoleManager).ID, "description": "All of it.", "priority": "urgent",
		"starts_on": "2026-01-01", "ends_on": "2026-06-30", "billing_kind": "fixed", "tags": []string{"web"},
		"budget": object{"amount_minor": 1, "currency": "EUR"}, "hourly_rate": object{"amount_minor": 2, "currency": "EUR"},
		"external_source": "hubspot", "external_id": "1",
	})
	path := "/api/v1/projects/" + created.ID.String()
	var replaced api.Project
	c.send(http.MethodPut, path, object{"name": "Shop"}, map[string]string{"If-Match": `"1"`}).MustDecode(t, http.StatusOK, &replaced)

	t.Run("WhatIsLeftOutIsAsInANewProject", func(t *testing.T) {
		fresh := c.project(object{"name": "Shop"})
		fresh.ID, fresh.Version = created.ID, 2
		fresh.CreatedAt, fresh.UpdatedAt = created.CreatedAt, replaced.UpdatedAt
		if diff := cmp.Diff(fresh, replaced); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("SameValuesChangeNothing", func(t *testing.T) {
		var again api.Project
		c.send(http.MethodPut, path, object{"name": "Shop"}, nil).MustDecode(t, http.StatusOK, &again)
		if diff := cmp.Diff(replaced, again); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("StaleVersionIsRefused", func(t *testing.T) {
		c.send(http.MethodPut, path, object{"name": "Late"}, map[string]string{"If-Match": `"1"`}).MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
	})
	t.Run("StatusCannotBeWritten", func(t *testing.T) {
		c.send(http.MethodPut, path, object{"name": "Shop", "status": "active"}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
	t.Run("NameIsRequired", func(t *testing.T) {
		c.send(http.MethodPut, path, object{"priority": "low"}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestProjectMoneyOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	created := c.project(object{"budget": object{"amount_minor": 100, "currency": "EUR"}, "tags": []string{"web"}})
	path := "/api/v1/projects/" + created.ID.String()

	t.Run("CurrencyMismatchIsNamed", func(t *testing.T) {
		problem := c.send(http.MethodPatch, path, object{"hourly_rate": object{"amount_minor": 1, "currency": "USD"}}, nil).
			MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if field := problem.Errors[0]; field.Pointer != "/hourly_rate/currency" || field.Code != "currency_mismatch" {
			t.Errorf("got %+v", field)
		}
	})
	t.Run("NullClearsAndAbsentKeeps", func(t *testing.T) {
		var got api.Project
		c.send(http.MethodPatch, path, object{"tags": []string{}}, nil).MustDecode(t, http.StatusOK, &got)
		if len(got.Tags) != 0 || got.Budget.IsNull() {
			t.Errorf("got %+v", got)
		}
		c.send(http.MethodPatch, path, object{"budget": nil}, nil).MustDecode(t, http.StatusOK, &got)
		if !got.Budget.IsNull() {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("TakenExternalIDIsAConflict", func(t *testing.T) {
		c.project(object{"external_source": "hubspot", "external_id": "1"})
		problem := c.send(http.MethodPatch, path, object{"external_source": "hubspot", "external_id": "1"}, nil).
			MustProblem(t, http.StatusConflict, "already_exists")
		if field := problem.Errors[0]; field.Pointer != "/external_id" {
			t.Errorf("got %+v", field)
		}
	})
}

func TestProjectIncludesWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	client, member := factory.Client(t, c.DB, nil), c.User(db.RoleUser)
	project := factory.Project(t, c.DB, &factory.ProjectOpts{
		ClientID: &client.ID, Team: map[uuid.UUID]db.ProjectMemberRole{member.ID: db.ProjectMemberRoleViewer},
	})
	task := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	lonely := factory.Project(t, c.DB, nil)
	one := "/api/v1/projects/" + project.ID.String()

	t.Run("AllOnOne", func(t *testing.T) {
		included := read[api.Project](c.as(member), one+"?include=client,team,tasks").Included.MustGet()
		want := api.ProjectIncluded{}
		want.Client.Set(read[api.Client](c, "/api/v1/clients/"+client.ID.String()))
		want.Team.Set(read[api.ProjectMemberPage](c, one+"/team").Data)
		want.Tasks.Set([]api.Task{read[api.Task](c, "/api/v1/tasks/"+task.ID.String())})
		if diff := cmp.Diff(want, included); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("OneOnAPage", func(t *testing.T) {
		for _, found := range read[api.ProjectPage](c, "/api/v1/projects?include=tasks").Data {
			included := found.Included.MustGet()
			want := 1
			if found.ID == lonely.ID {
				want = 0
			}
			if len(included.Tasks.MustGet()) != want || !included.Client.IsNull() || !included.Team.IsNull() {
				t.Errorf("%s has %+v", found.Name, included)
			}
		}
	})
	t.Run("UnknownRelationIsRefused", func(t *testing.T) {
		c.get(one+"?include=client,budget").MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestProjectsThatAreDeletedAreListedOnRequest(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	created := c.project(object{})
	c.send(http.MethodDelete, "/api/v1/projects/"+created.ID.String(), nil, nil).MustDecode(t, http.StatusNoContent, nil)
	if found := read[api.ProjectPage](c, "/api/v1/projects").Data; len(found) != 0 {
		t.Errorf("got %+v", found)
	}
	found := read[api.ProjectPage](c, "/api/v1/projects?include_deleted=true").Data
	if len(found) != 1 || found[0].ID != created.ID || found[0].DeletedAt.IsNull() || found[0].DeletedBy.MustGet() != c.user.ID {
		t.Errorf("got %+v", found)
	}
	c.as(c.User(db.RoleUser)).get("/api/v1/projects?include_deleted=true").MustProblem(t, http.StatusForbidden, "forbidden")
}

func TestShorteningAProjectWarns(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	created := c.project(object{"starts_on": "2026-06-01", "ends_on": "2026-06-30"})
	path := "/api/v1/projects/" + created.ID.String()
	due := date(2026, 6, 20)
	task := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: created.ID, DueDate: new(due.Time())})
	for method, body := range map[string]object{
		http.MethodPatch: {"ends_on": "2026-06-19"},
		http.MethodPut:   {"name": "Shorter", "ends_on": "2026-06-18"},
	} {
		var changed api.Project
		c.send(method, path, body, nil).MustDecode(t, http.StatusOK, &changed)
		if len(changed.Warnings) != 1 || changed.Warnings[0].Code != api.WarningCodeTasksAfterEnd ||
			!cmp.Equal(changed.Warnings[0].TaskIds, []uuid.UUID{task.ID}) {
			t.Errorf("%s warns of %+v", method, changed.Warnings)
		}
	}
	if got := read[api.Project](c, path); len(got.Warnings) != 0 {
		t.Errorf("a read warns of %+v", got.Warnings)
	}
}

func TestCloneProjectOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	member := c.User(db.RoleUser)
	source := c.project(object{"name": "Season", "starts_on": "2026-06-01", "ends_on": "2026-06-30"})
	factory.Member(t, c.DB, source.ID, member.ID, db.ProjectMemberRoleLead)
	due := date(2026, 6, 20)
	first := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: source.ID, Title: "First", DueDate: new(due.Time()), AssigneeID: &member.ID})
	factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: source.ID, Title: "Second", After: []uuid.UUID{first.ID}})

	answer := c.send(http.MethodPost, "/api/v1/projects/"+source.ID.String()+"/clone", object{"starts_on": "2027-06-01", "name": "Next season"}, nil)
	var cloned api.Project
	answer.MustDecode(t, http.StatusCreated, &cloned)
	if want := "/api/v1/projects/" + cloned.ID.String(); answer.Header.Get("Location") != want || answer.Header.Get("ETag") != `"1"` {
		t.Errorf("got %v", answer.Header)
	}
	if cloned.Name != "Next season" || cloned.EndsOn.MustGet() != date(2027, 6, 30) || cloned.ManagerID.MustGet() != c.user.ID || len(cloned.Warnings) != 0 {
		t.Errorf("got %+v", cloned)
	}
	// The team comes along by default, and sees the copy; assignees do not.
	tasks := read[api.TaskPage](c.as(member), "/api/v1/tasks?sort=title&project_id="+cloned.ID.String()).Data
	if len(tasks) != 2 {
		t.Fatalf("got %+v", tasks)
	}
	if got := tasks[0]; got.DueDate.MustGet() != date(2027, 6, 20) || !got.AssigneeID.IsNull() {
		t.Errorf("got %+v", got)
	}
	if got := tasks[1]; !cmp.Equal(got.PrerequisiteIds, []uuid.UUID{tasks[0].ID}) || !got.IsBlocked {
		t.Errorf("got %+v", got)
	}
}
