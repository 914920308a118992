package job_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/webhook"
)

// Two replicas at the same database deliver each message once, and those about
// one entity in the order of its changes.
func TestTwoReplicasDeliverEachMessageOnce(t *testing.T) {
	t.Parallel()
	const events = 150
	d := dbx.New(dbtest.Pool(t))
	logger := slog.New(slog.DiscardHandler)
	var mu sync.Mutex
	times := map[string]int{}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		times[r.Header.Get("Webhook-Id")]++
	}))
	t.Cleanup(receiver.Close)
	options := webhook.Options{Secret: []byte(strings.Repeat("x", 32)), Client: webhook.NewClient(true, nil)}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var replicas []*webhook.Courier
	for range 2 {
		queue, err := job.NewQueue(logger)
		expect.OK(t, err)
		courier, err := webhook.NewCourier(d, webhook.CourierOptions{Options: options, Queue: queue, Logger: logger})
		expect.OK(t, err)
		works := job.NewWorks()
		job.AddWebhooks(works, courier)
		runner, err := job.NewRunner(job.Options{DB: d, Patience: time.Second, Logger: logger}, works)
		expect.OK(t, err)
		expect.OK(t, runner.Start(ctx))
		running.Go(func() { courier.Run(ctx) })
		t.Cleanup(func() { expect.OK(t, runner.Stop(context.Background())) })
		replicas = append(replicas, courier)
	}
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	service, err := webhook.New(d, options)
	expect.OK(t, err)
	_, _, err = service.Create(t.Context(), access.System(), webhook.CreateParams{Name: "Test", URL: receiver.URL, EventTypes: []string{"task.*"}})
	expect.OK(t, err)
	task := uuid.New()
	for n := range events {
		expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
			return event.Record(t.Context(), q, access.System(), event.Event{Entity: "task", ID: task, Action: "updated", Version: int64(n + 1)})
		}))
		if n%10 == 0 {
			// Both at the same moment.
			replicas[0].Wake()
			replicas[1].Wake()
		}
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		mu.Lock()
		distinct := len(times)
		mu.Unlock()
		if distinct >= events || time.Now().After(end) {
			break
		}
	}
	mu.Lock()
	defer mu.Unlock()
	repeated := 0
	for _, n := range times {
		if n != 1 {
			repeated++
		}
	}
	t.Logf("%d of %d messages are delivered by two replicas, %d of them more than once", len(times), events, repeated)
	if len(times) != events || repeated > 0 {
		t.Errorf("%d messages are delivered, want %d, and %d more than once", len(times), events, repeated)
	}
}
