package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// hook takes messages slowly, as they are signed for it.
type hook struct {
	*httptest.Server

	mu     sync.Mutex
	secret string
	// messages are how often each came, by the record it is about and its id.
	messages map[uuid.UUID]map[string]int
	forged   int
}

func newHook(t *testing.T) *hook {
	t.Helper()

	h := &hook{messages: map[uuid.UUID]map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.take))
	t.Cleanup(h.Close)

	return h
}

func (h *hook) take(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)

	time.Sleep(50 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()

	var message struct {
		Data struct {
			EntityID uuid.UUID `json:"entity_id"`
		} `json:"data"`
	}

	verifier, wrong := standardwebhooks.NewWebhook(h.secret)
	if err != nil || wrong != nil || verifier.Verify(body, r.Header) != nil || json.Unmarshal(body, &message) != nil {
		h.forged++

		return
	}

	of := h.messages[message.Data.EntityID]
	if of == nil {
		of = map[string]int{}
		h.messages[message.Data.EntityID] = of
	}

	of[r.Header.Get("Webhook-Id")]++
}

// missing counts the records that nothing came about, and the messages that came twice.
func (h *hook) missing(of []uuid.UUID) (missing, twice int) {
	h.mu.Lock()
	defer h.mu.Unlock()

	for _, id := range of {
		if len(h.messages[id]) == 0 {
			missing++
		}

		for _, times := range h.messages[id] {
			twice += times - 1
		}
	}

	return missing, twice
}

// A server that is killed amid deliveries loses none: what was acknowledged is
// delivered by the one that comes after it. The control is that each kill found
// some undelivered.
func TestChaosWebhooksSurviveKills(t *testing.T) {
	t.Parallel()

	kills := 1
	if os.Getenv("COORDINATOR_CHAOS") == "1" {
		kills = 20
	}

	const tasks = 40

	ctx := t.Context()
	receiver := newHook(t)
	dataDir := newDataDir(t)
	settings := append([]string{"COORDINATOR_WEBHOOK_ALLOW_LOOPBACK=true", "COORDINATOR_RATE_LIMIT_WRITE=0"}, admin...)
	s := start(t, dataDir, settings...)
	token := s.signIn(t, adminEmail, adminPassword).AccessToken
	as := s.client(t, token)
	project := calling(as.Projects.Create(ctx, api.ProjectCreate{Name: "Killed"})).succeeds(t).ID
	created := calling(as.Webhooks.Create(ctx, api.WebhookCreate{
		Name: "Builds", URL: receiver.URL, ProjectID: &project, EventTypes: []string{"task.created"},
	})).succeeds(t)
	receiver.secret = created.Secret

	var acknowledged []uuid.UUID

	interrupted := 0

	for range kills {
		for n := range tasks {
			task := calling(as.Tasks.Create(ctx, api.TaskCreate{ProjectID: project, Title: fmt.Sprintf("Task %d", n)})).succeeds(t)
			acknowledged = append(acknowledged, task.ID)
		}

		s.kill()

		if missing, _ := receiver.missing(acknowledged); missing > 0 {
			interrupted++
		}

		s = start(t, dataDir, settings...)
		as = s.client(t, s.signIn(t, adminEmail, adminPassword).AccessToken)
	}

	waiting := time.Now()
	missing, twice := receiver.missing(acknowledged)
	for end := time.Now().Add(2 * time.Minute); missing > 0 && time.Now().Before(end); missing, twice = receiver.missing(acknowledged) {
		time.Sleep(100 * time.Millisecond)
	}

	t.Logf("%d kills, %d of them amid deliveries: of %d acknowledged tasks %d were not delivered; %d messages came again, %d not as signed; the last came %v after the last start",
		kills, interrupted, len(acknowledged), missing, twice, receiver.forged, time.Since(waiting).Round(time.Second))

	if missing > 0 || receiver.forged > 0 {
		t.Errorf("%d of %d are not delivered, %d not as signed", missing, len(acknowledged), receiver.forged)
	}

	if interrupted == 0 {
		t.Error("no kill found anything undelivered, which proves little")
	}

	s.stop(t)
}

// A copy of a service sends no webhook of what happened before the dump, and
// those of what happens in it soon after: it is told of a change, and does not
// find it when it looks the next time.
func TestARestoredCopySendsWebhooksOfItsOwnChangesAlone(t *testing.T) {
	t.Parallel()

	ctx := t.Context()
	dataDir := newDataDir(t)
	settings := append([]string{"COORDINATOR_WEBHOOK_ALLOW_LOOPBACK=true"}, admin...)

	var closed atomic.Bool

	closed.Store(true)

	taken := make(chan uuid.UUID, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var message struct {
			Data struct {
				EntityID uuid.UUID `json:"entity_id"`
			} `json:"data"`
		}

		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			t.Error(err)
		}

		if closed.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)

			return
		}

		taken <- message.Data.EntityID
	}))
	t.Cleanup(receiver.Close)

	original := start(t, dataDir, settings...)
	as := original.client(t, original.signIn(t, adminEmail, adminPassword).AccessToken)
	project := calling(as.Projects.Create(ctx, api.ProjectCreate{Name: "Copied"})).succeeds(t).ID
	calling(as.Webhooks.Create(ctx, api.WebhookCreate{
		Name: "Builds", URL: receiver.URL, ProjectID: &project, EventTypes: []string{"task.created"},
	})).succeeds(t)

	add := func(as *client.Client) uuid.UUID {
		t.Helper()

		return calling(as.Tasks.Create(ctx, api.TaskCreate{ProjectID: project, Title: "Something"})).succeeds(t).ID
	}

	for range 3 {
		add(as)
	}

	path := dump(t, dataDir)

	original.kill()

	if err := endPostgres(dataDir); err != nil {
		t.Fatal(err)
	}

	target := elsewhere(t, dataDir)
	if got := restore(t, private(target), path); got.code != 0 || !strings.Contains(got.stdout, "deliveries to webhooks that were waiting are left out") {
		t.Fatalf("restoring: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}

	closed.Store(false)

	s := start(t, target, settings...)
	as = s.client(t, s.signIn(t, adminEmail, adminPassword).AccessToken)

	const changes = 8

	soon := 0

	for range changes {
		began := time.Now()
		id := add(as)

		select {
		case got := <-taken:
			if got != id {
				t.Fatal("the copy sends something of before the dump")
			}
		case <-time.After(time.Minute):
			t.Fatal("what happens in the copy is not sent")
		}

		if time.Since(began) < 600*time.Millisecond {
			soon++
		}
	}

	t.Logf("%d of %d messages come within 0.6 s of their change", soon, changes)

	// Each change but the first follows right upon a look, so that a message that
	// is merely looked for comes a second later. On a machine that is busy some take longer.
	if soon < 3 {
		t.Errorf("%d of %d messages come soon after their change", soon, changes)
	}
}
