package task

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// mistakes are what is wrong with an input, so that all of it is said at once.
type mistakes []apperr.Field

// gather keeps what err says of the input, and returns any other error.
func (m *mistakes) gather(err error) error {
	if e, ok := errors.AsType[*apperr.Error](err); ok && e.Code == apperr.ValidationFailed {
		*m = append(*m, e.Fields...)
		return nil
	}
	return err
}

// refusal is the error of what was gathered, nil without any.
func (m *mistakes) refusal() error {
	if len(*m) == 0 {
		return nil
	}
	return apperr.Invalid(*m...)
}

// checkReferences refuses a new task that names somebody or something it
// cannot, all mistakes at once.
func checkReferences(ctx context.Context, q *db.Queries, actor access.Actor, project db.Project, params CreateParams, assignee *assignee) error {
	wrong := mistakes(apperr.HalfReference(params.ExternalSource, params.ExternalID))
	if err := wrong.gather(checkDueDate(project, params.DueDate)); err != nil {
		return err
	}
	if params.AssigneeID != nil {
		if err := assignee.find(ctx, q, actor, params.ProjectID, *params.AssigneeID); err != nil {
			return err
		}
		if err := wrong.gather(assignee.check(*params.AssigneeID)); err != nil {
			return err
		}
	}
	if params.ParentID != nil {
		parent, err := lockParent(ctx, q, params.ProjectID, *params.ParentID)
		if err := wrong.gather(err); err != nil {
			return err
		}
		if err == nil && !IsOpen(parent.Status) {
			return closedParent(parent)
		}
		if err == nil {
			if err := wrong.gather(checkDepth(ctx, q, *params.ParentID, 1)); err != nil {
				return err
			}
		}
	}
	for i, id := range params.PrerequisiteIDs {
		if err := wrong.gather(checkPrerequisite(ctx, q, params.ProjectID, fmt.Sprintf("/prerequisite_ids/%d", i), id)); err != nil {
			return err
		}
	}
	if err := wrong.refusal(); err != nil {
		return err
	}
	if params.ParentID == nil {
		return nil
	}
	for _, id := range params.PrerequisiteIDs {
		// The parent will wait for the new task, and that for its prerequisite.
		if err := refuseCycle(ctx, q, *params.ParentID, id); err != nil {
			return err
		}
	}
	return nil
}

// assignee is whether somebody could see and work on a project's tasks.
type assignee struct{ found, able bool }

// find looks for somebody whom the actor sees, and who then stays able to work on
// the tasks of the project, which is locked, until the commit.
func (a *assignee) find(ctx context.Context, q *db.Queries, actor access.Actor, projectID, userID uuid.UUID) (err error) {
	if a.found {
		return nil
	}
	a.able, err = canBeAssigned(ctx, q, db.TaskLockAssigneeParams{
		ProjectID: projectID, ID: userID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
	})
	a.found = err == nil
	return err
}

// check refuses an assignee who could not see or work on the task, and in the
// same words one whom the actor does not see.
func (a *assignee) check(userID uuid.UUID) error {
	if a.able {
		return nil
	}
	return notAssignable(userID)
}

// seenPeople tells which of the people the actor sees.
func seenPeople(ctx context.Context, q *db.Queries, actor access.Actor, ids []uuid.UUID) (func(uuid.UUID) bool, error) {
	if actor.SeesAll() {
		return func(uuid.UUID) bool { return true }, nil
	}
	seen, err := q.UserListSeen(ctx, db.UserListSeenParams{ViewerID: actor.ViewerID(), Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("reading whom the actor sees: %w", err)
	}
	return func(id uuid.UUID) bool { return slices.Contains(seen, id) }, nil
}

// canBeAssigned tells whether somebody could see and work on the project's
// tasks, which then stays so until the commit.
func canBeAssigned(ctx context.Context, q *db.Queries, params db.TaskLockAssigneeParams) (bool, error) {
	row, err := q.TaskLockAssignee(ctx, params)
	if dbx.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the assignee: %w", err)
	}
	return access.CanBeAssigned(access.Role(row.Role), access.MemberRole(row.MemberRole)), nil
}

func notAssignable(userID uuid.UUID) error {
	return apperr.InvalidField("/assignee_id", "not_a_member",
		"User %s is no lead or contributor on the team of this project. Add them to the team first.", userID)
}

// checkPrerequisite refuses a prerequisite, named by the field at pointer,
// that is no task of the project.
func checkPrerequisite(ctx context.Context, q *db.Queries, projectID uuid.UUID, pointer string, id uuid.UUID) error {
	exists, err := q.TaskExistsInProject(ctx, db.TaskExistsInProjectParams{ID: id, ProjectID: projectID})
	if err != nil {
		return fmt.Errorf("looking for the prerequisite: %w", err)
	}
	if !exists {
		return notInProject(pointer, id)
	}
	return nil
}

// lockParent returns the parent, whose status then stays as it is until the commit.
func lockParent(ctx context.Context, q *db.Queries, projectID, id uuid.UUID) (db.Task, error) {
	row, err := q.TaskGetInProjectForUpdate(ctx, db.TaskGetInProjectForUpdateParams{ID: id, ProjectID: projectID})
	if dbx.IsNotFound(err) {
		return db.Task{}, notInProject("/parent_id", id)
	}
	if err != nil {
		return db.Task{}, fmt.Errorf("locking the parent: %w", err)
	}
	return row, nil
}

func notInProject(pointer string, id uuid.UUID) error {
	return apperr.InvalidField(pointer, "not_found", "There is no task %s in this project.", id)
}

// checkParent refuses a parent that the task cannot be moved below.
func checkParent(ctx context.Context, q *db.Queries, task db.Task, parentID uuid.UUID) error {
	parent, err := lockParent(ctx, q, task.ProjectID, parentID)
	if err != nil {
		return err
	}
	if IsOpen(task.Status) && !IsOpen(parent.Status) {
		return closedParent(parent)
	}
	if err := refuseCycle(ctx, q, parentID, task.ID); err != nil {
		return err
	}
	height, err := q.TaskGetHeight(ctx, task.ID)
	if err != nil {
		return fmt.Errorf("measuring the subtasks: %w", err)
	}
	return checkDepth(ctx, q, parentID, height)
}

func closedParent(parent db.Task) error {
	e := apperr.New(apperr.ParentClosed, "Task %s is %s and takes no open subtask. Reopen it first.", parent.ID, parent.Status)
	e.BlockingIDs = []uuid.UUID{parent.ID}
	return e
}

func closedProject(status db.ProjectStatus) error {
	return apperr.New(apperr.ProjectClosed, "The project is %s and takes no open task. Reopen it first.", status)
}
