package job

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
)

const (
	// jobTimeout bounds one attempt of a job whose kind says nothing else.
	jobTimeout = time.Minute
	// jobAttempts bounds the attempts of such a job; they take some four hours.
	jobAttempts = 10
	// Finished jobs are kept for whoever asks what became of them. The arguments
	// of some are secrets, sealed, that are of no use any more.
	completedKept = 24 * time.Hour
	discardedKept = 7 * 24 * time.Hour
)

// DefaultQueue is where jobs wait whose kind names no other queue.
const DefaultQueue = river.QueueDefault

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
// soon after a process has become that one; none while an earlier one waits or
// runs, and none twice within half an interval.
func (w *Works) Every(interval time.Duration, args river.JobArgs) {
	opts := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}}
	w.periodic = append(w.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) { return args, opts },
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
	client   *river.Client[pgx.Tx]
	presence *presence
	// present is the goroutine of presence.
	present sync.WaitGroup
	leave   context.CancelFunc
}

// NewRunner returns a runner of works, which must have a queue.
func NewRunner(options Options, works *Works) (*Runner, error) {
	id := uuid.NewString()
	client, err := river.NewClient(riverpgxv5.New(options.DB.Pool()), &river.Config{
		ID:                          id,
		Schema:                      dbx.JobSchema,
		Logger:                      quieter(options.Logger),
		PollOnly:                    options.PollOnly,
		Queues:                      works.queues,
		Workers:                     works.workers,
		PeriodicJobs:                works.periodic,
		SoftStopTimeout:             options.Patience,
		JobTimeout:                  jobTimeout,
		MaxAttempts:                 jobAttempts,
		CompletedJobRetentionPeriod: completedKept,
		CancelledJobRetentionPeriod: completedKept,
		DiscardedJobRetentionPeriod: discardedKept,
		ErrorHandler:                failures{options.Logger},
		Middleware:                  []rivertype.Middleware{&originating{logger: options.Logger}, &tracedInsert{}, &observed{metrics: options.Metrics, tracing: options.Tracing}},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing background work: %w", err)
	}
	return &Runner{client: client, presence: &presence{id: id, db: options.DB, logger: options.Logger}}, nil
}

// Start begins to work. The context's end has no effect: Stop ends it.
func (r *Runner) Start(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	// Before the first job is taken, so that it is nobody's who is not there.
	if err := r.presence.show(ctx); err != nil {
		return fmt.Errorf("starting background work: %w", err)
	}
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("starting background work: %w", err)
	}
	ctx, r.leave = context.WithCancel(ctx)
	r.present.Go(func() { r.presence.run(ctx) })
	return nil
}

// cancelGrace is what jobs get to end that were cancelled.
const cancelGrace = 2 * time.Second

// Stop takes no more jobs and waits for those that run until the context ends;
// then they are cancelled. A job that was cut off is done again later. Stopping
// what was not started does nothing.
func (r *Runner) Stop(ctx context.Context) error {
	if r.leave == nil {
		return nil
	}
	err := r.client.Stop(ctx)
	if err != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
		defer cancel()
		err = r.client.StopAndCancel(bounded)
	}
	r.leave()
	r.present.Wait()
	if err != nil {
		return fmt.Errorf("stopping background work: %w", err)
	}
	return nil
}
