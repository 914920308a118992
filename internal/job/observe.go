package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
)

// traceKey is where a job's metadata holds the trace that it was added in.
const traceKey = "trace"

// tracedInsert keeps with a job the trace that it is added in. Without one, as
// where traces are off, it changes nothing.
type tracedInsert struct {
	river.MiddlewareDefaults
}

// InsertMany implements [rivertype.JobInsertMiddleware].
func (*tracedInsert) InsertMany(ctx context.Context, many []*rivertype.JobInsertParams, next func(context.Context) ([]*rivertype.JobInsertResult, error)) ([]*rivertype.JobInsertResult, error) {
	parent := obs.TraceContext(ctx)
	if parent == nil {
		return next(ctx)
	}
	encoded, err := json.Marshal(parent)
	if err != nil {
		return nil, fmt.Errorf("encoding the trace of a job: %w", err)
	}
	for _, params := range many {
		metadata := map[string]json.RawMessage{}
		if len(params.Metadata) > 0 {
			if err := json.Unmarshal(params.Metadata, &metadata); err != nil {
				return nil, fmt.Errorf("reading the metadata of a %s job: %w", params.Kind, err)
			}
		}
		metadata[traceKey] = encoded
		if params.Metadata, err = json.Marshal(metadata); err != nil {
			return nil, fmt.Errorf("encoding the metadata of a %s job: %w", params.Kind, err)
		}
	}
	return next(ctx)
}

// observed measures each attempt at a job, and makes it a span of its trace.
type observed struct {
	river.MiddlewareDefaults
	metrics *obs.Metrics
	tracing *obs.Tracing
}

// Work implements [rivertype.WorkerMiddleware].
func (o *observed) Work(ctx context.Context, job *rivertype.JobRow, next func(context.Context) error) (err error) {
	var span *obs.Span
	if o.tracing.On() {
		ctx, span = o.tracing.Job(ctx, job.Kind, job.Queue, job.Attempt, traceOf(job))
	}
	began, outcome := time.Now(), obs.JobPanicked
	// A panic passes through, to River's handler.
	defer func() {
		o.metrics.Job(job.Kind, outcome, time.Since(began))
		if outcome == obs.JobPanicked {
			err = errors.Join(err, errPanicked)
		}
		span.End(err)
	}()
	err = next(ctx)
	outcome = outcomeOf(err)
	return err
}

var errPanicked = errors.New("the job panicked")

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return obs.JobSucceeded
	case errors.Is(err, &river.JobSnoozeError{}):
		return obs.JobSnoozed
	case errors.Is(err, &river.JobCancelError{}):
		return obs.JobCancelled
	default:
		return obs.JobFailed
	}
}

func traceOf(job *rivertype.JobRow) map[string]string {
	var metadata struct {
		Trace map[string]string `json:"trace"`
	}
	// What cannot be read begins a trace of its own.
	_ = json.Unmarshal(job.Metadata, &metadata)
	return metadata.Trace
}

// QueueStates returns how many jobs are not done, by queue, kind and state, and how
// long those that could be worked on have waited. It reads the index that River
// finds its next jobs by, and none of those that are done.
func QueueStates(ctx context.Context, d *dbx.DB) ([]obs.QueueState, error) {
	rows, err := d.Query(ctx, `-- name: JobStates :many
SELECT queue, kind, state::text, count(*),
    CASE WHEN state = 'available' THEN greatest(0, extract(epoch FROM now() - min(scheduled_at)))::float8 ELSE 0 END
FROM `+dbx.JobSchema+`.river_job
WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'discarded')
GROUP BY queue, kind, state`)
	if err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	defer rows.Close()
	var states []obs.QueueState
	for rows.Next() {
		var s obs.QueueState
		var lag float64
		if err := rows.Scan(&s.Queue, &s.Kind, &s.State, &s.Jobs, &lag); err != nil {
			return nil, fmt.Errorf("counting jobs: %w", err)
		}
		s.Lag = time.Duration(lag * float64(time.Second))
		states = append(states, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	return states, nil
}
