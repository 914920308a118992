package e2e_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// message is a message as an endpoint has received it.
type message struct {
	body   []byte
	header http.Header
}

// What the service delivers is verified by the SDK, with the old and the new
// secret while it is rotated, and is refused when anything of it was changed.
func verifiesWebhooks(t *testing.T, s *server) {
	t.Helper()

	var (
		mu       sync.Mutex
		messages []message
	)

	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}

		mu.Lock()
		defer mu.Unlock()

		messages = append(messages, message{body, r.Header.Clone()})
	}))
	t.Cleanup(endpoint.Close)

	await := func(count int) []message {
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			mu.Lock()
			found := slices.Clone(messages)
			mu.Unlock()

			if len(found) >= count {
				return found
			}
		}

		t.Fatalf("there are fewer than %d messages", count)

		return nil
	}

	ctx := t.Context()
	as := inSession(t, s, s.origin)
	project := answer(as.Projects.Create(ctx, api.ProjectCreate{Name: "Told"})).is(t).ID
	created := answer(as.Webhooks.Create(ctx, api.WebhookCreate{
		Name: "Builds", URL: endpoint.URL, ProjectID: &project, EventTypes: []api.WebhookEventType{"task.*"},
	})).is(t)
	task := answer(as.Tasks.Create(ctx, api.TaskCreate{ProjectID: project, Title: "Told"})).is(t)

	first := await(1)[0]
	read := answer(client.VerifyWebhook(first.body, first.header, created.Secret)).is(t)

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

	rotated := answer(as.Webhooks.RotateSecret(ctx, created.Webhook.ID, api.WebhookSecretRotate{})).is(t)
	answer(as.Tasks.Update(ctx, task.ID, api.TaskUpdate{Title: new("Told again")})).is(t)

	second := await(2)[1]
	for _, secrets := range [][]string{{created.Secret}, {rotated.Secret}, {created.Secret, rotated.Secret}} {
		answer(client.VerifyWebhook(second.body, second.header, secrets...)).is(t)
	}

	if _, err := client.VerifyWebhook(first.body, first.header, rotated.Secret); !errors.Is(err, client.ErrWebhookSignature) {
		t.Errorf("the new secret is taken for the old one: %v", err)
	}

	late := client.WebhookVerifier{Secrets: []string{created.Secret}, Now: func() time.Time { return time.Now().Add(time.Hour) }}
	if _, err := late.Verify(first.body, first.header); !errors.Is(err, client.ErrWebhookTimestamp) {
		t.Errorf("an old message is answered by %v", err)
	}
}
