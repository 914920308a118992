package progress

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// Change says what of a task has changed that the progress of those above it
// follows from.
type Change int

const (
	// Percent is its own progress alone.
	Percent Change = iota
	// Weight is also how much it weighs, or whether it is there at all: its
	// estimate, its parent, creating, cancelling, deleting and restoring.
	Weight
)

// Climb brings the progress of a task and of those above it up to date, as far
// up as the change matters. from is the parent of what has changed, nil where
// it has none. The caller holds the project, at least shared, so that nothing
// moves meanwhile, and may hold from. Locks are taken upwards: two that change
// siblings at once come one after the other at the parent, and the second sees
// what the first has written.
func Climb(ctx context.Context, q *db.Queries, from *uuid.UUID, change Change) error {
	for at := from; at != nil; {
		task, err := q.ProgressLockTask(ctx, *at)
		if err != nil {
			return fmt.Errorf("locking a task above: %w", err)
		}
		// A statement of its own: it sees what was committed before the lock was got.
		percent, err := read(ctx, q, *at, task.Status, task.GivenProgress)
		if err != nil {
			return err
		}
		if task.EstimateMinutes != nil {
			// It weighs its own estimate, whatever stands below.
			change = Percent
		}
		switch {
		case percent != task.Progress:
			if err := q.ProgressUpdate(ctx, db.ProgressUpdateParams{ID: *at, Progress: percent}); err != nil {
				return fmt.Errorf("updating the progress of a task: %w", err)
			}
		case change == Percent:
			return nil
		}
		at = task.ParentID
	}
	return nil
}

// Reopened returns how far a done task, which the caller has locked, is once
// it is open again.
func Reopened(ctx context.Context, q *db.Queries, task db.Task) (int16, error) {
	return read(ctx, q, task.ID, db.TaskStatusInProgress, task.GivenProgress)
}

func read(ctx context.Context, q *db.Queries, id uuid.UUID, status db.TaskStatus, given int16) (int16, error) {
	if status == db.TaskStatusDone {
		return Of(status, given, nil), nil
	}
	rows, err := q.ProgressListSubtasks(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("reading the subtasks: %w", err)
	}
	return Of(status, given, subtasksOf(id, rows)), nil
}

// Give decides whether a progress that somebody gives by hand is written to a
// task, which the caller has locked; nil is the default, which is 0. It refuses
// one where the progress follows from something else: on a parent and on what
// is done. There the default, and the value it has already, change nothing,
// so that what was given before is not lost.
func Give(ctx context.Context, q *db.Queries, task db.Task, percent *int16) (bool, error) {
	if percent != nil && *percent == task.Progress {
		return false, nil
	}
	if task.Status == db.TaskStatusDone {
		if percent == nil {
			return false, nil
		}
		return false, apperr.InvalidField("/progress", "done", "The task is done and so at 100 percent. Reopen it first.")
	}
	derived, err := q.ProgressHasSubtasks(ctx, task.ID)
	if err != nil {
		return false, fmt.Errorf("looking for subtasks: %w", err)
	}
	if derived && percent != nil {
		return false, Derived("/progress")
	}
	return !derived, nil
}

// Derived says that a parent's progress cannot be given by hand.
func Derived(pointer string) error {
	return apperr.InvalidField(pointer, "derived", "The task has subtasks, and its progress is derived from theirs. Give the progress of the subtasks.")
}
