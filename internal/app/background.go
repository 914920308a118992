package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
)

const (
	// backgroundConns are the connections of what runs beside requests: one
	// listens, one seals the audit log, and the rest are the jobs'.
	backgroundConns = 7
	// jobsAtOnce bounds the jobs of the default queue that a process works on.
	jobsAtOnce = 4
	// stopGrace is what jobs get to finish in any case, when requests have used
	// up the time of the stop; and what those get that were cancelled.
	stopGrace = 2 * time.Second
)

// background is what the service does beside answering requests.
type background struct {
	db     *dbx.DB
	runner *job.Runner
}

func newBackground(ctx context.Context, d *database, cfg config.Serve, w *watching, s services, post *job.Post, logger *slog.Logger) (_ *background, err error) {
	b := &background{}
	// Jobs wait for a connection, having nobody who waits for them.
	limits := requestLimits(cfg.DatabaseTimeouts)
	limits.Impatient = false
	if b.db, err = d.openBeside(ctx, backgroundConns, limits, w.pool("background")); err != nil {
		return nil, fmt.Errorf("opening the connections of background work: %w", err)
	}
	works := job.NewWorks()
	works.Queue(job.DefaultQueue, jobsAtOnce)
	job.AddMail(works, post, s.auth.MailPasswordReset)
	job.AddExpiry(works, b.db, logger)
	job.AddPurge(works, b.db, cfg.PurgeAfter, logger)
	b.runner, err = job.NewRunner(job.Options{
		DB: b.db, PollOnly: cfg.PollOnly || !d.listens(), Patience: cfg.ShutdownTimeout, Logger: logger, Metrics: w.metrics, Tracing: w.tracing,
	}, works)
	if err != nil {
		b.db.Close()
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
