package dbx_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

const (
	// fewBlocked are the tasks of a crowd that are blocked, more than a page holds
	// and less than are counted.
	fewBlocked = 300
	// anyCost is below what anything costs.
	anyCost = -1
)

// The tasks of a crowd are to be done unless they are blocked.
var (
	blocked = db.TaskListParams{SeesAll: true, Status: []string{"blocked"}}
	todo    = db.TaskListParams{SeesAll: true, Status: []string{"todo"}}
	none    = db.TaskListParams{SeesAll: true, Status: []string{"backlog"}}
)

// setupBoard is a crowd in which a few tasks are blocked, and where every count
// of tasks of a status is taken for dear.
func setupBoard(t *testing.T, tasks int) crowd {
	t.Helper()
	c := setupCrowd(t, tasks)
	c.block(t, fewBlocked)
	_, err := dbtest.Owner(t, c.db).Exec(t.Context(), "ANALYZE tasks")
	expect.OK(t, err)
	c.db.CallDear(anyCost)
	return c
}

// block blocks some more tasks, of which PostgreSQL's statistics do not know.
func (c crowd) block(t *testing.T, tasks int) {
	t.Helper()
	_, err := dbtest.Owner(t, c.db).Exec(t.Context(), `UPDATE tasks SET status = 'blocked', status_reason = 'Waits'
		WHERE id IN (SELECT id FROM tasks WHERE status = 'todo' LIMIT $1)`, tasks)
	expect.OK(t, err)
}

// pageOf reads a page, and returns where it stands and what was sent for it but
// for settings.
func (c crowd) pageOf(t *testing.T, params db.TaskListParams, number int) (page.Info, []string) {
	t.Helper()
	var info page.Info
	var sent []string
	for _, s := range c.statements.During(func() { info = pageOf(t, c.db, params, number) }) {
		if strings.HasPrefix(s.SQL, "SELECT set_config") {
			continue
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(s.SQL, "-- name: "), " ")
		if strings.HasPrefix(s.SQL, "SELECT count(*)") {
			first = "count"
		}
		sent = append(sent, first)
	}
	return info, sent
}

func pageOf(t *testing.T, d *dbx.DB, params db.TaskListParams, number int) page.Info {
	t.Helper()
	list, err := dbx.NewList(d, nil, "t.id", page.Request{Number: &number, Size: 20})
	expect.OK(t, err)
	params.RowLimit, params.RowOffset = list.Limit(), list.Offset()
	_, err = db.New(list).TaskList(t.Context(), params)
	expect.OK(t, err)
	return list.Info()
}

// PostgreSQL is asked along with the page, and what it says is told for a while.
func TestAListThatIsLongAndDearIsNotCounted(t *testing.T) {
	t.Parallel()
	c := setupBoard(t, 3*page.MaxTotal)
	first, sent := c.pageOf(t, todo, 1)
	wantSent(t, sent, "EXPLAIN", "TaskList")
	if !first.IsEstimate || !first.MoreThanTotal || first.Total < 2*page.MaxTotal || first.Total > 4*page.MaxTotal || first.TotalPages != page.MaxTotal/20 {
		t.Errorf("of %d: %+v", 3*page.MaxTotal-fewBlocked, first)
	}
	again, sent := c.pageOf(t, todo, 2)
	wantSent(t, sent, "TaskList")
	if again.Total != first.Total || !again.IsEstimate {
		t.Errorf("at first %+v, then %+v", first, again)
	}

	// Where counting is cheap it is counted, and only what was counted to the end of
	// the counting is long.
	c.db = dbx.New(c.db.Pool())
	counted, sent := c.pageOf(t, todo, 1)
	wantSent(t, sent, "EXPLAIN", "TaskList", "count")
	if !counted.IsEstimate || counted.Total != first.Total {
		t.Errorf("counted: %+v", counted)
	}
	_, sent = c.pageOf(t, todo, 1)
	wantSent(t, sent, "TaskList")
	// One that is known to be cheap and short is counted in the page's round trip.
	_, sent = c.pageOf(t, blocked, 1)
	wantSent(t, sent, "EXPLAIN", "TaskList", "count")
	few, sent := c.pageOf(t, blocked, 1)
	wantSent(t, sent, "count", "TaskList")
	if trips := c.statements.RoundTrips(); few.Total != fewBlocked || few.IsEstimate || trips != 1 {
		t.Errorf("%+v after %d round trips", few, trips)
	}
}

func wantSent(t *testing.T, sent []string, want ...string) {
	t.Helper()
	if strings.Join(sent, ", ") != strings.Join(want, ", ") {
		t.Errorf("sent are %v, want %v", sent, want)
	}
}

// A page that is the last one says itself how many there are.
func TestAListOfOnePageIsNotCounted(t *testing.T) {
	t.Parallel()
	c := setupBoard(t, 1000)
	end := c.db.CountDearly()
	defer end(0)
	empty, sent := c.pageOf(t, none, 1)
	wantSent(t, sent, "EXPLAIN", "TaskList")
	last, sent := c.pageOf(t, blocked, fewBlocked/20)
	wantSent(t, sent, "EXPLAIN", "TaskList")
	for _, test := range []struct {
		info page.Info
		want int64
	}{{empty, 0}, {last, fewBlocked}} {
		if test.info.Total != test.want || test.info.IsEstimate || test.info.MoreThanTotal || test.info.HasMore || test.info.TotalPages != test.want/20 {
			t.Errorf("%+v, want %d in all", test.info, test.want)
		}
	}
}

// What is dear to count and no longer than is counted is exact as long as nobody
// else is at it; then it is told as an estimate, and nobody waits for the turn.
func TestADearCountIsMadeByOneAtATime(t *testing.T) {
	t.Parallel()
	c := setupBoard(t, 2000)
	alone, sent := c.pageOf(t, blocked, 1)
	wantSent(t, sent, "EXPLAIN", "TaskList", "count")
	again, sent := c.pageOf(t, blocked, 1)
	wantSent(t, sent, "TaskList", "count")
	for _, info := range []page.Info{alone, again} {
		if info.Total != fewBlocked || info.IsEstimate || info.MoreThanTotal {
			t.Errorf("alone: %+v", info)
		}
	}

	end := c.db.CountDearly()
	meanwhile, sent := c.pageOf(t, blocked, 1)
	wantSent(t, sent, "TaskList")
	if meanwhile.Total != fewBlocked || !meanwhile.IsEstimate || !meanwhile.MoreThanTotal {
		t.Errorf("meanwhile: %+v", meanwhile)
	}
	if !end(0) {
		t.Error("nobody is noticed who had to do without")
	}
	if info, _ := c.pageOf(t, blocked, 1); info.IsEstimate {
		t.Errorf("after the turn: %+v", info)
	}
}

// After a dear count that kept others from theirs none is made for a while; after
// one that kept nobody, the next one is.
func TestDearCountsRestWhereOthersWait(t *testing.T) {
	t.Parallel()
	c := setupBoard(t, 2000)
	c.pageOf(t, blocked, 1)
	c.db.CountDearly()(time.Hour)
	if info, _ := c.pageOf(t, blocked, 1); info.IsEstimate {
		t.Errorf("behind a count that kept nobody: %+v", info)
	}
	end := c.db.CountDearly()
	c.pageOf(t, blocked, 1)
	end(time.Hour)
	if info, _ := c.pageOf(t, blocked, 1); !info.IsEstimate {
		t.Errorf("behind a count that kept somebody: %+v", info)
	}
}

// What has just been written is in a total that is told as exact, and else the
// total is no exact one.
func TestADearCountIsNoOlderThanItsQuestion(t *testing.T) {
	t.Parallel()
	c := setupBoard(t, 2000)
	c.pageOf(t, blocked, 1)
	c.block(t, 1)
	if info, _ := c.pageOf(t, blocked, 1); info.Total != fewBlocked+1 || info.IsEstimate {
		t.Errorf("after a write: %+v", info)
	}
	end := c.db.CountDearly()
	defer end(0)
	c.block(t, 1)
	if info, _ := c.pageOf(t, blocked, 1); !info.IsEstimate {
		t.Errorf("after a write that nobody has counted: %+v", info)
	}
}

// Many at once who ask for what is dear to count are all answered, over few
// connections.
func TestDearCountsLeaveConnectionsToOthers(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	c := crowd{db: dbx.New(poolOf(t, url, 2))}
	c.project = factory.Project(t, c.db, nil).ID
	c.add(t, 2000)
	c.block(t, fewBlocked)
	c.db.CallDear(anyCost)
	// Each count takes a second, and all of them more than is waited for a connection.
	_, err := dbtest.Owner(t, c.db).Exec(t.Context(), `ALTER TABLE tasks RENAME TO all_tasks`)
	expect.OK(t, err)
	for _, sql := range []string{
		`CREATE FUNCTION slowly() RETURNS boolean LANGUAGE plpgsql VOLATILE AS 'BEGIN
			IF current_query() LIKE ''SELECT count(*)%'' THEN PERFORM pg_sleep(1.0 / 300); END IF; RETURN true; END'`,
		`CREATE VIEW tasks AS SELECT * FROM all_tasks WHERE slowly()`,
		`GRANT SELECT ON tasks TO PUBLIC`, `GRANT EXECUTE ON FUNCTION slowly() TO PUBLIC`,
	} {
		_, err := dbtest.Owner(t, c.db).Exec(t.Context(), sql)
		expect.OK(t, err)
	}
	const callers = 20
	infos := make([]page.Info, callers)
	began := time.Now()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { infos[i] = pageOf(t, c.db, blocked, 1) })
	}
	all.Wait()
	exact := 0
	for _, info := range infos {
		if !info.IsEstimate {
			exact++
			if info.Total != fewBlocked {
				t.Errorf("told as exact: %+v", info)
			}
		}
		if info.Total < 21 || info.TotalPages < 2 || !info.HasMore {
			t.Errorf("%+v contradicts itself", info)
		}
	}
	if exact == 0 || exact == callers {
		t.Errorf("%d of %d are exact after %s", exact, callers, time.Since(began))
	}
}

// However wrong PostgreSQL is, the total agrees with the page beside it.
func TestAnEstimateAgreesWithThePage(t *testing.T) {
	t.Parallel()
	c := setupCrowd(t, 2000) // of which statistics know none that is blocked
	c.block(t, fewBlocked)
	c.db.CallDear(anyCost)
	end := c.db.CountDearly()
	defer end(0)
	for number := 1; number <= fewBlocked/20+2; number++ {
		info, _ := c.pageOf(t, blocked, number)
		before, hasMore := int64(number-1)*20, number < fewBlocked/20
		switch {
		case info.HasMore != hasMore:
			t.Errorf("page %d: %+v", number, info)
		case hasMore && (!info.IsEstimate || info.Total <= before+20 || info.TotalPages <= int64(number)):
			t.Errorf("page %d, behind which there are others: %+v", number, info)
		case number == fewBlocked/20 && (info.IsEstimate || info.Total != fewBlocked):
			t.Errorf("page %d, the last one: %+v", number, info)
		case number > fewBlocked/20 && info.Total > before:
			t.Errorf("page %d, behind the end: %+v", number, info)
		}
	}
}

// Nobody asks how long a list is that is gone through to its end.
func TestAWalkIsNotCounted(t *testing.T) {
	t.Parallel()
	c := setupCrowd(t, 600)
	sent := c.statements.During(func() {
		for _, err := range dbx.Each(c.db, func(list *dbx.List) ([]db.TaskListRow, error) {
			params := blocked
			params.RowLimit, params.RowOffset = list.Limit(), list.Offset()
			return db.New(list).TaskList(t.Context(), params)
		}) {
			expect.OK(t, err)
		}
	})
	for _, s := range sent {
		if strings.Contains(s.SQL, "count(*)") {
			t.Errorf("sent is %s", s.SQL)
		}
	}
}

// What is sent as the text of an array is read as the values that it is made of.
func TestArraysAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	want := []string{"todo", "", "NULL", `a "quoted" one`, `back\slash`, "{a,b}", "ü"}
	var got []string
	expect.OK(t, d.QueryRow(t.Context(), "SELECT $1::text[]", pgx.QueryExecModeExec, dbx.ArrayOf(want)).Scan(&got))
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}
