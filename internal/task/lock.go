package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// lockedProject is the project of a write, held until its end, with the
// actor's place on it.
type lockedProject struct {
	row   db.Project
	place access.Project
}

func (p lockedProject) mayContribute(actor access.Actor) error {
	if actor.CanContribute(p.place) {
		return nil
	}
	return apperr.New(apperr.Forbidden, "Only the project's manager, an administrator, and leads and contributors on its team can do this.")
}

// mayChange refuses an actor without the right first, and then a change that
// is meant for another version than the task's, unless version is nil.
func (p lockedProject) mayChange(actor access.Actor, task db.Task, version *int64) error {
	if actor.CanChangeTask(p.place, task.AssigneeID) {
		return checkVersion(task, version)
	}
	return apperr.New(apperr.Forbidden, "Only the project's manager, an administrator, leads and contributors on its team, and the assignee can change this task.")
}

// mayDelete is mayChange for deleting the task.
func (p lockedProject) mayDelete(actor access.Actor, task db.Task, version *int64) error {
	if actor.CanDeleteTask(p.place, task.CreatedBy) {
		return checkVersion(task, version)
	}
	return apperr.New(apperr.Forbidden, "Only the project's manager, an administrator, its leads, and the contributor who created it can delete this task.")
}

func checkVersion(task db.Task, version *int64) error {
	if version != nil && *version != task.Version {
		return apperr.StaleVersion("task", task.Version, *version)
	}
	return nil
}

// lockProject locks a project that the actor can see. Shared, it stays open
// to the writes of other tasks; exclusive, nobody else changes the graph of
// its tasks. The error satisfies dbx.IsNotFound when there is none to see.
func lockProject(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, exclusive bool) (lockedProject, error) {
	var row db.Project
	var err error
	if exclusive {
		row, err = q.ProjectGetForUpdate(ctx, db.ProjectGetForUpdateParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	} else {
		row, err = q.ProjectGetShared(ctx, db.ProjectGetSharedParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	}
	if err != nil {
		return lockedProject{}, fmt.Errorf("locking the project: %w", err)
	}
	place := access.Project{ManagerID: row.ManagerID}
	if place.Member, err = memberRole(ctx, q, id, actor.ID); err != nil {
		return lockedProject{}, err
	}
	return lockedProject{row: row, place: place}, nil
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

// lock locks the task's project, then the task.
func lock(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, exclusive bool) (lockedProject, db.Task, error) {
	projectID, err := q.TaskGetProject(ctx, id)
	if err != nil {
		return lockedProject{}, db.Task{}, fmt.Errorf("finding a task: %w", dbx.OrMissing(err, "task", id))
	}
	p, err := lockProject(ctx, q, actor, projectID, exclusive)
	if err != nil {
		return lockedProject{}, db.Task{}, dbx.OrMissing(err, "task", id)
	}
	row, err := q.TaskGetForUpdate(ctx, db.TaskGetForUpdateParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return lockedProject{}, db.Task{}, fmt.Errorf("locking a task: %w", dbx.OrMissing(err, "task", id))
	}
	return p, row, nil
}
