package cost_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// operation is one of those that nearly all requests are for.
type operation struct {
	name, method, path string
	// bodies are sent in turn; none for a request without one.
	bodies []string
	status int
}

// serve starts the service on the database as `coordinator serve` does, with
// everything on that costs something, and returns the operations and how to ask for them.
func serve(t testing.TB, url string) ([]operation, *caller) {
	t.Helper()
	log, err := obs.OpenLog(obs.LogOptions{Level: slog.LevelInfo, Output: io.Discard})
	if err != nil {
		t.Fatalf("opening a log: %v", err)
	}
	metrics := obs.NewMetrics("test")
	d, err := dbx.Open(t.Context(), url, 0,
		dbx.WithLimits(dbx.Limits{Statement: time.Minute, Lock: time.Minute, IdleInTransaction: time.Minute, Impatient: true}),
		dbx.Observed("requests", dbx.Observer{Metrics: metrics, Logger: log.Logger, Slow: time.Minute}))
	if err != nil {
		t.Fatalf("opening the database: %v", err)
	}
	t.Cleanup(d.Close)
	const plenty = 10_000_000
	limiter, err := ratelimit.New(ratelimit.Options{PerMinute: map[ratelimit.Bucket]int{
		ratelimit.Read: plenty, ratelimit.Write: plenty, ratelimit.Search: plenty, ratelimit.Address: plenty,
	}, Logger: log.Logger})
	if err != nil {
		t.Fatalf("making the rate limits: %v", err)
	}
	api := apitest.New(t, &apitest.Options{
		DB: d, Logger: log.Logger, Limiter: limiter, MaxRequests: 500,
		Observe: func(d *httpapi.Dependencies) {
			d.Metrics, d.SlowRequest = metrics, time.Minute
			d.Probes.Draining = func() bool { return false }
		},
	})
	manager := api.User(db.RoleManager)
	return hot(t, d, manager), newCaller(t, api.URL, api.Token(manager))
}

// hot are the operations of the table in the guide to performance, over records
// whose texts are all of one length.
func hot(t testing.TB, d *dbx.DB, manager db.User) []operation {
	t.Helper()
	const listed = 60
	ctx := context.WithoutCancel(t.Context())
	member := factory.User(t, d, nil)
	project := factory.Project(t, d, &factory.ProjectOpts{ManagerID: &manager.ID})
	factory.Member(t, d, project.ID, member.ID, db.ProjectMemberRoleContributor)
	due := time.Date(2030, 3, 1, 0, 0, 0, 0, time.UTC)
	var first db.Task
	for i := range listed {
		first = factory.Task(t, d, &factory.TaskOpts{
			ProjectID: project.ID, AssigneeID: &member.ID, CreatedBy: &manager.ID, Status: db.TaskStatusInProgress, Priority: db.PriorityHigh,
			Title: fmt.Sprintf("Draw the homepage, version %03d", i), Description: new("What the client sees first, on paper and then on a screen."),
			EstimateMinutes: new(int32(90)), DueDate: new(due), Tags: []string{"design", "web"}, Position: fmt.Sprintf("e%05d", i),
		})
	}
	if _, err := dbtest.Owner(t, d).Exec(ctx, "ANALYZE"); err != nil {
		t.Fatalf("gathering statistics: %v", err)
	}
	one := "/api/v1/tasks/" + first.ID.String()
	return []operation{
		{name: "getTask", method: http.MethodGet, path: one + "?include=project,assignee", status: http.StatusOK},
		{
			name: "listTasks", method: http.MethodGet, status: http.StatusOK,
			path: "/api/v1/tasks?project_id=" + project.ID.String() + "&status=in_progress&sort=-priority,due_date&page_size=50",
		},
		{name: "getProjectStatistics", method: http.MethodGet, path: "/api/v1/projects/" + project.ID.String() + "/statistics", status: http.StatusOK},
		{name: "searchTasks", method: http.MethodGet, path: "/api/v1/tasks/search?q=homepage&page_size=20", status: http.StatusOK},
		{
			name: "createTask", method: http.MethodPost, path: "/api/v1/tasks", status: http.StatusCreated,
			bodies: []string{fmt.Sprintf(`{"project_id":%q,"title":"Print the poster","priority":"high","estimate_minutes":90,"tags":["print"]}`, project.ID)},
		},
		{
			name: "setTaskStatus", method: http.MethodPut, path: one + "/status", status: http.StatusOK,
			bodies: []string{`{"status":"in_review"}`, `{"status":"in_progress"}`},
		},
	}
}
