package dbx_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// Tasks that were there before progress was get what they would have by now:
// of the epic's subtasks the part weighs the 135 minutes of its own and the
// other 65, so that it is at (135×77 + 65×0) / 200; of the part's, the one
// without an estimate weighs the average of 45, so that it is at
// (60×100 + 30×0 + 45×100) / 135, the cancelled one left out.
func TestMigrationGivesExistingTasksTheirProgress(t *testing.T) {
	t.Parallel()
	d := dbtest.Owner(t, dbx.New(dbtest.Pool(t)))
	for {
		down, err := dbx.MigrateDown(t.Context(), d)
		expect.OK(t, err)
		if down.Version == 8 {
			break
		}
	}
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
