package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func date(year int, month time.Month, day int) api.Date {
	return api.NewDate(year, month, day)
}

func TestProjectFieldsComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	client := factory.Client(t, c.DB, nil)
	manager := c.User(db.RoleManager)
	created := c.project(object{
		"name": "Relaunch", "client_id": client.ID, "manager_id": manager.ID, "description": "All of it.",
		"priority": "urgent", "starts_on": "2026-02-28", "ends_on": "2028-02-29",
		"billing_kind": "retainer", "budget": object{"amount_minor": 900_000, "currency": "EUR"},
		"hourly_rate": object{"amount_minor": 9500, "currency": "EUR"}, "tags": []string{" web", "Café"},
		"external_source": "hubspot", "external_id": "90210",
	})
	want := api.Project{
		ID: created.ID, Name: "Relaunch", ClientID: api.NewNullableWithValue(client.ID),
		ManagerID: api.NewNullableWithValue(manager.ID), Description: api.NewNullableWithValue("All of it."),
		Status: api.ProjectStatusPlanning, StatusReason: api.NewNullNullable[string](), Priority: api.PriorityUrgent,
		StartsOn: api.NewNullableWithValue(date(2026, time.February, 28)), EndsOn: api.NewNullableWithValue(date(2028, time.February, 29)),
		CompletedAt: api.NewNullNullable[time.Time](), Version: 1,
		CreatedAt: created.CreatedAt, CreatedBy: api.NewNullableWithValue(c.user.ID),
		UpdatedAt: created.CreatedAt, UpdatedBy: api.NewNullableWithValue(c.user.ID),
		BillingKind: api.BillingKindRetainer,
		Budget:      api.NewNullableWithValue(api.Money{AmountMinor: 900_000, Currency: "EUR"}),
		HourlyRate:  api.NewNullableWithValue(api.Money{AmountMinor: 9500, Currency: "EUR"}),
		Tags:        []string{"web", "Café"}, ExternalSource: api.NewNullableWithValue("hubspot"), ExternalID: api.NewNullableWithValue("90210"),
		DeletedAt: api.NewNullNullable[time.Time](), DeletedBy: api.NewNullNullable[uuid.UUID](),
		Included: api.NewNullNullable[api.ProjectIncluded](), Warnings: []api.Warning{},
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, read[api.Project](c, "/api/v1/projects/"+created.ID.String())); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestProjectManager(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	t.Run("IsTheCallerWhenItIsLeftOut", func(t *testing.T) {
		if got := c.project(object{}); got.ManagerID.MustGet() != c.user.ID {
			t.Errorf("got %v", got.ManagerID)
		}
	})
	t.Run("IsNobodyWhenItIsNull", func(t *testing.T) {
		if got := c.project(object{"manager_id": nil}); !got.ManagerID.IsNull() {
			t.Errorf("got %v", got.ManagerID)
		}
	})
	t.Run("CannotBeAUser", func(t *testing.T) {
		got := c.send(http.MethodPost, "/api/v1/projects", object{"name": "P", "manager_id": c.User(db.RoleUser).ID}, nil)
		problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if field := problem.Errors[0]; field.Pointer != "/manager_id" {
			t.Errorf("got %+v", field)
		}
	})
	t.Run("UnknownClientAndManagerAreBothNamed", func(t *testing.T) {
		got := c.send(http.MethodPost, "/api/v1/projects", object{"name": "P", "manager_id": uuid.New(), "client_id": uuid.New()}, nil)
		problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if len(problem.Errors) != 2 {
			t.Errorf("got %s", got.Body)
		}
	})
}

func TestProjectUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	client := factory.Client(t, c.DB, nil)
	created := c.project(object{"client_id": client.ID, "starts_on": "2026-01-01", "ends_on": "2026-06-30", "priority": "low"})
	path := "/api/v1/projects/" + created.ID.String()
	var updated api.Project
	c.send(http.MethodPatch, path, object{"name": "New", "client_id": nil, "priority": "high", "ends_on": nil}, nil).MustDecode(t, http.StatusOK, &updated)
	want := created
	want.Name, want.ClientID, want.Priority, want.EndsOn = "New", api.NewNullNullable[uuid.UUID](), api.PriorityHigh, api.NewNullNullable[api.Date]()
	want.Version, want.UpdatedAt = 2, updated.UpdatedAt
	if diff := cmp.Diff(want, updated); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	t.Run("EndBeforeStartIsRefused", func(t *testing.T) {
		got := c.send(http.MethodPatch, path, object{"ends_on": "2025-12-31"}, nil)
		problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if field := problem.Errors[0]; field.Pointer != "/ends_on" {
			t.Errorf("got %+v", field)
		}
	})
}

func TestProjectStatusOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, &factory.ProjectOpts{Status: db.ProjectStatusActive})
	task := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	set := func(body object) apitest.Response {
		return c.send(http.MethodPut, "/api/v1/projects/"+project.ID.String()+"/status", body, nil)
	}

	t.Run("IllegalTransitionNamesTheAllowedOnes", func(t *testing.T) {
		problem := set(object{"status": "archived"}).MustProblem(t, http.StatusConflict, "illegal_transition")
		if diff := cmp.Diff([]string{"on_hold", "completed", "cancelled"}, problem.Allowed); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("OpenTasksAreNamed", func(t *testing.T) {
		problem := set(object{"status": "completed"}).MustProblem(t, http.StatusConflict, "open_tasks")
		if diff := cmp.Diff([]uuid.UUID{task.ID}, problem.BlockingIds); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("ForceCompletesAllTheSame", func(t *testing.T) {
		var completed api.Project
		set(object{"status": "completed", "force": true}).MustDecode(t, http.StatusOK, &completed)
		if completed.Status != api.ProjectStatusCompleted || completed.CompletedAt.IsNull() {
			t.Errorf("got %+v", completed)
		}
	})
	t.Run("ReopeningNeedsAReason", func(t *testing.T) {
		problem := set(object{"status": "active"}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if field := problem.Errors[0]; field.Pointer != "/reason" {
			t.Errorf("got %+v", field)
		}
		var reopened api.Project
		set(object{"status": "active", "reason": "More to do."}).MustDecode(t, http.StatusOK, &reopened)
		if reopened.StatusReason.MustGet() != "More to do." || !reopened.CompletedAt.IsNull() {
			t.Errorf("got %+v", reopened)
		}
	})
}

func TestTeam(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project, user := factory.Project(t, c.DB, nil), c.User(db.RoleUser)
	path := "/api/v1/projects/" + project.ID.String() + "/team/" + user.ID.String()

	t.Run("WithoutABodyTheRoleIsContributor", func(t *testing.T) {
		member := create[api.ProjectMember](c, path, nil)
		if member.Role != api.ProjectMemberRoleContributor || member.UserID != user.ID || member.ProjectID != project.ID {
			t.Errorf("got %+v", member)
		}
	})
	t.Run("TwiceIsAConflict", func(t *testing.T) {
		c.send(http.MethodPost, path, object{"role": "lead"}, nil).MustProblem(t, http.StatusConflict, "already_exists")
	})
	t.Run("MemberSeesTheProjectUntilItIsRemoved", func(t *testing.T) {
		member := c.as(user)
		read[api.Project](member, "/api/v1/projects/"+project.ID.String())
		c.send(http.MethodDelete, path, nil, nil).MustDecode(t, http.StatusNoContent, nil)
		member.get("/api/v1/projects/"+project.ID.String()).MustProblem(t, http.StatusNotFound, "not_found")
		c.send(http.MethodDelete, path, nil, nil).MustProblem(t, http.StatusNotFound, "not_found")
	})
	t.Run("UnknownUserIsNotFound", func(t *testing.T) {
		unknown := "/api/v1/projects/" + project.ID.String() + "/team/" + uuid.NewString()
		c.send(http.MethodPost, unknown, object{"role": "lead"}, nil).MustProblem(t, http.StatusNotFound, "not_found")
	})
}

// What cannot be seen must read exactly like what does not exist, apart from
// the id that was asked for.
func TestUnseenReadsLikeMissing(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	outsider := c.as(c.User(db.RoleUser))
	client := factory.Client(t, c.DB, nil)
	project := factory.Project(t, c.DB, &factory.ProjectOpts{ClientID: &client.ID})
	task := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	for collection, id := range map[string]uuid.UUID{"clients": client.ID, "projects": project.ID, "tasks": task.ID} {
		t.Run(collection, func(t *testing.T) {
			problem := func(id uuid.UUID) api.Problem {
				found := outsider.get("/api/v1/"+collection+"/"+id.String()).MustProblem(t, http.StatusNotFound, "not_found")
				found.RequestID, found.Instance = "", ""
				return found
			}
			unseen, missing := problem(id), problem(uuid.Max)
			missing.Detail = replaceID(missing.Detail, uuid.Max, id)
			if diff := cmp.Diff(missing, unseen); diff != "" {
				t.Errorf("(-missing +unseen):\n%s", diff)
			}
		})
	}
}
