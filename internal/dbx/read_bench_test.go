package dbx_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// reading is a project with a page of tasks and more, read the way the service
// reads: through a pool that is observed.
type reading struct {
	db            *dbx.DB
	project, task uuid.UUID
}

func setupReading(t testing.TB) reading {
	t.Helper()
	d, err := dbx.Open(t.Context(), dbtest.URL(t), 2, dbx.WithLimits(dbx.Limits{Statement: time.Minute, Impatient: true}),
		dbx.Observed("requests", dbx.Observer{Metrics: obs.NewMetrics("test"), Logger: slog.New(slog.DiscardHandler), Slow: time.Minute}))
	expect.OK(t, err)
	t.Cleanup(d.Close)
	assignee, creator := factory.User(t, d, nil).ID, factory.User(t, d, nil).ID
	r := reading{db: d, project: factory.Project(t, d, nil).ID}
	for i := range 60 {
		opts := factory.TaskOpts{
			ProjectID: r.project, Title: fmt.Sprintf("Draw the plan of floor %d", i), CreatedBy: &creator, AssigneeID: &assignee,
			Description: new("As it was agreed on with the client."), DueDate: new(today.AddDate(0, 0, i)), EstimateMinutes: new(int32(30)),
			Status: []db.TaskStatus{"todo", "done", "in_progress"}[i%3], Tags: []string{"plan", "urgent"},
		}
		if i%2 == 1 {
			opts.After = []uuid.UUID{r.task}
		}
		r.task = factory.Task(t, d, &opts).ID
	}
	return r
}

// list reads a page of 50 tasks by the parameters of a usual request.
func (r reading) list(t testing.TB, sort string, params db.TaskListParams) {
	list, err := dbx.NewList(r.db, page.Columns{"due_date": page.NullableDate("t.due_date")}, "t.id", page.Request{Size: 50, Sort: sort})
	if err != nil {
		t.Fatal(err)
	}
	params.SeesAll, params.RowLimit, params.RowOffset = true, list.Limit(), list.Offset()
	rows, err := db.New(list).TaskList(t.Context(), params)
	if err != nil || len(rows) != 50 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if info := list.Info(); info.NextCursor == "" {
		t.Fatalf("nothing follows: %+v", info)
	}
}

func (r reading) get(t testing.TB) {
	if _, err := db.New(r.db).TaskGet(t.Context(), db.TaskGetParams{ID: r.task, SeesAll: true}); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkListTasks50(b *testing.B) {
	r := setupReading(b)
	for name, params := range map[string]db.TaskListParams{
		"OfAProject": {ProjectID: &r.project},
		"ByStatus":   {ProjectID: &r.project, Status: []string{"todo", "in_progress", "done"}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.list(b, "-due_date", params)
			}
		})
	}
}

func BenchmarkGetTask(b *testing.B) {
	r := setupReading(b)
	b.ReportAllocs()
	for b.Loop() {
		r.get(b)
	}
}

// What reading allocates is bounded: by the page, and hardly by its rows. The
// bounds are above what was measured by a tenth or two, and far below what a
// piece for each value comes to.
func TestReadingAllocatesLittle(t *testing.T) { //nolint:paralleltest // What others allocate would be counted.
	r := setupReading(t)
	for name, test := range map[string]struct {
		read func()
		most float64
	}{
		"OneTask":          {func() { r.get(t) }, 24},
		"PageOfAProject":   {func() { r.list(t, "-due_date", db.TaskListParams{ProjectID: &r.project}) }, 60},
		"PageInSomeStatus": {func() { r.list(t, "", db.TaskListParams{Status: []string{"todo", "in_progress", "done"}}) }, 75},
	} {
		if got := testing.AllocsPerRun(200, test.read); got > test.most {
			t.Errorf("%s: %v allocations, at most %v are allowed", name, got, test.most)
		} else {
			t.Logf("%s: %v allocations", name, got)
		}
	}
}
