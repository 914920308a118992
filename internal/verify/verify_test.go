package verify_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/verify"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// world is a client with a project of two tasks, each with its event. Triggers
// and foreign keys are off in it, so that anything can be broken.
const world = `
	SET session_replication_role = replica;
	INSERT INTO users (id, email, name, role, password_hash) VALUES ('00000000-0000-0000-0000-000000000001', 'ana@example.com', 'Ana', 'admin', 'x');
	INSERT INTO clients (id, name, created_by, updated_by) VALUES ('00000000-0000-0000-0000-000000000002', 'Client', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
	INSERT INTO projects (id, name, client_id, created_by, updated_by) VALUES ('00000000-0000-0000-0000-000000000003', 'Project', '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
	INSERT INTO tasks (id, project_id, title, position, created_by, updated_by) VALUES
		('00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000003', 'One', 'a0', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'),
		('00000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000003', 'Two', 'a1', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
	INSERT INTO projects_to_count SELECT id FROM projects;
	INSERT INTO task_texts SELECT id, tasks_search(title, description) FROM tasks;
	INSERT INTO events (credential, entity_type, entity_id, action, changes, version)
	SELECT 'system', t, id, t || '.created', '{}', 1 FROM (
		SELECT 'user' t, id FROM users UNION ALL SELECT 'client', id FROM clients UNION ALL SELECT 'project', id FROM projects UNION ALL SELECT 'task', id FROM tasks) e;`

const (
	taskA   = "'00000000-0000-0000-0000-000000000004'"
	taskB   = "'00000000-0000-0000-0000-000000000005'"
	project = "'00000000-0000-0000-0000-000000000003'"
	user    = "'00000000-0000-0000-0000-000000000001'"
)

// Each rule holds in a world that is well, and is the one that is named when it
// is broken.
func TestEachRuleIsNamedWhenItIsBroken(t *testing.T) {
	t.Parallel()

	waits := "INSERT INTO task_dependencies (project_id, task_id, prerequisite_id, created_by) VALUES (" + project + ", %1, %2, " + user + ");"
	waiting := func(task, on string) string { return strings.NewReplacer("%1", task, "%2", on).Replace(waits) }
	broken := map[string]string{
		"no task waits for itself, directly or through others":           waiting(taskA, taskB) + waiting(taskB, taskA),
		"no task is below itself":                                        "UPDATE tasks SET parent_id = CASE id WHEN " + taskA + " THEN " + taskB + "::uuid ELSE " + taskA + "::uuid END",
		"nothing that lives belongs to something deleted":                "UPDATE projects SET deleted_at = now(), deleted_by = " + user + ", deletion_id = gen_random_uuid()",
		"the figures of every project are those of its tasks":            "SELECT projects_count(10); UPDATE project_task_counts SET done = done + 1",
		"every project with tasks is counted, or noted to be":            "DELETE FROM projects_to_count",
		"the words of every task are kept as they are":                   "UPDATE tasks SET description = 'Late' WHERE id = " + taskB,
		"a viewer sees exactly the projects of its teams, or of its key": "INSERT INTO seen_projects SELECT " + user + ", id FROM projects",
		"the last event of everything tells its version":                 "UPDATE clients SET version = 2",
		"whatever the log has last seen alive is there":                  "DELETE FROM tasks WHERE id = " + taskA,
		"every constraint was checked against every row":                 "ALTER TABLE tasks ADD CONSTRAINT late CHECK (title <> '') NOT VALID",
	}
	for _, check := range verify.Checks() {
		t.Run(check.Name, func(t *testing.T) {
			t.Parallel()
			statement := broken[check.Name]
			if statement == "" {
				t.Fatal("nothing breaks it")
			}
			pool, err := pgxpool.New(t.Context(), dbtest.OwnerURL(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pool.Close)
			d := dbx.New(pool)
			execute(t, d, world)
			if found, err := verify.Run(t.Context(), d); err != nil || len(found) > 0 {
				t.Fatalf("of a world that is well: %v, %v", found, err)
			}
			execute(t, d, "SET session_replication_role = replica; "+statement)
			found, err := verify.Run(t.Context(), d)
			if err != nil || len(found) != 1 || found[0].Check != check.Name || found[0].Count < 1 || len(found[0].Examples) == 0 {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// execute runs statements together, on one connection.
func execute(t *testing.T, d *dbx.DB, statements string) {
	t.Helper()
	conn, err := d.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Conn().PgConn().Exec(t.Context(), statements).ReadAll(); err != nil {
		t.Fatal(err)
	}
}
