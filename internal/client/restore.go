package client

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/purge"
)

// Restore brings a deleted client back with exactly the projects and tasks
// that its deletion took along; one that is not deleted is returned as it is.
// It returns NotFound when there is none, and AlreadyExists when another client
// has taken its external id.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id uuid.UUID) (db.Client, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Client, error) {
		deleted, err := q.ClientGetDeletedForUpdate(ctx, id)
		if dbx.IsNotFound(err) {
			// Never deleted, or restored by somebody else while the lock was waited for.
			live, err := q.ClientGet(ctx, db.ClientGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
			return live, dbx.OrMissing(err, "client", id)
		}
		if err != nil {
			return db.Client{}, fmt.Errorf("locking a deleted client: %w", err)
		}
		if err := purge.Refuse(ctx, q, "client", id, deleted.DeletionID); err != nil {
			return db.Client{}, err
		}
		restored, err := q.ClientRestore(ctx, db.ClientRestoreParams{ID: id, ActorID: actor.IDOrNil()})
		if err != nil {
			return db.Client{}, fmt.Errorf("restoring a client: %w", err)
		}
		if err := record(ctx, q, actor, "restored", deleted, restored); err != nil {
			return db.Client{}, err
		}
		return restored, restoreProjects(ctx, q, actor, *deleted.DeletionID)
	})
}

func restoreProjects(ctx context.Context, q *db.Queries, actor access.Actor, deletion uuid.UUID) error {
	projects, err := q.ProjectRestoreByDeletion(ctx, db.ProjectRestoreByDeletionParams{DeletionID: deletion, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("restoring the client's projects: %w", err)
	}
	var restored []event.Affected
	for _, p := range projects {
		restored = append(restored, event.Affected{ID: p.ID, ProjectID: p.ID, Version: p.Version})
	}
	if err := event.RecordMany(ctx, q, actor, "project", "restored", nil, restored); err != nil {
		return err
	}
	tasks, err := q.TaskRestoreByDeletion(ctx, db.TaskRestoreByDeletionParams{DeletionID: deletion, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("restoring the client's tasks: %w", err)
	}
	return event.RecordRestoredTasks(ctx, q, actor, tasks)
}
