package purge_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
	"github.com/aicoordination/coordinator/internal/verify"
)

// key gives the user an API key, as the log tells of it.
func (a agency) key(t *testing.T, principal uuid.UUID) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := a.db.Exec(t.Context(), `INSERT INTO api_keys (id, principal_id, public_id, name, secret_hash, scopes, limited, created_by, created_at, expires_at)
		VALUES ($1, $2, $3, 'Script', sha256('a key'), '{tasks:read}', false, $2, now(), now() + interval '1 day')`, id, principal, strings.ReplaceAll(id.String(), "-", "")[20:])
	expect.OK(t, err)
	a.told(t, "api_key", id)
	return id
}

// told has the log tell that something was made.
func (a agency) told(t *testing.T, entity string, id uuid.UUID) {
	t.Helper()
	expect.OK(t, dbx.WithTx(t.Context(), a.db, func(q *db.Queries) error {
		return event.Record(t.Context(), q, a.admin, event.Event{Entity: entity, ID: id, Action: "created", Version: 1})
	}))
}

// What goes with something that is purged has an event of its own, so that the
// log does not tell of it as of something that is there: contacts, API keys and webhooks.
// An endpoint of a project that stays as a tombstone goes as well: nobody
// could read or delete it any more.
func TestTheLogTellsOfAllThatGoes(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ctx := t.Context()
	gone := map[uuid.UUID]string{}
	for _, isWorkedFor := range []bool{false, true} {
		firm := factory.Client(t, a.db, nil)
		p := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &firm.ID})
		contact := factory.Contact(t, a.db, &factory.ContactOpts{ClientID: firm.ID})
		a.told(t, "client_contact", contact.ID)
		endpoint, _ := factory.Webhook(t, a.db, bytes.Repeat([]byte("a secret"), 4), &p.ID)
		a.told(t, "webhook", endpoint)
		person := factory.User(t, a.db, nil)
		key := a.key(t, person.ID)
		if isWorkedFor {
			factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID}).ID, UserID: person.ID, Minutes: 30})
		}
		gone[contact.ID], gone[endpoint], gone[key] = "client_contacts", "webhooks", "api_keys"
		expect.OK(t, client.New(a.db).Delete(ctx, a.admin, firm.ID, nil))
		expect.OK(t, user.New(a.db, nil).Delete(ctx, a.admin, person.ID, nil))
	}
	lone := factory.Project(t, a.db, nil)
	endpoint, _ := factory.Webhook(t, a.db, bytes.Repeat([]byte("a secret"), 4), &lone.ID)
	gone[endpoint] = "webhooks"
	expect.OK(t, project.New(a.db, nil).Delete(ctx, a.admin, lone.ID, nil))
	living, _ := factory.Webhook(t, a.db, bytes.Repeat([]byte("a secret"), 4), nil)
	a.age(t)

	a.purge(t)
	for id, table := range gone {
		if a.there(t, table, id) || a.purgings(t, id) != 1 {
			t.Errorf("of %s the row %s is there: %v, with %d events of being purged", table, id, a.there(t, table, id), a.purgings(t, id))
		}
	}
	if !a.there(t, "webhooks", living) || a.purgings(t, living) != 0 {
		t.Error("an endpoint has gone that is of no project")
	}
	found, err := verify.Run(ctx, a.db)
	expect.OK(t, err)
	for _, finding := range found {
		// What a factory makes has no event that tells its version.
		if finding.Check != "the last event of everything tells its version" {
			t.Error(finding)
		}
	}
}
