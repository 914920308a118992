package job_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/otlptest"
)

// A job goes on in the trace of the request that has added it, each attempt is
// measured by its outcome, and what waits is counted.
func TestAJobIsTracedAndMeasured(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	tracing, err := obs.NewTracing(t.Context(), obs.TraceOptions{Endpoint: collector.URL + "/v1/traces", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d := dbx.New(dbtest.Pool(t))
	metrics := obs.NewMetrics("test")
	logger := slog.New(slog.DiscardHandler)
	queue, err := job.NewQueue(logger)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := tracing.Server(t.Context(), request, "POST /notes")
	add := func(ctx context.Context, opts *river.InsertOpts) {
		if err := dbx.WithTx(ctx, d, func(q *db.Queries) error { return queue.Add(ctx, q, note{"hello"}, opts) }); err != nil {
			t.Fatal(err)
		}
	}
	add(ctx, &river.InsertOpts{Metadata: []byte(`{"kept": true}`)})
	add(t.Context(), &river.InsertOpts{Queue: "other"})
	span.End(nil)

	states, err := job.QueueStates(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(states, func(a, b obs.QueueState) int { return strings.Compare(a.Queue, b.Queue) })
	for i, want := range []string{"default", "other"} {
		if got := states[i]; len(states) != 2 || got.Queue != want || got.Kind != "note" || got.State != "available" || got.Jobs != 1 || got.Lag < 0 {
			t.Errorf("the jobs are counted as %+v", states)
		}
	}

	r := &reader{read: make(chan string, 10)}
	works := job.NewWorks()
	works.Queue(river.QueueDefault, 2)
	job.Add(works, r)
	runner, err := job.NewRunner(job.Options{DB: d, PollOnly: true, Patience: time.Second, Logger: logger, Metrics: metrics, Tracing: tracing}, works)
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.read:
	case <-time.After(30 * time.Second):
		t.Fatal("the job was not done")
	}
	if err := runner.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tracing.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := collector.Await(t, "", "POST /notes")
	attempts := 0
	for _, got := range collector.Spans() {
		if got.Name == "job note" {
			attempts++
			if got.TraceID != server.TraceID || got.ParentID != server.SpanID {
				t.Errorf("the job's span is %+v, its request's %+v", got, server)
			}
		}
	}
	if attempts != 2 {
		t.Errorf("%d attempts are in the trace, want the panic and the success", attempts)
	}
	text := scrape(t, metrics)
	for _, want := range []string{`coordinator_job_duration_seconds_count{kind="note",outcome="panicked"} 1`, `coordinator_job_duration_seconds_count{kind="note",outcome="succeeded"} 1`} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s:\n%s", want, text)
		}
	}
}

func scrape(t *testing.T, metrics *obs.Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	return recorder.Body.String()
}
