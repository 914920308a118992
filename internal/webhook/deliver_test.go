package webhook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/outbound"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/webhook"
)

func (f *fixture) deliveries(id uuid.UUID) []db.WebhookDelivery {
	f.t.Helper()
	rows, _, err := f.service.Deliveries(f.t.Context(), f.admin, id, webhook.DeliveryFilter{}, page.Request{Size: 100})
	expect.OK(f.t, err)
	return rows
}

// test has a message sent and returns its delivery afterwards.
func (f *fixture) test(id uuid.UUID) db.WebhookDelivery {
	f.t.Helper()
	row, err := f.service.Test(f.t.Context(), f.admin, id)
	expect.OK(f.t, err)
	f.work()
	row, err = f.service.Delivery(f.t.Context(), f.admin, id, row.ID)
	expect.OK(f.t, err)
	return row
}

// A message is signed by every secret that lives, as the library of Standard
// Webhooks verifies it; a secret is sealed where it is stored.
func TestMessagesAreSignedByEverySecretThatLives(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	r := newReceiver(t, nil)
	row, first := f.create(nil, r.URL)
	verify := func(when string, want ...string) {
		t.Helper()
		f.test(row.Webhook.ID)
		m := r.messages()[len(r.messages())-1]
		if got := len(strings.Fields(m.Header.Get("Webhook-Signature"))); got != len(want) {
			t.Errorf("%s there are %d signatures, want %d", when, got, len(want))
		}
		for _, secret := range want {
			w, err := standardwebhooks.NewWebhook(secret)
			expect.OK(t, err)
			if err := w.VerifyIgnoringTimestamp(m.Body, m.Header); err != nil {
				t.Errorf("%s a secret that lives does not verify: %v", when, err)
			}
		}
		if len(want) == 1 {
			w, err := standardwebhooks.NewWebhook(first)
			expect.OK(t, err)
			if verified := w.VerifyIgnoringTimestamp(m.Body, m.Header) == nil; verified != (want[0] == first) {
				t.Errorf("%s the first secret verifies: %v", when, verified)
			}
		}
	}
	verify("at first", first)
	m := r.messages()[0]
	w, err := standardwebhooks.NewWebhook(first)
	expect.OK(t, err)
	if err := w.Verify(m.Body, m.Header); err != nil {
		t.Errorf("with the time the message does not verify: %v", err)
	}
	if err := w.Verify(append([]byte(" "), m.Body...), m.Header); err == nil {
		t.Error("another body verifies, so that verifying proves nothing")
	}
	rotated, second, err := f.service.Rotate(t.Context(), f.admin, row.Webhook.ID, 24*time.Hour)
	expect.OK(t, err)
	verify("during the overlap", first, second.Reveal())
	f.clock.advance(25 * time.Hour)
	verify("after the overlap", second.Reveal())
	_, third, err := f.service.Rotate(t.Context(), f.admin, row.Webhook.ID, 0)
	expect.OK(t, err)
	verify("without an overlap", third.Reveal())

	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(second.Reveal(), "whsec_"))
	expect.OK(t, err)
	if bytes.Contains(rotated.Webhook.Secret, key) || strings.Contains(second.String(), second.Reveal()[10:]) {
		t.Error("the secret is stored or printed as it is")
	}
}

// A test has the shape of every message, so that it goes through the code that
// it is to test: it is about the endpoint, and tells of no change.
func TestATestIsShapedLikeAnEvent(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	project := factory.Project(t, f.db, nil).ID
	r := newReceiver(t, nil)
	row, _ := f.create(&project, r.URL)
	f.test(row.Webhook.ID)
	f.record(event.Event{Entity: "task", ID: project, ProjectID: &project, Action: "updated", Version: 7})
	f.settle()

	var got []api.WebhookMessage
	for _, m := range r.messages() {
		var message api.WebhookMessage
		expect.OK(t, json.Unmarshal(m.Body, &message))
		got = append(got, message)
	}
	if len(got) != 2 {
		t.Fatalf("there are %d messages, want the test and the change", len(got))
	}
	test, change := got[0], got[1]
	if test.Type != "webhook.test" || test.Data.Action != test.Type || !test.Data.ID.IsNull() || len(test.Data.Changes) != 0 ||
		test.Data.EntityType != api.EntityTypeWebhook || test.Data.EntityID != row.Webhook.ID {
		t.Errorf("the test is %+v", test)
	}
	if change.Type != "task.updated" || change.Data.ID.IsNull() || change.Data.ProjectID.MustGet() != project || change.Data.Version.MustGet() != 7 {
		t.Errorf("the change is %+v", change)
	}
	for _, message := range got {
		if message.Data.WebhookID != row.Webhook.ID {
			t.Errorf("%s was sent to %s, want %s", message.Type, message.Data.WebhookID, row.Webhook.ID)
		}
	}
}

// An endpoint that answers 410 gets nothing more: it is disabled with an event,
// and what was pending has failed. Somebody can enable it again.
func TestGoneDisables(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	r := newReceiver(t, answering(http.StatusGone))
	row, _ := f.create(nil, r.URL)
	task := uuid.New()
	for version := range int64(3) {
		f.updated(task, version)
	}
	// All of them wait before the first is sent: what the log shows later, when a
	// transaction elsewhere has ended, is not for a disabled endpoint.
	for end := time.Now().Add(time.Minute); f.count(row.Webhook.ID, webhook.StatePending) < 3 && time.Now().Before(end); {
		expect.OK(t, f.courier.Look(t.Context()))
	}
	f.settle()
	after := f.get(row.Webhook.ID)
	if after.Webhook.Status != webhook.StatusDisabled || *after.Webhook.DisabledReason != webhook.DisabledGone || r.count() != 1 {
		t.Errorf("it is %s after %d messages", after.Webhook.Status, r.count())
	}
	if got := f.count(row.Webhook.ID, webhook.StateFailed); got != 3 {
		t.Errorf("%d deliveries have failed, want 3", got)
	}
	var events int
	expect.OK(t, f.db.QueryRow(t.Context(), `SELECT count(*) FROM events WHERE action = 'webhook.disabled' AND entity_id = $1 AND credential = 'system'
		AND changes -> 'disabled_reason' ->> 'new' = 'gone'`, row.Webhook.ID).Scan(&events))
	if events != 1 {
		t.Errorf("%d events tell of it", events)
	}
	if _, err := f.service.Test(t.Context(), f.admin, row.Webhook.ID); !apperr.Is(err, apperr.Conflict) {
		t.Errorf("a test of a disabled endpoint gives %v", err)
	}
	r.answer = nil
	_, err := f.service.Enable(t.Context(), f.admin, row.Webhook.ID)
	expect.OK(t, err)
	failed := f.deliveries(row.Webhook.ID)[0]
	_, err = f.service.Redeliver(t.Context(), f.admin, row.Webhook.ID, failed.ID)
	expect.OK(t, err)
	f.work()
	if got := r.messages(); len(got) != 1 || got[0].ID != webhook.MessageID(failed.ID) {
		t.Errorf("delivered again is %v, want %s", got, webhook.MessageID(failed.ID))
	}
}

// An endpoint to which nothing could be delivered for three days is disabled,
// whether it was not there or refused everything; until then everything is kept.
func TestAnEndpointThatFailsForThreeDaysIsDisabled(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w http.ResponseWriter, m received) bool{
		"not there": func(w http.ResponseWriter, _ received) bool { hangUp(w); return false },
		"refusing":  answering(http.StatusInternalServerError),
		"redirecting": func(w http.ResponseWriter, _ received) bool {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, nil)
			r := newReceiver(t, answer)
			row, _ := f.create(nil, r.URL)
			f.updated(uuid.New(), 1)
			f.settle()
			began := f.clock.Now()
			for f.get(row.Webhook.ID).Webhook.Status == webhook.StatusEnabled && f.clock.Now().Sub(began) < 100*time.Hour {
				if got := f.count(row.Webhook.ID, webhook.StateFailed); got != 0 {
					t.Fatal("a delivery has failed while the endpoint is enabled")
				}
				f.clock.advance(10 * time.Minute)
				f.work()
			}
			after, took := f.get(row.Webhook.ID), f.clock.Now().Sub(began)
			t.Logf("disabled after %v and %d attempts", took, r.count())
			if after.Webhook.DisabledReason == nil || *after.Webhook.DisabledReason != webhook.DisabledFailing || took < webhook.Window || took > webhook.Window+5*time.Hour {
				t.Errorf("after %v it is %s", took, after.Webhook.Status)
			}
			if got := f.count(row.Webhook.ID, webhook.StateFailed); got != 1 {
				t.Errorf("%d deliveries have failed, want 1", got)
			}
		})
	}
}

// What an endpoint asks for by Retry-After is done, within an hour, and a test
// is sent all the same.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	r := newReceiver(t, func(w http.ResponseWriter, _ received) bool {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
		return false
	})
	row, _ := f.create(nil, r.URL)
	f.updated(uuid.New(), 1)
	f.settle()
	f.clock.advance(599 * time.Second)
	f.work()
	if got := r.count(); got != 1 {
		t.Errorf("within the ten minutes it was asked for it is tried %d times", got)
	}
	r.answer = nil
	if got := f.test(row.Webhook.ID); got.State != webhook.StateDelivered {
		t.Errorf("a test is %s meanwhile", got.State)
	}
	f.clock.advance(2 * time.Second)
	f.work()
	if got := len(r.messages()); got != 2 {
		t.Errorf("%d messages are taken afterwards, want 2", got)
	}
	now := time.Now()
	for text, want := range map[string]time.Duration{"": 0, "soon": 0, "-1": 0, "0": time.Second, "120": 2 * time.Minute, now.Add(-time.Hour).UTC().Format(http.TimeFormat): time.Second} {
		if got := webhook.ReadRetryAfter(text, now); got != want {
			t.Errorf("%q is read as %v, want %v", text, got, want)
		}
	}
}

// A wait doubles, is random, and stays within its bounds.
func TestJitter(t *testing.T) {
	t.Parallel()
	for doublings := range int32(200) {
		ceiling := time.Hour
		if doublings < 12 {
			ceiling = min(time.Second<<doublings, ceiling)
		}
		for range 50 {
			if got := webhook.Jittered(time.Second, time.Hour, doublings); got < 500*time.Millisecond || got > ceiling {
				t.Fatalf("after %d doublings the wait is %v", doublings, got)
			}
		}
	}
}

// An answer of any length costs no more than its beginning, one that drips is
// not waited for, and one that does not come counts as none.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, stop <-chan struct{})
		state  string
		most   int
	}{
		"ten megabytes": {func(w http.ResponseWriter, _ <-chan struct{}) {
			for range 10 << 10 {
				if _, err := w.Write([]byte(strings.Repeat("x\x00\xff", 342))); err != nil {
					return
				}
			}
		}, webhook.StateDelivered, 1 << 10},
		"a slow drip": {func(w http.ResponseWriter, stop <-chan struct{}) {
			for range 600 {
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		}, webhook.StateDelivered, 100},
		"none": {func(_ http.ResponseWriter, stop <-chan struct{}) { <-stop }, webhook.StatePending, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, nil)
			f.courier.SetTimeout(4 * time.Second)
			stop := make(chan struct{})
			r := newReceiver(t, func(w http.ResponseWriter, _ received) bool {
				test.answer(w, stop)
				return true
			})
			t.Cleanup(func() { close(stop) })
			row, _ := f.create(nil, r.URL)
			began := time.Now()
			got := f.test(row.Webhook.ID)
			if took := time.Since(began); took > 15*time.Second || got.State != test.state {
				t.Errorf("it is %s after %v", got.State, took)
			}
			if got.ResponseExcerpt != nil && len(*got.ResponseExcerpt) > test.most {
				t.Errorf("%d bytes are kept", len(*got.ResponseExcerpt))
			}
		})
	}
}

// Addresses of somebody's own network are refused when they are given; a name
// that leads to one is when it is called.
func TestPrivateAddressesAreNotCalled(t *testing.T) {
	t.Parallel()
	f := setup(t, outbound.New(outbound.Options{Resolver: resolver(t, [4]byte{10, 0, 0, 1}), Timeout: 5 * time.Second}))
	for _, url := range []string{
		"http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/",
		"https://example.com:5432/", "https://ana:hunter2@example.com/", "https://0x7f.1/",
	} {
		_, _, err := f.service.Create(t.Context(), f.admin, webhook.CreateParams{Name: "Test", URL: url, EventTypes: []string{"*"}})
		if !apperr.Is(err, apperr.ValidationFailed) {
			t.Errorf("%s is taken: %v", url, err)
		}
	}
	row, _ := f.create(nil, "https://private.test/")
	got := f.test(row.Webhook.ID)
	if got.State != webhook.StatePending || got.Error == nil || *got.Error != "The address leads to a network that is not public." {
		t.Errorf("the delivery is %s: %v", got.State, got.Error)
	}
}

// resolver answers every name with the address.
func resolver(t *testing.T, address [4]byte) *net.Resolver {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	expect.OK(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var query dnsmessage.Message
			if query.Unpack(buffer[:n]) != nil || len(query.Questions) != 1 {
				continue
			}
			answer := dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true}, Questions: query.Questions}
			if question := query.Questions[0]; question.Type == dnsmessage.TypeA {
				answer.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
					Body:   &dnsmessage.AResource{A: address},
				}}
			}
			if packed, err := answer.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// Whoever took an endpoint and is gone holds it up until the lease is over, and
// does nothing when it comes back later.
func TestALostLeaseIsGivenOutAgain(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	r := newReceiver(t, nil)
	row, _ := f.create(nil, r.URL)
	_, err := f.service.Test(t.Context(), f.admin, row.Webhook.ID)
	expect.OK(t, err)
	expect.OK(t, f.courier.Look(t.Context()))
	lost := f.takeJobs()
	f.work()
	if got := r.count(); got != 0 || len(lost) != 1 {
		t.Errorf("%d messages are sent while somebody has the lease, which %d have", got, len(lost))
	}
	f.clock.advance(2 * time.Minute)
	f.work()
	expect.OK(t, f.courier.Deliver(t.Context(), lost[0].webhookID, lost[0].lease))
	if got := r.count(); got != 1 {
		t.Errorf("%d messages are sent, want 1", got)
	}
}

// What is done is kept for 30 days, what is pending for as long as it is.
func TestOldDeliveriesAreRemoved(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	r := newReceiver(t, nil)
	row, _ := f.create(nil, r.URL)
	f.test(row.Webhook.ID)
	f.clock.advance(29 * 24 * time.Hour)
	expect.OK(t, f.courier.CleanUp(t.Context()))
	if got := len(f.deliveries(row.Webhook.ID)); got != 1 {
		t.Errorf("after 29 days %d deliveries are there, want 1", got)
	}
	f.clock.advance(2 * 24 * time.Hour)
	_, err := f.service.Test(t.Context(), f.admin, row.Webhook.ID)
	expect.OK(t, err)
	_, err = f.db.Exec(t.Context(), "UPDATE webhook_deliveries SET created_at = created_at - interval '90 days' WHERE state = 'pending'")
	expect.OK(t, err)
	expect.OK(t, f.courier.CleanUp(t.Context()))
	var states []string
	for _, d := range f.deliveries(row.Webhook.ID) {
		states = append(states, d.State)
	}
	if diff := cmp.Diff([]string{webhook.StatePending}, states); diff != "" {
		t.Errorf("after 31 days there are (-want +got):\n%s", diff)
	}
}
