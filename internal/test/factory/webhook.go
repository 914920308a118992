package factory

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/seal"
)

// Webhook makes an endpoint of the project, or without one of everything, whose
// secret is sealed under secret, and a test of it that was delivered.
func Webhook(t testing.TB, d *dbx.DB, secret []byte, projectID *uuid.UUID) (id, deliveryID uuid.UUID) {
	t.Helper()
	box, err := seal.New(secret, "webhooks")
	if err != nil {
		t.Fatal(err)
	}
	id, deliveryID = uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	now := time.Now()
	err = dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		err := q.WebhookInsert(t.Context(), db.WebhookInsertParams{
			ID: id, ProjectID: projectID, Name: name("Endpoint"), Url: "https://hooks.agency.example/" + id.String(), EventTypes: []string{"task.*"},
			Secret: box.Seal([]byte("a secret of a test, 32 bytes long"), id[:]), Now: now,
		})
		if err != nil {
			return err
		}
		if err := q.WebhookQueueInsert(t.Context(), id); err != nil {
			return err
		}
		_, err = q.WebhookDeliveryInsertTest(t.Context(), db.WebhookDeliveryInsertTestParams{ID: deliveryID, WebhookID: id, EventType: "webhook.test", Now: now})
		if err != nil {
			return err
		}
		return q.WebhookDeliveryDelivered(t.Context(), db.WebhookDeliveryDeliveredParams{ID: deliveryID, Now: now, ResponseStatus: new(int32(204)), LatencyMilliseconds: new(int32(10))})
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, deliveryID
}
