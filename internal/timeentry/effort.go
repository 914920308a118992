package timeentry

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/progress"
)

// Effort is what whoever has worked on a task says of it as well; nil fields
// leave it as it is.
type Effort struct {
	RemainingMinutes *int32
	// Progress is in percent. That of a task with subtasks follows from theirs,
	// and what is done is at a hundred.
	Progress *int16
}

func (e Effort) isEmpty() bool { return e.RemainingMinutes == nil && e.Progress == nil }

// lockEffort locks the task where something is said of it, and returns what is
// wrong with that. The zero task stands for one that stays as it is.
func lockEffort(ctx context.Context, q *db.Queries, projectID, taskID uuid.UUID, effort Effort) (db.Task, []apperr.Field, error) {
	if effort.isEmpty() {
		return db.Task{}, nil, nil
	}
	task, err := q.TaskGetInProjectForUpdate(ctx, db.TaskGetInProjectForUpdateParams{ID: taskID, ProjectID: projectID})
	if err != nil {
		return db.Task{}, nil, fmt.Errorf("locking the task: %w", err)
	}
	if effort.Progress == nil {
		return task, nil, nil
	}
	// A subtask that is being added waits for the lock of its parent.
	_, err = progress.Give(ctx, q, task, effort.Progress)
	if e, ok := errors.AsType[*apperr.Error](err); ok && e.Code == apperr.ValidationFailed {
		return task, e.Fields, nil
	}
	return task, nil, err
}

// writeEffort changes the task, if anything is said that it does not have
// already, and the progress of those above it.
func writeEffort(ctx context.Context, q *db.Queries, actor access.Actor, before db.Task, effort Effort) error {
	if effort.Progress != nil && *effort.Progress == before.Progress {
		// What was given before is not lost to what is derived.
		effort.Progress = nil
	}
	want := before
	if effort.RemainingMinutes != nil {
		want.RemainingMinutes = effort.RemainingMinutes
	}
	if effort.Progress != nil {
		want.Progress = *effort.Progress
	}
	if !event.Differs(before, want) {
		return nil
	}
	after, err := q.TaskUpdateEffort(ctx, db.TaskUpdateEffortParams{
		ID: before.ID, Version: before.Version, ActorID: actor.IDOrNil(),
		RemainingMinutes: effort.RemainingMinutes, Progress: effort.Progress,
	})
	if err != nil {
		return fmt.Errorf("updating the task: %w", err)
	}
	if effort.Progress != nil {
		if err := progress.Climb(ctx, q, after.ParentID, progress.Percent); err != nil {
			return err
		}
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "task", ID: after.ID, ProjectID: &after.ProjectID, Action: "updated",
		Before: before, After: after, Version: after.Version,
	})
}
