package expect

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// Event is an event as it is stored, without its id and time.
type Event struct {
	ActorID    *uuid.UUID
	Credential string
	RequestID  *string
	// Entity is the entity's type, "task".
	Entity    string
	EntityID  uuid.UUID
	ProjectID *uuid.UUID
	// Action is "task.created".
	Action  string
	Changes map[string]Change
	Version *int64
}

// Change is one field before and after, as encoding/json reads them.
type Change struct {
	Old, New any
}

// UnmarshalJSON reads an object with the members old and new, and refuses any other.
func (c *Change) UnmarshalJSON(data []byte) error {
	var members map[string]any
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	before, hasOld := members["old"]
	after, hasNew := members["new"]
	if !hasOld || !hasNew || len(members) != 2 {
		return fmt.Errorf("a change has old and new alone, not %s", data)
	}
	*c = Change{Old: before, New: after}
	return nil
}

// Events returns the events of the entities, or all there are where none is
// named, oldest first.
func Events(t testing.TB, d db.DBTX, entities ...uuid.UUID) []Event {
	t.Helper()
	rows, err := d.Query(t.Context(), `SELECT actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version
		FROM events WHERE $1::uuid[] IS NULL OR entity_id = ANY($1) ORDER BY id`, entities)
	OK(t, err)
	defer rows.Close()
	var found []Event
	for rows.Next() {
		var e Event
		var changes []byte
		OK(t, rows.Scan(&e.ActorID, &e.Credential, &e.RequestID, &e.Entity, &e.EntityID, &e.ProjectID, &e.Action, &changes, &e.Version))
		OK(t, json.Unmarshal(changes, &e.Changes))
		found = append(found, e)
	}
	OK(t, rows.Err())
	return found
}

// EventCount is how many events there are, leaving out those of the actions.
func EventCount(t testing.TB, d db.DBTX, without ...string) int {
	t.Helper()
	return Count(t, d, "SELECT count(*) FROM events WHERE $1::text[] IS NULL OR action <> ALL($1)", without)
}

// Count returns what a statement counts.
func Count(t testing.TB, d db.DBTX, sql string, args ...any) int {
	t.Helper()
	var n int
	OK(t, d.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}
