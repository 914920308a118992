package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// ReasonCode names why a task cannot be started.
type ReasonCode string

// The codes, as the contract lists them.
const (
	ReasonStarted                ReasonCode = "already_started"
	ReasonClosed                 ReasonCode = "task_closed"
	ReasonBacklog                ReasonCode = "in_backlog"
	ReasonBlocked                ReasonCode = "blocked"
	ReasonPrerequisitesOpen      ReasonCode = "prerequisites_open"
	ReasonPrerequisitesCancelled ReasonCode = "prerequisites_cancelled"
	ReasonPrerequisitesDeleted   ReasonCode = "prerequisites_deleted"
	ReasonParentClosed           ReasonCode = "parent_closed"
	ReasonProjectNotActive       ReasonCode = "project_not_active"
)

// Reason is why a task cannot be started, and what to do about it.
type Reason struct {
	Code   ReasonCode
	Detail string
	// TaskIDs are the tasks in the way, if any are.
	TaskIDs []uuid.UUID
}

// Readiness returns every reason why the task cannot be started, none when it
// can, and NotFound when the actor cannot see it. That nobody is assigned is no
// reason: whoever starts it takes it.
func (s *Service) Readiness(ctx context.Context, actor access.Actor, id uuid.UUID) ([]Reason, error) {
	// In one snapshot, so that the reasons fit together and to the task.
	return dbx.Snapshot(ctx, s.db, func(q *db.Queries) ([]Reason, error) {
		task, err := get(ctx, q, actor, id)
		if err != nil {
			return nil, err
		}
		unmet, err := q.TaskListUnmetPrerequisites(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("reading prerequisites: %w", err)
		}
		around, err := q.TaskGetSurroundings(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("reading what is around a task: %w", err)
		}
		return reasons(task.Task, unmet, around), nil
	})
}

// reasons are why the task cannot be started, in the order in which to deal
// with them.
func reasons(task db.Task, unmet []db.TaskListUnmetPrerequisitesRow, around db.TaskGetSurroundingsRow) []Reason {
	var found []Reason
	add := func(code ReasonCode, tasks []uuid.UUID, format string, args ...any) {
		found = append(found, Reason{Code: code, Detail: fmt.Sprintf(format, args...), TaskIDs: tasks})
	}
	switch task.Status {
	case db.TaskStatusTodo:
	case db.TaskStatusBacklog:
		add(ReasonBacklog, nil, "The task is in the backlog. Move it to todo first.")
	case db.TaskStatusBlocked:
		reason := ""
		if task.StatusReason != nil {
			reason = ": " + *task.StatusReason
		}
		add(ReasonBlocked, nil, "The task has been blocked by hand%s", reason)
	case db.TaskStatusInProgress, db.TaskStatusInReview:
		add(ReasonStarted, nil, "The task is %s already.", task.Status)
	case db.TaskStatusDone, db.TaskStatusCancelled:
		add(ReasonClosed, nil, "The task is %s.", task.Status)
	}
	var open, cancelled, deleted []uuid.UUID
	for _, p := range unmet {
		switch {
		case p.IsDeleted:
			deleted = append(deleted, p.ID)
		case p.Status == db.TaskStatusCancelled:
			cancelled = append(cancelled, p.ID)
		default:
			open = append(open, p.ID)
		}
	}
	if len(open) > 0 {
		add(ReasonPrerequisitesOpen, open, "The task waits for others that are not done. Finish them, or remove the dependencies.")
	}
	if len(cancelled) > 0 {
		add(ReasonPrerequisitesCancelled, cancelled, "The task waits for others that are cancelled and will not be done. Remove the dependencies.")
	}
	if len(deleted) > 0 {
		add(ReasonPrerequisitesDeleted, deleted, "The task waits for others that are deleted. Remove the dependencies, or restore them.")
	}
	if around.ParentStatus != nil && !IsOpen(*around.ParentStatus) {
		add(ReasonParentClosed, []uuid.UUID{*task.ParentID}, "The task's parent is %s. Reopen it, or move the task.", *around.ParentStatus)
	}
	if around.ProjectStatus != db.ProjectStatusActive {
		add(ReasonProjectNotActive, nil, "The project is %s. Work starts when it is active.", around.ProjectStatus)
	}
	return found
}
