package event_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type record struct {
	Actor      *uuid.UUID
	Credential string
	RequestID  *string
	EntityType string
	EntityID   uuid.UUID
	ProjectID  *uuid.UUID
	Action     string
	Changes    string
	Version    *int64
}

func stored(t *testing.T, d *dbx.DB) []record {
	t.Helper()
	rows, err := d.Query(t.Context(), `SELECT actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes::text, version FROM events ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var found []record
	for rows.Next() {
		var r record
		if err := rows.Scan(&r.Actor, &r.Credential, &r.RequestID, &r.EntityType, &r.EntityID, &r.ProjectID, &r.Action, &r.Changes, &r.Version); err != nil {
			t.Fatal(err)
		}
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func recordOne(ctx context.Context, d *dbx.DB, actor access.Actor, e event.Event) error {
	return dbx.WithTx(ctx, d, func(q *db.Queries) error { return event.Record(ctx, q, actor, e) })
}

func TestRecord(t *testing.T) {
	t.Parallel()

	t.Run("WhoThroughWhatAndWhich", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		user, session, entity := uuid.New(), uuid.New(), uuid.New()
		for _, actor := range []access.Actor{
			{ID: user, Role: access.RoleUser, SessionID: session, RequestID: "req-1"},
			access.System(),
			{},
		} {
			if err := recordOne(t.Context(), d, actor, event.Event{Entity: "client", ID: entity, Action: "updated", Version: 4}); err != nil {
				t.Fatal(err)
			}
		}
		of := func(actor *uuid.UUID, credential string, request *string) record {
			return record{actor, credential, request, "client", entity, nil, "client.updated", "{}", new(int64(4))}
		}
		want := []record{of(&user, "session:"+session.String(), new("req-1")), of(nil, "system", nil), of(nil, "anonymous", nil)}
		if diff := cmp.Diff(want, stored(t, d)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("PasswordHashIsNotStored", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		user := factory.User(t, d, &factory.UserOpts{Email: "ana@agency.example", Name: "Ana", PasswordHash: new("$argon2id$v=19$secret")})
		if err := recordOne(t.Context(), d, access.System(), event.Event{Entity: "user", ID: user.ID, Action: "created", After: user, Version: 1}); err != nil {
			t.Fatal(err)
		}
		want := `{"kind": {"new": "human", "old": null}, "name": {"new": "Ana", "old": null}, "role": {"new": "user", "old": null}, "email": {"new": "ana@agency.example", "old": null}}`
		if got := stored(t, d)[0].Changes; got != want {
			t.Errorf("stored %s, want %s", got, want)
		}
	})

	t.Run("GoesWithItsTransaction", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		failure := errors.New("something later fails")
		err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
			if err := event.Record(t.Context(), q, access.System(), event.Event{Entity: "task", ID: uuid.New(), Action: "created"}); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		if got := stored(t, d); len(got) != 0 {
			t.Errorf("%d events stay of what was rolled back", len(got))
		}
	})
}

func TestRecordMany(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	user, project, first, second := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		actor := access.Actor{ID: user, RequestID: "req-2"}
		if err := event.RecordMany(t.Context(), q, actor, "task", "deleted", nil, nil); err != nil {
			return err
		}
		return event.RecordMany(t.Context(), q, actor, "task", "assigned", map[string]event.Change{"assignee_id": {Old: user}},
			[]event.Affected{{ID: first, ProjectID: project, Version: 2}, {ID: second, ProjectID: project, Version: 9}})
	})
	if err != nil {
		t.Fatal(err)
	}
	of := func(id uuid.UUID, version int64) record {
		return record{
			&user, "anonymous", new("req-2"), "task", id, &project, "task.assigned",
			`{"assignee_id": {"new": null, "old": "` + user.String() + `"}}`, &version,
		}
	}
	if diff := cmp.Diff([]record{of(first, 2), of(second, 9)}, stored(t, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEventsAreAppendOnly(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	if err := recordOne(t.Context(), d, access.System(), event.Event{Entity: "task", ID: uuid.New(), Action: "created"}); err != nil {
		t.Fatal(err)
	}
	before := stored(t, d)
	for name, sql := range map[string]string{
		"Update":         "UPDATE events SET action = 'task.forged'",
		"UpdateOfNoRow":  "UPDATE events SET action = 'task.forged' WHERE false",
		"Delete":         "DELETE FROM events",
		"Truncate":       "TRUNCATE events",
		"TruncateByWhat": "TRUNCATE users, events CASCADE",
	} {
		_, err := d.Exec(t.Context(), sql)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "23001" || refused.Message != "events are append-only" {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if diff := cmp.Diff(before, stored(t, d)); diff != "" {
		t.Errorf("the log has changed:\n%s", diff)
	}
	for name, sql := range map[string]string{
		"ActionOfAnotherEntity": "INSERT INTO events (credential, entity_type, entity_id, action, changes) VALUES ('system', 'task', gen_random_uuid(), 'user.created', '{}')",
		"ChangesThatAreNone":    "INSERT INTO events (credential, entity_type, entity_id, action, changes) VALUES ('system', 'task', gen_random_uuid(), 'task.created', '[]')",
	} {
		if _, err := d.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
