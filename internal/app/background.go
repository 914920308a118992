package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/webhook"
)

const (
	// backgroundConns are the connections of what runs beside requests: one
	// listens, two follow the log for the audit and for webhooks, and the rest are
	// the jobs'.
	backgroundConns = 8
	// jobsAtOnce bounds the jobs of the default queue that a process works on.
	jobsAtOnce = 4
	// stopGrace is what jobs get to finish in any case, when requests have used
	// up the time of the stop; and what those get that were cancelled.
	stopGrace = 2 * time.Second
)

// background is what the service does beside answering requests.
type background struct {
	db      *dbx.DB
	runner  *job.Runner
	courier *webhook.Courier
	// webhooks are what the courier and the service of webhooks have in common.
	webhooks webhook.Options
}

func newBackground(ctx context.Context, d *database, cfg config.Serve, w *watching, s services, post *job.Post, secret []byte, logger *slog.Logger) (_ *background, err error) {
	b := &background{}
	// Jobs wait for a connection, having nobody who waits for them.
	limits := requestLimits(cfg.DatabaseTimeouts)
	limits.Impatient = false
	if b.db, err = d.openBeside(ctx, backgroundConns, limits, w.pool("background")); err != nil {
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
	b.webhooks = webhook.Options{Secret: secret, Client: webhook.NewClient(cfg.WebhookAllowLoopback, w.tracing.Transport)}
	b.courier, err = webhook.NewCourier(b.db, webhook.CourierOptions{Options: b.webhooks, Queue: queue, Logger: logger, Observe: w.metrics.WebhookAttempt})
	if err != nil {
		return nil, err
	}
	b.webhooks.Wake = b.courier.Wake
	works := job.NewWorks()
	works.Queue(job.DefaultQueue, jobsAtOnce)
	job.AddMail(works, post, s.auth.MailPasswordReset)
	job.AddExpiry(works, b.db, logger)
	job.AddPurge(works, b.db, cfg.PurgeAfter, logger)
	job.AddWebhooks(works, b.courier)
	b.runner, err = job.NewRunner(job.Options{
		DB: b.db, PollOnly: cfg.PollOnly || !d.listens(), Patience: cfg.ShutdownTimeout, Logger: logger, Metrics: w.metrics, Tracing: w.tracing,
	}, works)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// stop lets running jobs finish until the bounded context ends, and a moment in
// any case. What was cut off is done again, here or elsewhere.
func (b *background) stop(ctx, bounded context.Context) error {
	deadline, ok := bounded.Deadline()
	if least := time.Now().Add(stopGrace); !ok || deadline.Before(least) {
		deadline = least
	}
	bounded, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	return b.runner.Stop(bounded)
}

// close gives the connections back; the runner has to be stopped before.
func (b *background) close() {
	if b != nil {
		b.db.Close()
	}
}
