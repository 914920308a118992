package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/progress"
)

// mostNamed is how many of the rows in the way a conflict names.
const mostNamed = 20

// Assign gives the task to somebody, or to nobody when assigneeID is nil; who
// has it already changes nothing. Beside the errors of Update it returns a
// validation error when the assignee could not work on the task.
func (s *Service) Assign(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, assigneeID *uuid.UUID) (Task, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Task, error) {
		p, before, err := lock(ctx, q, actor, id, false)
		if err != nil {
			return Task{}, err
		}
		if err := p.mayChange(actor, before, version); err != nil {
			return Task{}, err
		}
		if sameID(before.AssigneeID, assigneeID) {
			return get(ctx, q, actor, id)
		}
		if assigneeID != nil {
			if err := checkAssignee(ctx, q, actor, before.ProjectID, *assigneeID); err != nil {
				return Task{}, err
			}
		}
		after, err := q.TaskUpdateAssignee(ctx, db.TaskUpdateAssigneeParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(), AssigneeID: assigneeID,
		})
		if err != nil {
			return Task{}, fmt.Errorf("assigning a task: %w", err)
		}
		if err := record(ctx, q, actor, "assigned", before, after); err != nil {
			return Task{}, err
		}
		return get(ctx, q, actor, id)
	})
}

func sameID(a, b *uuid.UUID) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// SetStatus moves the task along its transitions; the status it has already
// changes nothing. A task that is taken up again loses an assignee who could not
// work on it any more. Beside the errors of Update it returns IllegalTransition,
// PrerequisitesOpen when the task would start before what it depends on,
// SubtasksOpen when it would be done before its subtasks, ParentClosed and
// ProjectClosed when it would be reopened below what is closed, and a
// validation error when the transition needs a reason and has none.
func (s *Service) SetStatus(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, status db.TaskStatus, reason *string) (Task, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Task, error) {
		p, before, err := lock(ctx, q, actor, id, false)
		if err != nil {
			return Task{}, err
		}
		if err := p.mayChange(actor, before, version); err != nil {
			return Task{}, err
		}
		if before.Status == status {
			return get(ctx, q, actor, id)
		}
		if err := checkTransition(ctx, q, actor, p, before, status, reason); err != nil {
			return Task{}, err
		}
		params := db.TaskUpdateStatusParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(), Status: status, StatusReason: reason,
		}
		if status == db.TaskStatusInProgress {
			params.StartedAt = new(s.now())
		}
		if status == db.TaskStatusDone {
			params.CompletedAt = new(s.now())
		}
		if before.Status == db.TaskStatusDone {
			percent, err := progress.Reopened(ctx, q, before)
			if err != nil {
				return Task{}, err
			}
			params.Progress = &percent
		}
		if !IsOpen(before.Status) && before.AssigneeID != nil {
			// Whoever left the project, or is deleted, stayed named on what was finished.
			able, err := canBeAssigned(ctx, q, before.ProjectID, *before.AssigneeID)
			if err != nil {
				return Task{}, err
			}
			params.Unassign = !able
		}
		after, err := q.TaskUpdateStatus(ctx, params)
		if err != nil {
			return Task{}, fmt.Errorf("changing a task's status: %w", err)
		}
		if err := carryUp(ctx, q, before, after); err != nil {
			return Task{}, err
		}
		if err := record(ctx, q, actor, "status_changed", before, after); err != nil {
			return Task{}, err
		}
		return get(ctx, q, actor, id)
	})
}

func checkTransition(ctx context.Context, q *db.Queries, actor access.Actor, p lockedProject, before db.Task, to db.TaskStatus, reason *string) error {
	if err := CanTransition(before.Status, to); err != nil {
		return err
	}
	if before.Status == db.TaskStatusCancelled && !actor.CanManage(p.place) {
		return apperr.New(apperr.Forbidden, "Only the project's manager or an administrator can take a cancelled task up again.")
	}
	if reason == nil && NeedsReason(before.Status, to) {
		return apperr.InvalidField("/reason", "required", "Say why the task goes from %s to %s.", before.Status, to)
	}
	if !IsOpen(before.Status) {
		return checkReopening(ctx, q, p, before)
	}
	if NeedsPrerequisites(before.Status, to) {
		open, err := q.TaskListOpenPrerequisites(ctx, db.TaskListOpenPrerequisitesParams{TaskID: before.ID, RowLimit: mostNamed})
		if err != nil {
			return fmt.Errorf("looking for open prerequisites: %w", err)
		}
		return refuseOpen(apperr.PrerequisitesOpen, open,
			"The task cannot start before its prerequisites are done. Finish them, or remove the dependencies.")
	}
	if to == db.TaskStatusDone {
		open, err := q.TaskListOpenSubtasks(ctx, db.TaskListOpenSubtasksParams{ParentID: before.ID, RowLimit: mostNamed})
		if err != nil {
			return fmt.Errorf("looking for open subtasks: %w", err)
		}
		return refuseOpen(apperr.SubtasksOpen, open,
			"The task cannot be done before its subtasks are. Finish or cancel them.")
	}
	return nil
}

// checkReopening keeps an open task from standing below what is closed.
func checkReopening(ctx context.Context, q *db.Queries, p lockedProject, before db.Task) error {
	if !takesTasks(p.row.Status) {
		return closedProject(p.row.Status)
	}
	if before.ParentID == nil {
		return nil
	}
	parent, err := lockParent(ctx, q, before.ProjectID, *before.ParentID)
	if err != nil {
		return err
	}
	if !IsOpen(parent.Status) {
		return closedParent(parent)
	}
	return nil
}

func refuseOpen(code apperr.Code, open []uuid.UUID, detail string) error {
	if len(open) == 0 {
		return nil
	}
	e := apperr.New(code, "%s", detail)
	e.BlockingIDs = open
	return e
}
