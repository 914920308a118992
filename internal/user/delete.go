package user

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/purge"
)

// reasonDeactivated is why the sessions of a deleted user are revoked.
const reasonDeactivated = "account_deactivated"

// Delete deactivates the user: its sessions and API keys end, it is taken off its open
// tasks, since nobody would work on them, and stays named on finished ones. Its
// places on teams are kept for its return. It returns NotFound when there is
// no such user that the actor sees, Forbidden when the actor is neither an admin
// nor the agent's owner, VersionConflict when version is not nil and not the row's, and
// LastAdmin when nobody would be left to administer.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64) error {
	_, err := s.retry(ctx, func(q *db.Queries) (db.User, error) {
		row, err := get(ctx, q, actor, id)
		if err != nil {
			return db.User{}, err
		}
		if !actor.Role.AtLeast(access.RoleAdmin) && !owns(actor, row) {
			return db.User{}, apperr.New(apperr.Forbidden, "Only an administrator can delete a user, and an agent's owner the agent.")
		}
		if err := checkVersion(row, version); err != nil {
			return db.User{}, err
		}
		// Projects, then tasks, then people: the order in which all writes lock.
		if err := takeOffTasks(ctx, q, actor, id, false); err != nil {
			return db.User{}, err
		}
		before, err := lockUnlessLastAdmin(ctx, q, id, "")
		if err != nil {
			return db.User{}, err
		}
		if err := checkVersion(before, version); err != nil {
			return db.User{}, err
		}
		if err := refuseOpenTasks(ctx, q, id, false); err != nil {
			return db.User{}, err
		}
		after, err := q.UserDelete(ctx, db.UserDeleteParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(), DeletionID: uuid.Must(uuid.NewV7()),
		})
		if err != nil {
			return db.User{}, fmt.Errorf("deleting a user: %w", err)
		}
		before.Version = after.Version
		if err := record(ctx, q, actor, "deleted", before, nil); err != nil {
			return db.User{}, err
		}
		if err := revokeKeys(ctx, q, actor, id); err != nil {
			return db.User{}, err
		}
		return after, endSessions(ctx, q, actor, id)
	})
	return err
}

// Restore brings a deleted user back; one that is not deleted is returned as it
// is. Its sessions stay ended and its former tasks with whoever has them now.
// It returns NotFound when there is none, and AlreadyExists when somebody else
// has its address meanwhile.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id uuid.UUID) (db.User, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.User, error) {
		deleted, err := q.UserGetDeletedForUpdate(ctx, id)
		if dbx.IsNotFound(err) {
			// Never deleted, or restored by somebody else while the lock was waited for.
			return get(ctx, q, actor, id)
		}
		if err != nil {
			return db.User{}, fmt.Errorf("locking a deleted user: %w", err)
		}
		if err := purge.Refuse(ctx, q, "user", id, deleted.DeletionID); err != nil {
			return db.User{}, err
		}
		// A sign-in that was under way while the user was deleted may have left one.
		if err := endSessions(ctx, q, actor, id); err != nil {
			return db.User{}, err
		}
		restored, err := q.UserRestore(ctx, db.UserRestoreParams{ID: id, ActorID: actor.IDOrNil()})
		if apperr.Is(err, apperr.AlreadyExists) {
			return db.User{}, apperr.New(apperr.AlreadyExists, "Another account has the address %s now. Give that one another address first.", deleted.Email)
		}
		if err != nil {
			return db.User{}, fmt.Errorf("restoring a user: %w", err)
		}
		return restored, record(ctx, q, actor, "restored", deleted, restored)
	})
}

// takeOffTasks takes the user off its open tasks; with unlessMember, off those
// of projects on whose team it is neither lead nor contributor. The projects
// are locked against other writes of their tasks, in the order of their ids.
func takeOffTasks(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, unlessMember bool) error {
	projects, err := q.UserListOpenTaskProjects(ctx, db.UserListOpenTaskProjectsParams{UserID: id, UnlessMember: unlessMember})
	if err != nil {
		return fmt.Errorf("looking for the user's tasks: %w", err)
	}
	if len(projects) == 0 {
		return nil
	}
	if _, err := q.ProjectLockMany(ctx, projects); err != nil {
		return fmt.Errorf("locking the projects of the user's tasks: %w", err)
	}
	tasks, err := q.TaskUnassignByProjects(ctx, db.TaskUnassignByProjectsParams{ProjectIds: projects, UserID: id, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("unassigning the user's tasks: %w", err)
	}
	changed := make([]event.Affected, len(tasks))
	for i, t := range tasks {
		changed[i] = event.Affected(t)
	}
	return event.RecordMany(ctx, q, actor, "task", "assigned", map[string]event.Change{"assignee_id": {Old: id}}, changed)
}

// refuseOpenTasks returns errMoved when the user, which is locked, was given a
// task in another project after takeOffTasks had looked. Nobody gives it one
// from here on, because that takes a lock on the user as well.
func refuseOpenTasks(ctx context.Context, q *db.Queries, id uuid.UUID, unlessMember bool) error {
	projects, err := q.UserListOpenTaskProjects(ctx, db.UserListOpenTaskProjectsParams{UserID: id, UnlessMember: unlessMember})
	if err != nil {
		return fmt.Errorf("looking for the user's tasks: %w", err)
	}
	if len(projects) > 0 {
		return errMoved
	}
	return nil
}

func endSessions(ctx context.Context, q *db.Queries, actor access.Actor, userID uuid.UUID) error {
	sessions, err := q.SessionRevokeByUser(ctx, db.SessionRevokeByUserParams{UserID: userID, Reason: reasonDeactivated})
	if err != nil {
		return fmt.Errorf("ending the user's sessions: %w", err)
	}
	// In the order in which they were opened, which their ids follow.
	slices.SortFunc(sessions, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range sessions {
		err := event.Record(ctx, q, actor, event.Event{
			Entity: "session", ID: id, Action: "revoked",
			Before: revocation{}, After: revocation{Reason: new(reasonDeactivated)},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// revokeKeys ends the user's API keys for good. Those of its agents stop working
// as long as it is deleted.
func revokeKeys(ctx context.Context, q *db.Queries, actor access.Actor, userID uuid.UUID) error {
	keys, err := q.APIKeyRevokeByPrincipal(ctx, db.APIKeyRevokeByPrincipalParams{PrincipalID: userID, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("revoking the user's API keys: %w", err)
	}
	for _, key := range keys {
		err := event.Record(ctx, q, actor, event.Event{
			Entity: "api_key", ID: key.ID, Action: "revoked", Version: key.Version,
			Before: keyRevocation{}, After: keyRevocation{RevokedAt: key.RevokedAt},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keyRevocation is what the event of a revoked API key tells, as auth words it.
type keyRevocation struct {
	RevokedAt *time.Time `json:"revoked_at"`
}

// revocation is what the event of a revoked session tells, as auth words it.
type revocation struct {
	Reason *string `json:"reason"`
}
