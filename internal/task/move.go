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

// Place is where among the tasks of its project a task is moved: directly
// before or after another one, or to an end of the project.
type Place struct {
	// Before puts the task before the other one, or last when there is none;
	// else it comes after it, or first.
	Before bool
	// ID is the other task, nil for none.
	ID *uuid.UUID
}

// Move puts the task to a place in the order of its project; where it stands
// already it changes nothing. Beside the errors of Update it returns a
// validation error when the other task is the task itself or none of the project.
func (s *Service) Move(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, place Place) (Task, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Task, error) {
		// Exclusive, so that two moves to one place come one after the other.
		p, before, err := lock(ctx, q, actor, id, true)
		if err != nil {
			return Task{}, err
		}
		if err := p.mayChange(actor, before, version); err != nil {
			return Task{}, err
		}
		position, err := findPosition(ctx, q, before, place)
		if err != nil {
			return Task{}, err
		}
		if position == before.Position {
			return get(ctx, q, actor, id)
		}
		after := before
		after.Position, after.Version = position, before.Version+1
		var moved Task
		err = conclude(ctx, q, actor, "moved", &before, &after, func(q *db.Queries) error {
			row, err := q.TaskUpdatePosition(ctx, db.TaskUpdatePositionParams{
				ID: id, Version: before.Version, ActorID: actor.IDOrNil(), Position: position,
			})
			if err != nil {
				return fmt.Errorf("moving a task: %w", err)
			}
			moved = Task(row)
			return nil
		})
		return moved, err
	})
}

// findPosition returns the position that puts the task to the place: its own
// when it stands there. Where there is no room any more, it first numbers the
// tasks of the project anew.
func findPosition(ctx context.Context, q *db.Queries, task db.Task, place Place) (string, error) {
	for range 2 {
		after, before, err := neighbours(ctx, q, task, place)
		if err != nil {
			return "", err
		}
		if after < task.Position && (before == "" || task.Position < before) {
			return task.Position, nil
		}
		if position, ok := positionBetween(after, before); ok && len(position) <= longestPosition {
			return position, nil
		}
		if err := q.TaskNumberPositions(ctx, task.ProjectID); err != nil {
			return "", fmt.Errorf("numbering the tasks: %w", err)
		}
		if task.Position, err = q.TaskGetPositionInProject(ctx, db.TaskGetPositionInProjectParams{ID: task.ID, ProjectID: task.ProjectID}); err != nil {
			return "", fmt.Errorf("reading a position: %w", err)
		}
	}
	return "", fmt.Errorf("there is no place for task %s among its numbered neighbours", task.ID)
}

// neighbours are the positions between which the task goes, "" for an end of
// the project.
func neighbours(ctx context.Context, q *db.Queries, task db.Task, place Place) (after, before string, err error) {
	if place.ID == nil && place.Before {
		after, err = found(q.TaskGetLastPosition(ctx, db.TaskGetLastPositionParams{ProjectID: task.ProjectID, ButFor: task.ID}))
		return after, "", err
	}
	if place.ID == nil {
		before, err = found(q.TaskGetPositionAfter(ctx, db.TaskGetPositionAfterParams{ProjectID: task.ProjectID, ButFor: task.ID}))
		return "", before, err
	}
	pointer := "/after_id"
	if place.Before {
		pointer = "/before_id"
	}
	if *place.ID == task.ID {
		return "", "", apperr.InvalidField(pointer, "itself", "Name another task than the one that is moved.")
	}
	other, err := q.TaskGetPositionInProject(ctx, db.TaskGetPositionInProjectParams{ID: *place.ID, ProjectID: task.ProjectID})
	if dbx.IsNotFound(err) {
		return "", "", notInProject(pointer, *place.ID)
	}
	if err != nil {
		return "", "", fmt.Errorf("reading a position: %w", err)
	}
	if place.Before {
		after, err = found(q.TaskGetPositionBefore(ctx, db.TaskGetPositionBeforeParams{
			ProjectID: task.ProjectID, Position: other, ID: *place.ID, ButFor: task.ID,
		}))
		return after, other, err
	}
	before, err = found(q.TaskGetPositionAfter(ctx, db.TaskGetPositionAfterParams{
		ProjectID: task.ProjectID, Position: other, ID: *place.ID, ButFor: task.ID,
	}))
	return other, before, err
}

// found makes "" of no position.
func found(position string, err error) (string, error) {
	if dbx.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for a place among the tasks: %w", err)
	}
	return position, nil
}
