package dbx_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

var today = time.Date(2026, time.June, 15, 0, 0, 0, 0, time.UTC)

// studio has a little of everything that lists filter by.
type studio struct {
	db                     *dbx.DB
	client, project, epic  uuid.UUID
	user, manager, outside uuid.UUID
}

func setupStudio(t *testing.T) studio {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	s := studio{
		db: d, client: factory.Client(t, d, &factory.ClientOpts{Name: "Client 1", Status: db.ClientStatusActive}).ID,
		user:    factory.User(t, d, nil).ID,
		manager: factory.User(t, d, &factory.UserOpts{Role: db.RoleManager}).ID,
		outside: factory.User(t, d, nil).ID,
	}
	factory.Client(t, d, &factory.ClientOpts{Name: "Client 2"})
	factory.Client(t, d, &factory.ClientOpts{Name: "Other", Status: db.ClientStatusActive})
	team := map[uuid.UUID]db.ProjectMemberRole{s.user: db.ProjectMemberRoleViewer}
	yesterday := today.AddDate(0, 0, -1)
	s.project = factory.Project(t, d, &factory.ProjectOpts{Name: "Project 1", ClientID: &s.client, ManagerID: &s.manager, Team: team, EndsOn: &yesterday}).ID
	projects := []uuid.UUID{
		s.project,
		factory.Project(t, d, &factory.ProjectOpts{Name: "Project 2", ClientID: &s.client, Priority: db.PriorityHigh, Status: db.ProjectStatusOnHold}).ID,
		factory.Project(t, d, &factory.ProjectOpts{Name: "Other", Team: team, Status: db.ProjectStatusCompleted, EndsOn: &yesterday}).ID,
	}
	s.epic = factory.Task(t, d, &factory.TaskOpts{ProjectID: s.project}).ID
	previous := s.epic
	for i := range 30 {
		opts := &factory.TaskOpts{
			ProjectID: projects[i%5%3], Title: []string{"Write", "Draw", "Test 100%"}[i%3],
			Status:   []db.TaskStatus{"todo", "done", "in_progress", "blocked", "cancelled", "backlog"}[i%6],
			Priority: []db.Priority{"low", "high"}[i%2],
		}
		if i%4 > 0 {
			opts.DueDate = new(today.AddDate(0, 0, i%4*3-6))
		}
		if i%3 > 0 {
			opts.AssigneeID = &s.user
		}
		if opts.ProjectID == s.project && i%2 == 0 {
			opts.ParentID, opts.After = &s.epic, []uuid.UUID{previous}
		}
		made := factory.Task(t, d, opts)
		if made.ProjectID == s.project {
			previous = made.ID
		}
	}
	return s
}

// combinations calls fn with every subset of n filters.
func combinations(n int, fn func(has func(filter int) bool)) {
	for subset := range 1 << n {
		fn(func(filter int) bool { return subset&(1<<filter) != 0 })
	}
}

// given returns the value when it is asked for, and null otherwise.
func given[T any](has bool, value T) *T {
	if has {
		return &value
	}
	return nil
}

func givenList(has bool, values ...string) []string {
	if has {
		return values
	}
	return nil
}

// wantSame fails unless the narrowed statement gives the rows of the statement
// as it is written, on one page, by page number (with and without an id to skip
// by) and by cursor, and counts them.
func wantSame[R any](t *testing.T, what any, d *dbx.DB, id string, list func(q *db.Queries, limit, offset int32) ([]R, error)) int {
	t.Helper()
	want, err := list(db.New(d), 1000, 0)
	expect.OK(t, err)
	cursor := ""
	for _, cut := range []struct {
		request page.Request
		from    int
		id      string
	}{
		{page.First(1000), 0, id},
		{page.Request{Number: new(2), Size: 3}, 3, ""},
		{page.Request{Number: new(2), Size: 3}, 3, id},
		{page.Request{Number: new(3), Size: 7}, 14, id},
		{page.First(4), 0, id},
		{page.First(5), 4, id},
	} {
		if cut.from == 4 {
			if cursor == "" {
				continue
			}
			cut.request.Cursor = cursor
		}
		narrowed, err := dbx.NewList(d, nil, cut.id, cut.request)
		expect.OK(t, err)
		got, err := list(db.New(narrowed), narrowed.Limit(), narrowed.Offset())
		expect.OK(t, err)
		from := min(cut.from, len(want))
		to := min(from+cut.request.Size, len(want))
		if diff := cmp.Diff(want[from:to], slices.Clip(got), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" && len(got)+to-from > 0 {
			t.Fatalf("%+v %+v (-as written +narrowed):\n%s", what, cut.request, diff)
		}
		info := narrowed.Info()
		if cut.request.Cursor == "" && info.Total != int64(len(want)) {
			t.Fatalf("%+v counts %d, want %d", what, info.Total, len(want))
		}
		if info.HasMore != (to < len(want)) {
			t.Fatalf("%+v %+v: HasMore is %v with %d of %d", what, cut.request, info.HasMore, to, len(want))
		}
		cursor = info.NextCursor
	}
	return len(want)
}

func TestNarrowedListsGiveTheRowsOfTheStatementAsWritten(t *testing.T) {
	t.Parallel()
	s := setupStudio(t)

	t.Run("Tasks", func(t *testing.T) {
		t.Parallel()
		empty, tried := 0, 0
		combinations(8, func(has func(int) bool) {
			params := db.TaskListParams{
				SeesAll: has(0), ViewerID: s.user,
				ProjectID: given(has(1), s.project), AssigneeID: given(has(2), s.user),
				Status: givenList(has(3), "todo", "in_progress", "blocked"), Unassigned: given(has(4), false),
				DueTo: given(has(5), today), Blocked: given(has(6), true), Q: given(has(7), "%t%"),
			}
			tried++
			if wantSame(t, params, s.db, "t.id", func(q *db.Queries, limit, offset int32) ([]db.TaskListRow, error) {
				params.RowLimit, params.RowOffset = limit, offset
				return q.TaskList(t.Context(), params)
			}) == 0 {
				empty++
			}
		})
		if empty > tried/2 {
			t.Errorf("%d of %d combinations match nothing and prove little", empty, tried)
		}
	})

	// Who sees few projects is shown the same, by a statement of its own.
	t.Run("TasksOfFewProjects", func(t *testing.T) {
		t.Parallel()
		for _, actor := range []uuid.UUID{s.user, s.outside} {
			combinations(4, func(has func(int) bool) {
				params := db.TaskListParams{
					ViewerID: actor, ProjectID: given(has(0), s.project), Open: given(has(1), true), DueTo: given(has(2), today), Q: given(has(3), "%t%"),
				}
				list := func(q *db.Queries, limit, offset int32) ([]db.TaskListRow, error) {
					params.RowLimit, params.RowOffset = limit, offset
					return q.TaskList(t.Context(), params)
				}
				want, err := list(db.New(s.db), 1000, 0)
				expect.OK(t, err)
				params.SeenBy, params.Q, params.QWithin = &actor, nil, params.Q
				wantSame(t, params, s.db, "t.id", list)
				got, err := list(db.New(s.db), 1000, 0)
				expect.OK(t, err)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%+v (-by what is seen +by few projects):\n%s", params, diff)
				}
			})
		}
	})

	t.Run("TasksByTheOtherFilters", func(t *testing.T) {
		t.Parallel()
		combinations(7, func(has func(int) bool) {
			params := db.TaskListParams{
				SeesAll: has(0), ViewerID: s.user,
				ClientID: given(has(1), s.client), ParentID: given(has(2), s.epic), Priority: givenList(has(3), "low"),
				DueFrom: given(has(4), today.AddDate(0, 0, -3)), NotReady: given(has(5), true), OverdueOn: given(has(6), today),
			}
			wantSame(t, params, s.db, "t.id", func(q *db.Queries, limit, offset int32) ([]db.TaskListRow, error) {
				params.RowLimit, params.RowOffset = limit, offset
				return q.TaskList(t.Context(), params)
			})
		})
	})

	t.Run("Projects", func(t *testing.T) {
		t.Parallel()
		combinations(7, func(has func(int) bool) {
			params := db.ProjectListParams{
				SeesAll: has(0), ViewerID: s.user, Today: today,
				ClientID: given(has(1), s.client), ManagerID: given(has(2), s.manager), MemberID: given(has(3), s.user),
				Status: givenList(has(4), "active", "completed"), Overdue: given(has(5), true), Q: given(has(6), "%project%"),
			}
			wantSame(t, params, s.db, "p.id", func(q *db.Queries, limit, offset int32) ([]db.Project, error) {
				params.RowLimit, params.RowOffset = limit, offset
				return q.ProjectList(t.Context(), params)
			})
		})
	})

	t.Run("Clients", func(t *testing.T) {
		t.Parallel()
		for _, actor := range []uuid.UUID{s.user, s.outside} {
			combinations(3, func(has func(int) bool) {
				params := db.ClientListParams{SeesAll: has(0), ViewerID: actor, Status: givenList(has(1), "active"), Q: given(has(2), "%client%")}
				wantSame(t, params, s.db, "c.id", func(q *db.Queries, limit, offset int32) ([]db.Client, error) {
					params.RowLimit, params.RowOffset = limit, offset
					return q.ClientList(t.Context(), params)
				})
			})
		}
	})
}

func TestListRunsListsAlone(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t)
	d := dbx.New(pool)
	list, err := dbx.NewList(d, nil, "", page.First(20))
	expect.OK(t, err)
	ctx := t.Context()

	if _, err := list.Exec(ctx, "SELECT 1"); err == nil {
		t.Error("Exec is taken")
	}
	var one int
	if err := list.QueryRow(ctx, "SELECT 1").Scan(&one); err == nil {
		t.Error("QueryRow is taken")
	}
	for name, sql := range map[string]string{
		"NoOrder":          "SELECT id FROM clients\nLIMIT 1",
		"SyntaxError":      "SELEKT id FROM clients\nORDER BY id\nLIMIT 1",
		"UnknownOrder":     "SELECT id FROM clients\nORDER BY nothing\nLIMIT 1",
		"FailsOnExecution": "SELECT id FROM clients\nORDER BY id\nLIMIT -1",
	} {
		rows, err := list.Query(ctx, sql)
		if err == nil {
			for rows.Next() {
				t.Errorf("%s gives rows", name)
			}
			rows.Close()
			err = rows.Err()
		}
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if used := pool.Stat().AcquiredConns(); used != 0 {
		t.Errorf("%d connections are not given back", used)
	}
}

func TestNarrowedSearchesGiveTheRowsOfTheStatementAsWritten(t *testing.T) {
	t.Parallel()
	s := setupStudio(t)
	for _, actor := range []uuid.UUID{s.user, s.outside} {
		combinations(4, func(has func(int) bool) {
			params := db.TaskSearchParams{Query: "draw", Key: "draw", SeesAll: has(0), ViewerID: actor, ProjectID: given(has(1), s.project), Most: 500, RowLimit: 50}
			if has(2) {
				params.Walked = 100
			}
			params.Reads = has(3) && !has(2)
			want, err := db.New(s.db).TaskSearch(t.Context(), params)
			expect.OK(t, err)
			got, err := db.New(dbx.NewNarrowed(s.db)).TaskSearch(t.Context(), params)
			expect.OK(t, err)
			if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 && (actor == s.user || has(0)) {
				t.Errorf("%+v finds %d (-as written +narrowed):\n%s", params, len(got), diff)
			}
			count, err := db.New(dbx.NewNarrowed(s.db)).TaskSearchCount(t.Context(), db.TaskSearchCountParams{
				Query: "draw", SeesAll: has(0), ViewerID: actor, ProjectID: params.ProjectID, Most: 500,
			})
			if err != nil || count != int64(len(want)) {
				t.Errorf("%+v counts %d, %v, want %d", params, count, err, len(want))
			}
		})
	}
	narrowed := dbx.NewNarrowed(s.db)
	if _, err := narrowed.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("Exec is taken")
	}
	if rows, err := narrowed.Query(t.Context(), "SELEKT"); err == nil {
		for rows.Next() {
			t.Error("nonsense gives a row")
		}
		if rows.Close(); rows.Err() == nil {
			t.Error("nonsense is taken")
		}
	}
	var one int
	if err := narrowed.QueryRow(t.Context(), "SELEKT").Scan(&one); err == nil {
		t.Error("nonsense is taken for a row")
	}
}

// A list that is not read to its end gives its connection back all the same.
func TestRowsGiveTheirConnectionBackOnce(t *testing.T) {
	t.Parallel()
	pool := poolOf(t, dbtest.URL(t), 1)
	d := dbx.New(pool)
	for range 3 {
		factory.Client(t, d, nil)
	}
	const sql = "SELECT id FROM clients\nORDER BY id\nLIMIT 10"
	list, err := dbx.NewList(d, nil, "", page.First(2))
	expect.OK(t, err)
	for name, way := range map[string]db.DBTX{"List": list, "DB": d} {
		rows, err := way.Query(t.Context(), sql)
		expect.OK(t, err)
		if !rows.Next() {
			t.Errorf("%s gives no row", name)
		}
		rows.Close()
		rows.Close()
		if used := pool.Stat().AcquiredConns(); used != 0 {
			t.Errorf("%s keeps %d connections", name, used)
		}
		expect.OK(t, d.Ping(t.Context()))
	}
}

// What a list takes for granted when it leaves its plan to PostgreSQL: there is
// an index of each column that confines it, and none of what is looked at row by row.
func TestIndexesAreThoseThatPlansCountOn(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t)
	rows, err := pool.Query(t.Context(), `
		SELECT c.table_name || '.' || c.column_name, c.column_name IN ('status', 'priority'),
		    EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
		        WHERE i.indrelid = c.table_name::regclass AND a.attname = c.column_name),
		    EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		        WHERE i.indrelid = c.table_name::regclass AND a.attname = c.column_name)
		FROM information_schema.columns c
		WHERE c.table_schema = current_schema() AND c.table_name IN ('tasks', 'comments', 'time_entries')
		    AND c.column_name IN ('status', 'priority', 'project_id', 'task_id', 'assignee_id', 'parent_id')`)
	expect.OK(t, err)
	seen := 0
	var column string
	var byRow, held, leads bool
	_, err = pgx.ForEachRow(rows, []any{&column, &byRow, &held, &leads}, func() error {
		seen++
		if byRow && held {
			t.Errorf("an index holds %s: its lists are to be planned for their values again", column)
		}
		if !byRow && !leads {
			t.Errorf("no index begins with %s, which lists count on", column)
		}
		return nil
	})
	expect.OK(t, err)
	if seen < 8 {
		t.Errorf("only %d columns were looked at", seen)
	}
}
