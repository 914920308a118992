// Package job is background work, on River in the same PostgreSQL: a job is
// added in the transaction of what it follows from, so that it is there exactly
// when that was committed, and is done at least once, by any of the replicas.
//
// Each kind of job has a file: its arguments, what it does, and in which queue.
package job

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
)

// Queue takes jobs. It works none: see [Runner].
type Queue struct {
	client *river.Client[pgx.Tx]
}

// NewQueue returns a queue that takes jobs of every kind.
func NewQueue(logger *slog.Logger) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{
		Schema: dbx.JobSchema, Logger: quieter(logger), MaxAttempts: jobAttempts, Middleware: []rivertype.Middleware{&tracedInsert{}},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the job queue: %w", err)
	}
	return &Queue{client: client}, nil
}

// origin is what travels with a job from the request that added it: the lines
// that are logged while it is done then belong to that.
type origin struct {
	RequestID string `json:"request_id,omitempty"`
}

// Add adds a job in the transaction of q. opts may be nil; they go before what
// the arguments say by themselves.
func (s *Queue) Add(ctx context.Context, q *db.Queries, args river.JobArgs, opts *river.InsertOpts) error {
	tx, err := dbx.TxOf(ctx, q)
	if err != nil {
		return fmt.Errorf("adding a %s job: %w", args.Kind(), err)
	}
	if id := obs.RequestID(ctx); id != "" {
		metadata, err := json.Marshal(origin{RequestID: id})
		if err != nil {
			return fmt.Errorf("adding a %s job: %w", args.Kind(), err)
		}
		with := river.InsertOpts{}
		if opts != nil {
			with = *opts
		}
		with.Metadata = metadata
		opts = &with
	}
	if _, err := s.client.InsertTx(ctx, tx, args, opts); err != nil {
		return fmt.Errorf("adding a %s job: %w", args.Kind(), err)
	}
	return nil
}
