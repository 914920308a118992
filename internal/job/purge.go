package job

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/purge"
)

const (
	purgeInterval = time.Hour
	// purgeTimeout bounds one run; the next goes on where it was broken off.
	purgeTimeout = 30 * time.Minute
)

// PurgeArgs have removed for good what was deleted long ago.
type PurgeArgs struct{}

// Kind implements [river.JobArgs].
func (PurgeArgs) Kind() string { return "purge" }

type purger struct {
	river.WorkerDefaults[PurgeArgs]
	db     *dbx.DB
	after  time.Duration
	logger *slog.Logger
}

// AddPurge adds the job that, once an hour, removes for good what was deleted
// longer ago than after; zero removes nothing.
func AddPurge(w *Works, d *dbx.DB, after time.Duration, logger *slog.Logger) {
	// Known in any case: another replica may have added one.
	Add(w, &purger{db: d, after: after, logger: logger})
	if after > 0 {
		w.Every(purgeInterval, PurgeArgs{})
	}
}

// Work implements [river.Worker].
func (p *purger) Work(ctx context.Context, _ *river.Job[PurgeArgs]) error {
	if p.after <= 0 {
		return nil
	}
	purged, err := purge.Run(ctx, p.db, time.Now().Add(-p.after))
	if purged.Deletions > 0 || err != nil {
		p.logger.InfoContext(ctx, "purged what was deleted", "deletions", purged.Deletions, "removed", purged.Removed, "emptied", purged.Emptied)
	}
	return err
}

// Timeout implements [river.Worker].
func (*purger) Timeout(*river.Job[PurgeArgs]) time.Duration { return purgeTimeout }
