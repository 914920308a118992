package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellTimers(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	timer := answer(w.mia.Time.StartTimer(ctx, w.design.ID, nil)).is(t)
	if timer.TaskID != w.design.ID || timer.UserID != w.miaID {
		t.Errorf("the timer is %+v", timer)
	}

	answer(w.mia.Time.StartTimer(ctx, w.build.ID, &api.TimerStart{Billable: new(false)})).
		refused(t, http.StatusConflict, api.ProblemCodeTimerRunning)
	done(w.mia.Time.DiscardTimer(ctx)).is(t)
	answer(w.mia.Time.GetTimer(ctx)).refused(t, http.StatusNotFound, api.ProblemCodeNotFound)

	answer(w.mia.Time.StartTimer(ctx, w.design.ID, &api.TimerStart{Note: client.Value("Sketches")})).is(t)

	if running := answer(w.mia.Time.GetTimer(ctx)).is(t); running.Note.MustGet() != "Sketches" || running.StartedAt.After(time.Now()) {
		t.Errorf("the timer is %+v", running)
	}

	stopped := answer(w.mia.Time.StopTimer(ctx, &api.TimerStop{Progress: new(int32(10))})).is(t).Entries
	if len(stopped) == 0 || stopped[0].Minutes < 1 || stopped[0].Note.MustGet() != "Sketches" {
		t.Errorf("the timer gives %+v", stopped)
	}

	if task := answer(w.mia.Tasks.Get(ctx, w.design.ID, client.TaskGetParams{})).is(t); task.Progress != 10 {
		t.Errorf("the task is at %d%%", task.Progress)
	}
}

func tellTimeEntries(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	day := api.DateOf(time.Now().UTC()).AddDays(-1)

	logged := answer(w.mia.Time.Log(ctx, w.design.ID, api.TimeEntryCreate{Minutes: 90, SpentOn: &day, Note: client.Value("Colours")})).is(t)
	wrong := answer(w.mia.Time.Log(ctx, w.design.ID, api.TimeEntryCreate{Minutes: 5, SpentOn: &day})).is(t)

	updated := answer(w.mia.Time.UpdateEntry(ctx, logged.ID, api.TimeEntryUpdate{
		Minutes: new(int32(120)), Note: client.Null[string](),
	}, client.IfMatch(logged.Version))).is(t)
	if updated.Minutes != 120 || !updated.Note.IsNull() || updated.SpentOn != day {
		t.Errorf("the entry is %+v", updated)
	}

	replaced := answer(w.mia.Time.ReplaceEntry(ctx, logged.ID, api.TimeEntryReplace{Minutes: 100, SpentOn: day}, client.IfMatch(updated.Version))).is(t)
	done(w.mia.Time.DeleteEntry(ctx, wrong.ID, client.IfMatch(wrong.Version))).is(t)

	same(t, "the time of that day", each(answer(w.mia.Time.ListEntries(ctx, client.TimeListEntriesParams{
		TaskID: w.design.ID, From: day, To: day,
	})).is(t).Data, func(e api.TimeEntry) string { return fmt.Sprint(e.SpentOn, " ", e.Minutes) }), fmt.Sprint(day, " 100"))

	if entries := all(t, w.mia.Time.AllEntries(ctx, client.TimeListEntriesParams{UserID: []uuid.UUID{w.miaID}, PageSize: 1})); len(entries) < 2 {
		t.Errorf("of %d entries one is the timer's", len(entries))
	}

	w.entry = *answer(w.mia.Time.GetEntry(ctx, replaced.ID, client.TimeGetEntryParams{Include: []api.TimeEntryRelation{api.TimeEntryRelationTask}})).is(t)
	if task := w.entry.Included.MustGet().Task.MustGet(); task.ID != w.design.ID || w.entry.Minutes != 100 {
		t.Errorf("the entry is %+v", w.entry)
	}

	history := answer(w.mia.Time.GetEntryHistory(ctx, logged.ID, client.TimeGetEntryHistoryParams{})).is(t).Data
	if got := actions(history); len(got) != 3 || got[2] != "time_entry.created" {
		t.Errorf("the history is %v", got)
	}
}
