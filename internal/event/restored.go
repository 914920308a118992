package event

import (
	"context"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
)

// assigned is what the event of a restored task tells of its assignee.
type assigned struct {
	AssigneeID *uuid.UUID `json:"assignee_id"`
}

// RecordRestoredTasks writes that tasks are back which one deletion had taken,
// whoever's verb brought them: a task's, a project's or a client's. It tells
// whom a task has lost that could not work on it any more.
func RecordRestoredTasks(ctx context.Context, q *db.Queries, actor access.Actor, tasks []db.TaskRestoreByDeletionRow) error {
	restored := make([]Event, len(tasks))
	for i, t := range tasks {
		restored[i] = Event{
			Entity: "task", ID: t.ID, ProjectID: &t.ProjectID, Action: "restored",
			Before: assigned{t.AssigneeBefore}, After: assigned{t.AssigneeID}, Version: t.Version,
		}
	}
	return RecordEach(ctx, q, actor, restored)
}
