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
	expiryTimeout  = 10 * time.Minute
	// expiryBatch bounds the rows that one statement removes.
	expiryBatch = 1000

	// expiryGrace keeps what has run out for as long as it is still counted, and
	// somebody may ask why it does not work.
	expiryGrace = 24 * time.Hour
	// sessionGrace is for whoever looks at what was signed in; it is longer than
	// a refresh token lives, whose reuse then still tells that it was stolen.
	sessionGrace = 30 * 24 * time.Hour
	// invitationGrace is for who has invited whom; the events tell it forever.
	invitationGrace = 30 * 24 * time.Hour
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

// expiring is what runs out: how long it is kept after that, and how a batch of
// it is removed that ran out before a moment.
type expiring struct {
	name   string
	kept   time.Duration
	remove func(q *db.Queries, ctx context.Context, before time.Time) (int64, error)
}

var expirings = []expiring{
	{"sessions", sessionGrace, func(q *db.Queries, ctx context.Context, before time.Time) (int64, error) {
		return q.ExpireSessions(ctx, db.ExpireSessionsParams{Before: before, RowLimit: expiryBatch})
	}},
	{"refresh_tokens", sessionGrace, func(q *db.Queries, ctx context.Context, before time.Time) (int64, error) {
		return q.ExpireRefreshTokens(ctx, db.ExpireRefreshTokensParams{Before: before, RowLimit: expiryBatch})
	}},
	{"registrations", expiryGrace, func(q *db.Queries, ctx context.Context, before time.Time) (int64, error) {
		return q.ExpireRegistrations(ctx, db.ExpireRegistrationsParams{Before: before, RowLimit: expiryBatch})
	}},
	{"invitations", invitationGrace, func(q *db.Queries, ctx context.Context, before time.Time) (int64, error) {
		return q.ExpireInvitations(ctx, db.ExpireInvitationsParams{Before: before, RowLimit: expiryBatch})
	}},
	{"sign_in_attempts", 0, func(q *db.Queries, ctx context.Context, before time.Time) (int64, error) {
		return q.ExpireSignInAttempts(ctx, db.ExpireSignInAttemptsParams{Before: before, RowLimit: expiryBatch})
	}},
	{"kept_answers", idempotency.Memory, func(q *db.Queries, ctx context.Context, before time.Time) (int64, error) {
		return q.ExpireKeptAnswers(ctx, db.ExpireKeptAnswersParams{Before: before, RowLimit: expiryBatch})
	}},
	{"one_time_tokens", expiryGrace, func(q *db.Queries, ctx context.Context, before time.Time) (int64, error) {
		return q.ExpireOneTimeTokens(ctx, db.ExpireOneTimeTokensParams{Before: before, RowLimit: expiryBatch})
	}},
}

// Work implements [river.Worker].
func (e *expiry) Work(ctx context.Context, _ *river.Job[ExpiryArgs]) error {
	var counts []any
	for _, what := range expirings {
		before, total := time.Now().Add(-what.kept), int64(0)
		for removed := int64(expiryBatch); removed == expiryBatch; {
			var err error
			if removed, err = what.remove(db.New(e.db), ctx, before); err != nil {
				return fmt.Errorf("removing %s that have run out: %w", what.name, err)
			}
			total += removed
		}
		if total > 0 {
			counts = append(counts, what.name, total)
		}
	}
	if len(counts) > 0 {
		e.logger.InfoContext(ctx, "removed what has run out", counts...)
	}
	return nil
}

// Timeout implements [river.Worker].
func (*expiry) Timeout(*river.Job[ExpiryArgs]) time.Duration { return expiryTimeout }
