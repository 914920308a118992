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
type Task = db.TaskListRow

// Service reads and changes tasks. They are seen with their project; they are
// changed by who manages the project, its team except the viewers, and
// whoever they are assigned to.
type Service struct {
	db    *dbx.DB
	now   func() time.Time
	words knownWords
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
	return Task(row), nil
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
		updated, err := update(ctx, q, actor, p, before, version, params)
		if err != nil {
			return updated, err
		}
		return updated, dbx.Conclude(ctx, q, recorded(ctx, actor, "updated", &before, &updated.Task))
	})
}

// update is Update of a task that is locked with its project, but for the event.
// It returns dbx.ErrNothingChanged, and the task as it was, when what it has
// written is to be undone.
func update(ctx context.Context, q *db.Queries, actor access.Actor, p lockedProject, before db.Task, version *int64, params db.TaskUpdateParams) (Task, error) {
	if err := p.mayChange(actor, before, version); err != nil {
		return Task{}, err
	}
	wrong := checkExternalUpdate(before, params)
	if params.DueDateDoUpdate && !sameDay(before.DueDate, params.DueDate) {
		if err := wrong.gather(checkDueDate(p.row, params.DueDate)); err != nil {
			return Task{}, err
		}
	}
	if params.ParentIDDoUpdate && params.ParentID != nil && !sameID(before.ParentID, params.ParentID) {
		if err := wrong.gather(checkParent(ctx, q, before, *params.ParentID)); err != nil {
			return Task{}, err
		}
	}
	if params.ProgressDoUpdate {
		given, err := progress.Give(ctx, q, before, params.Progress)
		if err := wrong.gather(err); err != nil {
			return Task{}, err
		}
		params.ProgressDoUpdate = given
	}
	if err := wrong.refusal(); err != nil {
		return Task{}, err
	}
	params.ID, params.Version, params.ActorID = before.ID, before.Version, actor.IDOrNil()
	row, err := q.TaskUpdate(ctx, params)
	if err != nil {
		return Task{}, fmt.Errorf("updating a task: %w", err)
	}
	updated := Task(row)
	if !event.Differs(before, updated.Task) {
		updated.Task = before
		return updated, dbx.ErrNothingChanged
	}
	return updated, carryUp(ctx, q, before, updated.Task)
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
		deleted, err := remove(ctx, q, actor, p, before, version)
		if err != nil {
			return err
		}
		return dbx.Conclude(ctx, q, func(q *db.Queries) error { return recordDeleted(ctx, q, actor, deleted) })
	})
}

// remove is Delete of a task that is locked with its project, but for the
// events. It returns all that is deleted.
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
	return deleted, nil
}

func recordDeleted(ctx context.Context, q *db.Queries, actor access.Actor, deleted []event.Affected) error {
	return event.RecordMany(ctx, q, actor, "task", "deleted", nil, deleted)
}

// recorded is record as one of the functions of dbx.Together.
func recorded(ctx context.Context, actor access.Actor, action string, before, after *db.Task) func(q *db.Queries) error {
	return func(q *db.Queries) error { return record(ctx, q, actor, action, before, after) }
}

// conclude writes a change of a task whose row will be after, with its event and
// what the change means to those above it, and ends the transaction.
func conclude(ctx context.Context, q *db.Queries, actor access.Actor, action string, before, after *db.Task, write func(q *db.Queries) error) error {
	recording := recorded(ctx, actor, action, before, after)
	if !carriesUp(*before, *after) {
		return dbx.Conclude(ctx, q, write, recording)
	}
	if err := write(q); err != nil {
		return err
	}
	if err := carryUp(ctx, q, *before, *after); err != nil {
		return err
	}
	return dbx.Conclude(ctx, q, recording)
}

// record writes the event of a change of a task, which is new where there is none before.
func record(ctx context.Context, q *db.Queries, actor access.Actor, action string, before, after *db.Task) error {
	e := event.Event{Entity: "task", ID: after.ID, ProjectID: &after.ProjectID, Action: action, After: after, Version: after.Version}
	if before != nil {
		e.Before = before
	}
	return event.Record(ctx, q, actor, e)
}
