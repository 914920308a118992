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
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// office is a project that is billed at 95 EUR an hour, with a contributor who
// costs 40 EUR, and a task.
type office struct {
	*caller
	member *caller
	task   db.Task
}

func setupOffice(t *testing.T, now func() time.Time) office {
	t.Helper()
	c := setup(t, &apitest.Options{Now: now})
	user := c.User(db.RoleUser)
	project := factory.Project(t, c.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleContributor}})
	for _, statement := range []string{
		"UPDATE projects SET hourly_rate_minor = 9500, currency = 'EUR'",
		"UPDATE users SET cost_rate_minor = 4000, cost_rate_currency = 'EUR'",
	} {
		_, err := c.DB.Exec(t.Context(), statement)
		expect.OK(t, err)
	}
	return office{caller: c, member: c.as(user), task: factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})}
}

func (o office) path(suffix string) string { return "/api/v1/tasks/" + o.task.ID.String() + suffix }

func money(minor int64) api.Nullable[api.Money] {
	return api.NewNullableWithValue(api.Money{AmountMinor: minor, Currency: "EUR"})
}

func TestTimeEntryFieldsComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	o := setupOffice(t, nil)
	created := create[api.TimeEntry](o.member, o.path("/time"), object{
		"minutes": 50, "spent_on": "2026-03-05", "note": "Cards.", "billable": true,
		"external_source": "jira", "external_id": "7", "remaining_minutes": 240, "progress": 60,
	})
	want := api.TimeEntry{
		ID: created.ID, TaskID: o.task.ID, ProjectID: o.task.ProjectID, UserID: o.member.user.ID,
		SpentOn: date(2026, time.March, 5), Minutes: 50, Note: api.NewNullableWithValue("Cards."), Billable: true,
		// 50 minutes of 95.00 are 79.1667.
		BillingRate: money(9500), BillingAmount: money(7917), CostRate: api.NewNullNullable[api.Money](),
		ExternalSource: api.NewNullableWithValue("jira"), ExternalID: api.NewNullableWithValue("7"),
		Version: 1, CreatedAt: created.CreatedAt, CreatedBy: api.NewNullableWithValue(o.member.user.ID),
		UpdatedAt: created.CreatedAt, UpdatedBy: api.NewNullableWithValue(o.member.user.ID),
		Included: api.NewNullNullable[api.TimeEntryIncluded](),
	}
	path := "/api/v1/time-entries/" + created.ID.String()
	for name, got := range map[string]api.TimeEntry{
		"created": created,
		"read":    read[api.TimeEntry](o.member, path),
		"listed":  read[api.TimeEntryPage](o.member, "/api/v1/time-entries?user_id="+o.member.user.ID.String()+"&from=2026-03-05&to=2026-03-05").Data[0],
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if task := read[api.Task](o.caller, o.path("")); task.Progress != 60 {
		t.Errorf("the task is at %d percent", task.Progress)
	}
	t.Run("CostIsForManagersAndUp", func(t *testing.T) {
		want.CostRate = money(4000)
		if diff := cmp.Diff(want, read[api.TimeEntry](o.caller, path)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("LocationAndETag", func(t *testing.T) {
		got := o.send(http.MethodPost, o.path("/time"), object{"minutes": 1}, nil)
		var entry api.TimeEntry
		got.MustDecode(t, http.StatusCreated, &entry)
		if got.Header.Get("Location") != "/api/v1/time-entries/"+entry.ID.String() || got.Header.Get("ETag") != `"1"` {
			t.Errorf("got %v", got.Header)
		}
	})
}

func TestTimeEntryIsPatchedReplacedAndDeleted(t *testing.T) {
	t.Parallel()
	o := setupOffice(t, nil)
	created := create[api.TimeEntry](o.member, o.path("/time"), object{
		"minutes": 60, "spent_on": "2026-03-05", "note": "Cards.", "billable": false, "external_source": "jira", "external_id": "7",
	})
	path := "/api/v1/time-entries/" + created.ID.String()

	var patched api.TimeEntry
	o.member.send(http.MethodPatch, path, object{"billable": true, "note": nil}, map[string]string{"If-Match": `"1"`}).MustDecode(t, http.StatusOK, &patched)
	want := created
	want.Billable, want.BillingRate, want.BillingAmount, want.Note = true, money(9500), money(9500), api.NewNullNullable[string]()
	want.Version, want.UpdatedAt = 2, patched.UpdatedAt
	if diff := cmp.Diff(want, patched); diff != "" {
		t.Errorf("patched (-want +got):\n%s", diff)
	}

	var replaced api.TimeEntry
	o.member.send(http.MethodPut, path, object{"minutes": 30, "spent_on": "2026-03-06", "note": "More."}, nil).MustDecode(t, http.StatusOK, &replaced)
	want.Minutes, want.SpentOn, want.Note = 30, date(2026, time.March, 6), api.NewNullableWithValue("More.")
	want.ExternalSource, want.ExternalID = api.NewNullNullable[string](), api.NewNullNullable[string]()
	want.BillingAmount, want.Version, want.UpdatedAt = money(4750), 3, replaced.UpdatedAt
	if diff := cmp.Diff(want, replaced); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}

	o.member.send(http.MethodDelete, path, nil, map[string]string{"If-Match": `"2"`}).MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
	o.member.send(http.MethodDelete, path, nil, map[string]string{"If-Match": `"3"`}).MustDecode(t, http.StatusNoContent, nil)
	o.member.get(path).MustProblem(t, http.StatusNotFound, "not_found")
}

func TestMinutesOfAnEntryFitIntoADay(t *testing.T) {
	t.Parallel()
	o := setupOffice(t, nil)
	for minutes, status := range map[any]int{
		0: http.StatusUnprocessableEntity, 1: http.StatusCreated, 1440: http.StatusCreated, 1441: http.StatusUnprocessableEntity,
		-5: http.StatusUnprocessableEntity, 1.5: http.StatusUnprocessableEntity,
	} {
		if got := o.send(http.MethodPost, o.path("/time"), object{"minutes": minutes}, nil); got.Status != status {
			t.Errorf("%v minutes: got status %d, want %d: %s", minutes, got.Status, status, got.Body)
		}
	}
}

func TestTimerOverHTTP(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.June, 15, 23, 50, 0, 0, time.UTC)
	o := setupOffice(t, func() time.Time { return now })
	o.member.get("/api/v1/timer").MustProblem(t, http.StatusNotFound, "not_found")

	started := create[api.Timer](o.member, o.path("/timer"), nil)
	want := api.Timer{
		UserID: o.member.user.ID, TaskID: o.task.ID, ProjectID: o.task.ProjectID,
		Note: api.NewNullNullable[string](), Billable: true, StartedAt: now,
	}
	for name, got := range map[string]api.Timer{"started": started, "read": read[api.Timer](o.member, "/api/v1/timer")} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	problem := o.member.send(http.MethodPost, o.path("/timer"), object{"note": "Again."}, nil).MustProblem(t, http.StatusConflict, "timer_running")
	if diff := cmp.Diff([]uuid.UUID{o.task.ID}, problem.BlockingIds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	now = now.Add(20 * time.Minute)
	var stopped api.TimerStopped
	o.member.send(http.MethodPost, "/api/v1/timer/stop", object{"note": "Cards.", "progress": 40}, nil).MustDecode(t, http.StatusOK, &stopped)
	var got []string
	for _, entry := range stopped.Entries {
		got = append(got, entry.SpentOn.String()+" "+entry.Note.MustGet())
		if entry.Minutes != 10 {
			t.Errorf("got %+v", entry)
		}
	}
	if diff := cmp.Diff([]string{"2026-06-15 Cards.", "2026-06-16 Cards."}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if page := read[api.TimeEntryPage](o.member, "/api/v1/time-entries?sort=spent_on"); len(page.Data) != 2 {
		t.Errorf("%d entries are listed", len(page.Data))
	}

	create[api.Timer](o.member, o.path("/timer"), object{"note": "Cards.", "billable": false})
	o.member.send(http.MethodDelete, "/api/v1/timer", nil, nil).MustDecode(t, http.StatusNoContent, nil)
	o.member.send(http.MethodPost, "/api/v1/timer/stop", nil, nil).MustProblem(t, http.StatusNotFound, "not_found")
}

func TestTimeEntriesComeWithWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	o := setupOffice(t, nil)
	entry := create[api.TimeEntry](o.member, o.path("/time"), object{"minutes": 50})
	one := "/api/v1/time-entries/" + entry.ID.String()
	for _, got := range []api.TimeEntry{
		read[api.TimeEntry](o.member, one+"?include=task,user"),
		read[api.TimeEntryPage](o.member, "/api/v1/time-entries?include=task,user").Data[0],
	} {
		included := got.Included.MustGet()
		if task, user := included.Task.MustGet(), included.User.MustGet(); task.ID != o.task.ID || user.ID != o.member.user.ID {
			t.Errorf("it comes with %+v", included)
		}
	}
	if included := read[api.TimeEntry](o.member, one+"?include=user").Included.MustGet(); !included.Task.IsNull() {
		t.Errorf("a task nobody asked for: %+v", included.Task)
	}
}

// Of an entry that is deleted nothing is left but its history, for managers.
func TestTheHistoryOfADeletedTimeEntryKeepsItsValues(t *testing.T) {
	t.Parallel()
	o := setupOffice(t, nil)
	entry := create[api.TimeEntry](o.member, o.path("/time"), object{"minutes": 50})
	one := "/api/v1/time-entries/" + entry.ID.String()
	if got := read[api.EventPage](o.member, one+"/history"); len(got.Data) != 1 || got.Data[0].Action != "time_entry.created" {
		t.Errorf("got %+v", got.Data)
	}
	o.member.send(http.MethodDelete, one, nil, nil)
	o.member.get(one+"/history").MustProblem(t, http.StatusNotFound, "not_found")
	got := read[api.EventPage](o.caller, one+"/history")
	if len(got.Data) != 2 || got.Data[0].Action != "time_entry.deleted" {
		t.Fatalf("got %+v", got.Data)
	}
	if minutes := got.Data[0].Changes["minutes"]; minutes.Old.MustGet() != 50.0 || !minutes.New.IsNull() {
		t.Errorf("its minutes were %+v", minutes)
	}
}
