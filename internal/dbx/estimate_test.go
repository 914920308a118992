package dbx_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// crowd is a database with many tasks, as whoever sees all of it lists them.
type crowd struct {
	db         *dbx.DB
	statements *dbtest.Statements
	project    uuid.UUID
}

func setupCrowd(t *testing.T, tasks int) crowd {
	t.Helper()
	url := dbtest.URL(t)
	pool, statements := dbtest.Recorded(t, url)
	c := crowd{db: dbx.New(pool), statements: statements}
	c.project = factory.Project(t, c.db, nil).ID
	c.add(t, tasks)
	return c
}

func (c crowd) add(t *testing.T, tasks int) {
	t.Helper()
	owner := dbtest.Owner(t, c.db)
	_, err := owner.Exec(t.Context(), `INSERT INTO tasks (id, project_id, title, position)
		SELECT gen_random_uuid(), $1, 'Task ' || n, 'a' || n FROM generate_series(1, $2::integer) n`, c.project, tasks)
	expect.OK(t, err)
	_, err = owner.Exec(t.Context(), "ANALYZE tasks")
	expect.OK(t, err)
}

// list returns where the first page stands, and the statements that it took.
func (c crowd) list(t *testing.T, params db.TaskListParams) (page.Info, []dbtest.Statement) {
	t.Helper()
	var info page.Info
	sent := c.statements.During(func() {
		list, err := dbx.NewList(c.db, nil, "t.id", page.First(20))
		expect.OK(t, err)
		params.SeesAll, params.RowLimit = true, list.Limit()
		_, err = db.New(list).TaskList(t.Context(), params)
		expect.OK(t, err)
		info = list.Info()
	})
	return info, sent
}

func TestATotalIsExactAsFarAsPagesHaveNumbers(t *testing.T) {
	t.Parallel()
	c := setupCrowd(t, page.MaxTotal)
	info, sent := c.list(t, db.TaskListParams{})
	if info.Total != page.MaxTotal || info.MoreThanTotal || info.IsEstimate || info.TotalPages != page.MaxTotal/20 || len(sent) != 2 {
		t.Errorf("%+v after %d statements", info, len(sent))
	}
}

// Beyond, the planner is asked once, and what it has said is told for a while
// without counting; other filters are another list.
func TestATotalBeyondIsAnEstimateThatIsKept(t *testing.T) {
	t.Parallel()
	c := setupCrowd(t, 3*page.MaxTotal)
	first, sent := c.list(t, db.TaskListParams{})
	if last := sent[len(sent)-1].SQL; len(sent) != 3 || !strings.HasPrefix(last, "EXPLAIN") {
		t.Errorf("the first page sends %d statements, the last is %s", len(sent), last)
	}
	if !first.IsEstimate || !first.MoreThanTotal || first.Total < 2*page.MaxTotal || first.Total > 4*page.MaxTotal || first.TotalPages != page.MaxTotal/20 {
		t.Errorf("of %d: %+v", 3*page.MaxTotal, first)
	}
	again, sent := c.list(t, db.TaskListParams{})
	if again.Total != first.Total || !again.IsEstimate || len(sent) != 1 {
		t.Errorf("%+v after %d statements", again, len(sent))
	}

	of, sent := c.list(t, db.TaskListParams{ProjectID: &c.project})
	if !of.IsEstimate || len(sent) != 3 {
		t.Errorf("of the project: %+v after %d statements", of, len(sent))
	}
	if _, sent = c.list(t, db.TaskListParams{ProjectID: new(c.project)}); len(sent) != 1 {
		t.Errorf("of the project again: %d statements", len(sent))
	}
	other := factory.Project(t, c.db, nil).ID
	none, sent := c.list(t, db.TaskListParams{ProjectID: &other})
	if none.Total != 0 || none.MoreThanTotal || none.IsEstimate || len(sent) != 2 {
		t.Errorf("of another project: %+v after %d statements", none, len(sent))
	}
}
