package dbx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// A new table is named in privileges, with what the service may do with it.
func TestEveryTableHasADecision(t *testing.T) {
	t.Parallel()
	undecided, err := dbx.Undecided(t.Context(), dbx.New(dbtest.Pool(t)))
	expect.OK(t, err)
	if len(undecided) > 0 {
		t.Errorf("may the service write to %s? Decide in dbx/grant.go", strings.Join(undecided, ", "))
	}
}

// Whatever would change the log, or make that possible, is refused to the role
// that the service has: by its privileges, before any trigger is asked.
func TestTheServiceCannotChangeTheLog(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		return event.Record(t.Context(), q, access.System(), event.Event{Entity: "task", ID: uuid.New(), Action: "created"})
	}))
	var role string
	expect.OK(t, d.QueryRow(t.Context(), "SELECT current_user").Scan(&role))
	refused := []string{
		// The trigger functions, the chain of rights, and what is around the tables.
		"CREATE OR REPLACE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
		"CREATE OR REPLACE FUNCTION event_chain_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
		"ALTER FUNCTION events_refuse_change() RENAME TO other", "DROP FUNCTION events_refuse_change() CASCADE",
		"SET session_replication_role = replica", "SET ROLE postgres", "SET SESSION AUTHORIZATION postgres",
		"ALTER ROLE " + role + " SUPERUSER", "ALTER SCHEMA public RENAME TO other", "DROP SCHEMA public CASCADE", "CREATE TABLE own ()",
		"CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'", "ALTER TABLE tasks ADD COLUMN own int", "DROP TABLE tasks", "TRUNCATE tasks",
		"ALTER TABLE tasks DISABLE TRIGGER ALL", "DROP VIEW seen_people", "DROP TYPE task_status CASCADE",
		"UPDATE goose_db_version SET is_applied = false", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)",
		"SELECT setval('events_id_seq', 1)", "SELECT nextval('events_id_seq')", "ALTER SEQUENCE events_id_seq RESTART",
		"UPDATE pg_trigger SET tgenabled = 'D'", "DELETE FROM pg_class",
		// An event is not dated back, and not put where it does not belong.
		"INSERT INTO events (occurred_at, credential, entity_type, entity_id, action, changes) VALUES ('2020-01-01', 'system', 'task', gen_random_uuid(), 'task.created', '{}')",
		"INSERT INTO events (transaction_id, credential, entity_type, entity_id, action, changes) VALUES ('3', 'system', 'task', gen_random_uuid(), 'task.created', '{}')",
		"INSERT INTO events (id, credential, entity_type, entity_id, action, changes) OVERRIDING SYSTEM VALUE VALUES (-1, 'system', 'task', gen_random_uuid(), 'task.created', '{}')",
	}
	for table, column := range map[string]string{"events": "action", "event_chain": "hash"} {
		for _, statement := range []string{
			"UPDATE $ SET # = #", "UPDATE $ SET # = # WHERE false", "DELETE FROM $", "DELETE FROM $ WHERE false", "TRUNCATE $", "SELECT * FROM $ FOR UPDATE",
			"MERGE INTO $ USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",
			"ALTER TABLE $ DISABLE TRIGGER ALL", "ALTER TABLE $ DISABLE TRIGGER $_append_only", "DROP TRIGGER $_append_only ON $",
			"CREATE TRIGGER other BEFORE INSERT ON $ EXECUTE FUNCTION events_refuse_change()",
			"CREATE RULE other AS ON INSERT TO $ DO INSTEAD NOTHING",
			"ALTER TABLE $ RENAME TO other", "ALTER TABLE $ DROP COLUMN #", "ALTER TABLE $ ALTER COLUMN # SET DEFAULT ''", "ALTER TABLE $ OWNER TO CURRENT_USER",
			"ALTER TABLE $ SET SCHEMA pg_temp", "DROP TABLE $", "DROP TABLE $ CASCADE", "CREATE INDEX ON $ (#)", "DO 'BEGIN LOCK TABLE $ IN ACCESS EXCLUSIVE MODE; END'",
			"CREATE TEMPORARY TABLE other () INHERITS ($)",
		} {
			refused = append(refused, strings.NewReplacer("$", table, "#", column).Replace(statement))
		}
	}
	for _, statement := range refused {
		_, err := d.Exec(t.Context(), statement)
		var denied *pgconn.PgError
		if !errors.As(err, &denied) || denied.Code != "42501" { // insufficient_privilege
			t.Errorf("%s gives %v", statement, err)
		}
	}
	// PostgreSQL only warns of these, and grants nothing.
	for _, statement := range []string{"GRANT UPDATE ON events TO CURRENT_USER", "GRANT ALL ON event_chain TO PUBLIC", "GRANT ALL ON ALL TABLES IN SCHEMA public TO CURRENT_USER"} {
		_, _ = d.Exec(t.Context(), statement)
	}
	if can, err := dbx.CanChangeLog(t.Context(), d); can || err != nil {
		t.Errorf("the role could change the log: %t, %v", can, err)
	}
	if can, err := dbx.CanChangeLog(t.Context(), dbtest.Owner(t, d)); !can || err != nil {
		t.Errorf("the owner could not change the log: %t, %v", !can, err)
	}
	if got := expect.Count(t, d, "SELECT count(*) FROM events"); got != 1 {
		t.Errorf("there are %d events", got)
	}
}

// Granting gives back exactly what it should be, whatever somebody has granted
// meanwhile, also while others do the same.
func TestGrantingIsExactAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	owner := dbtest.Owner(t, d)
	role, err := dbx.Role(t.Context(), d)
	expect.OK(t, err)
	privileges := func() string {
		var all string
		expect.OK(t, d.QueryRow(t.Context(), `SELECT string_agg(relname || ' ' || coalesce(relacl::text, '-') || coalesce(
			(SELECT string_agg(attname || attacl::text, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid), ''), E'\n' ORDER BY relname)
			FROM pg_class c WHERE relnamespace = 'public'::regnamespace`).Scan(&all))
		return all
	}
	before := privileges()
	for _, statement := range []string{"GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role, "GRANT UPDATE (action), INSERT (id) ON events TO " + role, "GRANT UPDATE ON event_chain TO PUBLIC"} {
		_, err := owner.Exec(t.Context(), statement)
		expect.OK(t, err)
		if can, err := dbx.CanChangeLog(t.Context(), d); err != nil || !can {
			t.Errorf("%s is not noticed: %v", statement, err)
		}
		again := func() error { return dbx.MigrateAs(t.Context(), owner, role) }
		expect.OK(t, errors.Join(expect.Together(again, again, again)...))
		if after := privileges(); after != before {
			t.Errorf("after %s:\n%s\nwant\n%s", statement, after, before)
		}
	}
	if err := dbx.MigrateAs(t.Context(), d, role); !errors.Is(err, dbx.ErrSameRole) {
		t.Errorf("migrating as the service's own role gives %v", err)
	}
}
