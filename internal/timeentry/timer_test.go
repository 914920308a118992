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

func (a agency) start(t *testing.T, actor access.Actor, params timeentry.StartParams) db.Timer {
	t.Helper()
	timer, err := a.time.StartTimer(t.Context(), actor, a.task.ID, params)
	expect.OK(t, err)
	return timer
}

func TestATimerMeasuresUntilItIsStopped(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.clock.at = day(15).Add(10 * time.Hour)
	timer := a.start(t, a.contributor, timeentry.StartParams{Note: new("Cards."), Billable: new(false)})
	want := db.Timer{
		UserID: a.contributor.ID, ProjectID: a.project.ID, TaskID: a.task.ID, Note: new("Cards."), StartedAt: timer.StartedAt,
	}
	if diff := cmp.Diff(want, timer); diff != "" || !timer.StartedAt.Equal(a.clock.at) {
		t.Errorf("started at %s (-want +got):\n%s", timer.StartedAt, diff)
	}
	read, err := a.time.Timer(t.Context(), a.contributor)
	expect.OK(t, err)
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	a.clock.at = a.clock.at.Add(25*time.Minute + time.Second)
	entries, err := a.time.StopTimer(t.Context(), a.contributor, timeentry.StopParams{
		Effort: timeentry.Effort{RemainingMinutes: new(int32(15)), Progress: new(int16(70))},
	})
	expect.OK(t, err)
	if len(entries) != 1 {
		t.Fatalf("there are %d entries", len(entries))
	}
	entry := entries[0]
	if entry.UserID != a.contributor.ID || entry.TaskID != a.task.ID || entry.Minutes != 26 || !entry.SpentOn.Equal(day(15)) ||
		*entry.Note != "Cards." || entry.Billable || entry.BillingRateMinor != nil || *entry.CostRateMinor != 4000 {
		t.Errorf("got %+v", entry)
	}
	a.wantEffort(t, a.task.ID, effort{new(int32(15)), 70, a.task.Version + 1})
	_, err = a.time.Timer(t.Context(), a.contributor)
	expect.Code(t, err, apperr.NotFound)
	_, err = a.time.StopTimer(t.Context(), a.contributor, timeentry.StopParams{})
	expect.Code(t, err, apperr.NotFound)
}

func TestATimerThatRanPastMidnightGivesAnEntryForEachDay(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.clock.at = day(14).Add(22 * time.Hour)
	a.start(t, a.contributor, timeentry.StartParams{Note: new("Night.")})
	a.clock.at = day(16).Add(30 * time.Minute)
	entries, err := a.time.StopTimer(t.Context(), a.contributor, timeentry.StopParams{NoteDoUpdate: true, Note: new("Two nights.")})
	expect.OK(t, err)
	var got []timeentry.Day
	for _, entry := range entries {
		got = append(got, timeentry.Day{SpentOn: entry.SpentOn, Minutes: entry.Minutes})
		if *entry.Note != "Two nights." || *entry.BillingRateMinor != 9500 {
			t.Errorf("got %+v", entry)
		}
	}
	want := []timeentry.Day{{SpentOn: day(14), Minutes: 120}, {SpentOn: day(15), Minutes: 1440}, {SpentOn: day(16), Minutes: 30}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestATimerThatWasForgottenIsNotBelieved(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.start(t, a.contributor, timeentry.StartParams{})
	a.clock.at = a.clock.at.Add(31*24*time.Hour + time.Second)
	_, err := a.time.StopTimer(t.Context(), a.contributor, timeentry.StopParams{})
	expect.Code(t, err, apperr.Conflict)
	expect.OK(t, a.time.DiscardTimer(t.Context(), a.contributor))
	if n := a.count(t, "time_entries"); n != 0 {
		t.Errorf("%d entries were written", n)
	}

	a.start(t, a.contributor, timeentry.StartParams{})
	a.clock.at = a.clock.at.Add(31 * 24 * time.Hour)
	entries, err := a.time.StopTimer(t.Context(), a.contributor, timeentry.StopParams{})
	expect.OK(t, err)
	// It began in the evening: 31 days touch 32 dates.
	if len(entries) != 32 {
		t.Errorf("there are %d entries", len(entries))
	}
}

func TestASecondTimerIsRefusedAndNamesTheFirst(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.start(t, a.contributor, timeentry.StartParams{})
	other := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	for _, id := range []uuid.UUID{a.task.ID, other.ID} {
		_, err := a.time.StartTimer(t.Context(), a.contributor, id, timeentry.StartParams{})
		e := expect.Code(t, err, apperr.TimerRunning)
		if diff := cmp.Diff([]uuid.UUID{a.task.ID}, e.BlockingIDs); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	// Everybody has one.
	a.start(t, a.lead, timeentry.StartParams{})
	if n := a.count(t, "timers"); n != 2 {
		t.Errorf("%d timers are running", n)
	}
}

func TestADiscardedTimerLeavesItsEventAlone(t *testing.T) {
	t.Parallel()
	a := setup(t)
	timer := a.start(t, a.contributor, timeentry.StartParams{})
	expect.Code(t, a.time.DiscardTimer(t.Context(), a.lead), apperr.NotFound)
	expect.OK(t, a.time.DiscardTimer(t.Context(), a.contributor))
	expect.Code(t, a.time.DiscardTimer(t.Context(), a.contributor), apperr.NotFound)
	if n := a.count(t, "time_entries"); n != 0 {
		t.Errorf("%d entries were written", n)
	}
	started, discarded := map[string]expect.Change{}, map[string]expect.Change{}
	for name, value := range map[string]any{
		"user_id": a.contributor.ID.String(), "project_id": a.project.ID.String(), "task_id": a.task.ID.String(),
		"billable": true, "started_at": timer.StartedAt.Format(time.RFC3339),
	} {
		started[name], discarded[name] = expect.Change{New: value}, expect.Change{Old: value}
	}
	want := []expect.Event{
		{ActorID: &a.contributor.ID, Credential: "anonymous", Entity: "timer", EntityID: a.contributor.ID, ProjectID: &a.project.ID, Action: "timer.started", Changes: started},
		{ActorID: &a.contributor.ID, Credential: "anonymous", Entity: "timer", EntityID: a.contributor.ID, ProjectID: &a.project.ID, Action: "timer.discarded", Changes: discarded},
	}
	if diff := cmp.Diff(want, expect.Events(t, a.db, a.contributor.ID)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever has become of the task, the timer is its user's to see and to discard.
func TestATimerOutlivesTheRightToItsTask(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sql  string
		want apperr.Code
	}{
		"TaskDeleted":     {"UPDATE tasks SET deleted_at = now(), deletion_id = id", apperr.NotFound},
		"LeftTheTeam":     {"DELETE FROM project_members", apperr.NotFound},
		"BecameAViewer":   {"UPDATE project_members SET role = 'viewer'", apperr.Forbidden},
		"ProjectArchived": {"UPDATE projects SET status = 'archived'", apperr.ProjectClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := setup(t)
			a.start(t, a.contributor, timeentry.StartParams{})
			a.exec(t, test.sql)
			_, err := a.time.StopTimer(t.Context(), a.contributor, timeentry.StopParams{})
			expect.Code(t, err, test.want)
			_, err = a.time.Timer(t.Context(), a.contributor)
			expect.OK(t, err)
			expect.OK(t, a.time.DiscardTimer(t.Context(), a.contributor))
		})
	}
}
