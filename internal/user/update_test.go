package user_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestWhoChangesWhat(t *testing.T) {
	t.Parallel()
	own := map[string]db.UserUpdateParams{
		"Name":     {Name: new("Anna")},
		"Title":    {TitleDoUpdate: true, Title: new("Designer")},
		"Skills":   {Skills: []string{"go"}},
		"TimeZone": {TimeZone: new("Europe/Vienna")},
		"Locale":   {Locale: new("de-AT")},
	}
	admins := map[string]db.UserUpdateParams{
		"Email":    {Email: new("anna@agency.example")},
		"Role":     {Role: new(db.RoleManager)},
		"Capacity": {WeeklyCapacityMinutes: new(int32(600))},
		"CostRate": {CostRateDoUpdate: true, CostRateMinor: new(int64(6500)), CostRateCurrency: new("EUR")},
		// Values that it has already are refused as well, or they could be guessed.
		"SameRole":   {Role: new(db.RoleUser)},
		"NoCostRate": {CostRateDoUpdate: true},
	}
	a := setup(t)
	for name, params := range own {
		t.Run("Own/"+name, func(t *testing.T) {
			for _, as := range []string{"Ben", "Mia"} {
				_, err := a.users.Update(t.Context(), a.actor(as), *a.id("Ana"), nil, params)
				expect.Code(t, err, apperr.Forbidden)
			}
			_, err := a.users.Update(t.Context(), a.actor("Cleo"), *a.id("Ana"), nil, params)
			expect.Refusal(t, err, apperr.Missing("user", *a.id("Ana")))
			for _, as := range []string{"Ana", "Ada"} {
				_, err := a.users.Update(t.Context(), a.actor(as), *a.id("Ana"), nil, params)
				expect.OK(t, err)
			}
		})
	}
	for name, params := range admins {
		t.Run("Admins/"+name, func(t *testing.T) {
			for _, as := range []string{"Ana", "Ben", "Mia"} {
				// The right is looked at before the version.
				_, err := a.users.Update(t.Context(), a.actor(as), *a.id("Ana"), new(int64(99)), params)
				expect.Code(t, err, apperr.Forbidden)
			}
			_, err := a.users.Update(t.Context(), a.actor("Ada"), *a.id("Ana"), nil, params)
			expect.OK(t, err)
		})
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ana := a.people["Ana"]

	t.Run("ChangesAndRecords", func(t *testing.T) {
		row, err := a.users.Update(t.Context(), a.actor("Ada"), ana.ID, &ana.Version, db.UserUpdateParams{
			Name: new(" Anna "), TitleDoUpdate: true, Title: new("Designer"), Skills: []string{" go ", "figma"}, Locale: new("de-at"),
			CostRateDoUpdate: true, CostRateMinor: new(int64(6500)), CostRateCurrency: new("EUR"),
		})
		expect.OK(t, err)
		if row.Name != "Anna" || *row.Title != "Designer" || row.Locale != "de-AT" || row.Version != 2 || *row.UpdatedBy != *a.id("Ada") {
			t.Errorf("got %+v", row)
		}
		if diff := cmp.Diff([]string{"go", "figma"}, row.Skills); diff != "" {
			t.Errorf("skills (-want +got):\n%s", diff)
		}
		want := []expect.Event{{
			ActorID: a.id("Ada"), Credential: "anonymous", Entity: "user", EntityID: ana.ID, Action: "user.updated", Version: new(int64(2)),
			Changes: map[string]expect.Change{
				"name": {Old: "Ana", New: "Anna"}, "title": {New: "Designer"}, "locale": {Old: "en", New: "de-AT"},
				"skills":          {Old: []any{}, New: []any{"go", "figma"}},
				"cost_rate_minor": {New: 6500.0}, "cost_rate_currency": {New: "EUR"},
			},
		}}
		if diff := cmp.Diff(want, expect.Events(t, a.db, ana.ID)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
	t.Run("EqualValuesChangeNothing", func(t *testing.T) {
		row, err := a.users.Update(t.Context(), a.actor("Ada"), ana.ID, nil, db.UserUpdateParams{Name: new("Anna"), Role: new(db.RoleUser), Skills: []string{"go", "figma"}})
		if err != nil || row.Version != 2 || len(expect.Events(t, a.db, ana.ID)) != 1 {
			t.Errorf("got %+v, %v", row, err)
		}
	})
	t.Run("StaleVersion", func(t *testing.T) {
		_, err := a.users.Update(t.Context(), a.actor("Ana"), ana.ID, new(int64(1)), db.UserUpdateParams{Name: new("A")})
		expect.Refusal(t, err, apperr.StaleVersion("user", 2, 1))
	})
	t.Run("AddressOfAnotherIsTakenInAnyCase", func(t *testing.T) {
		taken := "P" + a.people["Ben"].Email[1:]
		_, err := a.users.Update(t.Context(), a.actor("Ada"), ana.ID, nil, db.UserUpdateParams{Email: &taken})
		if e := expect.Code(t, err, apperr.AlreadyExists); e.Fields[0].Pointer != "/email" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("AllMistakesAtOnce", func(t *testing.T) {
		_, err := a.users.Update(t.Context(), a.actor("Ana"), ana.ID, nil, db.UserUpdateParams{
			Skills: []string{"go", " go"}, TimeZone: new("Mars/Olympus"), Locale: new("zz-nowhere-at-all"),
		})
		expect.Fields(t, err, "/skills/1 duplicate", "/time_zone unknown_time_zone", "/locale unknown_locale")
	})
	t.Run("ServersOwnTimeZoneIsNone", func(t *testing.T) {
		_, err := a.users.Update(t.Context(), a.actor("Ana"), ana.ID, nil, db.UserUpdateParams{TimeZone: new("Local")})
		expect.Fields(t, err, "/time_zone unknown_time_zone")
	})
}

// Who no longer sees all projects keeps the open tasks of those on whose team
// it works, and no others.
func TestLosingTheManagersRoleTakesOffTasks(t *testing.T) {
	t.Parallel()
	a := setup(t)
	factory.Member(t, a.db, a.other.ID, *a.id("Mia"), db.ProjectMemberRoleContributor)
	elsewhere := factory.Project(t, a.db, nil)
	factory.Member(t, a.db, elsewhere.ID, *a.id("Mia"), db.ProjectMemberRoleViewer)
	kept := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.other.ID, AssigneeID: a.id("Mia")})
	done := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, AssigneeID: a.id("Mia"), Status: db.TaskStatusDone})
	noPlace := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, AssigneeID: a.id("Mia")})
	viewing := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: elsewhere.ID, AssigneeID: a.id("Mia")})

	_, err := a.users.Update(t.Context(), a.actor("Ada"), *a.id("Mia"), nil, db.UserUpdateParams{Role: new(db.RoleUser)})
	expect.OK(t, err)
	a.wantAssigned(t, "Mia", kept.ID, done.ID)
	for _, task := range []db.Task{noPlace, viewing} {
		want := []expect.Event{{
			ActorID: a.id("Ada"), Credential: "anonymous", Entity: "task", EntityID: task.ID, ProjectID: &task.ProjectID,
			Action: "task.assigned", Version: new(task.Version + 1),
			Changes: map[string]expect.Change{"assignee_id": {Old: a.id("Mia").String()}},
		}}
		if diff := cmp.Diff(want, expect.Events(t, a.db, task.ID)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	}
}

func TestLastAdminKeepsTheRole(t *testing.T) {
	t.Parallel()
	a := setup(t)
	// Whoever demotes the last admin has been one until just now.
	_, err := a.users.Update(t.Context(), access.Actor{ID: *a.id("Ana"), Role: access.RoleAdmin}, *a.id("Ada"), nil, db.UserUpdateParams{Role: new(db.RoleUser)})
	expect.Code(t, err, apperr.LastAdmin)
	_, err = a.users.Update(t.Context(), access.System(), *a.id("Ada"), nil, db.UserUpdateParams{Role: new(db.RoleUser)})
	expect.Code(t, err, apperr.LastAdmin)
}

func TestNobodyChangesTheirOwnRole(t *testing.T) {
	t.Parallel()
	a := setup(t)
	second := factory.User(t, a.db, &factory.UserOpts{Role: db.RoleAdmin})
	before := len(expect.Events(t, a.db))
	change := func(as access.Actor, role db.Role, version *int64) (db.User, error) {
		return a.users.Update(t.Context(), as, as.ID, version, db.UserUpdateParams{Name: new("Renamed"), Role: &role})
	}
	for _, name := range []string{"Ada", "Mia", "Ana", "Eve"} {
		for _, role := range db.AllRoleValues() {
			if role == a.people[name].Role {
				continue
			}
			// The right is looked at before the version, also by an admin who is not the last.
			_, err := change(a.actor(name), role, new(int64(99)))
			expect.Code(t, err, apperr.Forbidden)
		}
	}
	if n := len(expect.Events(t, a.db)); n != before {
		t.Errorf("%d events were written", n-before)
	}
	t.Run("SameRoleIsNoChange", func(t *testing.T) {
		row, err := change(a.actor("Ada"), db.RoleAdmin, nil)
		if err != nil || row.Role != db.RoleAdmin || row.Name != "Renamed" {
			t.Errorf("got %+v, %v", row, err)
		}
	})
	t.Run("AnotherAdminDoesIt", func(t *testing.T) {
		row, err := a.users.Update(t.Context(), factory.Actor(second), *a.id("Ada"), nil, db.UserUpdateParams{Role: new(db.RoleUser)})
		if err != nil || row.Role != db.RoleUser {
			t.Errorf("got %+v, %v", row, err)
		}
	})
}
