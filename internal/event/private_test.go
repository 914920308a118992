package event_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// limited is the actor with a key that is limited to the first project.
func (l log) limited(t *testing.T, actor access.Actor) access.Actor {
	t.Helper()
	actor.APIKeyID, actor.Limited = uuid.New(), true
	_, err := l.db.Exec(t.Context(), `INSERT INTO api_keys (id, principal_id, public_id, name, secret_hash, scopes, limited, created_by, created_at, expires_at)
		VALUES ($1, $2, left(md5($1::uuid::text), 12), 'Script', sha256($1::uuid::text::bytea), '{users:read}', true, $2, now(), now() + interval '1 day')`, actor.APIKeyID, actor.ID)
	expect.OK(t, err)
	_, err = l.db.Exec(t.Context(), "INSERT INTO api_key_projects (api_key_id, project_id) VALUES ($1, $2)", actor.APIKeyID, l.project)
	expect.OK(t, err)
	return actor
}

// How somebody signs in is read by itself and by admins: in no history of it,
// and in no activity, of others, whatever kind of event tells of it.
func TestWhatConcernsSigningInIsPrivate(t *testing.T) {
	t.Parallel()
	l := setupLog(t)
	for _, action := range []string{"password_changed", "second_factor_added", "second_factor_removed", "email_verified", "unlocked", "something_new"} {
		l.record(t, "Ben", "user", "Ben", action, nil, nil, nil)
	}
	for _, entity := range []string{"sign_in", "api_key", "invitation", "signing_key"} {
		l.entities[entity] = uuid.New()
		l.record(t, "Ben", entity, entity, "created", nil, nil, nil)
	}
	private := func(events []event.Recorded, err error) int {
		expect.OK(t, err)
		n := 0
		for _, e := range events {
			shared := map[string]bool{"user.created": true, "user.updated": true}
			if e.EntityType == "user" && !shared[e.Action] || e.EntityType == "sign_in" || e.EntityType == "api_key" || e.EntityType == "invitation" || e.EntityType == "signing_key" {
				n++
			}
		}
		return n
	}
	for reader, want := range map[string][2]int{"Ben": {6, 10}, "Ada": {6, 10}, "Mia": {0, 0}, "Ana": {0, 0}, "Ben's limited key": {0, 0}, "Ada's limited key": {0, 0}} {
		name, limited := strings.CutSuffix(reader, "'s limited key")
		actor := l.actor(name)
		if limited {
			actor = l.limited(t, actor)
		}
		history, _, err := l.events.History(t.Context(), actor, "user", l.people["Ben"].ID, page.First(100))
		got := [2]int{private(history, err)}
		activity, _, err := l.events.Activity(t.Context(), actor, l.people["Ben"].ID, event.Filter{}, page.First(100))
		got[1] = private(activity, err)
		if got != want {
			t.Errorf("%s reads %d in the history and %d in the activity, want %d", reader, got[0], got[1], want)
		}
	}
	for _, entity := range []string{"sign_in", "api_key", "invitation", "signing_key"} {
		log, _, err := l.events.List(t.Context(), l.actor("Ada"), event.Filter{EntityType: &entity}, page.First(10))
		expect.OK(t, err)
		if len(log) != 1 || log[0].Action != entity+".created" {
			t.Errorf("of a %s the audit log has %v", entity, log)
		}
	}
}
