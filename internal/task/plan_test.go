package task_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// statement is one that was sent in a batch, as it was sent.
type statement struct {
	sql  string
	args []any
}

// recorder notes the statements of batches, which is how lists are sent.
type recorder struct{ sent []statement }

func (r *recorder) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (r *recorder) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	r.sent = append(r.sent, statement{data.SQL, data.Args})
}

func (r *recorder) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (r *recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// office is a database with 20,000 tasks in 200 projects, 100 in each, given
// to 100 users; each user is on the teams of four projects.
type office struct {
	pool     *pgxpool.Pool
	tasks    *task.Service
	recorder *recorder
	user     access.Actor
	project  uuid.UUID
}

const fillOffice = `
	INSERT INTO users (id, email, name)
	SELECT uuidof('user', n), 'person' || n || '@agency.example', 'Person ' || n FROM generate_series(0, 99) n;
	INSERT INTO projects (id, name, status)
	SELECT uuidof('project', n), 'Project ' || n, 'active' FROM generate_series(0, 199) n;
	INSERT INTO project_members (project_id, user_id)
	SELECT uuidof('project', n % 200), uuidof('user', n % 100 + n / 200) FROM generate_series(0, 399) n WHERE n % 100 + n / 200 < 100;
	INSERT INTO tasks (id, project_id, title, status, priority, assignee_id, due_date, completed_at, created_at)
	SELECT uuidof('task', n), uuidof('project', n % 200), 'Task ' || n, s.status, 'medium', uuidof('user', n / 7 % 100),
		date '2026-06-15' + n % 97 - 30, CASE WHEN s.status = 'done' THEN now() END, timestamptz '2026-06-01' + n * interval '1 minute'
	FROM generate_series(0, 19999) n
	CROSS JOIN LATERAL (SELECT (ARRAY['done', 'done', 'todo', 'in_progress']::task_status[])[n % 4 + 1] AS status) s;
	INSERT INTO task_dependencies (project_id, task_id, prerequisite_id)
	SELECT uuidof('project', n % 200), uuidof('task', n), uuidof('task', n - 200) FROM generate_series(200, 19999, 3) n;
	ANALYZE;`

func setupOffice(t *testing.T) *office {
	t.Helper()
	o := &office{recorder: &recorder{}}
	config, err := pgxpool.ParseConfig(dbtest.URL(t))
	expect.OK(t, err)
	config.ConnConfig.Tracer = o.recorder
	o.pool, err = pgxpool.NewWithConfig(t.Context(), config)
	expect.OK(t, err)
	t.Cleanup(o.pool.Close)
	o.tasks = task.New(dbx.New(o.pool), nil)
	for _, sql := range []string{
		"CREATE FUNCTION uuidof(kind text, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$", fillOffice,
	} {
		_, err := o.pool.Exec(t.Context(), sql)
		expect.OK(t, err)
	}
	o.user.Role = access.RoleUser
	expect.OK(t, o.pool.QueryRow(t.Context(), "SELECT uuidof('user', 7), uuidof('project', 7)").Scan(&o.user.ID, &o.project))
	return o
}

// plans returns how PostgreSQL would run the statement: for these arguments,
// and as the one plan for all that a prepared statement ends up with.
func (o *office) plans(t *testing.T, s statement) []string {
	t.Helper()
	conn, err := o.pool.Acquire(t.Context())
	expect.OK(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), "SET plan_cache_mode = force_generic_plan")
	expect.OK(t, err)
	_, err = conn.Exec(t.Context(), "PREPARE generic AS "+s.sql)
	expect.OK(t, err)
	execute := "EXPLAIN EXECUTE generic"
	if len(s.args) > 0 {
		execute += "(" + strings.Join(slices.Repeat([]string{"NULL"}, len(s.args)), ", ") + ")"
	}
	plans := []string{explain(t, conn, execute), explain(t, conn, "EXPLAIN "+s.sql, s.args...)}
	_, err = conn.Exec(t.Context(), "DEALLOCATE generic; RESET plan_cache_mode")
	expect.OK(t, err)
	return plans
}

func explain(t *testing.T, conn *pgxpool.Conn, sql string, args ...any) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, append([]any{pgx.QueryExecModeExec}, args...)...)
	expect.OK(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	expect.OK(t, err)
	return strings.Join(lines, "\n")
}

// A page is read without looking at every task there is: neither for its rows
// nor for what is derived from their neighbours. Only counting all matches of
// a list that nothing narrows has to.
func TestHotListsUseAnIndex(t *testing.T) {
	t.Parallel()
	o := setupOffice(t)
	admin := access.Actor{ID: uuid.New(), Role: access.RoleAdmin}
	byProject, byAssignee := task.Filter{ProjectIDs: []uuid.UUID{o.project}}, task.Filter{AssigneeIDs: []uuid.UUID{o.user.ID}}

	for name, test := range map[string]struct {
		actor  access.Actor
		filter task.Filter
		sort   string
		// counted tells whether the count is to use an index too.
		counted bool
	}{
		"OfAProject":                 {admin, byProject, "", true},
		"OfAProjectForItsTeam":       {o.user, byProject, "", true},
		"OfAnAssignee":               {admin, byAssignee, "", true},
		"OfAnAssigneeForTheAssignee": {o.user, byAssignee, "", true},
		"NewestFirst":                {admin, task.Filter{}, "", false},
		"NewestFirstByTheParameter":  {admin, task.Filter{}, "-created_at", false},
		"OldestFirst":                {admin, task.Filter{}, "created_at", false},
		"NewestFirstForAUser":        {o.user, task.Filter{}, "", false},
		"FirstDueFirst":              {admin, task.Filter{}, "due_date", false},
		"Overdue":                    {admin, task.Filter{Overdue: new(true)}, "due_date", false},
	} {
		t.Run(name, func(t *testing.T) { // one after another: they share the recorder
			o.recorder.sent = nil
			_, _, err := o.tasks.List(t.Context(), test.actor, test.filter, page.Request{Size: 20, Sort: test.sort})
			expect.OK(t, err)
			if len(o.recorder.sent) != 2 {
				t.Fatalf("%d statements were sent, want the count and the page", len(o.recorder.sent))
			}
			for i, what := range []string{"count", "page"} {
				for _, plan := range o.plans(t, o.recorder.sent[i]) {
					if (test.counted || what == "page") && strings.Contains(plan, "Seq Scan on tasks") {
						t.Errorf("the %s reads every task:\n%s", what, plan)
					}
				}
			}
		})
	}
}
