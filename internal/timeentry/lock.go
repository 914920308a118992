package timeentry

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// lockedProject is the project of a write, with the actor's place on it. It is
// locked shared: it can then neither be archived or deleted nor lose a task
// before the commit, because deleting a task locks it exclusively.
type lockedProject struct {
	row   db.Project
	place access.Project
}

// lockProject locks a project that the actor can see. The error satisfies
// dbx.IsNotFound when there is none to see.
func lockProject(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (lockedProject, error) {
	row, err := q.ProjectGetShared(ctx, db.ProjectGetSharedParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return lockedProject{}, fmt.Errorf("locking the project: %w", err)
	}
	place := access.Project{ManagerID: row.ManagerID}
	if place.Member, err = memberRole(ctx, q, id, actor.ID); err != nil {
		return lockedProject{}, err
	}
	return lockedProject{row: row, place: place}, nil
}

// lockTask locks the project of a task that the actor can see, which keeps the
// task from being deleted.
func lockTask(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (lockedProject, error) {
	projectID, err := q.TaskGetProject(ctx, id)
	if err != nil {
		return lockedProject{}, fmt.Errorf("finding a task: %w", dbx.OrMissing(err, "task", id))
	}
	p, err := lockProject(ctx, q, actor, projectID)
	if err != nil {
		return lockedProject{}, dbx.OrMissing(err, "task", id)
	}
	// It may have been deleted while the project was waited for.
	exists, err := q.TaskExistsInProject(ctx, db.TaskExistsInProjectParams{ID: id, ProjectID: projectID})
	if err != nil {
		return lockedProject{}, fmt.Errorf("finding a task: %w", err)
	}
	if !exists {
		return lockedProject{}, apperr.Missing("task", id)
	}
	return p, nil
}

// lockEntry locks the project of an entry that the actor can see, then the entry.
func lockEntry(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (lockedProject, db.TimeEntry, error) {
	projectID, err := q.TimeEntryGetProject(ctx, id)
	if err != nil {
		return lockedProject{}, db.TimeEntry{}, fmt.Errorf("finding a time entry: %w", dbx.OrMissing(err, entity, id))
	}
	p, err := lockProject(ctx, q, actor, projectID)
	if err != nil {
		return lockedProject{}, db.TimeEntry{}, dbx.OrMissing(err, entity, id)
	}
	row, err := q.TimeEntryGetForUpdate(ctx, id)
	if err != nil {
		return lockedProject{}, db.TimeEntry{}, fmt.Errorf("locking a time entry: %w", dbx.OrMissing(err, entity, id))
	}
	return p, row, nil
}

// memberRole returns somebody's role on the team, empty when it is not on it.
func memberRole(ctx context.Context, q *db.Queries, projectID, userID uuid.UUID) (access.MemberRole, error) {
	member, err := q.ProjectMemberGet(ctx, db.ProjectMemberGetParams{ProjectID: projectID, UserID: userID})
	if dbx.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading a team member: %w", err)
	}
	return access.MemberRole(member.Role), nil
}

// mayLog refuses an actor who cannot write time of the user, and a project
// that takes none any more.
func (p lockedProject) mayLog(actor access.Actor, userID uuid.UUID) error {
	if !actor.CanContribute(p.place) {
		return apperr.New(apperr.Forbidden, "Only the project's manager, an administrator, and leads and contributors on its team can log time on it.")
	}
	if userID != actor.ID && !actor.CanManage(p.place) {
		return apperr.New(apperr.Forbidden, "Only the project's manager or an administrator can log time for somebody else.")
	}
	return p.checkOpen()
}

// mayChange refuses an actor without the right first, then a change that is
// meant for another version than the entry's, unless version is nil, and then
// one in a project whose time is closed.
func (p lockedProject) mayChange(actor access.Actor, entry db.TimeEntry, version *int64) error {
	if !actor.CanChangeTime(p.place, entry.UserID) {
		return apperr.New(apperr.Forbidden, "Only whoever worked it, while contributing to the project, the project's manager and an administrator can change this time entry.")
	}
	if version != nil && *version != entry.Version {
		return apperr.StaleVersion(entity, entry.Version, *version)
	}
	return p.checkOpen()
}

func (p lockedProject) checkOpen() error {
	if takesTime(p.row.Status) {
		return nil
	}
	return apperr.New(apperr.ProjectClosed, "The project is %s and its time is closed.", p.row.Status)
}
