// Package event owns the append-only log of changes: every mutation records
// one row here, in its own transaction. It is the one aggregate that the
// others import, because each of them writes to this log and to nothing else
// that tells of a change.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

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
	// Before and After are the rows around the change; Before is nil for what
	// was created, After for what is there no more. What differs is recorded.
	Before, After any
	// Gone tells that Before was deleted for real: nothing but this event keeps
	// its values, so they are recorded.
	Gone bool
	// Version is the entity's version after the change; 0 where it has none.
	Version int64
}

// changes is what the event tells, as JSON.
func (e Event) changes() ([]byte, error) {
	changed := Diff(e.Before, e.After)
	if e.Gone {
		changed = values(e.Before)
	}
	encoded, err := json.Marshal(changed)
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
	err = q.EventInsert(ctx, db.EventInsertParams{
		ActorID:    actor.IDOrNil(),
		Credential: actor.Credential(),
		RequestID:  orNil(actor.RequestID),
		EntityType: e.Entity,
		EntityID:   e.ID,
		ProjectID:  e.ProjectID,
		Action:     e.Entity + "." + e.Action,
		Changes:    changes,
		Version:    orNil(e.Version),
	})
	if err != nil {
		return fmt.Errorf("recording %s.%s: %w", e.Entity, e.Action, err)
	}
	dbx.AfterCommit(q, tell)
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
	return nil
}

func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// Change is one field's value before and after.
type Change struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// unrecorded are the fields that say nothing about the change: they stand in
// columns of the event itself, or are secret.
var unrecorded = map[string]bool{
	"id": true, "version": true,
	"created_at": true, "created_by": true, "updated_at": true, "updated_by": true,
	"deleted_at": true, "deleted_by": true, "deletion_id": true,
	"password_hash": true, "token_hash": true,
	// Follows from status.
	"is_open": true,
	// Shows in progress, except where that is derived.
	"given_progress": true,
}

// Diff returns the fields that differ between two rows of one type, by their
// JSON names. A nil row before has every field empty, so that creating a row
// records what it was created with; without a row after nothing differs.
func Diff(before, after any) map[string]Change {
	old, updated := fields(before), fields(after)
	changes := map[string]Change{}
	for name, value := range updated {
		if before == nil {
			if !isEmpty(value) {
				changes[name] = Change{New: value.Interface()}
			}
			continue
		}
		if was := old[name]; !reflect.DeepEqual(was.Interface(), value.Interface()) {
			changes[name] = Change{Old: was.Interface(), New: value.Interface()}
		}
	}
	return changes
}

// Differs tells whether two rows differ in what is recorded.
func Differs(before, after any) bool { return len(Diff(before, after)) > 0 }

// values returns the fields of a row that is gone as what they were.
func values(before any) map[string]Change {
	changes := map[string]Change{}
	for name, value := range fields(before) {
		if !isEmpty(value) {
			changes[name] = Change{Old: value.Interface()}
		}
	}
	return changes
}

func isEmpty(value reflect.Value) bool {
	switch found := value.Interface().(type) {
	case json.RawMessage:
		return len(found) == 0 || string(found) == "{}"
	default:
		return value.Kind() == reflect.Pointer && value.IsNil() || value.Kind() == reflect.Slice && value.Len() == 0
	}
}

func fields(row any) map[string]reflect.Value {
	if row == nil {
		return nil
	}
	value := reflect.ValueOf(row)
	found := make(map[string]reflect.Value, value.NumField())
	for i := range value.NumField() {
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		if !unrecorded[name] {
			found[name] = value.Field(i)
		}
	}
	return found
}
