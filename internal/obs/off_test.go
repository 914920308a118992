package obs_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/obs"
)

// What is off costs nothing: no allocation, and the same context and transport.
func TestWhatIsOffCostsNothing(t *testing.T) {
	t.Parallel()
	var metrics *obs.Metrics
	var tracing *obs.Tracing
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if tracing.Transport(http.DefaultTransport) != http.DefaultTransport {
		t.Error("without traces the transport is another one")
	}
	if got := obs.TraceContext(t.Context()); got != nil {
		t.Errorf("outside a trace the context leads to %v", got)
	}
	ctx := t.Context()
	work := func() {
		metrics.RequestBegan()
		metrics.RequestEnded(obs.Request{Operation: "listTasks", Route: "/api/v1/tasks", Method: "GET", Status: 200, Duration: time.Second})
		metrics.Statement("TaskList", time.Second)
		metrics.Job("expiry", obs.JobSucceeded, time.Second)
		inside, span := tracing.Server(ctx, request, "GET")
		span.Name("GET /")
		span.SetStatus(http.StatusOK)
		span.End(nil)
		if again, _ := tracing.Statement(inside, "TaskList"); again != ctx {
			t.Error("without traces the context is another one")
		}
		if err := tracing.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	}
	if got := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		b.ReportAllocs()
		for b.Loop() {
			work()
		}
	}); got.AllocsPerOp() > 0 {
		t.Errorf("what is off allocates %d times", got.AllocsPerOp())
	} else {
		t.Logf("off: %s %s", got, got.MemString())
	}
	on := obs.NewMetrics("test")
	t.Logf("metrics on: %s", testing.Benchmark(func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			on.RequestBegan()
			on.RequestEnded(obs.Request{Operation: "listTasks", Route: "/api/v1/tasks", Method: "GET", Status: 200, Duration: time.Second})
			on.Statement("TaskList", time.Second)
		}
	}))
}
