package webhook

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
)

// testType is the type of a message that somebody has asked for.
const testType = "webhook.test"

// How far a delivery is.
const (
	StatePending   = "pending"
	StateDelivered = "delivered"
	StateFailed    = "failed"
)

// MessageID is by what a receiver tells a message from others, and that it has
// it already: the same with each attempt.
func MessageID(deliveryID uuid.UUID) string {
	return "msg_" + strings.ReplaceAll(deliveryID.String(), "-", "")
}

// DeliveryFilter narrows a list; nil fields do not.
type DeliveryFilter struct {
	State     *string
	EventType *string
}

// Deliveries returns a page of what was sent or is to be sent to an endpoint,
// the latest first. It returns NotFound unless the actor has the endpoint.
func (s *Service) Deliveries(ctx context.Context, actor access.Actor, id uuid.UUID, filter DeliveryFilter, request page.Request) ([]db.WebhookDelivery, page.Info, error) {
	if _, err := s.Get(ctx, actor, id); err != nil {
		return nil, page.Info{}, err
	}
	list, err := dbx.NewList(s.db, nil, "d.position", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).WebhookDeliveryList(ctx, db.WebhookDeliveryListParams{
		WebhookID: id, State: filter.State, EventType: filter.EventType, RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing deliveries: %w", err)
	}
	return rows, list.Info(), nil
}

// Delivery returns one delivery, NotFound unless the actor has its endpoint.
func (s *Service) Delivery(ctx context.Context, actor access.Actor, id, deliveryID uuid.UUID) (db.WebhookDelivery, error) {
	if _, err := s.Get(ctx, actor, id); err != nil {
		return db.WebhookDelivery{}, err
	}
	return getDelivery(ctx, db.New(s.db), id, deliveryID)
}

func getDelivery(ctx context.Context, q *db.Queries, id, deliveryID uuid.UUID) (db.WebhookDelivery, error) {
	row, err := q.WebhookDeliveryGet(ctx, db.WebhookDeliveryGetParams{ID: deliveryID, WebhookID: id})
	if err != nil {
		return db.WebhookDelivery{}, fmt.Errorf("reading a delivery: %w", dbx.OrMissing(err, "delivery", deliveryID))
	}
	return row, nil
}

// Test queues a message that tells nothing, to be sent at once. It returns
// NotFound unless the actor has the endpoint, and Conflict when it is disabled.
func (s *Service) Test(ctx context.Context, actor access.Actor, id uuid.UUID) (db.WebhookDelivery, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.WebhookDelivery, error) {
		if err := s.open(ctx, q, actor, id); err != nil {
			return db.WebhookDelivery{}, err
		}
		row, err := q.WebhookDeliveryInsertTest(ctx, db.WebhookDeliveryInsertTestParams{
			ID: uuid.Must(uuid.NewV7()), WebhookID: id, EventType: testType, Now: s.now(),
		})
		if err != nil {
			return db.WebhookDelivery{}, fmt.Errorf("queueing a test: %w", err)
		}
		return row, nil
	})
}

// Redeliver queues once more what was delivered or has failed. It returns
// NotFound unless the actor has the endpoint, and Conflict when that is
// disabled or the delivery is pending.
func (s *Service) Redeliver(ctx context.Context, actor access.Actor, id, deliveryID uuid.UUID) (db.WebhookDelivery, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.WebhookDelivery, error) {
		if err := s.open(ctx, q, actor, id); err != nil {
			return db.WebhookDelivery{}, err
		}
		if _, err := getDelivery(ctx, q, id, deliveryID); err != nil {
			return db.WebhookDelivery{}, err
		}
		row, err := q.WebhookDeliveryRequeue(ctx, db.WebhookDeliveryRequeueParams{ID: deliveryID, WebhookID: id, Now: s.now()})
		if dbx.IsNotFound(err) {
			return db.WebhookDelivery{}, apperr.New(apperr.Conflict, "The delivery is pending: it is sent without being asked for.")
		}
		if err != nil {
			return db.WebhookDelivery{}, fmt.Errorf("queueing a delivery again: %w", err)
		}
		return row, nil
	})
}

// open locks an endpoint that something is to be sent to now, whether or not it
// is left alone at the moment.
func (s *Service) open(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) error {
	row, err := lock(ctx, q, actor, id, nil)
	if err != nil {
		return err
	}
	if row.Webhook.Status != StatusEnabled {
		return apperr.New(apperr.Conflict, "The endpoint is disabled, so that nothing is sent to it. Enable it first.")
	}
	if err := q.WebhookQueueUnpause(ctx, id); err != nil {
		return fmt.Errorf("opening a queue: %w", err)
	}
	dbx.AfterCommit(q, s.wake)
	return nil
}
