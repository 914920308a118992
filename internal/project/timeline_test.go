package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMovedDatesWarnOfTasksOutside(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p := a.add(t, factory.ProjectOpts{StartsOn: day(1), EndsOn: day(30)})
	due := func(d int, status db.TaskStatus) uuid.UUID {
		return factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, DueDate: day(d), Status: status}).ID
	}
	second, first := due(3, db.TaskStatusTodo), due(2, db.TaskStatusBlocked)
	last := due(29, db.TaskStatusInProgress)
	due(2, db.TaskStatusDone)
	due(29, db.TaskStatusCancelled)
	deleted := due(29, db.TaskStatusTodo)
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted, nil))
	due(4, db.TaskStatusTodo)
	due(28, db.TaskStatusTodo)
	update := func(t *testing.T, params db.ProjectUpdateParams, want ...project.Warning) {
		t.Helper()
		got, err := a.projects.Update(t.Context(), a.manager, p.ID, nil, params)
		expect.OK(t, err)
		if diff := cmp.Diff(want, got.Warnings); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
	}
	before := project.Warning{
		Code: project.TasksBeforeStart, TaskIDs: []uuid.UUID{first, second},
		Detail: "2 open tasks are due before the project starts on 2026-06-04; move them or the start.",
	}
	after := project.Warning{
		Code: project.TasksAfterEnd, TaskIDs: []uuid.UUID{last},
		Detail: "1 open task is due after the project ends on 2026-06-28; move them or the end.",
	}

	t.Run("TasksWithinAreFine", func(t *testing.T) {
		update(t, db.ProjectUpdateParams{StartsOnDoUpdate: true, StartsOn: day(2), EndsOnDoUpdate: true, EndsOn: day(29)})
	})
	t.Run("BothSidesAreNamedEarliestFirst", func(t *testing.T) {
		update(t, db.ProjectUpdateParams{StartsOnDoUpdate: true, StartsOn: day(4), EndsOnDoUpdate: true, EndsOn: day(28)}, before, after)
	})
	t.Run("WhatDoesNotMoveTheDatesDoesNotWarn", func(t *testing.T) {
		update(t, db.ProjectUpdateParams{Name: new("Renamed")})
		update(t, db.ProjectUpdateParams{StartsOnDoUpdate: true, StartsOn: day(4), EndsOnDoUpdate: true, EndsOn: day(28)})
	})
	t.Run("NoDateHasNoOutside", func(t *testing.T) {
		update(t, db.ProjectUpdateParams{StartsOnDoUpdate: true}, after)
		update(t, db.ProjectUpdateParams{EndsOnDoUpdate: true})
	})
	t.Run("AtMostAHundredAreNamedAndAllAreCounted", func(t *testing.T) {
		for range 99 {
			due(3, db.TaskStatusTodo)
		}
		got, err := a.projects.Update(t.Context(), a.manager, p.ID, nil, db.ProjectUpdateParams{StartsOnDoUpdate: true, StartsOn: day(4)})
		expect.OK(t, err)
		if len(got.Warnings) != 1 || len(got.Warnings[0].TaskIDs) != 100 ||
			got.Warnings[0].Detail != "101 open tasks are due before the project starts on 2026-06-04; move them or the start." {
			t.Errorf("got %+v", got.Warnings)
		}
	})
}
