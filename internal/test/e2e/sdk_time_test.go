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

	timer := calling(w.mia.Time.StartTimer(ctx, w.design.ID, nil)).succeeds(t)
	if timer.TaskID != w.design.ID || timer.UserID != w.miaID {
		t.Errorf("the timer is %+v", timer)
	}

	calling(w.mia.Time.StartTimer(ctx, w.build.ID, &api.TimerStart{Billable: new(false)})).
		fails(t, http.StatusConflict, api.ProblemCodeTimerRunning)
	doing(w.mia.Time.DiscardTimer(ctx)).succeeds(t)
	calling(w.mia.Time.GetTimer(ctx)).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)

	calling(w.mia.Time.StartTimer(ctx, w.design.ID, &api.TimerStart{Note: client.Value("Sketches")})).succeeds(t)

	if running := calling(w.mia.Time.GetTimer(ctx)).succeeds(t); running.Note.MustGet() != "Sketches" || running.StartedAt.After(time.Now()) {
		t.Errorf("the timer is %+v", running)
	}

	stopped := calling(w.mia.Time.StopTimer(ctx, &api.TimerStop{Progress: new(int32(10))})).succeeds(t).Entries
	if len(stopped) == 0 || stopped[0].Minutes < 1 || stopped[0].Note.MustGet() != "Sketches" {
		t.Errorf("the timer gives %+v", stopped)
	}

	if task := calling(w.mia.Tasks.Get(ctx, w.design.ID, client.TaskGetParams{})).succeeds(t); task.Progress != 10 {
		t.Errorf("the task is at %d%%", task.Progress)
	}
}

func tellTimeEntries(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	day := api.DateOf(time.Now().UTC()).AddDays(-1)

	logged := calling(w.mia.Time.Log(ctx, w.design.ID, api.TimeEntryCreate{Minutes: 90, SpentOn: &day, Note: client.Value("Colours")})).succeeds(t)
	wrong := calling(w.mia.Time.Log(ctx, w.design.ID, api.TimeEntryCreate{Minutes: 5, SpentOn: &day})).succeeds(t)

	updated := calling(w.mia.Time.UpdateEntry(ctx, logged.ID, api.TimeEntryUpdate{
		Minutes: new(int32(120)), Note: client.Null[string](),
	}, client.IfMatch(logged.Version))).succeeds(t)
	if updated.Minutes != 120 || !updated.Note.IsNull() || updated.SpentOn != day {
		t.Errorf("the entry is %+v", updated)
	}

	replaced := calling(w.mia.Time.ReplaceEntry(ctx, logged.ID, api.TimeEntryReplace{Minutes: 100, SpentOn: day}, client.IfMatch(updated.Version))).succeeds(t)
	doing(w.mia.Time.DeleteEntry(ctx, wrong.ID, client.IfMatch(wrong.Version))).succeeds(t)

	same(t, "the time of that day", each(calling(w.mia.Time.ListEntries(ctx, client.TimeListEntriesParams{
		TaskID: w.design.ID, From: day, To: day,
	})).succeeds(t).Data, func(e api.TimeEntry) string { return fmt.Sprint(e.SpentOn, " ", e.Minutes) }), fmt.Sprint(day, " 100"))

	if entries := all(t, w.mia.Time.AllEntries(ctx, client.TimeListEntriesParams{UserID: []uuid.UUID{w.miaID}, PageSize: 1})); len(entries) < 2 {
		t.Errorf("of %d entries one is the timer's", len(entries))
	}

	w.entry = *calling(w.mia.Time.GetEntry(ctx, replaced.ID, client.TimeGetEntryParams{Include: []api.TimeEntryRelation{api.TimeEntryRelationTask}})).succeeds(t)
	if task := w.entry.Included.MustGet().Task.MustGet(); task.ID != w.design.ID || w.entry.Minutes != 100 {
		t.Errorf("the entry is %+v", w.entry)
	}

	history := calling(w.mia.Time.GetEntryHistory(ctx, logged.ID, client.TimeGetEntryHistoryParams{})).succeeds(t).Data
	if got := actions(history); len(got) != 3 || got[2] != "time_entry.created" {
		t.Errorf("the history is %v", got)
	}
}
