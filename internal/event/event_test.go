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
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

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
			expect.OK(t, recordOne(t.Context(), d, actor, event.Event{Entity: "client", ID: entity, Action: "updated", Version: 4}))
		}
		of := func(actor *uuid.UUID, credential string, request *string) expect.Event {
			return expect.Event{
				ActorID: actor, Credential: credential, RequestID: request,
				Entity: "client", EntityID: entity, Action: "client.updated", Changes: map[string]expect.Change{}, Version: new(int64(4)),
			}
		}
		want := []expect.Event{of(&user, "session:"+session.String(), new("req-1")), of(nil, "system", nil), of(nil, "anonymous", nil)}
		if diff := cmp.Diff(want, expect.Events(t, d)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("ValuesOfWhatIsGone", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		contact := factory.Contact(t, d, &factory.ContactOpts{Name: "Ana"})
		for _, gone := range []bool{false, true} {
			expect.OK(t, recordOne(t.Context(), d, access.System(), event.Event{Entity: "client_contact", ID: contact.ID, Action: "deleted", Before: contact, Gone: gone}))
		}
		events := expect.Events(t, d, contact.ID)
		want := []map[string]expect.Change{{}, {"name": {Old: "Ana"}, "client_id": {Old: contact.ClientID.String()}, "is_primary": {Old: false}}}
		if diff := cmp.Diff(want, []map[string]expect.Change{events[0].Changes, events[1].Changes}); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})

	t.Run("PasswordHashIsNotStored", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		user := factory.User(t, d, &factory.UserOpts{Email: "ana@agency.example", Name: "Ana", PasswordHash: new("$argon2id$v=19$secret")})
		expect.OK(t, recordOne(t.Context(), d, access.System(), event.Event{Entity: "user", ID: user.ID, Action: "created", After: user, Version: 1}))
		want := map[string]expect.Change{
			"kind": {New: "human"}, "name": {New: "Ana"}, "role": {New: "user"}, "email": {New: "ana@agency.example"},
			"time_zone": {New: "UTC"}, "locale": {New: "en"}, "weekly_capacity_minutes": {New: float64(2400)},
		}
		if diff := cmp.Diff(want, expect.Events(t, d)[0].Changes); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
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
		if got := expect.Events(t, d); len(got) != 0 {
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
	expect.OK(t, err)
	of := func(id uuid.UUID, version int64) expect.Event {
		return expect.Event{
			ActorID: &user, Credential: "anonymous", RequestID: new("req-2"),
			Entity: "task", EntityID: id, ProjectID: &project, Action: "task.assigned",
			Changes: map[string]expect.Change{"assignee_id": {Old: user.String()}}, Version: &version,
		}
	}
	if diff := cmp.Diff([]expect.Event{of(first, 2), of(second, 9)}, expect.Events(t, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecordEach(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	type row struct {
		Title *string `json:"title"`
	}
	user, project, first, second, third := uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New()
	err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		actor := access.Actor{ID: user, RequestID: "req-3"}
		if err := event.RecordEach(t.Context(), q, actor, nil); err != nil {
			return err
		}
		return event.RecordEach(t.Context(), q, actor, []event.Event{
			{Entity: "task", ID: first, ProjectID: &project, Action: "created", After: row{new("Draw")}, Version: 1},
			{Entity: "client", ID: second, Action: "updated", Before: row{new(`"A", \ {B}`)}, After: row{}},
			{Entity: "time_entry", ID: third, ProjectID: &project, Action: "deleted", Before: row{new("Gone")}, Gone: true},
		})
	})
	expect.OK(t, err)
	want := []expect.Event{
		{
			ActorID: &user, Credential: "anonymous", RequestID: new("req-3"),
			Entity: "task", EntityID: first, ProjectID: &project, Action: "task.created",
			Changes: map[string]expect.Change{"title": {New: "Draw"}}, Version: new(int64(1)),
		},
		{
			ActorID: &user, Credential: "anonymous", RequestID: new("req-3"),
			Entity: "client", EntityID: second, Action: "client.updated",
			Changes: map[string]expect.Change{"title": {Old: `"A", \ {B}`}},
		},
		{
			ActorID: &user, Credential: "anonymous", RequestID: new("req-3"),
			Entity: "time_entry", EntityID: third, ProjectID: &project, Action: "time_entry.deleted",
			Changes: map[string]expect.Change{"title": {Old: "Gone"}},
		},
	}
	if diff := cmp.Diff(want, expect.Events(t, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEventsAreAppendOnly(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	expect.OK(t, recordOne(t.Context(), d, access.System(), event.Event{Entity: "task", ID: uuid.New(), Action: "created"}))
	before := expect.Events(t, d)
	// Also not by who owns the table, unless the trigger is switched off.
	owner := dbtest.Owner(t, d)
	for name, sql := range map[string]string{
		"Update":         "UPDATE events SET action = 'task.forged'",
		"UpdateOfNoRow":  "UPDATE events SET action = 'task.forged' WHERE false",
		"Delete":         "DELETE FROM events",
		"Truncate":       "TRUNCATE events",
		"TruncateByWhat": "TRUNCATE users, events CASCADE",
	} {
		_, err := owner.Exec(t.Context(), sql)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "23001" || refused.Message != "events are append-only" {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if diff := cmp.Diff(before, expect.Events(t, d)); diff != "" {
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
