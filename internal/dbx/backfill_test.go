package dbx_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// migrateDownTo takes migrations back to the one of that number, this one too.
func migrateDownTo(t *testing.T, d *dbx.DB, version int64) {
	t.Helper()
	for {
		down, err := dbx.MigrateDown(t.Context(), d)
		expect.OK(t, err)
		if down.Version == version {
			return
		}
	}
}

// Tasks that were there before progress was get what they would have by now:
// of the epic's subtasks the part weighs the 135 minutes of its own and the
// other 65, so that it is at (135×77 + 65×0) / 200; of the part's, the one
// without an estimate weighs the average of 45, so that it is at
// (60×100 + 30×0 + 45×100) / 135, the cancelled one left out.
func TestMigrationGivesExistingTasksTheirProgress(t *testing.T) {
	t.Parallel()
	d := dbtest.Owner(t, dbx.New(dbtest.Pool(t)))
	migrateDownTo(t, d, 8)
	_, err := d.Exec(t.Context(), `
		WITH project AS (INSERT INTO projects (id, name) VALUES (gen_random_uuid(), 'Old') RETURNING id),
		ids AS (SELECT gen_random_uuid() AS epic, gen_random_uuid() AS part)
		INSERT INTO tasks (id, project_id, parent_id, title, status, estimate_minutes, completed_at)
		SELECT coalesce(v.id, gen_random_uuid()), project.id, v.parent_id, v.title, v.status::task_status, v.estimate, CASE WHEN v.status = 'done' THEN now() END
		FROM project, ids, LATERAL (VALUES
			(ids.epic, NULL::uuid, 'epic', 'in_progress', 1000), (ids.part, ids.epic, 'part', 'in_progress', NULL), (NULL, ids.epic, 'other', 'todo', 65),
			(NULL, ids.part, 'done', 'done', 60), (NULL, ids.part, 'open', 'todo', 30), (NULL, ids.part, 'done without', 'done', NULL),
			(NULL, ids.part, 'cancelled', 'cancelled', 500), (NULL, NULL, 'alone', 'todo', NULL)) AS v (id, parent_id, title, status, estimate)`)
	expect.OK(t, err)
	expect.OK(t, dbx.Migrate(t.Context(), d))

	got := map[string]int{}
	rows, err := d.Query(t.Context(), "SELECT title, progress FROM tasks")
	expect.OK(t, err)
	for rows.Next() {
		var (
			title   string
			percent int
		)
		expect.OK(t, rows.Scan(&title, &percent))
		got[title] = percent
	}
	expect.OK(t, rows.Err())
	rows.Close()
	want := map[string]int{"epic": 51, "part": 77, "other": 0, "done": 100, "open": 0, "done without": 100, "cancelled": 0, "alone": 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// oldTasks makes more tasks than the migration takes at a time, on a schema that
// keeps no words of them.
const oldTasks = `
	WITH project AS (INSERT INTO projects (id, name) VALUES (gen_random_uuid(), 'Old') RETURNING id)
	INSERT INTO tasks (id, project_id, title, description)
	SELECT gen_random_uuid(), project.id, 'Old task ' || i, CASE WHEN i % 3 > 0 THEN 'Ask ana@acme.example, part ' || i % 7 END
	FROM project, generate_series(1, 2500) i`

// wrongTexts are tasks whose words are not kept as they are.
const wrongTexts = `SELECT count(*) FROM tasks t FULL JOIN task_texts x ON x.task_id = t.id
	WHERE x.search IS DISTINCT FROM tasks_search(t.title, t.description)`

// Of tasks that were there before their words were kept, these are as well.
func TestMigrationKeepsTheWordsOfExistingTasks(t *testing.T) {
	t.Parallel()
	d := dbtest.Owner(t, dbx.New(dbtest.Pool(t)))
	migrateDownTo(t, d, 28)
	_, err := d.Exec(t.Context(), oldTasks)
	expect.OK(t, err)
	expect.OK(t, dbx.Migrate(t.Context(), d))
	if wrong := expect.Count(t, d, wrongTexts); wrong != 0 {
		t.Errorf("the words of %d tasks are not kept", wrong)
	}
	if kept := expect.Count(t, d, "SELECT count(*) FROM task_texts"); kept != 2500 {
		t.Errorf("there are words of %d tasks, want 2500", kept)
	}
}

// What a migration has left that was broken off is in nobody's way: it is begun
// again, and what is there by then stays.
func TestMigrationOfWordsIsRepeated(t *testing.T) {
	t.Parallel()
	d := dbtest.Owner(t, dbx.New(dbtest.Pool(t)))
	_, err := d.Exec(t.Context(), oldTasks)
	expect.OK(t, err)
	// All was done but to write it down, and to go through the tasks to the end.
	_, err = d.Exec(t.Context(), "DELETE FROM task_texts x WHERE x.task_id > (SELECT y.task_id FROM task_texts y ORDER BY y.task_id OFFSET 1200 LIMIT 1)")
	expect.OK(t, err)
	_, err = d.Exec(t.Context(), "DELETE FROM goose_db_version WHERE version_id >= 28")
	expect.OK(t, err)
	expect.OK(t, dbx.Migrate(t.Context(), d))
	if wrong := expect.Count(t, d, wrongTexts); wrong != 0 {
		t.Errorf("the words of %d tasks are not kept", wrong)
	}
}

// A process of the release before goes on writing tasks while the schema is
// changed, and until its role is granted what is new.
func TestTasksAreWrittenBeforeTheirWordsAreGranted(t *testing.T) {
	t.Parallel()
	application := dbx.New(dbtest.Pool(t))
	owner := dbtest.Owner(t, application)
	migrateDownTo(t, owner, 28)
	expect.OK(t, dbx.Migrate(t.Context(), owner))
	_, err := application.Exec(t.Context(), oldTasks)
	expect.OK(t, err)
	_, err = application.Exec(t.Context(), "UPDATE tasks SET title = 'New ' || title")
	expect.OK(t, err)
	if wrong := expect.Count(t, owner, wrongTexts); wrong != 0 {
		t.Errorf("the words of %d tasks are not kept", wrong)
	}
}
