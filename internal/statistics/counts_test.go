package statistics_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// recounted is what the overview is to say, counted task by task.
func (a agency) recounted(t *testing.T) db.StatisticsOverviewTasksRow {
	t.Helper()
	var projects []uuid.UUID
	expect.OK(t, a.db.QueryRow(t.Context(), "SELECT array_agg(id) FROM projects").Scan(&projects))
	return must[db.StatisticsOverviewTasksRow](t)(db.New(a.db).StatisticsOverviewTasks(t.Context(), projects))
}

// due is what the overview is to say of what is due, counted task by task.
func (a agency) due(t *testing.T) []db.StatisticsOverviewDueRow {
	t.Helper()
	var projects []uuid.UUID
	expect.OK(t, a.db.QueryRow(t.Context(), "SELECT array_agg(id) FROM projects").Scan(&projects))
	rows := must[[]db.StatisticsOverviewDueRow](t)(db.New(a.db).StatisticsOverviewDue(t.Context(), db.StatisticsOverviewDueParams{
		ProjectIds: projects, Today: *on(17), WeekEndsOn: *on(21), RowLimit: 10,
	}))
	return slices.DeleteFunc(rows, func(r db.StatisticsOverviewDueRow) bool { return r.Overdue == 0 })
}

// After each way of writing that there is, the figures that are kept and those
// of the projects that have changed since make up those of a count; whether
// or not they were kept in between.
func TestKeptFiguresAreThoseOfACount(t *testing.T) {
	t.Parallel()
	a := setup(t)
	other := a.newProject(t, projectOpts{})
	first := a.newTask(t, task{})
	waiting := a.newTask(t, task{after: []uuid.UUID{first}})
	for _, step := range []struct {
		what, sql string
		args      []any
	}{
		{"AStatus", "UPDATE tasks SET status = 'done', completed_at = now() WHERE id = $1", []any{first}},
		{"AStatusAndBack", "UPDATE tasks SET status = 'in_review', completed_at = NULL WHERE id = $1", []any{first}},
		{"AnotherColumn", "UPDATE tasks SET title = 'Other', progress = 7 WHERE id = $1", []any{waiting}},
		{"ADeletion", "UPDATE tasks SET deleted_at = now(), deletion_id = id WHERE project_id = $1", []any{a.project}},
		{"ARestoration", "UPDATE tasks SET deleted_at = NULL, deletion_id = NULL WHERE project_id = $1", []any{a.project}},
		{
			"ManyAtOnceInTwoProjects", `INSERT INTO tasks (id, project_id, title, status) SELECT md5(n::text)::uuid, p.id, 'Task', 'backlog'
			FROM projects p, generate_series(1, 20) n WHERE (n % 2 = 0) = (p.id = $1)`, []any{other},
		},
		{"ADependency", "INSERT INTO task_dependencies (project_id, task_id, prerequisite_id) VALUES ($1, md5('2')::uuid, md5('4')::uuid)", []any{other}},
		{"ManyStatuses", "UPDATE tasks SET status = 'todo'", nil},
		{"DueDates", "UPDATE tasks SET due_date = date '2026-06-12' + (position('a' in id::text))::integer % 12", nil},
		{"ADueDate", "UPDATE tasks SET due_date = '2026-06-16' WHERE id = md5('2')::uuid", nil},
		{"NoDueDate", "UPDATE tasks SET due_date = NULL WHERE id = md5('4')::uuid", nil},
		{"DueThisWeek", "UPDATE tasks SET due_date = '2026-06-21' WHERE id = md5('6')::uuid", nil},
		{"DoneThoughOverdue", "UPDATE tasks SET status = 'done', completed_at = now() WHERE id = md5('2')::uuid", nil},
		{"ADependencyLess", "DELETE FROM task_dependencies WHERE project_id = $1", []any{other}},
		{"AnotherProject", "UPDATE tasks SET project_id = $2 WHERE id = md5('2')::uuid AND project_id = $1", []any{other, a.project}},
		{"ATaskGoneForGood", "DELETE FROM tasks WHERE id = $1", []any{waiting}},
		{"NoTasksLeft", "DELETE FROM tasks WHERE project_id = $1", []any{other}},
	} {
		kept := a.overview(t)(a.mona).Tasks
		a.exec(t, step.sql, step.args...)
		due := a.due(t)
		want := a.recounted(t)
		// With the figures as they were kept before the step, which is what a
		// reader sees whom a writer keeps from counting.
		q := db.New(a.db)
		counted := must[db.StatisticsOverviewTasksCountedRow](t)(q.StatisticsOverviewTasksCounted(t.Context(),
			db.StatisticsOverviewTasksCountedParams{Yesterday: *on(16), WeekEndsOn: *on(21)}))
		uncounted := must[[]uuid.UUID](t)(q.StatisticsOverviewUncounted(t.Context()))
		if changed := want != kept; changed && len(uncounted) == 0 {
			t.Errorf("%s: no project is to be counted again", step.what)
		}
		if step.what == "AnotherColumn" && len(uncounted) > 0 {
			t.Errorf("%s: %d projects are to be counted again", step.what, len(uncounted))
		}
		rest := must[db.StatisticsOverviewTasksRow](t)(q.StatisticsOverviewTasks(t.Context(), uncounted))
		equal(t, step.what+", total before it is kept", want.Backlog+want.Todo+want.Done, counted.Backlog+counted.Todo+counted.Done+rest.Backlog+rest.Todo+rest.Done)
		for _, when := range []string{"as it is kept", "once it is kept"} {
			got := a.overview(t)(a.mona)
			equal(t, step.what+" "+when, want, got.Tasks)
			equal(t, step.what+", what is due "+when, due, got.OverdueProjects)
			if len(due) > 0 {
				equal(t, step.what+", how much is due "+when, [2]int64{due[0].TotalOverdue, due[0].TotalDueThisWeek}, [2]int64{got.Overdue, got.DueThisWeek})
			}
		}
		if left := expect.Count(t, a.db, "SELECT count(*) FROM projects_to_count"); left != 0 {
			t.Errorf("%s: %d projects are left to be counted", step.what, left)
		}
	}
}

// Writers and readers that count at the same time lose nothing: a note that
// was taken while a project was being written to stays.
func TestFiguresStayExactUnderWritersAndReaders(t *testing.T) {
	t.Parallel()
	a := setup(t)
	var tasks []uuid.UUID
	for range 8 {
		tasks = append(tasks, a.newTask(t, task{}))
	}
	var fns []func() error
	for _, id := range tasks {
		fns = append(fns, func() error {
			for range 20 {
				if _, err := a.db.Exec(t.Context(), "UPDATE tasks SET status = CASE status WHEN 'todo' THEN 'in_progress' ELSE 'todo' END::task_status WHERE id = $1", id); err != nil {
					return err
				}
			}
			_, err := a.db.Exec(t.Context(), "UPDATE tasks SET status = 'in_review' WHERE id = $1", id)
			return err
		})
	}
	for range 4 {
		fns = append(fns, func() error {
			for range 20 {
				counted := a.overview(t)(a.mona).Tasks
				if total := counted.Todo + counted.InProgress + counted.InReview; total != int64(len(tasks)) {
					t.Errorf("%d tasks are counted, want %d", total, len(tasks))
				}
			}
			return nil
		})
	}
	for _, err := range expect.Together(fns...) {
		expect.OK(t, err)
	}
	equal(t, "once all have written", db.StatisticsOverviewTasksRow{InReview: int64(len(tasks))}, a.overview(t)(a.mona).Tasks)
}

// What is due in a project that somebody is writing to, whose figures cannot be
// kept, is counted beside what is kept of others, and stands where it belongs.
func TestWhatIsDueIsExactWhileSomebodyWrites(t *testing.T) {
	t.Parallel()
	a := setup(t)
	most := a.newProject(t, projectOpts{name: "Most"})
	for n := range 3 {
		a.newTask(t, task{project: most, due: on(n + 1)})
	}
	a.newTask(t, task{due: on(16)})
	a.newTask(t, task{due: on(20)})
	for range 12 {
		a.newTask(t, task{project: a.newProject(t, projectOpts{}), due: on(15)})
	}
	a.overview(t)(a.mona)

	a.newTask(t, task{project: most, due: on(4)})
	writer, err := a.db.Pool().Begin(t.Context())
	expect.OK(t, err)
	defer func() { _ = writer.Rollback(t.Context()) }()
	_, err = writer.Exec(t.Context(), "SELECT FROM projects WHERE id = $1 FOR SHARE", most)
	expect.OK(t, err)
	got := a.overview(t)(a.mona)
	if left := expect.Count(t, a.db, "SELECT count(*) FROM projects_to_count"); left != 1 {
		t.Errorf("%d projects are left to be counted, want the one that is held", left)
	}
	equal(t, "what is due", a.due(t), got.OverdueProjects)
	equal(t, "how much is due", [2]int64{17, 1}, [2]int64{got.Overdue, got.DueThisWeek})
}
