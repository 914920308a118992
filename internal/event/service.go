package event

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
)

// Service reads the log of changes: the history of one entity, what somebody
// did, and the audit log of everything.
type Service struct {
	db *dbx.DB
}

// New returns the service.
func New(d *dbx.DB) *Service { return &Service{db: d} }

// Recorded is an event as the caller may read it: who acted is named when the
// caller sees them, and what it may not know is left out of the changes.
type Recorded struct {
	db.Event
	// Actor is nil when the caller does not see who acted, or it was the
	// program itself.
	Actor *db.UserListNamesRow
	// Fields are Event.Changes, read.
	Fields map[string]FieldChange
}

// FieldChange is one field's value before and after, as it is stored.
type FieldChange struct {
	Old json.RawMessage `json:"old"`
	New json.RawMessage `json:"new"`
}

// sees has a line for every type of entity that has a history: whether the
// actor may read that of the one with the id.
var sees = map[string]func(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (bool, error){
	"task": func(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (bool, error) {
		return q.EventSeesTask(ctx, db.EventSeesTaskParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	},
	"project": func(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (bool, error) {
		return q.EventSeesProject(ctx, db.EventSeesProjectParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	},
	"client": func(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (bool, error) {
		return q.EventSeesClient(ctx, db.EventSeesClientParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	},
	"user": func(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (bool, error) {
		return q.EventSeesUser(ctx, db.EventSeesUserParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	},
	"comment": func(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (bool, error) {
		return q.EventSeesComment(ctx, db.EventSeesCommentParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	},
	"time_entry": func(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (bool, error) {
		return q.EventSeesTimeEntry(ctx, db.EventSeesTimeEntryParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	},
}

// History returns a page of what has happened to an entity, newest first, and
// how much there is. It returns NotFound when the actor does not see the
// entity; managers and admins read that of a deleted one as well, of which
// nothing may be left but these events.
func (s *Service) History(ctx context.Context, actor access.Actor, entity string, id uuid.UUID, request page.Request) ([]Recorded, page.Info, error) {
	check, ok := sees[entity]
	if !ok {
		return nil, page.Info{}, fmt.Errorf("a %s has no history", entity)
	}
	visible, err := check(ctx, db.New(s.db), actor, id)
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("looking for the %s: %w", entity, err)
	}
	return s.history(ctx, actor, visible, entity, id, request)
}

// ContactHistory is History of a contact of the client.
func (s *Service) ContactHistory(ctx context.Context, actor access.Actor, clientID, id uuid.UUID, request page.Request) ([]Recorded, page.Info, error) {
	visible, err := db.New(s.db).EventSeesContact(ctx, db.EventSeesContactParams{
		ID: id, ClientID: clientID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("looking for the contact: %w", err)
	}
	return s.history(ctx, actor, visible, "client_contact", id, request)
}

// spoken is what callers know an entity as, where its type reads otherwise: one
// that may not be seen is missing in the same words as everywhere else.
var spoken = map[string]string{"time_entry": "time entry", "client_contact": "contact"}

func (s *Service) history(ctx context.Context, actor access.Actor, visible bool, entity string, id uuid.UUID, request page.Request) ([]Recorded, page.Info, error) {
	if !visible {
		return nil, page.Info{}, apperr.Missing(cmp.Or(spoken[entity], entity), id)
	}
	list, err := dbx.NewList(s.db, nil, "e.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).EventListByEntity(ctx, db.EventListByEntityParams{
		EntityType: entity, EntityID: id, SeesPrivate: seesPrivate(actor, id),
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("reading a history: %w", err)
	}
	found, err := s.present(ctx, actor, rows)
	return found, list.Info(), err
}

// Filter narrows the log; nil and empty fields do not.
type Filter struct {
	ActorID    *uuid.UUID
	EntityType *string
	EntityID   *uuid.UUID
	ProjectID  *uuid.UUID
	// Actions are as they are stored, "task.created".
	Actions   []string
	RequestID *string
	// From is the first moment, To the one after the last.
	From, To *time.Time
}

// List returns a page of the log of everything, newest first, and how much of
// it matches. Who may read it is the operation's permission.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]Recorded, page.Info, error) {
	list, err := dbx.NewList(s.db, nil, "e.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).EventList(ctx, db.EventListParams{
		ActorID: filter.ActorID, EntityType: filter.EntityType, EntityID: filter.EntityID, ProjectID: filter.ProjectID,
		Action: filter.Actions, RequestID: filter.RequestID, OccurredFrom: filter.From, OccurredTo: filter.To,
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("reading the audit log: %w", err)
	}
	found, err := s.present(ctx, actor, rows)
	return found, list.Info(), err
}

// Activity returns a page of what the user did, newest first, as far as the
// actor sees what it was done to. Of filter it takes the entity type, the
// actions and the time. It returns NotFound when the actor does not see the user.
func (s *Service) Activity(ctx context.Context, actor access.Actor, userID uuid.UUID, filter Filter, request page.Request) ([]Recorded, page.Info, error) {
	visible, err := sees["user"](ctx, db.New(s.db), actor, userID)
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("looking for the user: %w", err)
	}
	if !visible {
		return nil, page.Info{}, apperr.Missing("user", userID)
	}
	list, err := dbx.NewList(s.db, nil, "e.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).EventListByActor(ctx, db.EventListByActorParams{
		UserID: userID, ActorID: actor.ID, ViewerID: actor.ViewerID(), SeesAll: actor.SeesAll(),
		SeesPrivate: seesPrivate(actor, userID),
		EntityType:  filter.EntityType, Action: filter.Actions, OccurredFrom: filter.From, OccurredTo: filter.To,
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("reading somebody's activity: %w", err)
	}
	found, err := s.present(ctx, actor, rows)
	return found, list.Info(), err
}

// present names who acted, in one query for the page, and leaves out what the
// actor may not know.
func (s *Service) present(ctx context.Context, actor access.Actor, rows []db.Event) ([]Recorded, error) {
	var ids []uuid.UUID
	for _, row := range rows {
		if row.ActorID != nil {
			ids = append(ids, *row.ActorID)
		}
	}
	people := map[uuid.UUID]*db.UserListNamesRow{}
	if len(ids) > 0 {
		named, err := db.New(s.db).UserListNames(ctx, db.UserListNamesParams{Ids: ids, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return nil, fmt.Errorf("naming who acted: %w", err)
		}
		for _, person := range named {
			people[person.ID] = &person
		}
	}
	found := make([]Recorded, len(rows))
	for i, row := range rows {
		found[i] = Recorded{Event: row}
		if row.ActorID != nil {
			found[i].Actor = people[*row.ActorID]
		}
		if err := json.Unmarshal(row.Changes, &found[i].Fields); err != nil {
			return nil, fmt.Errorf("reading the changes of event %d: %w", row.ID, err)
		}
		for field := range found[i].Fields {
			if !mayKnow(actor, row.EntityType, row.EntityID, field) {
				delete(found[i].Fields, field)
			}
		}
	}
	return found, nil
}

// seesPrivate tells whether the actor may read how the user signs in.
func seesPrivate(actor access.Actor, userID uuid.UUID) bool {
	return !actor.Limited && actor.ID == userID || actor.Administers()
}

// preferences are the fields of a user that concern nobody but itself.
var preferences = map[string]bool{"working_hours": true, "notifications": true}

// mayKnow tells whether the actor may read what a field was and is: what
// somebody costs is for managers and up, what somebody prefers for itself and
// admins.
func mayKnow(actor access.Actor, entity string, id uuid.UUID, field string) bool {
	if strings.HasPrefix(field, "cost_rate") {
		return actor.SeesAll()
	}
	if entity == "user" && preferences[field] {
		return actor.ID == id || actor.Administers()
	}
	return true
}
