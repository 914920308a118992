package job

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
)

// Works is the work that a [Runner] does, kind by kind.
type Works struct {
	workers  *river.Workers
	queues   map[string]river.QueueConfig
	periodic []*river.PeriodicJob
}

// NewWorks returns an empty set.
func NewWorks() *Works {
	return &Works{workers: river.NewWorkers(), queues: map[string]river.QueueConfig{}}
}

// Queue has jobs of the named queue worked, so many at once in each process.
func (w *Works) Queue(name string, atOnce int) {
	w.queues[name] = river.QueueConfig{MaxWorkers: atOnce}
}

// Add has worker do the jobs of its kind.
func Add[A river.JobArgs](w *Works, worker river.Worker[A]) { river.AddWorker(w.workers, worker) }

// Every adds the job once in each interval, by one process of all, and once
// soon after a process has become that one.
func (w *Works) Every(interval time.Duration, args river.JobArgs) {
	w.periodic = append(w.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{ID: args.Kind(), RunOnStart: true}))
}

// Options are how a [Runner] works.
type Options struct {
	// DB is a pool of the runner's own, so that neither jobs nor requests take
	// the other's connections. With PollOnly unset one of them listens.
	DB *dbx.DB
	// PollOnly looks for jobs every second instead of being told of them, for
	// where LISTEN does not reach the database.
	PollOnly bool
	// Patience is how long running jobs may go on after Stop until they are cancelled.
	Patience time.Duration
	Logger   *slog.Logger
	// Metrics and Tracing are told of every attempt; nil for none.
	Metrics *obs.Metrics
	Tracing *obs.Tracing
}

// Runner works jobs.
type Runner struct {
	client *river.Client[pgx.Tx]
}

// NewRunner returns a runner of works, which must have a queue.
func NewRunner(options Options, works *Works) (*Runner, error) {
	client, err := river.NewClient(riverpgxv5.New(options.DB.Pool()), &river.Config{
		Schema:          dbx.JobSchema,
		Logger:          options.Logger,
		PollOnly:        options.PollOnly,
		Queues:          works.queues,
		Workers:         works.workers,
		PeriodicJobs:    works.periodic,
		SoftStopTimeout: options.Patience,
		ErrorHandler:    failures{options.Logger},
		Middleware:      []rivertype.Middleware{&tracedInsert{}, &observed{metrics: options.Metrics, tracing: options.Tracing}},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing background work: %w", err)
	}
	return &Runner{client: client}, nil
}

// Start begins to work. The context's end has no effect: Stop ends it.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("starting background work: %w", err)
	}
	return nil
}

// Stop takes no more jobs and waits for those that run, until the context ends.
// A job that was cut off is done again later.
func (r *Runner) Stop(ctx context.Context) error {
	if err := r.client.Stop(ctx); err != nil {
		return fmt.Errorf("stopping background work: %w", err)
	}
	return nil
}

// failures logs what went wrong in a job; River then tries again.
type failures struct {
	logger *slog.Logger
}

// HandleError implements [river.ErrorHandler].
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.logger.WarnContext(ctx, "a job failed", "kind", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "max_attempts", job.MaxAttempts, "error", err)
	return nil
}

// HandlePanic implements [river.ErrorHandler].
func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.logger.ErrorContext(ctx, "panic in a job", "kind", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "error", value, "stack", trace)
	return nil
}
