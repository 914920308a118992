package httpapi_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func scrape(t *testing.T, metrics *obs.Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	return recorder.Body.String()
}

// A request is counted by the operation and its route, and who is refused by
// why; nothing is left in flight.
func TestRequestsAreCountedByTheirOperation(t *testing.T) {
	t.Parallel()
	metrics := obs.NewMetrics("test")
	c := setup(t, &apitest.Options{Observe: func(d *httpapi.Dependencies) { d.Metrics = metrics }})
	project := c.project(object{})
	c.get("/api/v1/projects/" + project.ID.String())
	c.get("/api/v1/projects/" + project.ID.String())
	c.get("/nowhere")
	c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/projects"})
	c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/projects", Token: "nonsense"})
	text := scrape(t, metrics)
	for _, want := range []string{
		`coordinator_http_request_duration_seconds_count{method="GET",operation="getProject",route="/api/v1/projects/{project_id}",status="200"} 2`,
		`coordinator_http_request_duration_seconds_count{method="POST",operation="createProject",route="/api/v1/projects",status="201"} 1`,
		`coordinator_http_request_duration_seconds_count{method="GET",operation="none",route="none",status="404"} 1`,
		`coordinator_http_requests_in_flight 0`,
		`coordinator_auth_failures_total{reason="credential_missing"} 1`,
		`coordinator_auth_failures_total{reason="credential_refused"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(text, project.ID.String()) {
		t.Error("an id is in the metrics")
	}
}

// A slow request is one line still, as a warning; one that moves a file takes as
// long as its caller reads.
func TestSlowRequestsAreWarnings(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := setup(t, &apitest.Options{
		Logger:  slog.New(slog.NewJSONHandler(&out, nil)),
		Observe: func(d *httpapi.Dependencies) { d.SlowRequest = time.Nanosecond },
	})
	c.get("/api/v1/projects")
	c.get("/api/v1/tasks/export?format=csv")
	for operation, want := range map[string]string{"listProjects": "WARN", "exportTasks": "INFO"} {
		lines := 0
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, `"operation":"`+operation+`"`) {
				lines++
				if !strings.Contains(line, `"level":"`+want+`"`) {
					t.Errorf("%s is logged as %s", operation, line)
				}
			}
		}
		if lines != 1 {
			t.Errorf("%s has %d lines: %s", operation, lines, out.String())
		}
	}
}

// BenchmarkRequest is what observing adds to a request that does next to
// nothing: livez runs through all of the middleware, and asks no database.
func BenchmarkRequest(b *testing.B) {
	for _, on := range []bool{false, true} {
		name := map[bool]string{false: "Off", true: "Metrics"}[on]
		b.Run(name, func(b *testing.B) {
			dependencies := httpapi.Dependencies{Logger: slog.New(slog.DiscardHandler), RequestTimeout: time.Minute}
			if on {
				dependencies.Metrics = obs.NewMetrics("test")
			}
			handler, err := httpapi.New(dependencies)
			expect.OK(b, err)
			request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/livez", http.NoBody)
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), request)
			}
		})
	}
}

// Metrics cost a request no more than a few allocations.
//
//nolint:paralleltest // Allocations are counted for the whole process.
func TestMetricsCostLittle(t *testing.T) {
	allocations := map[bool]float64{}
	for _, on := range []bool{false, true} {
		dependencies := httpapi.Dependencies{Logger: slog.New(slog.DiscardHandler), RequestTimeout: time.Minute}
		if on {
			dependencies.Metrics = obs.NewMetrics("test")
		}
		handler, err := httpapi.New(dependencies)
		expect.OK(t, err)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/livez", http.NoBody)
		allocations[on] = testing.AllocsPerRun(500, func() { handler.ServeHTTP(httptest.NewRecorder(), request) })
	}
	t.Logf("allocations of a request: %.0f without metrics, %.0f with them", allocations[false], allocations[true])
	if more := allocations[true] - allocations[false]; more > 5 {
		t.Errorf("metrics cost %.0f allocations a request", more)
	}
}

// A stream counts as open from when it is answered until its caller has left.
func TestOpenStreamsAreCounted(t *testing.T) {
	t.Parallel()
	metrics := obs.NewMetrics("test")
	a := apitest.New(t, &apitest.Options{Observe: func(d *httpapi.Dependencies) { d.Metrics = metrics }, Streams: lasting})
	token := a.Token(a.User(db.RoleAdmin))
	first, second := follow(t, a, token, "", ""), follow(t, a, token, "", "")
	for _, step := range []struct {
		leave *stream
		want  string
	}{{nil, "2"}, {first, "1"}, {second, "0"}} {
		if step.leave != nil {
			step.leave.stop()
		}
		want := "\ncoordinator_event_streams " + step.want + "\n"
		for end := time.Now().Add(10 * time.Second); !strings.Contains(scrape(t, metrics), want); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the metrics never tell of %s streams", step.want)
			}
		}
	}
}
