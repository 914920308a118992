package e2e_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// inbox is an endpoint that keeps the messages it is sent.
type inbox struct {
	*httptest.Server

	messages chan message
}

// message is one as it was received, to be verified where the secret is known.
type message struct {
	body   []byte
	header http.Header
}

func newInbox(t *testing.T) *inbox {
	t.Helper()

	i := &inbox{messages: make(chan message, 100)}
	i.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}

		i.messages <- message{body, r.Header.Clone()}
	}))
	t.Cleanup(i.Close)

	return i
}

// next returns the message that comes next.
func (i *inbox) next(t *testing.T) message {
	t.Helper()

	select {
	case came := <-i.messages:
		return came
	case <-time.After(patience):
		t.Fatal("no message comes")

		return message{}
	}
}

// verified is what the message says, which one of the secrets has to have signed.
func (m message) verified(t *testing.T, secrets ...string) *api.WebhookMessage {
	t.Helper()

	return calling(client.VerifyWebhook(m.body, m.header, secrets...)).succeeds(t)
}

// What the service delivers is verified by the SDK, with the old and the new
// secret while it is rotated, and is refused when anything of it was changed.
func verifiesWebhooks(t *testing.T, s *server) {
	t.Helper()

	told := newInbox(t)
	ctx := t.Context()
	as := inSession(t, s, s.origin)
	project := calling(as.Projects.Create(ctx, api.ProjectCreate{Name: "Told"})).succeeds(t).ID
	created := calling(as.Webhooks.Create(ctx, api.WebhookCreate{
		Name: "Builds", URL: told.URL, ProjectID: &project, EventTypes: []api.WebhookEventType{"task.*"},
	})).succeeds(t)
	task := calling(as.Tasks.Create(ctx, api.TaskCreate{ProjectID: project, Title: "Told"})).succeeds(t)

	first := told.next(t)
	read := first.verified(t, created.Secret)

	if read.Type != "task.created" || read.Data.EntityID != task.ID || read.Data.Version.MustGet() != task.Version {
		t.Errorf("the message says %+v", read)
	}

	for name, change := range map[string]func(m *message){
		"Body":      func(m *message) { m.body = append(slices.Clone(m.body), ' ') },
		"ID":        func(m *message) { m.header.Set("Webhook-Id", "msg_of_another") },
		"Timestamp": func(m *message) { m.header.Set("Webhook-Timestamp", "1700000000") },
	} {
		tampered := message{first.body, first.header.Clone()}
		change(&tampered)

		if _, err := client.VerifyWebhook(tampered.body, tampered.header, created.Secret); !errors.Is(err, client.ErrWebhookSignature) {
			t.Errorf("another %s is answered by %v", name, err)
		}
	}

	rotated := calling(as.Webhooks.RotateSecret(ctx, created.Webhook.ID, api.WebhookSecretRotate{})).succeeds(t)
	calling(as.Tasks.Update(ctx, task.ID, api.TaskUpdate{Title: new("Told again")})).succeeds(t)

	second := told.next(t)
	for _, secrets := range [][]string{{created.Secret}, {rotated.Secret}, {created.Secret, rotated.Secret}} {
		second.verified(t, secrets...)
	}

	if _, err := client.VerifyWebhook(first.body, first.header, rotated.Secret); !errors.Is(err, client.ErrWebhookSignature) {
		t.Errorf("the new secret is taken for the old one: %v", err)
	}

	late := client.WebhookVerifier{Secrets: []string{created.Secret}, Now: func() time.Time { return time.Now().Add(time.Hour) }}
	if _, err := late.Verify(first.body, first.header); !errors.Is(err, client.ErrWebhookTimestamp) {
		t.Errorf("an old message is answered by %v", err)
	}
}

func tellWebhooks(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	made := calling(w.admin.Webhooks.Create(ctx, api.WebhookCreate{Name: "Builds", URL: w.inbox.URL, ProjectID: &w.project.ID, EventTypes: []string{"task.created"}})).succeeds(t)
	updated := calling(w.admin.Webhooks.Update(ctx, made.Webhook.ID, api.WebhookUpdate{
		Name: new("Changes"), EventTypes: []string{"task.*"},
	}, client.IfMatch(made.Webhook.Version))).succeeds(t)

	if updated.Name != "Changes" || updated.EventTypes[0] != "task.*" || updated.URL != w.inbox.URL {
		t.Errorf("the endpoint is %+v", updated)
	}

	renamed := calling(w.mia.Tasks.Update(ctx, w.build.ID, api.TaskUpdate{Title: new("Build the shop")})).succeeds(t)
	if told := w.inbox.next(t).verified(t, made.Secret); told.Type != "task.updated" || told.Data.EntityID != renamed.ID {
		t.Errorf("the endpoint is told %+v", told)
	}

	other := calling(w.admin.Webhooks.RotateSecret(ctx, made.Webhook.ID, api.WebhookSecretRotate{OverlapHours: new(int32(1))})).succeeds(t)

	if delivery := calling(w.admin.Webhooks.Test(ctx, made.Webhook.ID)).succeeds(t); delivery.EventType != "webhook.test" {
		t.Errorf("the delivery is %+v", delivery)
	}

	// Both secrets hold until the overlap is over.
	rotated := w.inbox.next(t)
	for _, secret := range []string{made.Secret, other.Secret} {
		if told := rotated.verified(t, secret); told.Type != "webhook.test" {
			t.Errorf("the endpoint is told %+v", told)
		}
	}

	// What is under way when an endpoint is disabled is not recorded as delivered.
	eventually(t, "nothing is under way", func() bool {
		return len(all(t, w.admin.Webhooks.AllDeliveries(ctx, made.Webhook.ID, client.WebhookListDeliveriesParams{
			State: api.WebhookDeliveryStateDelivered,
		}))) == 2
	})

	if off := calling(w.admin.Webhooks.Disable(ctx, made.Webhook.ID)).succeeds(t); off.Status != api.WebhookStatusDisabled {
		t.Errorf("the endpoint is %s", off.Status)
	}

	calling(w.admin.Webhooks.Test(ctx, made.Webhook.ID)).fails(t, http.StatusConflict, api.ProblemCodeConflict)

	if on := calling(w.admin.Webhooks.Enable(ctx, made.Webhook.ID)).succeeds(t); on.Status != api.WebhookStatusEnabled {
		t.Errorf("the endpoint is %s", on.Status)
	}

	same(t, "the project's endpoints", each(calling(w.admin.Webhooks.List(ctx, client.WebhookListParams{ProjectID: w.project.ID})).succeeds(t).Data,
		func(h api.Webhook) string { return h.Name }), "Changes")

	w.webhook = *calling(w.admin.Webhooks.Get(ctx, made.Webhook.ID)).succeeds(t)
	if w.webhook.PreviousSecretExpiresAt.IsNull() || w.webhook.LastDeliveredAt.IsNull() {
		t.Errorf("the endpoint is %+v", w.webhook)
	}
}

func tellDeliveries(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	var test api.WebhookDelivery

	eventually(t, "the deliveries are on record", func() bool {
		deliveries := all(t, w.admin.Webhooks.AllDeliveries(ctx, w.webhook.ID, client.WebhookListDeliveriesParams{
			PageSize: 1, State: api.WebhookDeliveryStateDelivered,
		}))
		for _, delivery := range deliveries {
			if delivery.EventType == "webhook.test" {
				test = delivery
			}
		}

		return len(deliveries) == 2
	})

	again := calling(w.admin.Webhooks.Redeliver(ctx, w.webhook.ID, test.ID)).succeeds(t)
	if again.ID != test.ID || again.State != api.WebhookDeliveryStatePending {
		t.Errorf("the delivery is %+v", again)
	}

	if message := w.inbox.next(t); message.header.Get("Webhook-Id") != test.MessageID {
		t.Errorf("what comes again is %s, not %s", message.header.Get("Webhook-Id"), test.MessageID)
	}

	eventually(t, "it is delivered again", func() bool {
		delivery := calling(w.admin.Webhooks.GetDelivery(ctx, w.webhook.ID, test.ID)).succeeds(t)

		return delivery.State == api.WebhookDeliveryStateDelivered && delivery.ResponseStatus.MustGet() == http.StatusOK
	})

	same(t, "what was told of tasks", each(calling(w.admin.Webhooks.ListDeliveries(ctx, w.webhook.ID, client.WebhookListDeliveriesParams{
		EventType: "task.updated",
	})).succeeds(t).Data, func(d api.WebhookDelivery) string { return d.EntityID.String() }), w.build.ID.String())

	doing(w.admin.Webhooks.Delete(ctx, w.webhook.ID)).succeeds(t)

	if left := all(t, w.admin.Webhooks.All(ctx, client.WebhookListParams{})); len(left) != 0 {
		t.Errorf("there still is %+v", left)
	}
}
