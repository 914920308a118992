package task

import (
	"context"
	"fmt"
	"time"

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
			var found assignee
			if err := found.find(ctx, q, actor, before.ProjectID, *assigneeID); err != nil {
				return Task{}, err
			}
			if err := found.check(*assigneeID); err != nil {
				return Task{}, err
			}
		}
		after := before
		after.AssigneeID, after.Version = assigneeID, before.Version+1
		var assigned Task
		err = conclude(ctx, q, actor, "assigned", &before, &after, func(q *db.Queries) error {
			row, err := q.TaskUpdateAssignee(ctx, db.TaskUpdateAssigneeParams{
				ID: id, Version: before.Version, ActorID: actor.IDOrNil(), AssigneeID: assigneeID,
			})
			if err != nil {
				return fmt.Errorf("assigning a task: %w", err)
			}
			assigned = Task(row)
			return nil
		})
		return assigned, err
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
		var obstacles obstacles
		p, before, err := lock(ctx, q, actor, id, false, obstacles.look(ctx, id, status)...)
		if err != nil {
			return Task{}, err
		}
		if err := p.mayChange(actor, before, version); err != nil {
			return Task{}, err
		}
		if before.Status == status {
			return get(ctx, q, actor, id)
		}
		if err := checkTransition(ctx, q, actor, p, before, status, reason, obstacles); err != nil {
			return Task{}, err
		}
		params := db.TaskUpdateStatusParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(), Status: status, StatusReason: reason,
		}
		// As the database keeps it.
		now := s.now().Truncate(time.Microsecond)
		if status == db.TaskStatusInProgress {
			params.StartedAt = new(now)
		}
		if status == db.TaskStatusDone {
			params.CompletedAt = new(now)
		}
		if err := takeUpAgain(ctx, q, &before, &params); err != nil {
			return Task{}, err
		}
		var updated Task
		after := withStatus(before, params)
		err = conclude(ctx, q, actor, "status_changed", &before, &after, func(q *db.Queries) error {
			row, err := q.TaskUpdateStatus(ctx, params)
			if err != nil {
				return fmt.Errorf("changing a task's status: %w", err)
			}
			updated = Task(row)
			return nil
		})
		return updated, err
	})
}

// takeUpAgain adds to the change of a closed task what it means that it is open again.
func takeUpAgain(ctx context.Context, q *db.Queries, before *db.Task, params *db.TaskUpdateStatusParams) error {
	var functions []func(q *db.Queries) error
	if before.Status == db.TaskStatusDone {
		functions = append(functions, func(q *db.Queries) error {
			percent, err := progress.Reopened(ctx, q, *before)
			params.Progress = &percent
			return err
		})
	}
	if !IsOpen(before.Status) && before.AssigneeID != nil {
		functions = append(functions, func(q *db.Queries) error {
			// Whoever left the project, or is deleted, stayed named on what was finished.
			able, err := canBeAssigned(ctx, q, db.TaskLockAssigneeParams{ProjectID: before.ProjectID, ID: *before.AssigneeID, SeesAll: true})
			params.Unassign = !able
			return err
		})
	}
	return dbx.Together(ctx, q, functions...)
}

// withStatus is the row as TaskUpdateStatus writes it.
func withStatus(task db.Task, params db.TaskUpdateStatusParams) db.Task {
	task.Status, task.StatusReason, task.CompletedAt, task.Version = params.Status, params.StatusReason, params.CompletedAt, task.Version+1
	if task.StartedAt == nil {
		task.StartedAt = params.StartedAt
	}
	if params.Unassign {
		task.AssigneeID = nil
	}
	switch {
	case params.Status == db.TaskStatusDone:
		task.Progress = 100
	case params.Progress != nil:
		task.Progress = *params.Progress
	}
	return task
}

// obstacles are the tasks that may stand in the way of a transition.
type obstacles struct{ prerequisites, subtasks []uuid.UUID }

// look finds those that can stand in the way of one to the status. It is for
// behind the task's lock, which keeps subtasks from being added.
func (o *obstacles) look(ctx context.Context, id uuid.UUID, to db.TaskStatus) []func(q *db.Queries) error {
	//nolint:exhaustive // Nothing stands in the way of the others.
	switch to {
	case db.TaskStatusInProgress:
		return []func(q *db.Queries) error{func(q *db.Queries) (err error) {
			o.prerequisites, err = q.TaskListOpenPrerequisites(ctx, db.TaskListOpenPrerequisitesParams{TaskID: id, RowLimit: mostNamed})
			if err != nil {
				return fmt.Errorf("looking for open prerequisites: %w", err)
			}
			return nil
		}}
	case db.TaskStatusDone:
		return []func(q *db.Queries) error{func(q *db.Queries) (err error) {
			o.subtasks, err = q.TaskListOpenSubtasks(ctx, db.TaskListOpenSubtasksParams{ParentID: id, RowLimit: mostNamed})
			if err != nil {
				return fmt.Errorf("looking for open subtasks: %w", err)
			}
			return nil
		}}
	}
	return nil
}

func checkTransition(ctx context.Context, q *db.Queries, actor access.Actor, p lockedProject, before db.Task, to db.TaskStatus, reason *string, found obstacles) error {
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
		return refuseOpen(apperr.PrerequisitesOpen, found.prerequisites,
			"The task cannot start before its prerequisites are done. Finish them, or remove the dependencies.")
	}
	if to == db.TaskStatusDone {
		return refuseOpen(apperr.SubtasksOpen, found.subtasks,
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
