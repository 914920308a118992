package webhook_test

import (
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/webhook"
)

const (
	downFor = time.Hour
	step    = time.Minute
)

// outage is a receiver that is down for an hour, and then refuses each seventh
// message once, beside one that is well.
type outage struct {
	*fixture

	down             atomic.Bool
	broken, well     *receiver
	brokenID, wellID uuid.UUID
	entities         []uuid.UUID
	versions         map[uuid.UUID]int64
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	o := &outage{fixture: setup(t, nil), versions: map[uuid.UUID]int64{}}
	o.down.Store(true)
	var mu sync.Mutex
	refused := map[string]bool{}
	o.broken = newReceiver(t, func(w http.ResponseWriter, m received) bool {
		if o.down.Load() {
			hangUp(w)
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if m.Data.Version%7 == 3 && !refused[m.ID] {
			refused[m.ID] = true
			w.WriteHeader(http.StatusInternalServerError)
			return false
		}
		return true
	})
	o.well = newReceiver(t, nil)
	broken, _ := o.create(nil, o.broken.URL)
	well, _ := o.create(nil, o.well.URL)
	o.brokenID, o.wellID = broken.Webhook.ID, well.Webhook.ID
	for range 10 {
		o.entities = append(o.entities, uuid.New())
	}
	return o
}

// run has the events happen within the hour, and then waits for the deliveries.
func (o *outage) run(events int) {
	o.t.Helper()
	steps := int(downFor / step)
	told := 0
	for n := range steps {
		for ; told < events*(n+1)/steps; told++ {
			id := o.entities[told%len(o.entities)]
			o.versions[id]++
			o.updated(id, o.versions[id])
		}
		o.settle()
		if got := o.count(o.wellID, webhook.StateDelivered); got != told {
			o.t.Fatalf("%d of %d are delivered to the endpoint that is well while the other is down", got, told)
		}
		o.clock.advance(step)
	}
	tried := o.broken.count()
	o.down.Store(false)
	waited := time.Duration(0)
	for o.count(o.brokenID, webhook.StateDelivered) < events && waited < webhook.Window {
		o.settle()
		o.clock.advance(step)
		waited += step
	}
	o.t.Logf("%d events of %d entities: the endpoint was tried %d times while it was down, all was delivered %v after it was back",
		events, len(o.entities), tried, waited)
	if tried > events/2 && events >= 200 {
		o.t.Errorf("while it was down the endpoint was tried %d times", tried)
	}
}

// disorder is how many messages came before an earlier one of their entity, and
// how many were there, each counted once by its id.
func disorder(messages []received) (overtaken, distinct int) {
	seen, last := map[string]bool{}, map[uuid.UUID]int64{}
	for _, m := range messages {
		if seen[m.ID] {
			continue
		}
		seen[m.ID] = true
		if m.Data.Version != last[m.Data.EntityID]+1 {
			overtaken++
		}
		last[m.Data.EntityID] = m.Data.Version
	}
	return overtaken, len(seen)
}

// A receiver that was down for an hour gets everything that happened meanwhile
// and before, once by the messages' ids, and in the order of each entity; an
// endpoint that is well notices nothing of it.
func TestChaosReceiverDownForAnHour(t *testing.T) {
	t.Parallel()
	events := 200
	if os.Getenv("COORDINATOR_CHAOS") == "1" {
		events = 1000
	}
	t.Run("InOrderAndOnce", func(t *testing.T) {
		t.Parallel()
		o := newOutage(t)
		o.run(events)
		for name, r := range map[string]*receiver{"was down": o.broken, "is well": o.well} {
			messages := r.messages()
			overtaken, distinct := disorder(messages)
			t.Logf("the endpoint that %s: %d messages, %d of them different, %d overtaken", name, len(messages), distinct, overtaken)
			if distinct != events || len(messages) != events || overtaken != 0 {
				t.Errorf("the endpoint that %s took %d messages, %d of them different, want %d; %d overtook another", name, len(messages), distinct, events, overtaken)
			}
		}
		var late float64
		err := o.db.QueryRow(t.Context(), "SELECT extract(epoch FROM max(delivered_at - created_at)) FROM webhook_deliveries WHERE webhook_id = $1", o.wellID).Scan(&late)
		if err != nil || late > step.Seconds() {
			t.Errorf("the endpoint that is well waited for up to %v s (%v)", late, err)
		}
	})
	// The control: without the rule that a message waits for the one before about
	// the same entity, the same shows that they overtake each other.
	t.Run("WithoutTheGateTheyOvertakeEachOther", func(t *testing.T) {
		t.Parallel()
		o := newOutage(t)
		o.courier.Ungate()
		o.run(events)
		overtaken, distinct := disorder(o.broken.messages())
		t.Logf("without the gate %d of %d overtook another", overtaken, distinct)
		if overtaken == 0 {
			t.Error("nothing overtook anything, so that the order proves nothing")
		}
	})
}
