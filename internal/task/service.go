// Package task owns tasks: their fields, their status, whom they are assigned
// to, what they wait for and how they are broken into subtasks.
//
// Every write begins by locking the task's project, shared where it changes
// one task and exclusively where it changes the graph of who waits for whom,
// then the task, then its parent. One order for all keeps them from
// deadlocking, and nothing the rules have looked at changes before the commit.
package task

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/progress"
)

// Task is a row with what is derived from its neighbours: whether it is
// blocked, and its prerequisites.
type Task = db.TaskGetRow

// Service reads and changes tasks. They are seen with their project; they are
// changed by who manages the project, its team except the viewers, and
// whoever they are assigned to.
type Service struct {
	db  *dbx.DB
	now func() time.Time
}

// New returns the service. now is the clock by which a task is overdue or
// completed; nil for the real one.
func New(d *dbx.DB, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: d, now: now}
}

var columns = page.Columns{
	"title":      {SQL: "t.title"},
	"status":     {SQL: "t.status"},
	"priority":   {SQL: "t.priority"},
	"due_date":   page.NullableDate("t.due_date"),
	"created_at": {SQL: "t.created_at"},
	"updated_at": {SQL: "t.updated_at"},
	"position":   {SQL: "t.position"},
}

// Get returns one task, NotFound when the actor cannot see it.
func (s *Service) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (Task, error) {
	return get(ctx, db.New(s.db), actor, id)
}

func get(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (Task, error) {
	row, err := q.TaskGet(ctx, db.TaskGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return Task{}, fmt.Errorf("reading a task: %w", dbx.OrMissing(err, "task", id))
	}
	return row, nil
}

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
	p, err := lockProject(ctx, q, actor, params.ProjectID, changesGraph)
	if err != nil {
		return Task{}, dbx.OrMissing(err, "project", params.ProjectID)
	}
	if err := p.mayContribute(actor); err != nil {
		return Task{}, err
	}
	if !takesTasks(p.row.Status) {
		return Task{}, closedProject(p.row.Status)
	}
	if err := checkReferences(ctx, q, actor, p.row, params); err != nil {
		return Task{}, err
	}
	last, err := found(q.TaskGetLastPosition(ctx, db.TaskGetLastPositionParams{ProjectID: params.ProjectID}))
	if err != nil {
		return Task{}, err
	}
	id := uuid.Must(uuid.NewV7())
	err = q.TaskInsert(ctx, db.TaskInsertParams{
		ID: id, ProjectID: params.ProjectID, ParentID: params.ParentID, Position: positionAfter(last),
		RemainingMinutes: params.RemainingMinutes, Tags: params.Tags,
		ExternalSource: params.ExternalSource, ExternalID: params.ExternalID,
		Title: params.Title, Description: params.Description,
		Status: params.Status, Priority: params.Priority, AssigneeID: params.AssigneeID,
		EstimateMinutes: params.EstimateMinutes, DueDate: params.DueDate, Progress: params.Progress, ActorID: actor.IDOrNil(),
	})
	if err != nil {
		return Task{}, fmt.Errorf("inserting a task: %w", err)
	}
	for _, prerequisite := range params.PrerequisiteIDs {
		if _, err := insertDependency(ctx, q, actor, params.ProjectID, id, prerequisite); err != nil {
			return Task{}, err
		}
	}
	if err := progress.Climb(ctx, q, params.ParentID, progress.Weight); err != nil {
		return Task{}, err
	}
	created, err := get(ctx, q, actor, id)
	if err != nil {
		return Task{}, err
	}
	return created, record(ctx, q, actor, "created", nil, created.Task)
}

// Update changes the fields that params name; the values they have already
// change nothing, not even the version. It returns NotFound when the actor
// cannot see the task, Forbidden when it may not change it, VersionConflict
// when version is not nil and not the row's, a validation error when the new
// parent is not in the project or would make the tree too deep, the due date
// lies outside the project or progress is given to a task whose progress is
// derived, ParentClosed when the parent takes no open subtask any more,
// DependencyCycle when it lies below the task, and AlreadyExists when another
// task has the external reference.
func (s *Service) Update(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, params db.TaskUpdateParams) (Task, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Task, error) {
		p, before, err := lock(ctx, q, actor, id, params.ParentIDDoUpdate)
		if err != nil {
			return Task{}, err
		}
		changed := update(ctx, q, actor, p, before, version, params)
		if changed != nil && !errors.Is(changed, dbx.ErrNothingChanged) {
			return Task{}, changed
		}
		updated, err := get(ctx, q, actor, id)
		if err != nil {
			return Task{}, err
		}
		if changed != nil {
			updated.Task = before
		}
		return updated, changed
	})
}

// update is Update of a task that is locked with its project. It returns
// dbx.ErrNothingChanged when what it has written is to be undone.
func update(ctx context.Context, q *db.Queries, actor access.Actor, p lockedProject, before db.Task, version *int64, params db.TaskUpdateParams) error {
	if err := p.mayChange(actor, before, version); err != nil {
		return err
	}
	wrong := checkExternalUpdate(before, params)
	if params.DueDateDoUpdate && !sameDay(before.DueDate, params.DueDate) {
		if err := wrong.gather(checkDueDate(p.row, params.DueDate)); err != nil {
			return err
		}
	}
	if params.ParentIDDoUpdate && params.ParentID != nil && !sameID(before.ParentID, params.ParentID) {
		if err := wrong.gather(checkParent(ctx, q, before, *params.ParentID)); err != nil {
			return err
		}
	}
	if params.ProgressDoUpdate {
		given, err := progress.Give(ctx, q, before, params.Progress)
		if err := wrong.gather(err); err != nil {
			return err
		}
		params.ProgressDoUpdate = given
	}
	if err := wrong.refusal(); err != nil {
		return err
	}
	params.ID, params.Version, params.ActorID = before.ID, before.Version, actor.IDOrNil()
	after, err := q.TaskUpdate(ctx, params)
	if err != nil {
		return fmt.Errorf("updating a task: %w", err)
	}
	if len(event.Diff(before, after)) == 0 {
		return dbx.ErrNothingChanged
	}
	if err := carryUp(ctx, q, before, after); err != nil {
		return err
	}
	return record(ctx, q, actor, "updated", before, after)
}

// checkExternalUpdate finds that the change leaves half of an external reference.
func checkExternalUpdate(before db.Task, params db.TaskUpdateParams) mistakes {
	source, id := before.ExternalSource, before.ExternalID
	if params.ExternalSourceDoUpdate {
		source = params.ExternalSource
	}
	if params.ExternalIDDoUpdate {
		id = params.ExternalID
	}
	return apperr.HalfReference(source, id)
}

// Delete removes the task with its subtasks, under one deletion id. Errors are
// those of Update. What waited for it goes on waiting until the dependency is
// removed.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		// Exclusive, so that no subtask is added below while the tree is walked.
		p, before, err := lock(ctx, q, actor, id, true)
		if err != nil {
			return err
		}
		_, err = remove(ctx, q, actor, p, before, version)
		return err
	})
}

// remove is Delete of a task that is locked with its project. It returns all
// that is deleted.
func remove(ctx context.Context, q *db.Queries, actor access.Actor, p lockedProject, before db.Task, version *int64) ([]event.Affected, error) {
	if err := p.mayDelete(actor, before, version); err != nil {
		return nil, err
	}
	tasks, err := q.TaskDeleteWithSubtasks(ctx, db.TaskDeleteWithSubtasksParams{
		ID: before.ID, ActorID: actor.IDOrNil(), DeletionID: uuid.Must(uuid.NewV7()),
	})
	if err != nil {
		return nil, fmt.Errorf("deleting a task: %w", err)
	}
	if err := progress.Climb(ctx, q, before.ParentID, progress.Weight); err != nil {
		return nil, err
	}
	var deleted []event.Affected
	for _, t := range tasks {
		deleted = append(deleted, event.Affected(t))
	}
	return deleted, event.RecordMany(ctx, q, actor, "task", "deleted", nil, deleted)
}

func record(ctx context.Context, q *db.Queries, actor access.Actor, action string, before any, after db.Task) error {
	return event.Record(ctx, q, actor, event.Event{
		Entity: "task", ID: after.ID, ProjectID: &after.ProjectID, Action: action,
		Before: before, After: after, Version: after.Version,
	})
}
