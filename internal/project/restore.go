package project

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/purge"
)

// Restore brings a deleted project back with exactly the tasks that its
// deletion took along; one that is not deleted is returned as it is. It
// returns NotFound when there is none, Forbidden when the actor does not
// manage it, and ParentDeleted when its client is deleted.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id uuid.UUID) (db.Project, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Project, error) {
		read := db.ProjectGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()}
		deleted, err := q.ProjectGetDeletedForUpdate(ctx, id)
		if dbx.IsNotFound(err) {
			// Never deleted, or restored by somebody else while the lock was waited for.
			live, err := q.ProjectGet(ctx, read)
			return live, dbx.OrMissing(err, "project", id)
		}
		if err != nil {
			return db.Project{}, fmt.Errorf("locking a deleted project: %w", err)
		}
		if err := mayManage(actor, deleted); err != nil {
			return db.Project{}, err
		}
		if err := refuseDeletedClient(ctx, q, deleted); err != nil {
			return db.Project{}, err
		}
		if err := purge.Refuse(ctx, q, "project", id, deleted.DeletionID); err != nil {
			return db.Project{}, err
		}
		if err := restore(ctx, q, actor, *deleted.DeletionID); err != nil {
			return db.Project{}, err
		}
		restored, err := q.ProjectGet(ctx, read)
		if err != nil {
			return db.Project{}, fmt.Errorf("reading a project: %w", err)
		}
		return restored, record(ctx, q, actor, "restored", deleted, restored)
	})
}

func refuseDeletedClient(ctx context.Context, q *db.Queries, p db.Project) error {
	if p.ClientID == nil {
		return nil
	}
	// Whoever may restore the project may also be told that its client is there.
	_, err := q.ClientLockShared(ctx, db.ClientLockSharedParams{ID: *p.ClientID, SeesAll: true})
	if dbx.IsNotFound(err) {
		return apperr.New(apperr.ParentDeleted, "The project's client %s is deleted. Restore that first.", p.ClientID)
	}
	if err != nil {
		return fmt.Errorf("reading the client: %w", err)
	}
	return nil
}

// restore brings back what one deletion took. It is a project's own: had a
// client's deletion taken the project along, the client would be deleted.
func restore(ctx context.Context, q *db.Queries, actor access.Actor, deletion uuid.UUID) error {
	_, err := q.ProjectRestoreByDeletion(ctx, db.ProjectRestoreByDeletionParams{DeletionID: deletion, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("restoring a project: %w", err)
	}
	tasks, err := q.TaskRestoreByDeletion(ctx, db.TaskRestoreByDeletionParams{DeletionID: deletion, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("restoring the project's tasks: %w", err)
	}
	return event.RecordRestoredTasks(ctx, q, actor, tasks)
}
