package timeentry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

// effort is what a task says of its effort, and its version.
type effort struct {
	Remaining *int32
	Progress  int16
	Version   int64
}

func (a agency) effortOf(t *testing.T, id uuid.UUID) effort {
	t.Helper()
	var found effort
	expect.OK(t, a.db.QueryRow(t.Context(), "SELECT remaining_minutes, progress, version FROM tasks WHERE id = $1", id).
		Scan(&found.Remaining, &found.Progress, &found.Version))
	return found
}

func (a agency) wantEffort(t *testing.T, id uuid.UUID, want effort) {
	t.Helper()
	if diff := cmp.Diff(want, a.effortOf(t, id)); diff != "" {
		t.Errorf("the task (-want +got):\n%s", diff)
	}
}

func TestLoggingSaysHowFarTheTaskIsInTheSameStep(t *testing.T) {
	t.Parallel()
	a := setup(t)
	version := a.task.Version
	both := timeentry.LogParams{Effort: timeentry.Effort{RemainingMinutes: new(int32(120)), Progress: new(int16(60))}}
	a.log(t, a.contributor, both)
	a.wantEffort(t, a.task.ID, effort{new(int32(120)), 60, version + 1})
	want := []expect.Event{{
		ActorID: &a.contributor.ID, Credential: "anonymous", Entity: "task", EntityID: a.task.ID, ProjectID: &a.project.ID,
		Action:  "task.updated",
		Changes: map[string]expect.Change{"remaining_minutes": {New: 120.0}, "progress": {Old: 0.0, New: 60.0}},
		Version: new(version + 1),
	}}
	if diff := cmp.Diff(want, expect.Events(t, a.db, a.task.ID)); diff != "" {
		t.Errorf("the events of the task (-want +got):\n%s", diff)
	}
	t.Run("SameValuesAreNoChangeOfTheTask", func(t *testing.T) {
		a.log(t, a.contributor, both)
		a.wantEffort(t, a.task.ID, effort{new(int32(120)), 60, version + 1})
	})
	t.Run("WhatIsNotSaidStays", func(t *testing.T) {
		a.log(t, a.contributor, timeentry.LogParams{Effort: timeentry.Effort{RemainingMinutes: new(int32(0))}})
		a.wantEffort(t, a.task.ID, effort{new(int32(0)), 60, version + 2})
		a.log(t, a.contributor, timeentry.LogParams{Effort: timeentry.Effort{Progress: new(int16(90))}})
		a.wantEffort(t, a.task.ID, effort{new(int32(0)), 90, version + 3})
		a.log(t, a.contributor, timeentry.LogParams{})
		a.wantEffort(t, a.task.ID, effort{new(int32(0)), 90, version + 3})
	})
	t.Run("NothingIsSaidWhereTheEntryIsRefused", func(t *testing.T) {
		params := both
		params.Minutes, params.SpentOn = 60, new(day(20))
		_, err := a.time.Log(t.Context(), a.contributor, a.task.ID, params)
		expect.Code(t, err, apperr.ValidationFailed)
		a.wantEffort(t, a.task.ID, effort{new(int32(0)), 90, version + 3})
	})
}

func TestProgressOfALeafReachesThoseAboveIt(t *testing.T) {
	t.Parallel()
	a := setup(t)
	parent := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	leaf := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, ParentID: &parent.ID})
	factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, ParentID: &parent.ID})
	_, err := a.time.Log(t.Context(), a.contributor, leaf.ID, timeentry.LogParams{Minutes: 5, Effort: timeentry.Effort{Progress: new(int16(80))}})
	expect.OK(t, err)
	// The average of 80 and 0; what is derived is no new version.
	a.wantEffort(t, parent.ID, effort{nil, 40, parent.Version})
}

func TestProgressThatFollowsFromSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	a := setup(t)
	parent := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, ParentID: &parent.ID})
	done := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, Status: db.TaskStatusDone})
	for _, test := range []struct {
		id   uuid.UUID
		want string
	}{{parent.ID, "/progress derived"}, {done.ID, "/progress done"}} {
		params := timeentry.LogParams{Minutes: 5, Effort: timeentry.Effort{Progress: new(int16(80))}}
		_, err := a.time.Log(t.Context(), a.contributor, test.id, params)
		expect.Fields(t, err, test.want)
		// What is left to do can be said of either.
		params.Effort = timeentry.Effort{RemainingMinutes: new(int32(30))}
		_, err = a.time.Log(t.Context(), a.contributor, test.id, params)
		expect.OK(t, err)
	}
}
