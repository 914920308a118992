package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/webhook"
)

const (
	// backgroundConns are the connections of what runs beside requests: one
	// listens, and the rest are the jobs'.
	backgroundConns = 6
	// jobsAtOnce bounds the jobs of the default queue that a process works on.
	jobsAtOnce = 4
	// jobPatience is how long a running job may go on once the service stops.
	jobPatience = 10 * time.Second
)

// background is what the service does beside answering requests.
type background struct {
	db      *dbx.DB
	runner  *job.Runner
	courier *webhook.Courier
	// webhooks are what the courier and the service of webhooks have in common.
	webhooks webhook.Options
}

func newBackground(ctx context.Context, d *database, cfg config.Jobs, secret []byte, logger *slog.Logger) (_ *background, err error) {
	b := &background{}
	if b.db, err = dbx.Open(ctx, d.url, backgroundConns); err != nil {
		return nil, fmt.Errorf("opening the connections of background work: %w", err)
	}
	defer func() {
		if err != nil {
			b.db.Close()
		}
	}()
	queue, err := job.NewQueue(logger)
	if err != nil {
		return nil, err
	}
	if cfg.WebhookAllowLoopback {
		logger.WarnContext(ctx, "webhooks may lead to this machine: do not run this where others make webhooks")
	}
	b.webhooks = webhook.Options{Secret: secret, Client: webhook.NewClient(cfg.WebhookAllowLoopback)}
	b.courier, err = webhook.NewCourier(b.db, webhook.CourierOptions{Options: b.webhooks, Queue: queue, Logger: logger})
	if err != nil {
		return nil, err
	}
	b.webhooks.Wake = b.courier.Wake
	works := job.NewWorks()
	works.Queue(river.QueueDefault, jobsAtOnce)
	job.AddExpiry(works, b.db, logger)
	job.AddWebhooks(works, b.courier)
	b.runner, err = job.NewRunner(job.Options{DB: b.db, PollOnly: cfg.PollOnly, Patience: jobPatience, Logger: logger}, works)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// close gives the connections back; the runner has to be stopped before.
func (b *background) close() {
	if b != nil {
		b.db.Close()
	}
}
