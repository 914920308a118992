package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/outbound"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/webhook"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var secretKey = bytes.Repeat([]byte("webhooks"), 4)

// clock is moved by the test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

type leased struct{ webhookID, lease uuid.UUID }

// fixture is a service and a courier whose jobs the test works by itself.
type fixture struct {
	t       *testing.T
	db      *dbx.DB
	clock   *clock
	service *webhook.Service
	courier *webhook.Courier
	admin   access.Actor

	mu       sync.Mutex
	jobs     []leased
	outcomes map[string]int
}

func setup(t *testing.T, client *outbound.Client) *fixture {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	if client == nil {
		client = webhook.NewClient(true, nil)
	}
	f := &fixture{t: t, db: d, clock: &clock{now: time.Now().UTC().Truncate(time.Microsecond)}, outcomes: map[string]int{}}
	options := webhook.Options{Secret: secretKey, Client: client, Now: f.clock.Now}
	var err error
	f.service, err = webhook.New(d, options)
	expect.OK(t, err)
	f.courier, err = webhook.NewCourier(d, webhook.CourierOptions{
		Options: options, Queue: f, Logger: slog.New(slog.DiscardHandler),
		Observe: func(outcome string, _ time.Duration) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.outcomes[outcome]++
		},
	})
	expect.OK(t, err)
	f.admin = factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin}))
	return f
}

// AddWebhook implements [webhook.Queue].
func (f *fixture) AddWebhook(_ context.Context, q *db.Queries, webhookID, lease uuid.UUID, _ bool) error {
	dbx.AfterCommit(q, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.jobs = append(f.jobs, leased{webhookID, lease})
	})
	return nil
}

func (f *fixture) takeJobs() []leased {
	f.mu.Lock()
	defer f.mu.Unlock()
	jobs := f.jobs
	f.jobs = nil
	return jobs
}

// work looks and delivers until nothing is due.
func (f *fixture) work() {
	f.t.Helper()
	for {
		expect.OK(f.t, f.courier.Look(f.t.Context()))
		jobs := f.takeJobs()
		if len(jobs) == 0 {
			return
		}
		var all sync.WaitGroup
		for _, job := range jobs {
			all.Go(func() {
				if err := f.courier.Deliver(f.t.Context(), job.webhookID, job.lease); err != nil {
					f.t.Error(err)
				}
			})
		}
		all.Wait()
	}
}

// settle works until the log has been read to its end: transactions of other
// databases hold a reader up for a moment.
func (f *fixture) settle() {
	f.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		f.work()
		var behind bool
		expect.OK(f.t, f.db.QueryRow(f.t.Context(), `SELECT EXISTS (SELECT FROM events e, webhook_cursor c
			WHERE (e.transaction_id, e.id) > (c.transaction_id, c.event_id))`).Scan(&behind))
		if !behind {
			f.work()
			return
		}
		if time.Now().After(end) {
			f.t.Fatal("the log is not read to its end")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (f *fixture) create(projectID *uuid.UUID, url string, eventTypes ...string) (webhook.Endpoint, string) {
	f.t.Helper()
	if eventTypes == nil {
		eventTypes = []string{"*"}
	}
	row, secret, err := f.service.Create(f.t.Context(), f.admin, webhook.CreateParams{ProjectID: projectID, Name: "Test", URL: url, EventTypes: eventTypes})
	expect.OK(f.t, err)
	return row, secret.Reveal()
}

func (f *fixture) get(id uuid.UUID) webhook.Endpoint {
	f.t.Helper()
	row, err := f.service.Get(f.t.Context(), f.admin, id)
	expect.OK(f.t, err)
	return row
}

// record writes an event as an aggregate would.
func (f *fixture) record(e event.Event) {
	f.t.Helper()
	expect.OK(f.t, dbx.WithTx(f.t.Context(), f.db, func(q *db.Queries) error { return event.Record(f.t.Context(), q, f.admin, e) }))
}

// updated records a change of a task.
func (f *fixture) updated(task uuid.UUID, version int64) {
	f.t.Helper()
	f.record(event.Event{Entity: "task", ID: task, Action: "updated", Version: version})
}

// count counts the deliveries to the endpoint in the state.
func (f *fixture) count(id uuid.UUID, state string) int {
	f.t.Helper()
	var n int
	expect.OK(f.t, f.db.QueryRow(f.t.Context(), "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND state = $2", id, state).Scan(&n))
	return n
}

// received is a message as it came in.
type received struct {
	ID     string      `json:"-"`
	Header http.Header `json:"-"`
	Body   []byte      `json:"-"`
	Type   string      `json:"type"`
	Data   struct {
		EntityID  uuid.UUID                    `json:"entity_id"`
		ProjectID *uuid.UUID                   `json:"project_id"`
		Version   int64                        `json:"version"`
		Changes   map[string]event.FieldChange `json:"changes"`
	} `json:"data"`
}

// receiver keeps what it takes; answer decides over each, nil takes all.
type receiver struct {
	*httptest.Server

	mu       sync.Mutex
	taken    []received
	requests int
	answer   func(w http.ResponseWriter, m received) (taken bool)
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, m received) bool) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		m := received{ID: request.Header.Get("Webhook-Id"), Header: request.Header, Body: body}
		if err != nil || json.Unmarshal(body, &m) != nil {
			t.Errorf("a message reads %q (%v)", body, err)
		}
		apitest.CheckWebhook(t, request, body)
		r.mu.Lock()
		r.requests++
		r.mu.Unlock()
		if r.answer != nil && !r.answer(w, m) {
			return
		}
		r.mu.Lock()
		r.taken = append(r.taken, m)
		r.mu.Unlock()
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) messages() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.taken...)
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// answering answers everything with the status.
func answering(status int) func(w http.ResponseWriter, m received) bool {
	return func(w http.ResponseWriter, _ received) bool {
		w.WriteHeader(status)
		return false
	}
}
