package job

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/idempotency"
)

const (
	expiryInterval = time.Hour
	// expiryGrace keeps what has run out for as long as it is still counted, and
	// somebody may ask why it does not work.
	expiryGrace = 24 * time.Hour
)

// ExpiryArgs have what has run out removed.
type ExpiryArgs struct{}

// Kind implements [river.JobArgs].
func (ExpiryArgs) Kind() string { return "expiry" }

type expiry struct {
	river.WorkerDefaults[ExpiryArgs]
	db     *dbx.DB
	logger *slog.Logger
}

// AddExpiry adds the job that removes what has run out, once an hour.
func AddExpiry(w *Works, d *dbx.DB, logger *slog.Logger) {
	Add(w, &expiry{db: d, logger: logger})
	w.Every(expiryInterval, ExpiryArgs{})
}

// Work implements [river.Worker].
func (e *expiry) Work(ctx context.Context, _ *river.Job[ExpiryArgs]) error {
	tokens, err := db.New(e.db).OneTimeTokenDeleteExpired(ctx, time.Now().Add(-expiryGrace))
	if err != nil {
		return fmt.Errorf("removing one-time tokens: %w", err)
	}
	answers, err := idempotency.Expire(ctx, e.db, time.Now())
	if err != nil {
		return err
	}
	e.logger.InfoContext(ctx, "removed what has run out", "one_time_tokens", tokens, "kept_answers", answers)
	return nil
}
