package timeentry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

func TestLoggedTimeHasTheDefaultsAndTheRatesOfTheMoment(t *testing.T) {
	t.Parallel()
	a := setup(t)
	got := a.log(t, a.contributor, timeentry.LogParams{Minutes: 90, Note: new("Cards.")})
	want := db.TimeEntry{
		ID: got.ID, ProjectID: a.project.ID, TaskID: a.task.ID, UserID: a.contributor.ID,
		SpentOn: day(15), Minutes: 90, Note: new("Cards."), Billable: true,
		BillingRateMinor: new(int64(9500)), BillingRateCurrency: new("EUR"),
		CostRateMinor: new(int64(4000)), CostRateCurrency: new("EUR"),
		Version: 1, CreatedAt: got.CreatedAt, CreatedBy: &a.contributor.ID, UpdatedAt: got.CreatedAt, UpdatedBy: &a.contributor.ID,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("logged (-want +got):\n%s", diff)
	}
	read, err := a.time.Get(t.Context(), a.viewer, got.ID)
	expect.OK(t, err)
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestTimeOnAnInternalProjectIsNotBillable(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.exec(t, "UPDATE projects SET billing_kind = 'internal' WHERE id = $1", a.project.ID)
	if row := a.log(t, a.contributor, timeentry.LogParams{}); row.Billable || row.BillingRateMinor != nil {
		t.Errorf("got %+v", row)
	}
	if row := a.log(t, a.contributor, timeentry.LogParams{Billable: new(true)}); !row.Billable || *row.BillingRateMinor != 9500 {
		t.Errorf("got %+v", row)
	}
}

// The rates go up tenfold; what was written before stays as it was, also when
// it is changed in something else.
func TestALaterRateChangesNoHistory(t *testing.T) {
	t.Parallel()
	a := setup(t)
	written := a.log(t, a.contributor, timeentry.LogParams{Minutes: 60})
	unbilled := a.log(t, a.contributor, timeentry.LogParams{Minutes: 60, Billable: new(false)})
	a.exec(t, "UPDATE projects SET hourly_rate_minor = 95000, currency = 'CHF' WHERE id = $1", a.project.ID)
	a.exec(t, "UPDATE users SET cost_rate_minor = 40000, cost_rate_currency = 'CHF'")

	type rates struct{ billing, cost string }
	format := func(minor *int64, currency *string) string {
		if minor == nil {
			return ""
		}
		return cmp.Diff(nil, []any{*minor, *currency})
	}
	ratesOf := func(row db.TimeEntry) rates {
		return rates{format(row.BillingRateMinor, row.BillingRateCurrency), format(row.CostRateMinor, row.CostRateCurrency)}
	}
	before := ratesOf(written)
	read, err := a.time.Get(t.Context(), a.manager, written.ID)
	expect.OK(t, err)
	changed, err := a.time.Update(t.Context(), a.manager, written.ID, nil, timeentry.UpdateParams{Minutes: new(int32(120))})
	expect.OK(t, err)
	for _, row := range []db.TimeEntry{read, changed} {
		if ratesOf(row) != before {
			t.Errorf("the rates became %+v, were %+v", ratesOf(row), before)
		}
	}
	// What becomes billable now is billed at what holds now; its cost is history.
	billed, err := a.time.Update(t.Context(), a.manager, unbilled.ID, nil, timeentry.UpdateParams{BillableDoUpdate: true, Billable: new(true)})
	expect.OK(t, err)
	if *billed.BillingRateMinor != 95000 || *billed.BillingRateCurrency != "CHF" || *billed.CostRateMinor != 4000 {
		t.Errorf("got %+v", billed)
	}
	if row := a.log(t, a.contributor, timeentry.LogParams{}); *row.BillingRateMinor != 95000 || *row.CostRateMinor != 40000 {
		t.Errorf("the new entry has %+v", ratesOf(row))
	}
}

func TestEveryMistakeOfAnEntryIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, ParentID: &a.task.ID})
	_, err := a.time.Log(t.Context(), a.manager, a.task.ID, timeentry.LogParams{
		Minutes: 60, SpentOn: new(day(17)), UserID: &a.outsider.ID, ExternalSource: new("jira"),
		Effort: timeentry.Effort{Progress: new(int16(50))},
	})
	expect.Fields(t, err, "/progress derived", "/spent_on in_future", "/external_id required", "/user_id not_a_member")
	if n := a.count(t, "time_entries"); n != 0 {
		t.Errorf("%d entries were written", n)
	}
}

func TestTimeIsLoggedForWhoWorksOnTheProject(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, user := range []access.Actor{a.contributor, a.lead, a.manager, a.rival, a.admin} {
		if row := a.log(t, a.manager, timeentry.LogParams{UserID: &user.ID}); row.UserID != user.ID || *row.CreatedBy != a.manager.ID {
			t.Errorf("got %+v", row)
		}
	}
	for _, id := range []uuid.UUID{a.viewer.ID, a.outsider.ID, uuid.New()} {
		_, err := a.time.Log(t.Context(), a.manager, a.task.ID, timeentry.LogParams{Minutes: 1, UserID: &id})
		expect.Fields(t, err, "/user_id not_a_member")
	}
}

func TestAnExternalReferenceIsTakenOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	reference := timeentry.LogParams{Minutes: 1, ExternalSource: new("jira"), ExternalID: new("7")}
	a.log(t, a.contributor, reference)
	_, err := a.time.Log(t.Context(), a.lead, a.task.ID, reference)
	e := expect.Code(t, err, apperr.AlreadyExists)
	if len(e.Fields) != 1 || e.Fields[0].Pointer != "/external_id" {
		t.Errorf("the mistakes are %+v", e.Fields)
	}
	other := a.log(t, a.lead, timeentry.LogParams{})
	_, err = a.time.Update(t.Context(), a.lead, other.ID, nil, timeentry.UpdateParams{ExternalIDDoUpdate: true, ExternalID: new("8")})
	expect.Fields(t, err, "/external_source required")
}

func TestAnArchivedProjectTakesNoTime(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, status := range db.AllProjectStatusValues() {
		project := a.projectIn(t, status)
		task := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: project.ID, Status: db.TaskStatusDone})
		entry := factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: task.ID, UserID: a.contributor.ID})
		for name, operation := range map[string]func() error{
			"Log": func() error {
				_, err := a.time.Log(t.Context(), a.admin, task.ID, timeentry.LogParams{Minutes: 1})
				return err
			},
			"Update": func() error {
				_, err := a.time.Update(t.Context(), a.admin, entry.ID, nil, timeentry.UpdateParams{Minutes: new(int32(2))})
				return err
			},
			"StartTimer": func() error {
				_, err := a.time.StartTimer(t.Context(), a.admin, task.ID, timeentry.StartParams{})
				if err == nil {
					return a.time.DiscardTimer(t.Context(), a.admin)
				}
				return err
			},
		} {
			if err := operation(); status == db.ProjectStatusArchived {
				expect.Code(t, err, apperr.ProjectClosed)
			} else if err != nil {
				t.Errorf("%s in a project that is %s: %v", name, status, err)
			}
		}
		if err := a.time.Delete(t.Context(), a.admin, entry.ID, nil); status == db.ProjectStatusArchived {
			expect.Code(t, err, apperr.ProjectClosed)
		} else {
			expect.OK(t, err)
		}
	}
}

func TestUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	a := setup(t)
	before := a.log(t, a.contributor, timeentry.LogParams{Note: new("Cards.")})
	after, err := a.time.Update(t.Context(), a.contributor, before.ID, new(int64(1)), timeentry.UpdateParams{
		Minutes: new(int32(75)), SpentOn: new(day(14)), NoteDoUpdate: true,
	})
	expect.OK(t, err)
	want := before
	want.Minutes, want.SpentOn, want.Note = 75, day(14), nil
	want.Version, want.UpdatedAt = 2, after.UpdatedAt
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	t.Run("SameValuesChangeNothing", func(t *testing.T) {
		events := expect.EventCount(t, a.db)
		same, err := a.time.Update(t.Context(), a.contributor, before.ID, nil, timeentry.UpdateParams{
			Minutes: new(int32(75)), SpentOn: new(day(14)), BillableDoUpdate: true, Billable: new(true),
		})
		expect.OK(t, err)
		if diff := cmp.Diff(after, same); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if expect.EventCount(t, a.db) != events {
			t.Error("nothing changed and an event was written")
		}
	})
	t.Run("StaleVersionIsRefused", func(t *testing.T) {
		_, err := a.time.Update(t.Context(), a.contributor, before.ID, new(int64(1)), timeentry.UpdateParams{Minutes: new(int32(5))})
		expect.Code(t, err, apperr.VersionConflict)
		expect.Code(t, a.time.Delete(t.Context(), a.contributor, before.ID, new(int64(1))), apperr.VersionConflict)
	})
	t.Run("DayAheadIsRefused", func(t *testing.T) {
		_, err := a.time.Update(t.Context(), a.contributor, before.ID, nil, timeentry.UpdateParams{SpentOn: new(day(17))})
		expect.Fields(t, err, "/spent_on in_future")
	})
}

func TestEventsTellWhatHappenedToAnEntry(t *testing.T) {
	t.Parallel()
	a := setup(t)
	row := a.log(t, a.contributor, timeentry.LogParams{Minutes: 90, Billable: new(false), SpentOn: new(day(14))})
	_, err := a.time.Update(t.Context(), a.manager, row.ID, nil, timeentry.UpdateParams{Minutes: new(int32(60))})
	expect.OK(t, err)
	expect.OK(t, a.time.Delete(t.Context(), a.contributor, row.ID, nil))

	spentOn := day(14).Format(time.RFC3339)
	values := map[string]any{
		"project_id": a.project.ID.String(), "task_id": a.task.ID.String(), "user_id": a.contributor.ID.String(),
		"spent_on": spentOn, "billable": false, "cost_rate_minor": 4000.0, "cost_rate_currency": "EUR",
	}
	created, deleted := map[string]expect.Change{"minutes": {New: 90.0}}, map[string]expect.Change{"minutes": {Old: 60.0}}
	for name, value := range values {
		created[name], deleted[name] = expect.Change{New: value}, expect.Change{Old: value}
	}
	told := func(actor access.Actor, action string, changes map[string]expect.Change, version *int64) expect.Event {
		return expect.Event{
			ActorID: &actor.ID, Credential: "anonymous", Entity: "time_entry", EntityID: row.ID, ProjectID: &a.project.ID,
			Action: "time_entry." + action, Changes: changes, Version: version,
		}
	}
	want := []expect.Event{
		told(a.contributor, "created", created, new(int64(1))),
		told(a.manager, "updated", map[string]expect.Change{"minutes": {Old: 90.0, New: 60.0}}, new(int64(2))),
		told(a.contributor, "deleted", deleted, nil),
	}
	if diff := cmp.Diff(want, expect.Events(t, a.db, row.ID)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := a.count(t, "time_entries"); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}
