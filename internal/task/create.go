package task

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/progress"
)

// CreateParams are a new task's fields.
type CreateParams struct {
	ProjectID        uuid.UUID
	ParentID         *uuid.UUID
	RemainingMinutes *int32
	Tags             []string
	// ExternalSource and ExternalID name the record in another system: both or neither.
	ExternalSource  *string
	ExternalID      *string
	Title           string
	Description     *string
	Status          db.TaskStatus
	Priority        db.Priority
	AssigneeID      *uuid.UUID
	EstimateMinutes *int32
	DueDate         *time.Time
	// Progress is in percent.
	Progress        int16
	PrerequisiteIDs []uuid.UUID
}

// Create adds a task. It returns NotFound when the actor cannot see the
// project, Forbidden when it does not contribute to it, a validation error
// when the parent, a prerequisite or the assignee does not belong to it, the
// due date lies outside it or the parent is on the last level, AlreadyExists
// when another task has the external reference, ProjectClosed and ParentClosed
// when these take no open task any more, and DependencyCycle when the parent would wait for itself.
func (s *Service) Create(ctx context.Context, actor access.Actor, params CreateParams) (Task, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Task, error) {
		return create(ctx, q, actor, params)
	})
}

func create(ctx context.Context, q *db.Queries, actor access.Actor, params CreateParams) (Task, error) {
	// A new task adds a way between two that exist only when it has both.
	changesGraph := params.ParentID != nil && len(params.PrerequisiteIDs) > 0
	var assignee assignee
	var also []func(q *db.Queries) error
	if params.AssigneeID != nil && params.ParentID == nil {
		// People are locked behind the parent.
		also = append(also, func(q *db.Queries) error { return assignee.find(ctx, q, actor, params.ProjectID, *params.AssigneeID) })
	}
	p, err := lockProject(ctx, q, actor, params.ProjectID, changesGraph, also...)
	if err != nil {
		return Task{}, dbx.OrMissing(err, "project", params.ProjectID)
	}
	if err := p.mayContribute(actor); err != nil {
		return Task{}, err
	}
	if !takesTasks(p.row.Status) {
		return Task{}, closedProject(p.row.Status)
	}
	if err := checkReferences(ctx, q, actor, p.row, params, &assignee); err != nil {
		return Task{}, err
	}
	task := params.task(positionAfter(p.last))
	insert := func(q *db.Queries) (err error) {
		task, err = q.TaskInsert(ctx, params.insert(task, actor))
		if err != nil {
			return fmt.Errorf("inserting a task: %w", err)
		}
		return nil
	}
	// Of the row as it will be, so that both are written at once.
	recording := recorded(ctx, actor, "created", nil, &task)
	if params.ParentID == nil && len(params.PrerequisiteIDs) == 0 {
		err := dbx.Conclude(ctx, q, insert, recording)
		return Task{Task: task, PrerequisiteIds: []uuid.UUID{}}, err
	}
	if err := insert(q); err != nil {
		return Task{}, err
	}
	for _, prerequisite := range params.PrerequisiteIDs {
		if _, err := insertDependency(ctx, q, actor, params.ProjectID, task.ID, prerequisite); err != nil {
			return Task{}, err
		}
	}
	if err := progress.Climb(ctx, q, params.ParentID, progress.Weight); err != nil {
		return Task{}, err
	}
	var created Task
	err = dbx.Conclude(ctx, q, func(q *db.Queries) (err error) {
		created, err = get(ctx, q, actor, task.ID)
		return err
	}, recording)
	return created, err
}

// task is the row as it will be inserted.
func (p CreateParams) task(position string) db.Task {
	return db.Task{
		ID: uuid.Must(uuid.NewV7()), ProjectID: p.ProjectID, ParentID: p.ParentID, Position: position, Version: 1,
		RemainingMinutes: p.RemainingMinutes, Tags: p.Tags, ExternalSource: p.ExternalSource, ExternalID: p.ExternalID,
		Title: p.Title, Description: p.Description, Status: p.Status, Priority: p.Priority, AssigneeID: p.AssigneeID,
		EstimateMinutes: p.EstimateMinutes, DueDate: dayOf(p.DueDate), Progress: p.Progress,
	}
}

func (p CreateParams) insert(task db.Task, actor access.Actor) db.TaskInsertParams {
	return db.TaskInsertParams{
		ID: task.ID, ProjectID: p.ProjectID, ParentID: p.ParentID, Position: task.Position,
		RemainingMinutes: p.RemainingMinutes, Tags: p.Tags, ExternalSource: p.ExternalSource, ExternalID: p.ExternalID,
		Title: p.Title, Description: p.Description, Status: p.Status, Priority: p.Priority, AssigneeID: p.AssigneeID,
		EstimateMinutes: p.EstimateMinutes, DueDate: p.DueDate, Progress: p.Progress, ActorID: actor.IDOrNil(),
	}
}

// dayOf returns the time's day as the database returns it.
func dayOf(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	year, month, day := t.Date()
	return new(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}
