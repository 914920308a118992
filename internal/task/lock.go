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
	// last is the position of its last task, where one is to be added.
	last string
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

// lockProject locks a project that the actor can see, and finds what a new task
// needs of it; what else is to be looked at behind the lock goes along. Shared,
// it stays open to the writes of other tasks; exclusive, nobody else changes the
// graph of its tasks. The error satisfies dbx.IsNotFound when there is none to see.
func lockProject(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, exclusive bool, also ...func(q *db.Queries) error) (lockedProject, error) {
	var p lockedProject
	actorID, viewerID, seesAll := actor.ID, actor.ViewerID(), actor.SeesAll()
	// Each statement sees what was committed before the lock was got.
	err := dbx.Together(ctx, q, append([]func(q *db.Queries) error{
		func(q *db.Queries) (err error) {
			if exclusive {
				p.row, err = q.ProjectGetForUpdate(ctx, db.ProjectGetForUpdateParams{ID: id, SeesAll: seesAll, ViewerID: viewerID})
			} else {
				p.row, err = q.ProjectGetShared(ctx, db.ProjectGetSharedParams{ID: id, SeesAll: seesAll, ViewerID: viewerID})
			}
			if err != nil {
				return fmt.Errorf("locking the project: %w", err)
			}
			return nil
		},
		func(q *db.Queries) error {
			place, err := q.TaskGetPlace(ctx, db.TaskGetPlaceParams{ProjectID: id, ActorID: actorID})
			if err != nil {
				return fmt.Errorf("reading a team member and the last task: %w", err)
			}
			p.place.Member, p.last = access.MemberRole(place.ActorRole), place.LastPosition
			return nil
		},
	}, also...)...)
	p.place.ManagerID = p.row.ManagerID
	return p, err
}

// lock locks the task's project, then the task; what else is to be looked at
// behind the locks goes along.
func lock(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, exclusive bool, also ...func(q *db.Queries) error) (lockedProject, db.Task, error) {
	var p lockedProject
	var row db.TaskLockRow
	actorID, viewerID, seesAll := actor.ID, actor.ViewerID(), actor.SeesAll()
	err := dbx.Together(ctx, q, append([]func(q *db.Queries) error{
		func(q *db.Queries) (err error) {
			if exclusive {
				p.row, err = q.TaskLockProject(ctx, db.TaskLockProjectParams{ID: id, SeesAll: seesAll, ViewerID: viewerID})
			} else {
				p.row, err = q.TaskShareProject(ctx, db.TaskShareProjectParams{ID: id, SeesAll: seesAll, ViewerID: viewerID})
			}
			if err != nil {
				return fmt.Errorf("locking a task's project: %w", dbx.OrMissing(err, "task", id))
			}
			return nil
		},
		func(q *db.Queries) (err error) {
			row, err = q.TaskLock(ctx, db.TaskLockParams{ID: id, ActorID: actorID, SeesAll: seesAll, ViewerID: viewerID})
			if err != nil {
				return fmt.Errorf("locking a task: %w", dbx.OrMissing(err, "task", id))
			}
			return nil
		},
	}, also...)...)
	p.place = access.Project{ManagerID: p.row.ManagerID, Member: access.MemberRole(row.ActorRole)}
	return p, row.Task, err
}
