package webhook_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/backup"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/webhook"
)

// A copy of a service sends nothing of what the original has to send: neither
// what was pending nor what had happened and was not looked at yet. What
// happens in the copy is sent, and what was left out when somebody asks for it.
func TestACopySendsNothingOfThePast(t *testing.T) {
	t.Parallel()
	f := setup(t, nil)
	isAway := true
	r := newReceiver(t, func(w http.ResponseWriter, _ received) bool {
		if isAway {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return !isAway
	})
	endpoint, _ := f.create(nil, r.URL, "task.*")
	pending, unread, later := uuid.New(), uuid.New(), uuid.New()
	f.updated(pending, 1)
	f.settle()
	f.updated(unread, 1)
	before := r.count()

	dropped, err := backup.DropDeliveries(t.Context(), f.db)
	expect.OK(t, err)
	if dropped != 1 || before == 0 {
		t.Errorf("%d deliveries were left out, after %d requests", dropped, before)
	}
	isAway = false
	f.clock.advance(webhook.Window)
	f.settle()
	if n := r.count(); n != before {
		t.Errorf("the copy has sent %d messages of the past", n-before)
	}
	f.updated(later, 1)
	f.settle()
	if got := r.messages(); len(got) != 1 || got[0].Data.EntityID != later {
		t.Errorf("of what happens in the copy it sends %v", got)
	}
	if n := f.count(endpoint.Webhook.ID, webhook.StateFailed); n != 1 {
		t.Errorf("%d deliveries are kept as failed", n)
	}
}
