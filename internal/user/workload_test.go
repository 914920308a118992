package user_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

func day(month time.Month, day int) *time.Time {
	return new(time.Date(2026, month, day, 0, 0, 0, 0, time.UTC))
}

// The current week is 2026-W10, Monday 2 March, and today is Wednesday.
func TestWorkload(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.exec(t, "UPDATE users SET weekly_capacity_minutes = 2000 WHERE name = 'Ana'")
	add := func(project db.Project, estimate int32, due *time.Time, status db.TaskStatus, parent *uuid.UUID) uuid.UUID {
		opts := &factory.TaskOpts{ProjectID: project.ID, AssigneeID: a.id("Ana"), DueDate: due, Status: status, ParentID: parent}
		if estimate > 0 {
			opts.EstimateMinutes = &estimate
		}
		return factory.Task(t, a.db, opts).ID
	}
	// 600 minutes, half done: 300 in W10.
	half := add(a.project, 600, day(3, 6), db.TaskStatusInProgress, nil)
	a.exec(t, "UPDATE tasks SET progress = 50 WHERE id = $1", half)
	// 100 remain, whatever the estimate: 34 in W10, 33 in W11 and W12.
	remaining := add(a.project, 999, day(3, 22), db.TaskStatusTodo, nil)
	a.exec(t, "UPDATE tasks SET remaining_minutes = 100 WHERE id = $1", remaining)
	// Overdue: 301 in W10.
	add(a.project, 301, day(2, 1), db.TaskStatusBlocked, nil)
	// Without a due date: 50 unscheduled.
	add(a.project, 50, nil, db.TaskStatusBacklog, nil)
	// Nobody knows how much; due in W11.
	add(a.project, 0, day(3, 10), db.TaskStatusTodo, nil)
	// 3000 over the eight weeks to W17: 375 each, of which four are later than W13.
	add(a.project, 3000, day(4, 20), db.TaskStatusTodo, nil)
	// A parent counts through its subtask: 10 in W10, whose last day is Sunday the 8th.
	parent := add(a.project, 5000, day(3, 6), db.TaskStatusTodo, nil)
	add(a.project, 10, day(3, 8), db.TaskStatusTodo, &parent)
	// Neither what is finished nor what is deleted counts.
	add(a.project, 700, day(3, 6), db.TaskStatusDone, nil)
	add(a.project, 700, day(3, 6), db.TaskStatusCancelled, nil)
	deleted := add(a.project, 700, day(3, 6), db.TaskStatusTodo, nil)
	a.exec(t, "UPDATE tasks SET deleted_at = now(), deletion_id = id WHERE id = $1", deleted)
	// 1000 in W10 that only managers see.
	add(a.other, 1000, day(3, 6), db.TaskStatusTodo, nil)

	want := user.Workload{
		UserID: *a.id("Ana"), CapacityMinutes: 2000, GeneratedAt: now,
		Weeks: []user.Week{
			// 300 + 34 + 301 + 0 + 375 + 10
			{StartsOn: *day(3, 2), CapacityMinutes: 2000, CommittedMinutes: 1020, Tasks: 6, DueTasks: 2},
			// 33 + 0 + 375
			{StartsOn: *day(3, 9), CapacityMinutes: 2000, CommittedMinutes: 408, Tasks: 3, DueTasks: 1},
			// 33 + 375
			{StartsOn: *day(3, 16), CapacityMinutes: 2000, CommittedMinutes: 408, Tasks: 2, DueTasks: 1},
			{StartsOn: *day(3, 23), CapacityMinutes: 2000, CommittedMinutes: 375, Tasks: 1},
		},
		LaterMinutes: 1500, UnscheduledMinutes: 50, UnscheduledTasks: 1, OverdueTasks: 1, UnestimatedTasks: 1, OpenTasks: 7,
	}
	for _, as := range []string{"Ana", "Ben"} {
		got, err := a.users.Workload(t.Context(), a.actor(as), *a.id("Ana"), 4)
		expect.OK(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", as, diff)
		}
	}
	want.Weeks[0].CommittedMinutes, want.Weeks[0].Tasks, want.Weeks[0].DueTasks, want.OpenTasks = 2020, 7, 3, 8
	got, err := a.users.Workload(t.Context(), a.actor("Mia"), *a.id("Ana"), 4)
	expect.OK(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Mia (-want +got):\n%s", diff)
	}
	week := got.Weeks[0]
	if week.Name() != "2026-W10" || !week.Overbooked() || week.FreeMinutes() != 0 {
		t.Errorf("%s has %d free minutes and is overbooked: %v", week.Name(), week.FreeMinutes(), week.Overbooked())
	}
	if week = got.Weeks[1]; week.Overbooked() || week.FreeMinutes() != 1592 {
		t.Errorf("%s has %d free minutes and is overbooked: %v", week.Name(), week.FreeMinutes(), week.Overbooked())
	}
	_, err = a.users.Workload(t.Context(), a.actor("Cleo"), *a.id("Ana"), 4)
	expect.Refusal(t, err, apperr.Missing("user", *a.id("Ana")))
}

func TestWeekIsNamedByItsISOYear(t *testing.T) {
	t.Parallel()
	for monday, want := range map[time.Time]string{
		time.Date(2024, 12, 30, 0, 0, 0, 0, time.UTC): "2025-W01",
		time.Date(2026, 12, 28, 0, 0, 0, 0, time.UTC): "2026-W53",
	} {
		if got := (user.Week{StartsOn: monday}).Name(); got != want {
			t.Errorf("%s is in %s, want %s", monday.Format(time.DateOnly), got, want)
		}
	}
}
