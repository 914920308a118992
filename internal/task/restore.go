package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/progress"
	"github.com/aicoordination/coordinator/internal/purge"
)

// Restore brings a deleted task back with exactly the subtasks that its
// deletion took along, open ones without an assignee who could not work on them
// any more; one that is not deleted is returned as it is. It returns NotFound
// when the actor cannot see it, or is a user who could not have deleted it,
// Forbidden for a manager who could not, ParentDeleted when its project or
// parent is deleted, and ParentClosed or ProjectClosed when an open task would
// come back below them.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id uuid.UUID) (Task, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Task, error) {
		projectID, err := q.TaskGetDeletedProject(ctx, id)
		if dbx.IsNotFound(err) {
			return get(ctx, q, actor, id)
		}
		if err != nil {
			return Task{}, fmt.Errorf("finding a deleted task: %w", err)
		}
		p, err := lockProject(ctx, q, actor, projectID, true)
		if dbx.IsNotFound(err) && actor.SeesAll() {
			return Task{}, apperr.New(apperr.ParentDeleted, "The task's project %s is deleted. Restore that first.", projectID)
		}
		if err != nil {
			return Task{}, dbx.OrMissing(err, "task", id)
		}
		deleted, err := q.TaskGetDeletedForUpdate(ctx, id)
		if dbx.IsNotFound(err) {
			// Somebody else has restored it while the project was waited for.
			return get(ctx, q, actor, id)
		}
		if err != nil {
			return Task{}, fmt.Errorf("locking a deleted task: %w", err)
		}
		if err := p.mayDelete(actor, deleted, nil); err != nil {
			if !actor.SeesAll() {
				// A user sees nothing deleted, and so is not told that there is something to restore.
				return Task{}, apperr.Missing("task", id)
			}
			return Task{}, err
		}
		if err := checkRestoring(ctx, q, p, deleted); err != nil {
			return Task{}, err
		}
		if err := purge.Refuse(ctx, q, "task", id, deleted.DeletionID); err != nil {
			return Task{}, err
		}
		tasks, err := q.TaskRestoreByDeletion(ctx, db.TaskRestoreByDeletionParams{DeletionID: *deleted.DeletionID, ActorID: actor.IDOrNil()})
		if err != nil {
			return Task{}, fmt.Errorf("restoring a task: %w", err)
		}
		if err := progress.Climb(ctx, q, deleted.ParentID, progress.Weight); err != nil {
			return Task{}, err
		}
		if err := event.RecordRestoredTasks(ctx, q, actor, tasks); err != nil {
			return Task{}, err
		}
		return get(ctx, q, actor, id)
	})
}

// checkRestoring keeps a task from coming back below what is deleted, and an
// open one from coming back below what is closed.
func checkRestoring(ctx context.Context, q *db.Queries, p lockedProject, deleted db.Task) error {
	if deleted.ParentID != nil {
		parent, err := q.TaskGetInProjectForUpdate(ctx, db.TaskGetInProjectForUpdateParams{ID: *deleted.ParentID, ProjectID: deleted.ProjectID})
		if dbx.IsNotFound(err) {
			e := apperr.New(apperr.ParentDeleted, "The task's parent %s is deleted. Restore that first.", deleted.ParentID)
			e.BlockingIDs = []uuid.UUID{*deleted.ParentID}
			return e
		}
		if err != nil {
			return fmt.Errorf("locking the parent: %w", err)
		}
		if IsOpen(deleted.Status) && !IsOpen(parent.Status) {
			return closedParent(parent)
		}
	}
	if takesTasks(p.row.Status) {
		return nil
	}
	// A cancelled task can have open ones below it.
	open, err := q.TaskDeletionHasOpen(ctx, *deleted.DeletionID)
	if err != nil {
		return fmt.Errorf("looking for open tasks: %w", err)
	}
	if open {
		return closedProject(p.row.Status)
	}
	return nil
}
