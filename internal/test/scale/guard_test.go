package scale_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/scale"
)

// guard is what the plans of a hot statement are to look like, both the one for
// its values and the one for any. The statement is taken from a request, so that
// it is the one that the service sends.
type guard struct {
	path, as string
	// statement is the name that the statement has in its source.
	statement string
	// has stands in its plans, sorted tells that it may sort.
	has    []string
	sorted bool
	// whole is a table that it may read whole, small beside what it is joined with.
	whole string
	// drop makes the plan impossible, which the guard has to notice.
	drop string
}

// guards are of the statements that most of the work is.
func guards(t *testing.T, w *world) []guard {
	t.Helper()
	task, project := id(tasks, 9003).String(), id(projects, 3).String()
	open := "/api/v1/tasks?project_id=" + project + "&sort=position"
	return []guard{
		{
			path: "/api/v1/tasks/" + task + "?include=project,assignee", as: "admin", statement: "TaskGetRelated",
			has:  []string{"using tasks_pkey on tasks t", "using projects_pkey on projects p", "using users_pkey on users u", "Index Only Scan using task_dependencies_pkey"},
			drop: "ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE",
		},
		{
			path: "/api/v1/tasks/" + task, as: "admin", statement: "TaskGet",
			has:  []string{"using tasks_pkey on tasks t", "Index Only Scan using task_dependencies_pkey"},
			drop: "ALTER TABLE task_dependencies DROP CONSTRAINT task_dependencies_pkey",
		},
		{
			path: "/api/v1/tasks?page_size=50", as: "admin", statement: "TaskList",
			has: []string{"Index Scan Backward using tasks_created_at_idx on tasks t"}, drop: "DROP INDEX tasks_created_at_idx",
		},
		{
			path: "/api/v1/tasks?page_size=50&cursor=" + w.cursorAt(t, "-created_at", w.tasks*9/10) + "&sort=-created_at", as: "admin", statement: "TaskList",
			has: []string{"Index Scan Backward using tasks_created_at_idx on tasks t", "Index Cond: (ROW(created_at, id) <"}, drop: "DROP INDEX tasks_created_at_idx",
		},
		{
			path: "/api/v1/tasks?page_size=50&project_id=" + project, as: "user", statement: "TaskList",
			has: []string{"Index Scan Backward using tasks_project_id_idx on tasks t"}, drop: "DROP INDEX tasks_project_id_idx",
		},
		{
			path: open, as: "user", statement: "TaskList",
			has: []string{"Index Scan using tasks_position_idx on tasks t"}, drop: "DROP INDEX tasks_position_idx",
		},
		{
			path: "/api/v1/tasks?overdue=true&sort=due_date", as: "admin", statement: "TaskList",
			has: []string{"Index Scan using tasks_open_due_date_idx on tasks t"}, drop: "DROP INDEX tasks_open_due_date_idx",
		},
		{
			path: "/api/v1/tasks?status=in_review&priority=urgent&sort=due_date", as: "admin", statement: "TaskList",
			has: []string{"Index Scan using tasks_open_urgent_idx on tasks t"}, drop: "DROP INDEX tasks_open_urgent_idx",
		},
		{
			path: "/api/v1/tasks?status=backlog&priority=high&sort=due_date", as: "admin", statement: "TaskList",
			has: []string{"Index Scan using tasks_open_high_idx on tasks t"}, drop: "DROP INDEX tasks_open_high_idx",
		},
		{
			path: "/api/v1/tasks?sort=-due_date", as: "admin", statement: "TaskList",
			has: []string{"Index Scan Backward using tasks_due_date_descending_idx on tasks t"}, drop: "DROP INDEX tasks_due_date_descending_idx",
		},
		{
			// Of two words the rare one leads to what the other is looked for in.
			path: "/api/v1/tasks/search?q=northfield%20homepage", as: "admin", statement: "TaskSearch", sorted: true,
			has:  []string{"Bitmap Index Scan on tasks_search_idx", "@@ '''northfield'''::tsquery", "using task_texts_pkey on task_texts x", "using tasks_pkey on tasks t"},
			drop: "DROP INDEX tasks_search_idx",
		},
		{
			path: "/api/v1/tasks/search?q=homepage", as: "admin", statement: "TaskSearch", sorted: true,
			has:  []string{"Index Scan Backward using task_texts_pkey on task_texts n", "using tasks_pkey on tasks t"},
			drop: "ALTER TABLE task_texts DROP CONSTRAINT task_texts_pkey",
		},
		{
			path: "/api/v1/tasks/search?q=homepage&project_id=" + project, as: "user", statement: "TaskSearch", sorted: true,
			has:  []string{"using tasks_project_id_idx on tasks t", "using task_texts_pkey on task_texts x"},
			drop: "ALTER TABLE task_texts DROP CONSTRAINT task_texts_pkey",
		},
		{
			path: "/api/v1/tasks/search?q=homepage", as: "user", statement: "TaskSearch", sorted: true,
			has:  []string{"using tasks_project_id_idx on tasks t", "using task_texts_pkey on task_texts x"},
			drop: "ALTER TABLE task_texts DROP CONSTRAINT task_texts_pkey",
		},
		{
			path: "/api/v1/projects/" + project + "/statistics", as: "user", statement: "StatisticsProject",
			has:  []string{"time_entries_project_id_idx", "Index Only Scan using task_dependencies_pkey", "Index Only Scan using project_members_pkey"},
			drop: "DROP INDEX time_entries_project_id_idx",
		},
		{
			path: "/api/v1/statistics/overview", as: "user", statement: "StatisticsOverviewDue", sorted: true, whole: "projects",
			has: []string{"using tasks_open_project_id_idx on tasks t"}, drop: "DROP INDEX tasks_open_project_id_idx",
		},
		{
			path: "/api/v1/statistics/overview", as: "admin", statement: "StatisticsOverviewCompletedForAll", sorted: true,
			has: []string{"Index Only Scan using tasks_completed_idx"}, drop: "DROP INDEX tasks_completed_idx",
		},
	}
}

// holds returns what is wrong with the plan.
func (g *guard) holds(plan string) []string {
	var wrong []string
	for _, part := range g.has {
		if !strings.Contains(plan, part) {
			wrong = append(wrong, "has no "+part)
		}
	}
	if g.whole != "" {
		plan = strings.ReplaceAll(plan, "Seq Scan on "+g.whole+" ", "")
	}
	if strings.Contains(plan, "Seq Scan") {
		wrong = append(wrong, "reads a whole table")
	}
	if !g.sorted && strings.Contains(plan, "Sort Key") {
		wrong = append(wrong, "sorts")
	}
	return wrong
}

// statementOf is the guarded statement as the request sends it, and whether it is
// planned for its values.
func (w *world) statementOf(t *testing.T, g guard) (dbtest.Statement, bool) {
	t.Helper()
	sent := w.during(t, g.path, g.as)
	at := slices.IndexFunc(sent, func(s dbtest.Statement) bool { return strings.HasPrefix(s.SQL, "-- name: "+g.statement+" ") })
	if at < 0 {
		t.Fatalf("%s sends no %s: %v", g.path, g.statement, sent)
	}
	return sent[at], slices.ContainsFunc(sent[:at], func(s dbtest.Statement) bool { return strings.HasPrefix(s.SQL, scale.PlanForValues) })
}

var errUndone = errors.New("undone")

// holdPlans holds each guard against its statement, and against a database
// without what the plan needs.
func (w *world) holdPlans(t *testing.T, owner string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), owner)
	expect.OK(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	for _, g := range guards(t, w) {
		s, forValues := w.statementOf(t, g)
		for _, plan := range scale.PlansOn(t, conn, s, forValues) {
			if wrong := g.holds(plan); wrong != nil {
				t.Errorf("%s as %s: the plan of %s %s:\n%s", g.path, g.as, g.statement, strings.Join(wrong, ", "), plan)
			}
		}
		err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), g.drop); err != nil {
				return err
			}
			for _, plan := range scale.PlansOn(t, conn, s, forValues) {
				if g.holds(plan) == nil {
					t.Errorf("%s as %s: after %q the plan of %s still passes:\n%s", g.path, g.as, g.drop, g.statement, plan)
				}
			}
			return errUndone
		})
		if !errors.Is(err, errUndone) {
			t.Fatalf("%s: %v", g.drop, err)
		}
	}
}
