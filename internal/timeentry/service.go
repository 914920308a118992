// Package timeentry owns the time that people and agents work on tasks: the
// entries, with the rates that held when they were written, and the timers
// that measure it.
//
// An entry belongs to its project: it is seen with it, and outlives its task.
// Writing time locks the project, shared, then what it says of the task.
package timeentry

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
)

// entity is what callers know an entry as.
const entity = "time entry"

// Service reads and changes time entries and timers. Entries are written by
// whoever contributes to the project, and changed by whose time they are and
// by who manages it.
type Service struct {
	db  *dbx.DB
	now func() time.Time
}

// New returns the service. now is the clock by which timers run and today is
// told; nil for the real one.
func New(d *dbx.DB, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: d, now: now}
}

var columns = page.Columns{
	"spent_on":   {SQL: "e.spent_on"},
	"created_at": {SQL: "e.created_at"},
	"minutes":    {SQL: "e.minutes"},
}

// Filter narrows a list; nil and empty fields do not.
type Filter struct {
	TaskID    *uuid.UUID
	ProjectID *uuid.UUID
	ClientID  *uuid.UUID
	// UserIDs are those whose time it is, any of them.
	UserIDs []uuid.UUID
	// From and To are days, both inclusive.
	From     *time.Time
	To       *time.Time
	Billable *bool
}

// fewUsers is of how many users all entries are found before they are sorted.
const fewUsers = 5

// List returns a page of the entries that the actor can see, and how many there are.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]db.TimeEntry, page.Info, error) {
	list, err := dbx.NewList(s.db, columns, "e.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	params := db.TimeEntryListParams{
		SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		TaskID: filter.TaskID, ProjectID: filter.ProjectID, ClientID: filter.ClientID, UserIds: filter.UserIDs,
		SpentFrom: filter.From, SpentTo: filter.To, Billable: filter.Billable,
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	}
	if n := len(filter.UserIDs); n > 1 && n <= fewUsers {
		params.UserIds, params.FewUserIds = nil, filter.UserIDs
	}
	rows, err := db.New(list).TimeEntryList(ctx, params)
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing time entries: %w", err)
	}
	return rows, list.Info(), nil
}

// Get returns one entry, NotFound when the actor cannot see it.
func (s *Service) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (db.TimeEntry, error) {
	row, err := db.New(s.db).TimeEntryGet(ctx, db.TimeEntryGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return db.TimeEntry{}, fmt.Errorf("reading a time entry: %w", dbx.OrMissing(err, entity, id))
	}
	return row, nil
}

// LogParams are a new entry's fields, and what it says of its task.
type LogParams struct {
	// UserID is whose time it is, nil for the actor's.
	UserID *uuid.UUID
	// SpentOn is nil for today.
	SpentOn *time.Time
	Minutes int32
	Note    *string
	// Billable is nil for what the project's billing kind says.
	Billable       *bool
	ExternalSource *string
	ExternalID     *string
	Effort
}

// Log writes down time worked on a task, with the rates of this moment. It
// returns NotFound when the actor cannot see the task, Forbidden when it does
// not contribute to the project or logs for somebody else without managing it,
// ProjectClosed when that is archived, AlreadyExists when another entry has
// the external reference, and a validation error when the day lies ahead, the
// user does not work on the project or the task's progress follows from its
// subtasks.
func (s *Service) Log(ctx context.Context, actor access.Actor, taskID uuid.UUID, params LogParams) (db.TimeEntry, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.TimeEntry, error) {
		userID := actor.ID
		if params.UserID != nil {
			userID = *params.UserID
		}
		p, err := lockTask(ctx, q, actor, taskID)
		if err != nil {
			return db.TimeEntry{}, err
		}
		if err := p.mayLog(actor, userID); err != nil {
			return db.TimeEntry{}, err
		}
		spentOn := dateOf(s.now())
		if params.SpentOn != nil {
			spentOn = *params.SpentOn
		}
		task, wrong, err := lockEffort(ctx, q, p.row.ID, taskID, params.Effort)
		if err != nil {
			return db.TimeEntry{}, err
		}
		wrong = append(wrong, checkSpentOn(spentOn, s.now())...)
		wrong = append(wrong, apperr.HalfReference(params.ExternalSource, params.ExternalID)...)
		worker, notMember, err := findWorker(ctx, q, p, actor, userID)
		if err != nil {
			return db.TimeEntry{}, err
		}
		if wrong = append(wrong, notMember...); len(wrong) > 0 {
			return db.TimeEntry{}, apperr.Invalid(wrong...)
		}
		row, err := insert(ctx, q, actor, p.row, worker, db.TimeEntryInsertParams{
			TaskID: taskID, UserID: userID, SpentOn: spentOn, Minutes: params.Minutes, Note: params.Note,
			Billable:       billable(params.Billable, p.row),
			ExternalSource: params.ExternalSource, ExternalID: params.ExternalID,
		})
		if err != nil {
			return db.TimeEntry{}, err
		}
		return row, writeEffort(ctx, q, actor, task, params.Effort)
	})
}

// findWorker returns whose time it is, or what is wrong with naming it: somebody
// else than the actor has to be able to work on the project.
func findWorker(ctx context.Context, q *db.Queries, p lockedProject, actor access.Actor, userID uuid.UUID) (db.TimeEntryGetUserRow, []apperr.Field, error) {
	worker, err := q.TimeEntryGetUser(ctx, userID)
	if err != nil && !dbx.IsNotFound(err) {
		return worker, nil, fmt.Errorf("reading the user: %w", err)
	}
	if err == nil {
		if userID == actor.ID {
			return worker, nil, nil
		}
		member, err := memberRole(ctx, q, p.row.ID, userID)
		if err != nil {
			return worker, nil, err
		}
		if access.CanBeAssigned(access.Role(worker.Role), member) {
			return worker, nil, nil
		}
	}
	return worker, []apperr.Field{{
		Pointer: "/user_id", Code: "not_a_member",
		Detail: fmt.Sprintf("User %s does not work on this project. Choose a lead or contributor of its team, or a manager.", userID),
	}}, nil
}

// insert writes an entry with the rates of this moment.
func insert(ctx context.Context, q *db.Queries, actor access.Actor, project db.Project, worker db.TimeEntryGetUserRow, params db.TimeEntryInsertParams) (db.TimeEntry, error) {
	params.ID, params.ProjectID, params.ActorID = uuid.Must(uuid.NewV7()), project.ID, actor.IDOrNil()
	params.BillingRateMinor, params.BillingRateCurrency = billingRate(params.Billable, project)
	params.CostRateMinor, params.CostRateCurrency = worker.CostRateMinor, worker.CostRateCurrency
	row, err := q.TimeEntryInsert(ctx, params)
	if err != nil {
		return db.TimeEntry{}, fmt.Errorf("inserting a time entry: %w", err)
	}
	return row, record(ctx, q, actor, "created", nil, row)
}

// Update changes the fields that params name; the values they have already
// change nothing, not even the version. It returns NotFound when the actor
// cannot see the entry, Forbidden when it may not change it, VersionConflict
// when version is not nil and not the row's, ProjectClosed when the project is
// archived, AlreadyExists when another entry has the external reference, and a
// validation error when the day lies ahead or half of a reference is missing.
func (s *Service) Update(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, params UpdateParams) (db.TimeEntry, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.TimeEntry, error) {
		p, before, err := lockEntry(ctx, q, actor, id)
		if err != nil {
			return db.TimeEntry{}, err
		}
		if err := p.mayChange(actor, before, version); err != nil {
			return db.TimeEntry{}, err
		}
		want := updated(before, params, p.row)
		wrong := apperr.HalfReference(want.ExternalSource, want.ExternalID)
		if params.SpentOn != nil {
			wrong = append(wrong, checkSpentOn(want.SpentOn, s.now())...)
		}
		if len(wrong) > 0 {
			return db.TimeEntry{}, apperr.Invalid(wrong...)
		}
		if !event.Differs(before, want) {
			return before, dbx.ErrNothingChanged
		}
		after, err := q.TimeEntryUpdate(ctx, db.TimeEntryUpdateParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(),
			SpentOn: want.SpentOn, Minutes: want.Minutes, Note: want.Note, Billable: want.Billable,
			BillingRateMinor: want.BillingRateMinor, BillingRateCurrency: want.BillingRateCurrency,
			ExternalSource: want.ExternalSource, ExternalID: want.ExternalID,
		})
		if err != nil {
			return db.TimeEntry{}, fmt.Errorf("updating a time entry: %w", err)
		}
		return after, record(ctx, q, actor, "updated", before, after)
	})
}

// Delete removes the entry for good; its event keeps the values. Errors are
// those of Update.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		p, before, err := lockEntry(ctx, q, actor, id)
		if err != nil {
			return err
		}
		if err := p.mayChange(actor, before, version); err != nil {
			return err
		}
		if err := q.TimeEntryDelete(ctx, id); err != nil {
			return fmt.Errorf("deleting a time entry: %w", err)
		}
		return event.Record(ctx, q, actor, event.Event{
			Entity: "time_entry", ID: id, ProjectID: &before.ProjectID, Action: "deleted", Before: before, Gone: true,
		})
	})
}

func record(ctx context.Context, q *db.Queries, actor access.Actor, action string, before any, after db.TimeEntry) error {
	return event.Record(ctx, q, actor, event.Event{
		Entity: "time_entry", ID: after.ID, ProjectID: &after.ProjectID, Action: action,
		Before: before, After: after, Version: after.Version,
	})
}
