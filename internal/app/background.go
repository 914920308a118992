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
)

const (
	// backgroundConns are the connections of what runs beside requests: one
	// listens, one seals the audit log, and the rest are the jobs'.
	backgroundConns = 5
	// jobsAtOnce bounds the jobs of the default queue that a process works on.
	jobsAtOnce = 4
	// jobPatience is how long a running job may go on once the service stops.
	jobPatience = 10 * time.Second
)

// background is what the service does beside answering requests.
type background struct {
	db     *dbx.DB
	runner *job.Runner
}

func newBackground(ctx context.Context, d *database, cfg config.Serve, w *watching, logger *slog.Logger) (_ *background, err error) {
	b := &background{}
	// Jobs wait for a connection, having nobody who waits for them.
	limits := requestLimits(cfg.DatabaseTimeouts)
	limits.Impatient = false
	if b.db, err = d.openBeside(ctx, backgroundConns, limits, w.pool("background")); err != nil {
		return nil, fmt.Errorf("opening the connections of background work: %w", err)
	}
	works := job.NewWorks()
	works.Queue(river.QueueDefault, jobsAtOnce)
	job.AddExpiry(works, b.db, logger)
	b.runner, err = job.NewRunner(job.Options{DB: b.db, PollOnly: cfg.Jobs.PollOnly || !d.listens(), Patience: jobPatience, Logger: logger, Metrics: w.metrics, Tracing: w.tracing}, works)
	if err != nil {
		b.db.Close()
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
