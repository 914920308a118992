package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// sdkHook is an endpoint that takes webhooks as the SDK's documentation has it.
type sdkHook struct {
	*httptest.Server

	messages chan sdkMessage
}

// sdkMessage is what came, to be verified where the secret is known.
type sdkMessage struct {
	body   []byte
	header http.Header
}

func newSDKHook(t *testing.T) *sdkHook {
	t.Helper()

	h := &sdkHook{messages: make(chan sdkMessage, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}

		h.messages <- sdkMessage{body, r.Header}
	}))

	return h
}

// next returns the next message, which has to be signed with one of the secrets.
func (h *sdkHook) next(t *testing.T, secrets ...string) *api.WebhookMessage {
	t.Helper()

	message := <-h.messages

	return answer(client.VerifyWebhook(message.body, message.header, secrets...)).is(t)
}

func tellWebhooks(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	w.hook = newSDKHook(t)

	made := answer(w.admin.Webhooks.Create(ctx, api.WebhookCreate{Name: "Builds", URL: w.hook.URL, ProjectID: &w.project.ID, EventTypes: []string{"task.created"}})).is(t)
	updated := answer(w.admin.Webhooks.Update(ctx, made.Webhook.ID, api.WebhookUpdate{
		Name: new("Changes"), EventTypes: &[]string{"task.*"},
	}, client.IfMatch(made.Webhook.Version))).is(t)

	if updated.Name != "Changes" || updated.EventTypes[0] != "task.*" || updated.URL != w.hook.URL {
		t.Errorf("the endpoint is %+v", updated)
	}

	renamed := answer(w.mia.Tasks.Update(ctx, w.build.ID, api.TaskUpdate{Title: new("Build the shop")})).is(t)
	if told := w.hook.next(t, made.Secret); told.Type != "task.updated" || told.Data.EntityID != renamed.ID {
		t.Errorf("the endpoint is told %+v", told)
	}

	other := answer(w.admin.Webhooks.RotateSecret(ctx, made.Webhook.ID, api.WebhookSecretRotate{OverlapHours: new(int32(1))})).is(t)

	if delivery := answer(w.admin.Webhooks.Test(ctx, made.Webhook.ID)).is(t); delivery.EventType != "webhook.test" {
		t.Errorf("the delivery is %+v", delivery)
	}

	// Both secrets hold until the overlap is over.
	message := <-w.hook.messages
	for _, secret := range []string{made.Secret, other.Secret} {
		if told := answer(client.VerifyWebhook(message.body, message.header, secret)).is(t); told.Type != "webhook.test" {
			t.Errorf("the endpoint is told %+v", told)
		}
	}

	// What is under way when an endpoint is disabled is not recorded as delivered.
	eventually(t, "nothing is under way", func() bool {
		return len(all(t, w.admin.Webhooks.AllDeliveries(ctx, made.Webhook.ID, client.WebhookListDeliveriesParams{
			State: api.WebhookDeliveryStateDelivered,
		}))) == 2
	})

	if off := answer(w.admin.Webhooks.Disable(ctx, made.Webhook.ID)).is(t); off.Status != api.WebhookStatusDisabled {
		t.Errorf("the endpoint is %s", off.Status)
	}

	answer(w.admin.Webhooks.Test(ctx, made.Webhook.ID)).refused(t, http.StatusConflict, api.ProblemCodeConflict)

	if on := answer(w.admin.Webhooks.Enable(ctx, made.Webhook.ID)).is(t); on.Status != api.WebhookStatusEnabled {
		t.Errorf("the endpoint is %s", on.Status)
	}

	same(t, "the project's endpoints", each(answer(w.admin.Webhooks.List(ctx, client.WebhookListParams{ProjectID: w.project.ID})).is(t).Data,
		func(h api.Webhook) string { return h.Name }), "Changes")

	w.webhook = *answer(w.admin.Webhooks.Get(ctx, made.Webhook.ID)).is(t)
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

	again := answer(w.admin.Webhooks.Redeliver(ctx, w.webhook.ID, test.ID)).is(t)
	if again.ID != test.ID || again.State != api.WebhookDeliveryStatePending {
		t.Errorf("the delivery is %+v", again)
	}

	if message := <-w.hook.messages; message.header.Get("Webhook-Id") != test.MessageID {
		t.Errorf("what comes again is %s, not %s", message.header.Get("Webhook-Id"), test.MessageID)
	}

	eventually(t, "it is delivered again", func() bool {
		delivery := answer(w.admin.Webhooks.GetDelivery(ctx, w.webhook.ID, test.ID)).is(t)

		return delivery.State == api.WebhookDeliveryStateDelivered && delivery.ResponseStatus.MustGet() == http.StatusOK
	})

	same(t, "what was told of tasks", each(answer(w.admin.Webhooks.ListDeliveries(ctx, w.webhook.ID, client.WebhookListDeliveriesParams{
		EventType: "task.updated",
	})).is(t).Data, func(d api.WebhookDelivery) string { return d.EntityID.String() }), w.build.ID.String())

	done(w.admin.Webhooks.Delete(ctx, w.webhook.ID)).is(t)
	w.hook.Close()

	if left := all(t, w.admin.Webhooks.All(ctx, client.WebhookListParams{})); len(left) != 0 {
		t.Errorf("there still is %+v", left)
	}
}
