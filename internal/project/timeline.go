package project

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/event"
)

// WarningCode names what a warning is about, for a program to branch on.
type WarningCode string

// What a project's new dates can be warned of.
const (
	TasksBeforeStart WarningCode = "tasks_before_start"
	TasksAfterEnd    WarningCode = "tasks_after_end"
)

// Warning is something that a change has led to and that does not forbid it.
type Warning struct {
	Code WarningCode
	// Detail is a sentence that says what to do about it.
	Detail string
	// TaskIDs are the tasks it is about, the earliest due first, as many as are named.
	TaskIDs []uuid.UUID
}

// Planned is a project with what its dates have to be warned of.
type Planned struct {
	db.Project
	Warnings []Warning
}

// mostWarned is how many tasks a warning names.
const mostWarned = 100

// warnOfMove adds the warnings where the first or the last day was among what
// changed. The project is locked, so that no due date comes in meanwhile.
func warnOfMove(ctx context.Context, q *db.Queries, p db.Project, changes map[string]event.Change) (Planned, error) {
	_, start := changes["starts_on"]
	_, end := changes["ends_on"]
	if !start && !end {
		return Planned{Project: p}, nil
	}
	return warn(ctx, q, p)
}

// warn adds a warning for the open tasks that are due before the project
// starts, and one for those due after it ends.
func warn(ctx context.Context, q *db.Queries, p db.Project) (Planned, error) {
	outside, err := q.ProjectTasksOutside(ctx, db.ProjectTasksOutsideParams{
		ProjectID: p.ID, StartsOn: p.StartsOn, EndsOn: p.EndsOn, RowLimit: mostWarned,
	})
	if err != nil {
		return Planned{}, fmt.Errorf("looking for tasks outside the project's dates: %w", err)
	}
	before, after := Warning{Code: TasksBeforeStart}, Warning{Code: TasksAfterEnd}
	for _, task := range outside {
		if task.IsBefore {
			before.TaskIDs = append(before.TaskIDs, task.ID)
			before.Detail = fmt.Sprintf("%s due before the project starts on %s; move them or the start.", openTasks(task.Total), p.StartsOn.Format(time.DateOnly))
		} else {
			after.TaskIDs = append(after.TaskIDs, task.ID)
			after.Detail = fmt.Sprintf("%s due after the project ends on %s; move them or the end.", openTasks(task.Total), p.EndsOn.Format(time.DateOnly))
		}
	}
	planned := Planned{Project: p}
	for _, w := range []Warning{before, after} {
		if len(w.TaskIDs) > 0 {
			planned.Warnings = append(planned.Warnings, w)
		}
	}
	return planned, nil
}

func openTasks(n int64) string {
	if n == 1 {
		return "1 open task is"
	}
	return fmt.Sprintf("%d open tasks are", n)
}
