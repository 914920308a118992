package task

import (
	"context"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/progress"
)

// carryUp brings the progress of those above a task up to date after a change
// of its row. A task that was moved has left some of them and come to others.
func carryUp(ctx context.Context, q *db.Queries, before, after db.Task) error {
	if !sameID(before.ParentID, after.ParentID) {
		if err := progress.Climb(ctx, q, before.ParentID, progress.Weight); err != nil {
			return err
		}
		return progress.Climb(ctx, q, after.ParentID, progress.Weight)
	}
	switch {
	case !sameMinutes(before.EstimateMinutes, after.EstimateMinutes), counts(before) != counts(after):
		return progress.Climb(ctx, q, after.ParentID, progress.Weight)
	case before.Progress != after.Progress:
		return progress.Climb(ctx, q, after.ParentID, progress.Percent)
	}
	return nil
}

// carriesUp tells whether carryUp may have to do anything.
func carriesUp(before, after db.Task) bool { return before.ParentID != nil || after.ParentID != nil }

// counts tells whether the task counts towards its parent's progress.
func counts(task db.Task) bool {
	return task.Status != db.TaskStatusCancelled && task.DeletedAt == nil
}

func sameMinutes(a, b *int32) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
