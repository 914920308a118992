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
)

// MaxPrerequisites is how many prerequisites a task has at most: every read of
// the task names them all.
const MaxPrerequisites = 100

// AddDependency makes the task wait for a prerequisite. Beside the errors of
// Update it returns AlreadyExists, DependencyCycle with the path when the
// prerequisite waits for the task, and a validation error when it is no task
// of the same project or one too many.
func (s *Service) AddDependency(ctx context.Context, actor access.Actor, taskID, prerequisiteID uuid.UUID) (db.TaskDependency, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.TaskDependency, error) {
		p, task, err := lock(ctx, q, actor, taskID, true)
		if err != nil {
			return db.TaskDependency{}, err
		}
		if err := p.mayContribute(actor); err != nil {
			return db.TaskDependency{}, err
		}
		if err := checkPrerequisite(ctx, q, task.ProjectID, "/prerequisite_id", prerequisiteID); err != nil {
			return db.TaskDependency{}, err
		}
		if err := refuseCycle(ctx, q, taskID, prerequisiteID); err != nil {
			return db.TaskDependency{}, err
		}
		others, err := q.TaskCountOtherPrerequisites(ctx, db.TaskCountOtherPrerequisitesParams{TaskID: taskID, PrerequisiteID: prerequisiteID})
		if err != nil {
			return db.TaskDependency{}, fmt.Errorf("counting the prerequisites: %w", err)
		}
		if err := checkPrerequisites("/prerequisite_id", others+1); err != nil {
			return db.TaskDependency{}, err
		}
		dependency, err := insertDependency(ctx, q, actor, task.ProjectID, taskID, prerequisiteID)
		if err != nil {
			return db.TaskDependency{}, err
		}
		return dependency, touch(ctx, q, actor, task, "dependency_added", wait{}, wait{&prerequisiteID})
	})
}

// RemoveDependency makes the task wait no longer for a prerequisite. It
// returns NotFound when it did not.
func (s *Service) RemoveDependency(ctx context.Context, actor access.Actor, taskID, prerequisiteID uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		p, task, err := lock(ctx, q, actor, taskID, true)
		if err != nil {
			return err
		}
		if err := p.mayContribute(actor); err != nil {
			return err
		}
		removed, err := q.TaskDependencyDelete(ctx, db.TaskDependencyDeleteParams{TaskID: taskID, PrerequisiteID: prerequisiteID})
		if err != nil {
			return fmt.Errorf("deleting a dependency: %w", err)
		}
		if removed == 0 {
			return apperr.New(apperr.NotFound, "The task does not depend on task %s.", prerequisiteID)
		}
		return touch(ctx, q, actor, task, "dependency_removed", wait{&prerequisiteID}, wait{})
	})
}

// refuseCycle returns DependencyCycle when waiting would, through others, wait
// for itself if it waited for awaited. The caller holds the project
// exclusively: two that each add half of a cycle come one after the other.
func refuseCycle(ctx context.Context, q *db.Queries, waiting, awaited uuid.UUID) error {
	waits, err := q.TaskListWaits(ctx, awaited)
	if err != nil {
		return fmt.Errorf("walking the dependencies: %w", err)
	}
	path := pathBetween(waits, awaited, waiting)
	if path == nil {
		return nil
	}
	e := apperr.New(apperr.DependencyCycle, "The tasks would wait for each other; see cycle for the path. A task also waits for its subtasks.")
	e.Cycle = append([]uuid.UUID{waiting}, path...)
	return e
}

// checkPrerequisites refuses more prerequisites than a task can have.
func checkPrerequisites(pointer string, count int64) error {
	if count <= MaxPrerequisites {
		return nil
	}
	return apperr.InvalidField(pointer, "too_many",
		"A task has %d prerequisites at most. Remove one, or put a task between that waits for several.", MaxPrerequisites)
}

func insertDependency(ctx context.Context, q *db.Queries, actor access.Actor, projectID, taskID, prerequisiteID uuid.UUID) (db.TaskDependency, error) {
	row, err := q.TaskDependencyInsert(ctx, db.TaskDependencyInsertParams{
		ProjectID: projectID, TaskID: taskID, PrerequisiteID: prerequisiteID, ActorID: actor.IDOrNil(),
	})
	if err != nil {
		return db.TaskDependency{}, fmt.Errorf("inserting a dependency: %w", err)
	}
	return row, nil
}

// wait is what the event of a changed dependency tells.
type wait struct {
	PrerequisiteID *uuid.UUID `json:"prerequisite_id"`
}

// touch gives the task, whose prerequisites are part of what is read of it, a
// new version, and records the change.
func touch(ctx context.Context, q *db.Queries, actor access.Actor, task db.Task, action string, before, after wait) error {
	version, err := q.TaskTouch(ctx, db.TaskTouchParams{ID: task.ID, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("touching a task: %w", err)
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "task", ID: task.ID, ProjectID: &task.ProjectID, Action: action,
		Before: before, After: after, Version: version,
	})
}
