package job

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/webhook"
)

const (
	// Endpoints that fail have a queue of their own: waiting for them keeps
	// nobody from those that answer.
	webhookQueue        = "webhooks"
	failingWebhookQueue = "webhooks_failing"

	webhooksAtOnce        = 12
	failingWebhooksAtOnce = 4

	webhookCleanUpInterval = time.Hour
)

// WebhookArgs have what an endpoint is due delivered, by whoever has the lease.
type WebhookArgs struct {
	WebhookID uuid.UUID `json:"webhook_id"`
	Lease     uuid.UUID `json:"lease"`
}

// Kind implements [river.JobArgs].
func (WebhookArgs) Kind() string { return "webhook_endpoint" }

// WebhookCleanUpArgs have old deliveries removed.
type WebhookCleanUpArgs struct{}

// Kind implements [river.JobArgs].
func (WebhookCleanUpArgs) Kind() string { return "webhook_clean_up" }

// AddWebhook implements [webhook.Queue]. A job that fails is not tried again:
// its lease ends, and the endpoint is given out anew.
func (s *Queue) AddWebhook(ctx context.Context, q *db.Queries, webhookID, lease uuid.UUID, isFailing bool) error {
	opts := &river.InsertOpts{Queue: webhookQueue, MaxAttempts: 1}
	if isFailing {
		opts.Queue = failingWebhookQueue
	}
	return s.Add(ctx, q, WebhookArgs{WebhookID: webhookID, Lease: lease}, opts)
}

var _ webhook.Queue = (*Queue)(nil)

type webhookEndpoint struct {
	river.WorkerDefaults[WebhookArgs]
	courier *webhook.Courier
}

// Work implements [river.Worker].
func (w *webhookEndpoint) Work(ctx context.Context, job *river.Job[WebhookArgs]) error {
	return w.courier.Deliver(ctx, job.Args.WebhookID, job.Args.Lease)
}

// Timeout implements [river.Worker].
func (*webhookEndpoint) Timeout(*river.Job[WebhookArgs]) time.Duration { return webhook.DeliverTimeout }

type webhookCleanUp struct {
	river.WorkerDefaults[WebhookCleanUpArgs]
	courier *webhook.Courier
}

// Work implements [river.Worker].
func (w *webhookCleanUp) Work(ctx context.Context, _ *river.Job[WebhookCleanUpArgs]) error {
	return w.courier.CleanUp(ctx)
}

// AddWebhooks adds the jobs that deliver to webhooks, and the one that removes
// old deliveries once an hour.
func AddWebhooks(w *Works, courier *webhook.Courier) {
	w.Queue(webhookQueue, webhooksAtOnce)
	w.Queue(failingWebhookQueue, failingWebhooksAtOnce)
	Add(w, &webhookEndpoint{courier: courier})
	Add(w, &webhookCleanUp{courier: courier})
	w.Every(webhookCleanUpInterval, WebhookCleanUpArgs{})
}
