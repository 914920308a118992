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

// person makes a user and returns the path of it.
func (c *caller) person(role db.Role) (row db.User, path string) {
	c.t.Helper()
	row = c.User(role)
	return row, "/api/v1/users/" + row.ID.String()
}

func TestCostRateIsShownToManagersAndUp(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	ana, path := c.person(db.RoleUser)
	c.send(http.MethodPatch, path, object{"cost_rate": object{"amount_minor": 6500, "currency": "EUR"}}, nil).MustDecode(t, http.StatusOK, nil)
	for role, shown := range map[db.Role]bool{db.RoleAdmin: true, db.RoleManager: true, db.RoleUser: false} {
		as := c.as(ana)
		if role != db.RoleUser {
			as = c.as(c.User(role))
		}
		listed := read[api.UserPage](as, "/api/v1/users?page_size=100")
		found := []api.User{read[api.User](as, path)}
		for _, one := range listed.Data {
			if one.ID == ana.ID {
				found = append(found, one)
			}
		}
		if len(found) != 2 {
			t.Errorf("to a %s it is listed %d times", role, len(found)-1)
		}
		for _, one := range found {
			rate, err := one.CostRate.Get()
			if (err == nil) != shown || shown && rate != (api.Money{AmountMinor: 6500, Currency: "EUR"}) {
				t.Errorf("to a %s it costs %+v", role, one.CostRate)
			}
		}
	}
}

func TestReplaceUserTakesDefaults(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	ana, path := c.person(db.RoleUser)
	c.send(http.MethodPatch, path, object{
		"title": "Designer", "skills": []string{"go"}, "weekly_capacity_minutes": 600, "time_zone": "Europe/Vienna", "locale": "de-AT",
		"cost_rate": object{"amount_minor": 6500, "currency": "EUR"},
	}, nil).MustDecode(t, http.StatusOK, nil)
	var got api.User
	response := c.send(http.MethodPut, path, object{"email": ana.Email, "name": "Ana", "role": "manager"}, map[string]string{"If-Match": `"2"`})
	response.MustDecode(t, http.StatusOK, &got)
	if !got.Title.IsNull() || len(got.Skills) != 0 || got.WeeklyCapacityMinutes != 2400 || got.TimeZone != "UTC" || got.Locale != "en" ||
		!got.CostRate.IsNull() || got.Role != api.RoleManager || got.Name != "Ana" || response.Header.Get("ETag") != `"3"` {
		t.Errorf("got %+v", got)
	}
	c.send(http.MethodPut, path, object{"email": ana.Email, "name": "Ana", "role": "manager"}, map[string]string{"If-Match": `"2"`}).
		MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
	c.send(http.MethodPut, path, object{"email": ana.Email, "name": "Ana", "role": "manager"}, nil).MustDecode(t, http.StatusOK, &got)
	if got.Version != 3 {
		t.Errorf("equal values made version %d", got.Version)
	}
}

func TestPatchUserKeepsAndClears(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	ana, path := c.person(db.RoleUser)
	me := c.as(ana)
	me.send(http.MethodPatch, path, object{"title": "Designer", "skills": []string{"go"}}, nil).MustDecode(t, http.StatusOK, nil)
	var got api.User
	me.send(http.MethodPatch, path, `{"title":null,"skills":[]}`, map[string]string{"Content-Type": "application/merge-patch+json"}).MustDecode(t, http.StatusOK, &got)
	if !got.Title.IsNull() || len(got.Skills) != 0 || got.Name != ana.Name {
		t.Errorf("got %+v", got)
	}
}

// A role holds from the next request on, and so does a deletion.
func TestRoleAndDeletionTakeEffectAtOnce(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	mia, path := c.person(db.RoleManager)
	as := c.as(mia)
	tokens := c.Login(mia)
	create[api.Client](as, "/api/v1/clients", object{"name": "Acme"})
	c.send(http.MethodPatch, path, object{"role": "user"}, nil).MustDecode(t, http.StatusOK, nil)
	as.send(http.MethodPost, "/api/v1/clients", object{"name": "Acme"}, nil).MustProblem(t, http.StatusForbidden, "forbidden")

	c.send(http.MethodDelete, path, nil, nil).MustDecode(t, http.StatusNoContent, nil)
	as.get("/api/v1/users/me").MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	signIn := func() apitest.Response {
		return c.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: object{"email": mia.Email, "password": apitest.Password}})
	}
	refresh := func() apitest.Response {
		return c.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/refresh", Body: object{"refresh_token": tokens.RefreshToken}})
	}
	signIn().MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	refresh().MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	c.get(path).MustProblem(t, http.StatusNotFound, "not_found")

	c.send(http.MethodPost, path+"/restore", nil, nil).MustDecode(t, http.StatusOK, nil)
	signIn().MustDecode(t, http.StatusOK, nil)
	// What was signed in before stays out.
	as.get("/api/v1/users/me").MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	refresh().MustProblem(t, http.StatusUnauthorized, "unauthenticated")
}

func TestOwnRoleIsForbidden(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	c.User(db.RoleAdmin)
	path := "/api/v1/users/" + c.user.ID.String()
	whole := object{"email": c.user.Email, "name": c.user.Name, "role": "manager"}
	for method, body := range map[string]object{http.MethodPatch: {"role": "manager"}, http.MethodPut: whole} {
		problem := c.send(method, path, body, nil).MustProblem(t, http.StatusForbidden, "forbidden")
		if want := "Nobody changes their own role. Ask another administrator, or leave your role admin as it is."; problem.Detail != want {
			t.Errorf("%s says %q", method, problem.Detail)
		}
		body["role"] = "admin"
		c.send(method, path, body, nil).MustDecode(t, http.StatusOK, nil)
	}
}

func TestLastAdminIsAConflict(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	path := "/api/v1/users/" + c.user.ID.String()
	c.send(http.MethodDelete, path, nil, nil).MustProblem(t, http.StatusConflict, "last_admin")
	if got := c.get("/errors/last_admin"); got.Status != http.StatusOK {
		t.Errorf("the page of the error is answered with %d", got.Status)
	}
	c.get("/api/v1/users/me").MustDecode(t, http.StatusOK, nil)
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	ana, path := c.person(db.RoleUser)
	path += "/preferences"
	me := c.as(ana)

	t.Run("MergePatchReachesIntoThem", func(t *testing.T) {
		me.send(http.MethodPatch, path, object{"working_hours": object{"monday": []object{{"from": "09:00", "to": "17:00"}}}}, nil).MustDecode(t, http.StatusOK, nil)
		var got api.UserPreferences
		me.send(http.MethodPatch, path, object{
			"working_hours": object{"friday": []object{{"from": "10:00", "to": "24:00"}}},
			"notifications": object{"email": object{"due_soon": false}},
		}, map[string]string{"If-Match": `"2"`}).MustDecode(t, http.StatusOK, &got)
		all := api.NotificationKinds{Mentioned: true, Assigned: true, StatusChanged: true, CommentReplied: true, DueSoon: true}
		email := all
		email.DueSoon = false
		none := []api.WorkingPeriod{}
		want := api.UserPreferences{
			UserID: ana.ID, TimeZone: "UTC", Locale: "en", Version: 3,
			WorkingHours: api.WorkingHours{
				Monday: []api.WorkingPeriod{{From: "09:00", To: "17:00"}}, Tuesday: none, Wednesday: none, Thursday: none,
				Friday: []api.WorkingPeriod{{From: "10:00", To: "24:00"}}, Saturday: none, Sunday: none,
			},
			Notifications: api.NotificationSettings{Email: email, InApp: all},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, read[api.UserPreferences](me, path)); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
	t.Run("ReplacementTakesDefaults", func(t *testing.T) {
		var got api.UserPreferences
		me.send(http.MethodPut, path, object{"notifications": object{"in_app": object{"assigned": false}}}, nil).MustDecode(t, http.StatusOK, &got)
		if len(got.WorkingHours.Monday) != 0 || !got.Notifications.Email.DueSoon || got.Notifications.InApp.Assigned || got.Version != 4 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("HoursThatAreNone", func(t *testing.T) {
		for _, hours := range []string{"9:00", "24:00", "12:60"} {
			me.send(http.MethodPatch, path, object{"working_hours": object{"monday": []object{{"from": hours, "to": "24:00"}}}}, nil).
				MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		}
	})
}

func TestWorkloadOverHTTP(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	c := setup(t, &apitest.Options{Now: func() time.Time { return now }})
	ana, path := c.person(db.RoleUser)
	p := factory.Project(t, c.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{ana.ID: db.ProjectMemberRoleContributor}})
	factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: p.ID, AssigneeID: &ana.ID, EstimateMinutes: new(int32(5000)), DueDate: new(now.AddDate(0, 0, 7))})
	got := read[api.UserWorkload](c.as(ana), path+"/workload?weeks=1")
	if len(got.Weeks) != 1 || got.LaterMinutes != 2500 || got.OpenTasks != 1 || !got.GeneratedAt.Equal(now) {
		t.Fatalf("got %+v", got)
	}
	if week := got.Weeks[0]; week.Week != "2026-W10" || week.StartsOn.String() != "2026-03-02" || week.CommittedMinutes != 2500 || !week.IsOverbooked || week.FreeMinutes != 0 {
		t.Errorf("got %+v", week)
	}
	if weeks := len(read[api.UserWorkload](c, path+"/workload").Weeks); weeks != 4 {
		t.Errorf("without a number there are %d weeks", weeks)
	}
}

func TestHistoryOverHTTP(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := c.project(object{})
	path := "/api/v1/projects/" + project.ID.String()
	c.send(http.MethodPatch, path, object{"description": "All of it"}, map[string]string{"X-Request-ID": "history-1"}).MustDecode(t, http.StatusOK, nil)

	got := read[api.EventPage](c, path+"/history")
	if len(got.Data) != 2 || got.Data[1].Action != "project.created" {
		t.Fatalf("got %+v", got.Data)
	}
	changed := got.Data[0]
	actor, err := changed.Actor.Get()
	if err != nil || actor.ID != c.user.ID || actor.Name.MustGet() != c.user.Name || actor.Kind.MustGet() != api.PrincipalKindHuman {
		t.Errorf("it was %+v, %v", actor, err)
	}
	want := api.EventChanges{"description": {
		Old: api.NewNullNullable[api.EventValue](), New: api.NewNullableWithValue[api.EventValue]("All of it"),
	}}
	if diff := cmp.Diff(want, changed.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if changed.Action != "project.updated" || changed.Version.MustGet() != 2 || changed.RequestID.MustGet() != "history-1" || changed.ProjectID.MustGet() != project.ID {
		t.Errorf("got %+v", changed)
	}
	if audited := read[api.EventPage](c, "/api/v1/audit-log?request_id=history-1"); len(audited.Data) != 1 || audited.Data[0].ID != changed.ID {
		t.Errorf("the audit log has %+v", audited.Data)
	}
	activity := "/api/v1/users/" + c.user.ID.String() + "/activity"
	if did := read[api.EventPage](c, activity+"?action=project.updated&action=project.created&entity_type=project"); len(did.Data) != 2 {
		t.Errorf("the activity has %+v", did.Data)
	}
	for _, query := range []string{"?from=yesterday", "?to=2026-03-04", "?action=updated", "?entity_type=Task", "?from=2026-03-04T10:00:00"} {
		c.get(activity+query).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	}
}
