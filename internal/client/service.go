// Package client owns the agency's clients: the companies and people that
// projects are done for. Deleting one takes its projects and their tasks along.
package client

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

// Service reads and changes clients. A user sees the clients of the projects
// on whose team it is, managers and admins see all.
type Service struct {
	db *dbx.DB
}

// New returns the service.
func New(d *dbx.DB) *Service { return &Service{db: d} }

var columns = page.Columns{
	"name":       {SQL: "c.name"},
	"status":     {SQL: "c.status"},
	"created_at": {SQL: "c.created_at"},
	"updated_at": {SQL: "c.updated_at"},
	// One text that orders by currency and then by amount, which is never negative.
	"revenue": page.Nullable(`(c.annual_value_currency || lpad(c.annual_value_minor::text, 19, '0')) COLLATE "C"`, "'~'", "''"),
}

// Filter narrows a list; nil and empty fields do not.
type Filter struct {
	Status []string
	// Industry and Segment are the whole text, in any case.
	Industry, Segment *string
	OwnerID           *uuid.UUID
	// Tag is what a client has at least one of.
	Tag []string
	// CreatedFrom and CreatedTo are included in the range.
	CreatedFrom, CreatedTo *time.Time
	// IncludeDeleted lists deleted clients too; it is for managers and up.
	IncludeDeleted bool
	// Q is searched for in the name, in any case.
	Q *string
}

// List returns a page of the clients that the actor can see, and how many there
// are. It returns Forbidden when the actor may not ask for deleted ones.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]db.Client, page.Info, error) {
	if filter.IncludeDeleted && !actor.SeesAll() {
		return nil, page.Info{}, apperr.New(apperr.Forbidden, "Managers and admins may list what is deleted; leave include_deleted out.")
	}
	list, err := dbx.NewList(s.db, columns, "c.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).ClientList(ctx, db.ClientListParams{
		SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		IncludeDeleted: filter.IncludeDeleted,
		Status:         filter.Status, Industry: filter.Industry, Segment: filter.Segment, OwnerID: filter.OwnerID, Tag: filter.Tag,
		CreatedFrom: filter.CreatedFrom, CreatedTo: filter.CreatedTo, Q: dbx.Containing(filter.Q),
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing clients: %w", err)
	}
	return rows, list.Info(), nil
}

// Get returns one client, NotFound when the actor cannot see it.
func (s *Service) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (db.Client, error) {
	row, err := db.New(s.db).ClientGet(ctx, db.ClientGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return db.Client{}, fmt.Errorf("reading a client: %w", dbx.OrMissing(err, "client", id))
	}
	return row, nil
}

// CreateParams are a new client's fields. Its id and who creates it are filled
// in; tags, custom fields and external references that are nil are empty.
type CreateParams = db.ClientInsertParams

// Create adds a client. It returns a validation error for an owner who is no
// person and for fields that do not go together, and AlreadyExists when another
// client has the external id.
func (s *Service) Create(ctx context.Context, actor access.Actor, params CreateParams) (db.Client, error) {
	wrong := checkFields(params.AnnualValueMinor, params.CustomFields, params.ExternalReferences, params.ExternalSource, params.ExternalID)
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Client, error) {
		if err := refuse(ctx, q, actor, params.OwnerID, wrong); err != nil {
			return db.Client{}, err
		}
		params.ID, params.ActorID, params.Tags = uuid.Must(uuid.NewV7()), actor.IDOrNil(), cleanTags(params.Tags)
		row, err := q.ClientInsert(ctx, params)
		if err != nil {
			return db.Client{}, fmt.Errorf("inserting a client: %w", err)
		}
		return row, record(ctx, q, actor, "created", nil, row)
	})
}

// Update changes the fields that params name; the values they have already
// change nothing, not even the version. It returns NotFound when the
// actor cannot see the client, VersionConflict when version is not nil and
// not the row's, and the errors of Create.
func (s *Service) Update(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, params db.ClientUpdateParams) (db.Client, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Client, error) {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil {
			return db.Client{}, err
		}
		source, externalID := before.ExternalSource, before.ExternalID
		if params.ExternalSourceDoUpdate {
			source = params.ExternalSource
		}
		if params.ExternalIDDoUpdate {
			externalID = params.ExternalID
		}
		// An owner who has left since stays until another one is named.
		owner := params.OwnerID
		if owner != nil && before.OwnerID != nil && *owner == *before.OwnerID {
			owner = nil
		}
		wrong := checkFields(params.AnnualValueMinor, params.CustomFields, params.ExternalReferences, source, externalID)
		if err := refuse(ctx, q, actor, owner, wrong); err != nil {
			return db.Client{}, err
		}
		params.ID, params.Version, params.ActorID, params.Tags = id, before.Version, actor.IDOrNil(), cleanTags(params.Tags)
		after, err := q.ClientUpdate(ctx, params)
		if err != nil {
			return db.Client{}, fmt.Errorf("updating a client: %w", err)
		}
		if err := checkSizes(after); err != nil {
			return db.Client{}, err
		}
		if !event.Differs(before, after) {
			return before, dbx.ErrNothingChanged
		}
		return after, record(ctx, q, actor, "updated", before, after)
	})
}

// refuse returns all that is wrong with the fields of a client at once.
func refuse(ctx context.Context, q *db.Queries, actor access.Actor, owner *uuid.UUID, wrong []apperr.Field) error {
	mistakes, err := checkOwner(ctx, q, actor, owner)
	if err != nil {
		return err
	}
	if mistakes = append(mistakes, wrong...); len(mistakes) > 0 {
		return apperr.Invalid(mistakes...)
	}
	return nil
}

// SetStatus moves the client along its transitions; the status it has already
// changes nothing. Beside the errors of Update it returns IllegalTransition.
func (s *Service) SetStatus(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, status db.ClientStatus, reason *string) (db.Client, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Client, error) {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil || before.Status == status {
			return before, err
		}
		if err := CanTransition(before.Status, status); err != nil {
			return db.Client{}, err
		}
		after, err := q.ClientUpdateStatus(ctx, db.ClientUpdateStatusParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(), Status: status, StatusReason: reason,
		})
		if err != nil {
			return db.Client{}, fmt.Errorf("changing a client's status: %w", err)
		}
		return after, record(ctx, q, actor, "status_changed", before, after)
	})
}

// Delete removes the client with its projects and their tasks, under one
// deletion id. Errors are those of Update.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil {
			return err
		}
		deletion := uuid.Must(uuid.NewV7())
		err = q.ClientDelete(ctx, db.ClientDeleteParams{ID: id, ActorID: actor.IDOrNil(), DeletionID: deletion})
		if err != nil {
			return fmt.Errorf("deleting a client: %w", err)
		}
		before.Version++
		if err := record(ctx, q, actor, "deleted", before, nil); err != nil {
			return err
		}
		return deleteProjects(ctx, q, actor, id, deletion)
	})
}

func deleteProjects(ctx context.Context, q *db.Queries, actor access.Actor, clientID, deletion uuid.UUID) error {
	projects, err := q.ProjectDeleteByClient(ctx, db.ProjectDeleteByClientParams{
		ClientID: clientID, ActorID: actor.IDOrNil(), DeletionID: deletion,
	})
	if err != nil {
		return fmt.Errorf("deleting the client's projects: %w", err)
	}
	var ids []uuid.UUID
	var deleted []event.Affected
	for _, p := range projects {
		ids = append(ids, p.ID)
		deleted = append(deleted, event.Affected{ID: p.ID, ProjectID: p.ID, Version: p.Version})
	}
	if err := event.RecordMany(ctx, q, actor, "project", "deleted", nil, deleted); err != nil {
		return err
	}
	tasks, err := q.TaskDeleteByProject(ctx, db.TaskDeleteByProjectParams{
		ProjectIds: ids, ActorID: actor.IDOrNil(), DeletionID: deletion,
	})
	if err != nil {
		return fmt.Errorf("deleting the client's tasks: %w", err)
	}
	deleted = nil
	for _, t := range tasks {
		deleted = append(deleted, event.Affected(t))
	}
	return event.RecordMany(ctx, q, actor, "task", "deleted", nil, deleted)
}

// lock returns the client, locked, at the version the caller has read.
func lock(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, version *int64) (db.Client, error) {
	row, err := q.ClientGetForUpdate(ctx, db.ClientGetForUpdateParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return db.Client{}, fmt.Errorf("locking a client: %w", dbx.OrMissing(err, "client", id))
	}
	if version != nil && *version != row.Version {
		return db.Client{}, apperr.StaleVersion("client", row.Version, *version)
	}
	return row, nil
}

func record(ctx context.Context, q *db.Queries, actor access.Actor, action string, before any, after any) error {
	row, ok := after.(db.Client)
	if !ok {
		row = before.(db.Client)
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "client", ID: row.ID, Action: action, Before: before, After: after, Version: row.Version,
	})
}
