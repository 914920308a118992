// Package project owns projects and the teams on them.
// Deleting one takes its tasks along.
package project

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

// Service reads and changes projects. A user sees the projects on whose team
// it is, managers and admins see all; an admin changes any, a manager those
// it manages.
type Service struct {
	db  *dbx.DB
	now func() time.Time
}

// New returns the service. now is the clock by which a project is overdue or
// completed; nil for the real one.
func New(d *dbx.DB, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: d, now: now}
}

var columns = page.Columns{
	"name":       {SQL: "p.name"},
	"status":     {SQL: "p.status"},
	"priority":   {SQL: "p.priority"},
	"starts_on":  page.NullableDate("p.starts_on"),
	"ends_on":    page.NullableDate("p.ends_on"),
	"created_at": {SQL: "p.created_at"},
	"updated_at": {SQL: "p.updated_at"},
}

// Filter narrows a list; nil and empty fields do not.
type Filter struct {
	ClientID  *uuid.UUID
	ManagerID *uuid.UUID
	// MemberID is somebody on the team.
	MemberID *uuid.UUID
	Status   []string
	Priority []string
	// Overdue is whether the project should have ended and has not.
	Overdue *bool
	// The first and last day that the project may start and end on.
	StartsFrom, StartsTo *time.Time
	EndsFrom, EndsTo     *time.Time
	// Tags are those of which it has at least one.
	Tags []string
	// Q is searched for in the name, in any case.
	Q *string
	// IncludeDeleted adds what has been deleted, for managers and admins.
	IncludeDeleted bool
}

// List returns a page of the projects that the actor can see, and how many
// there are. It returns Forbidden for deleted ones to who sees not all.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]db.Project, page.Info, error) {
	if filter.IncludeDeleted && !actor.SeesAll() {
		return nil, page.Info{}, apperr.New(apperr.Forbidden, "Only managers and administrators see what has been deleted. Leave include_deleted out.")
	}
	list, err := dbx.NewList(s.db, columns, "p.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).ProjectList(ctx, db.ProjectListParams{
		SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		ClientID: filter.ClientID, ManagerID: filter.ManagerID, MemberID: filter.MemberID,
		Status: filter.Status, Priority: filter.Priority,
		StartsFrom: filter.StartsFrom, StartsTo: filter.StartsTo, EndsFrom: filter.EndsFrom, EndsTo: filter.EndsTo,
		Overdue: filter.Overdue, Today: s.now().UTC(), Tag: filter.Tags, Q: dbx.Containing(filter.Q),
		IncludeDeleted: filter.IncludeDeleted,
		RowLimit:       list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing projects: %w", err)
	}
	return rows, list.Info(), nil
}

// Get returns one project, NotFound when the actor cannot see it.
func (s *Service) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (db.Project, error) {
	row, err := db.New(s.db).ProjectGet(ctx, db.ProjectGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return db.Project{}, fmt.Errorf("reading a project: %w", dbx.OrMissing(err, "project", id))
	}
	return row, nil
}

// CreateParams are a new project's fields.
type CreateParams struct {
	Name        string
	ClientID    *uuid.UUID
	ManagerID   *uuid.UUID
	Description *string
	Priority    db.Priority
	StartsOn    *time.Time
	EndsOn      *time.Time
	// BillingKind is time and materials where it is empty.
	BillingKind db.BillingKind
	// Budget and HourlyRate are in one currency.
	Budget, HourlyRate *Money
	Tags               []string
	// ExternalSource and ExternalID are given together or not at all.
	ExternalSource, ExternalID *string
}

// Create adds a project in planning. It returns a validation error when the
// client does not exist, the manager cannot be one, the amounts are not in one
// currency or one half of the external reference is missing, and AlreadyExists
// when another project has that reference.
func (s *Service) Create(ctx context.Context, actor access.Actor, params CreateParams) (db.Project, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Project, error) {
		wrong := checkMoney(db.Project{}, params.Budget.change(), params.HourlyRate.change())
		wrong = append(wrong, apperr.HalfReference(params.ExternalSource, params.ExternalID)...)
		if err := checkReferences(ctx, q, actor, params.ClientID, params.ManagerID, wrong...); err != nil {
			return db.Project{}, err
		}
		insert := db.ProjectInsertParams{
			ID: uuid.Must(uuid.NewV7()), Name: params.Name,
			ClientID: params.ClientID, ManagerID: params.ManagerID,
			Description: params.Description, Priority: params.Priority,
			StartsOn: params.StartsOn, EndsOn: params.EndsOn,
			Tags: trimTags(params.Tags), ExternalSource: params.ExternalSource, ExternalID: params.ExternalID,
			ActorID: actor.IDOrNil(),
		}
		if params.BillingKind != "" {
			insert.BillingKind = &params.BillingKind
		}
		insert.BudgetMinor, insert.BudgetCurrency = params.Budget.columns()
		insert.HourlyRateMinor, insert.HourlyRateCurrency = params.HourlyRate.columns()
		row, err := q.ProjectInsert(ctx, insert)
		if err != nil {
			return db.Project{}, fmt.Errorf("inserting a project: %w", err)
		}
		return row, record(ctx, q, actor, "created", nil, row)
	})
}

// Update changes the fields that params name; the values they have already
// change nothing, not even the version. Where dates that moved leave due dates
// of open tasks outside, the warnings say so. It returns NotFound when the
// actor cannot see the project, Forbidden when it does not manage it,
// VersionConflict when version is not nil and not the row's, and beside that
// what Create does.
func (s *Service) Update(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, params db.ProjectUpdateParams) (Planned, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Planned, error) {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil {
			return Planned{}, err
		}
		// Who has stopped being a manager, or left, stays until another one is named.
		manager := params.ManagerID
		if manager != nil && before.ManagerID != nil && *manager == *before.ManagerID {
			manager = nil
		}
		if err := checkReferences(ctx, q, actor, params.ClientID, manager, checkUpdate(before, params)...); err != nil {
			return Planned{}, err
		}
		params.ID, params.Version, params.ActorID = id, before.Version, actor.IDOrNil()
		params.Tags = trimTags(params.Tags)
		after, err := q.ProjectUpdate(ctx, params)
		if err != nil {
			return Planned{}, fmt.Errorf("updating a project: %w", err)
		}
		changes := event.Diff(before, after)
		if len(changes) == 0 {
			return Planned{Project: before}, dbx.ErrNothingChanged
		}
		if err := record(ctx, q, actor, "updated", before, after); err != nil {
			return Planned{}, err
		}
		return warnOfMove(ctx, q, after, changes)
	})
}

// checkUpdate finds what is wrong with the project as the change leaves it.
func checkUpdate(before db.Project, params db.ProjectUpdateParams) []apperr.Field {
	wrong := checkMoney(before,
		moneyChange{given: params.BudgetDoUpdate, minor: params.BudgetMinor, currency: params.BudgetCurrency},
		moneyChange{given: params.HourlyRateDoUpdate, minor: params.HourlyRateMinor, currency: params.HourlyRateCurrency})
	source, id := before.ExternalSource, before.ExternalID
	if params.ExternalSourceDoUpdate {
		source = params.ExternalSource
	}
	if params.ExternalIDDoUpdate {
		id = params.ExternalID
	}
	return append(wrong, apperr.HalfReference(source, id)...)
}

// StatusChange is where a project is to go, and why.
type StatusChange struct {
	Status db.ProjectStatus
	Reason *string
	// Force completes the project although it has open tasks.
	Force bool
}

// SetStatus moves the project along its transitions; the status it has
// already changes nothing. Beside the errors of Update it returns
// IllegalTransition, and OpenTasks when the project would be completed with
// tasks that are neither done nor cancelled.
func (s *Service) SetStatus(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, change StatusChange) (db.Project, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Project, error) {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil || before.Status == change.Status {
			return before, err
		}
		if err := CanTransition(before.Status, change.Status); err != nil {
			return db.Project{}, err
		}
		if change.Reason == nil && NeedsReason(before.Status, change.Status) {
			return db.Project{}, apperr.InvalidField("/reason", "required", "Say why the project is reopened.")
		}
		params := db.ProjectUpdateStatusParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(),
			Status: change.Status, StatusReason: change.Reason,
		}
		if change.Status == db.ProjectStatusCompleted {
			if !change.Force {
				if err := refuseOpenTasks(ctx, q, id); err != nil {
					return db.Project{}, err
				}
			}
			params.CompletedAt = new(s.now())
		}
		if change.Status == db.ProjectStatusArchived {
			params.CompletedAt = before.CompletedAt
		}
		after, err := q.ProjectUpdateStatus(ctx, params)
		if err != nil {
			return db.Project{}, fmt.Errorf("changing a project's status: %w", err)
		}
		return after, record(ctx, q, actor, "status_changed", before, after)
	})
}

// mostNamed is how many of the rows in the way a conflict names.
const mostNamed = 20

func refuseOpenTasks(ctx context.Context, q *db.Queries, id uuid.UUID) error {
	open, err := q.TaskListOpenByProject(ctx, db.TaskListOpenByProjectParams{ProjectID: id, RowLimit: mostNamed})
	if err != nil {
		return fmt.Errorf("looking for open tasks: %w", err)
	}
	if len(open) == 0 {
		return nil
	}
	e := apperr.New(apperr.OpenTasks, "The project has tasks that are neither done nor cancelled. Finish them, or send force to complete it all the same.")
	e.BlockingIDs = open
	return e
}

// Delete removes the project with its tasks, under one deletion id. Errors are
// those of Update.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil {
			return err
		}
		deletion := uuid.Must(uuid.NewV7())
		err = q.ProjectDelete(ctx, db.ProjectDeleteParams{ID: id, ActorID: actor.IDOrNil(), DeletionID: deletion})
		if err != nil {
			return fmt.Errorf("deleting a project: %w", err)
		}
		before.Version++
		if err := record(ctx, q, actor, "deleted", before, nil); err != nil {
			return err
		}
		tasks, err := q.TaskDeleteByProject(ctx, db.TaskDeleteByProjectParams{
			ProjectIds: []uuid.UUID{id}, ActorID: actor.IDOrNil(), DeletionID: deletion,
		})
		if err != nil {
			return fmt.Errorf("deleting the project's tasks: %w", err)
		}
		var deleted []event.Affected
		for _, t := range tasks {
			deleted = append(deleted, event.Affected(t))
		}
		return event.RecordMany(ctx, q, actor, "task", "deleted", nil, deleted)
	})
}

// lock returns the project, locked, for an actor that manages it, at the
// version the caller has read.
func lock(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, version *int64) (db.Project, error) {
	row, err := q.ProjectGetForUpdate(ctx, db.ProjectGetForUpdateParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return db.Project{}, fmt.Errorf("locking a project: %w", dbx.OrMissing(err, "project", id))
	}
	if err := mayManage(actor, row); err != nil {
		return db.Project{}, err
	}
	if version != nil && *version != row.Version {
		return db.Project{}, apperr.StaleVersion("project", row.Version, *version)
	}
	return row, nil
}

func mayManage(actor access.Actor, p db.Project) error {
	if actor.CanManage(access.Project{ManagerID: p.ManagerID}) {
		return nil
	}
	return apperr.New(apperr.Forbidden, "Only the project's manager or an administrator can change it.")
}

// checkReferences refuses a client that the actor does not see and a manager who
// cannot be one, together with what else has been found wrong; both are held as
// they are until the end of the transaction.
func checkReferences(ctx context.Context, q *db.Queries, actor access.Actor, clientID, managerID *uuid.UUID, wrong ...apperr.Field) error {
	if clientID != nil {
		_, err := q.ClientLockShared(ctx, db.ClientLockSharedParams{ID: *clientID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if dbx.IsNotFound(err) {
			wrong = append(wrong, apperr.Field{Pointer: "/client_id", Code: "not_found", Detail: fmt.Sprintf("There is no client %s that you can see.", clientID)})
		} else if err != nil {
			return fmt.Errorf("reading the client: %w", err)
		}
	}
	if managerID != nil {
		manager, err := q.UserLockSeen(ctx, db.UserLockSeenParams{ID: *managerID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil && !dbx.IsNotFound(err) {
			return fmt.Errorf("reading the manager: %w", err)
		}
		if err != nil || !access.Role(manager.Role).AtLeast(access.RoleManager) {
			wrong = append(wrong, apperr.Field{Pointer: "/manager_id", Code: "not_a_manager", Detail: fmt.Sprintf("There is no manager or administrator %s.", managerID)})
		}
	}
	if len(wrong) > 0 {
		return apperr.Invalid(wrong...)
	}
	return nil
}

func record(ctx context.Context, q *db.Queries, actor access.Actor, action string, before, after any) error {
	row, ok := after.(db.Project)
	if !ok {
		row = before.(db.Project)
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "project", ID: row.ID, ProjectID: &row.ID, Action: action,
		Before: before, After: after, Version: row.Version,
	})
}
