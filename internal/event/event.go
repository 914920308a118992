// Package event owns the append-only log of changes: every mutation records
// one row here, in its own transaction, and is announced with it to whoever
// keeps something in memory that it changes ([dbx.Announce]). It is the one
// aggregate that the others import, because each of them writes to this log and
// to nothing else that tells of a change.
package event

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Event is a change of one entity.
type Event struct {
	// Entity is the entity's type, "task".
	Entity string
	ID     uuid.UUID
	// ProjectID is the project it belongs to, nil when it belongs to none.
	ProjectID *uuid.UUID
	// Action is what was done, "updated"; stored as "task.updated".
	Action string
	// Before and After are the rows around the change, or pointers to them; Before
	// is nil for what was created, After for what is there no more. What differs is recorded.
	Before, After any
	// Gone tells that Before was deleted for real: nothing but this event keeps
	// its values, so they are recorded.
	Gone bool
	// Version is the entity's version after the change; 0 where it has none.
	Version int64
}

// changes is what the event tells, as JSON.
func (e Event) changes() ([]byte, error) {
	var room [mostFields]pair
	var fields []pair
	if e.Gone {
		fields = appendGone(room[:0], e.Before)
	} else {
		fields = appendChanged(room[:0], e.Before, e.After)
	}
	encoded, err := appendChanges(make([]byte, 0, 512), fields)
	if err != nil {
		return nil, fmt.Errorf("recording %s.%s: %w", e.Entity, e.Action, err)
	}
	return encoded, nil
}

// Record writes the event in the transaction of q.
func Record(ctx context.Context, q *db.Queries, actor access.Actor, e Event) error {
	changes, err := e.changes()
	if err != nil {
		return err
	}
	action := e.Entity + "." + e.Action
	err = q.EventInsert(ctx, db.EventInsertParams{
		ActorID:    actor.IDOrNil(),
		Credential: actor.Credential(),
		RequestID:  orNil(actor.RequestID),
		EntityType: e.Entity,
		EntityID:   e.ID,
		ProjectID:  e.ProjectID,
		Action:     action,
		Changes:    changes,
		Version:    orNil(e.Version),
	})
	if err != nil {
		return fmt.Errorf("recording %s: %w", action, err)
	}
	dbx.AfterCommit(q, tell)
	dbx.Announce(q, action)
	return nil
}

// Affected is an entity that a cascade has changed.
type Affected struct {
	ID        uuid.UUID
	ProjectID uuid.UUID
	Version   int64
}

// RecordMany writes the same action for every entity that a cascade has
// changed, in one statement.
func RecordMany(ctx context.Context, q *db.Queries, actor access.Actor, entity, action string, changes map[string]Change, affected []Affected) error {
	if len(affected) == 0 {
		return nil
	}
	if changes == nil {
		changes = map[string]Change{}
	}
	encoded, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("recording %s.%s: %w", entity, action, err)
	}
	params := db.EventInsertForManyParams{
		ActorID:    actor.IDOrNil(),
		Credential: actor.Credential(),
		RequestID:  orNil(actor.RequestID),
		EntityType: entity,
		Action:     entity + "." + action,
		Changes:    encoded,
	}
	for _, a := range affected {
		params.Ids = append(params.Ids, a.ID)
		params.ProjectIds = append(params.ProjectIds, a.ProjectID)
		params.Versions = append(params.Versions, a.Version)
	}
	if err := q.EventInsertForMany(ctx, params); err != nil {
		return fmt.Errorf("recording %s.%s: %w", entity, action, err)
	}
	dbx.AfterCommit(q, tell)
	dbx.Announce(q, params.Action)
	return nil
}

// RecordEach writes events of one actor in one statement, each with what has
// changed in it.
func RecordEach(ctx context.Context, q *db.Queries, actor access.Actor, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	params := db.EventInsertEachParams{
		ActorID: actor.IDOrNil(), Credential: actor.Credential(), RequestID: orNil(actor.RequestID),
	}
	for _, e := range events {
		changes, err := e.changes()
		if err != nil {
			return err
		}
		project := uuid.Nil
		if e.ProjectID != nil {
			project = *e.ProjectID
		}
		params.EntityTypes = append(params.EntityTypes, e.Entity)
		params.EntityIds = append(params.EntityIds, e.ID)
		params.ProjectIds = append(params.ProjectIds, project)
		params.Actions = append(params.Actions, e.Entity+"."+e.Action)
		params.Changes = append(params.Changes, string(changes))
		params.Versions = append(params.Versions, e.Version)
	}
	if err := q.EventInsertEach(ctx, params); err != nil {
		return fmt.Errorf("recording %d events: %w", len(events), err)
	}
	dbx.AfterCommit(q, tell)
	for i, action := range params.Actions {
		if i == 0 || action != params.Actions[i-1] {
			dbx.Announce(q, action)
		}
	}
	return nil
}

func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
