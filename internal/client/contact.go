package client

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
)

var contactColumns = page.Columns{
	"name":       {SQL: "k.name"},
	"is_primary": {SQL: "k.is_primary"},
	"created_at": {SQL: "k.created_at"},
	"updated_at": {SQL: "k.updated_at"},
}

// Contacts returns a page of the people to talk to at a client, and how many
// there are. It returns NotFound when the actor cannot see the client.
func (s *Service) Contacts(ctx context.Context, actor access.Actor, clientID uuid.UUID, request page.Request) ([]db.ClientContact, page.Info, error) {
	if _, err := s.Get(ctx, actor, clientID); err != nil {
		return nil, page.Info{}, err
	}
	list, err := dbx.NewList(s.db, contactColumns, "k.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).ClientContactList(ctx, db.ClientContactListParams{ClientID: clientID, RowLimit: list.Limit(), RowOffset: list.Offset()})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing contacts: %w", err)
	}
	return rows, list.Info(), nil
}

// Contact returns one contact of a client, NotFound when the actor cannot see it.
func (s *Service) Contact(ctx context.Context, actor access.Actor, clientID, id uuid.UUID) (db.ClientContact, error) {
	row, err := db.New(s.db).ClientContactGet(ctx, db.ClientContactGetParams{ID: id, ClientID: clientID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return db.ClientContact{}, fmt.Errorf("reading a contact: %w", dbx.OrMissing(err, "contact", id))
	}
	return row, nil
}

// CreateContact adds a contact to the client that params name; its id and who
// creates it are filled in. When it is the primary contact, the one before is
// it no more. It returns NotFound when the actor cannot see the client.
func (s *Service) CreateContact(ctx context.Context, actor access.Actor, params db.ClientContactInsertParams) (db.ClientContact, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.ClientContact, error) {
		// The client's lock lets one after the other change who is primary, and
		// keeps the client from being deleted meanwhile.
		if _, err := lock(ctx, q, actor, params.ClientID, nil); err != nil {
			return db.ClientContact{}, err
		}
		params.ID, params.ActorID = uuid.Must(uuid.NewV7()), actor.IDOrNil()
		if params.IsPrimary {
			if err := demote(ctx, q, actor, params.ClientID, params.ID); err != nil {
				return db.ClientContact{}, err
			}
		}
		row, err := q.ClientContactInsert(ctx, params)
		if err != nil {
			return db.ClientContact{}, fmt.Errorf("inserting a contact: %w", err)
		}
		return row, recordContact(ctx, q, actor, "created", nil, row)
	})
}

// UpdateContact changes the fields that params name; the values they have
// already change nothing. It returns NotFound when the actor cannot see the
// contact and VersionConflict when version is not nil and not the row's.
func (s *Service) UpdateContact(ctx context.Context, actor access.Actor, clientID, id uuid.UUID, version *int64, params db.ClientContactUpdateParams) (db.ClientContact, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.ClientContact, error) {
		before, err := lockContact(ctx, q, actor, clientID, id, version)
		if err != nil {
			return db.ClientContact{}, err
		}
		if params.IsPrimary != nil && *params.IsPrimary && !before.IsPrimary {
			if err := demote(ctx, q, actor, clientID, id); err != nil {
				return db.ClientContact{}, err
			}
		}
		params.ID, params.Version, params.ActorID = id, before.Version, actor.IDOrNil()
		after, err := q.ClientContactUpdate(ctx, params)
		if err != nil {
			return db.ClientContact{}, fmt.Errorf("updating a contact: %w", err)
		}
		if !event.Differs(before, after) {
			return before, dbx.ErrNothingChanged
		}
		return after, recordContact(ctx, q, actor, "updated", before, after)
	})
}

// DeleteContact removes a contact for good; its event keeps what it was.
// Errors are those of UpdateContact.
func (s *Service) DeleteContact(ctx context.Context, actor access.Actor, clientID, id uuid.UUID, version *int64) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		row, err := lockContact(ctx, q, actor, clientID, id, version)
		if err != nil {
			return err
		}
		if err := q.ClientContactDelete(ctx, id); err != nil {
			return fmt.Errorf("deleting a contact: %w", err)
		}
		row.Version++
		return recordContact(ctx, q, actor, "deleted", row, nil)
	})
}

// lockContact returns the contact, locked after its client, at the version the caller has read.
func lockContact(ctx context.Context, q *db.Queries, actor access.Actor, clientID, id uuid.UUID, version *int64) (db.ClientContact, error) {
	if _, err := lock(ctx, q, actor, clientID, nil); err != nil {
		return db.ClientContact{}, err
	}
	row, err := q.ClientContactGetForUpdate(ctx, db.ClientContactGetForUpdateParams{ID: id, ClientID: clientID})
	if err != nil {
		return db.ClientContact{}, fmt.Errorf("locking a contact: %w", dbx.OrMissing(err, "contact", id))
	}
	if version != nil && *version != row.Version {
		return db.ClientContact{}, apperr.StaleVersion("contact", row.Version, *version)
	}
	return row, nil
}

// demote makes room for the client's next primary contact.
func demote(ctx context.Context, q *db.Queries, actor access.Actor, clientID, successor uuid.UUID) error {
	demoted, err := q.ClientContactDemote(ctx, db.ClientContactDemoteParams{ClientID: clientID, SuccessorID: successor, ActorID: actor.IDOrNil()})
	if err != nil {
		return fmt.Errorf("taking a contact from its place: %w", err)
	}
	for _, after := range demoted {
		before := after
		before.IsPrimary = true
		if err := recordContact(ctx, q, actor, "updated", before, after); err != nil {
			return err
		}
	}
	return nil
}

func recordContact(ctx context.Context, q *db.Queries, actor access.Actor, action string, before, after any) error {
	row, ok := after.(db.ClientContact)
	if !ok {
		row = before.(db.ClientContact)
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "client_contact", ID: row.ID, Action: action,
		Before: before, After: after, Gone: !ok, Version: row.Version,
	})
}
