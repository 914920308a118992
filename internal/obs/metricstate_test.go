package obs

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// However often it is scraped, the database is asked once in a few seconds; when
// it does not answer, what was known stays, and the scrape succeeds.
func TestQueuesAreAskedForNowAndThen(t *testing.T) {
	t.Parallel()
	m := NewMetrics("test")
	now, asked := time.Unix(1_000_000, 0), 0
	var failure error
	q := &queues{
		now:      func() time.Time { return now },
		depth:    prometheus.NewDesc("depth", "d", []string{"queue", "kind", "state"}, nil),
		lag:      prometheus.NewDesc("lag", "l", []string{"queue", "kind"}, nil),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "failures_total", Help: "f"}),
		read: func(ctx context.Context) ([]QueueState, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("the question has no bound")
			}
			asked++
			return []QueueState{
				{Queue: "default", Kind: "mail", State: "available", Jobs: int64(asked), Lag: time.Minute},
				{Queue: "default", Kind: "mail", State: "running", Jobs: 2},
			}, failure
		},
	}
	m.registry.MustRegister(q)
	for _, step := range []struct {
		later   time.Duration
		failure error
		want    []string
	}{
		{0, nil, []string{`depth{kind="mail",queue="default",state="available"} 1`, `lag{kind="mail",queue="default"} 60`, `failures_total 0`}},
		{time.Second, nil, []string{`state="available"} 1`, `state="running"} 2`}},
		{queuesKept, nil, []string{`state="available"} 2`}},
		{queuesKept, errors.New("away"), []string{`state="available"} 2`, `failures_total 1`}},
		{queuesKept, nil, []string{`state="available"} 4`, `failures_total 1`}},
	} {
		now, failure = now.Add(step.later), step.failure
		recorder := httptest.NewRecorder()
		m.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
		if recorder.Code != http.StatusOK {
			t.Errorf("the scrape answers %d", recorder.Code)
		}
		for _, want := range step.want {
			if !strings.Contains(recorder.Body.String(), want) {
				t.Errorf("after %v the metrics lack %s", step.later, want)
			}
		}
	}
	if asked != 4 {
		t.Errorf("five scrapes asked %d times", asked)
	}
}
