package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/obs"
)

// States are those that a job can be in.
func States() []string {
	states := make([]string, 0, len(rivertype.JobStates()))
	for _, state := range rivertype.JobStates() {
		states = append(states, string(state))
	}
	return states
}

// maxRetried bounds how many jobs are retried at once.
const maxRetried = 10_000

// Job is what may be known of a job: not its arguments, which can hold secrets.
type Job struct {
	ID          int64      `json:"id"`
	Kind        string     `json:"kind"`
	Queue       string     `json:"queue"`
	State       string     `json:"state"`
	Attempt     int        `json:"attempt"`
	MaxAttempts int        `json:"max_attempts"`
	CreatedAt   time.Time  `json:"created_at"`
	ScheduledAt time.Time  `json:"scheduled_at"`
	AttemptedAt *time.Time `json:"attempted_at"`
	FinalizedAt *time.Time `json:"finalized_at"`
	// RequestID is the request's that added it; empty for none.
	RequestID string `json:"request_id,omitempty"`
	// LastError is why the last attempt failed; empty where none has.
	LastError string `json:"last_error,omitempty"`
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	States []string
	Kinds  []string
	// Limit is the most jobs that are listed.
	Limit int
}

// Manager looks at jobs and interferes with them.
type Manager struct {
	client *river.Client[pgx.Tx]
}

// NewManager returns a manager of the jobs in the database.
func NewManager(d *dbx.DB, logger *slog.Logger) (*Manager, error) {
	client, err := river.NewClient(riverpgxv5.New(d.Pool()), &river.Config{Schema: dbx.JobSchema, Logger: quieter(logger)})
	if err != nil {
		return nil, fmt.Errorf("preparing to manage jobs: %w", err)
	}
	return &Manager{client: client}, nil
}

// List returns the jobs that the filter lets through, the newest first.
func (m *Manager) List(ctx context.Context, filter Filter) ([]Job, error) {
	rows, err := m.list(ctx, filter)
	if err != nil {
		return nil, err
	}
	jobs := make([]Job, len(rows))
	for i, row := range rows {
		jobs[i] = describe(row)
	}
	return jobs, nil
}

func (m *Manager) list(ctx context.Context, filter Filter) ([]*rivertype.JobRow, error) {
	params := river.NewJobListParams().First(filter.Limit).OrderBy(river.JobListOrderByID, river.SortOrderDesc)
	if len(filter.Kinds) > 0 {
		params = params.Kinds(filter.Kinds...)
	}
	if len(filter.States) > 0 {
		states := make([]rivertype.JobState, len(filter.States))
		for i, state := range filter.States {
			states[i] = rivertype.JobState(state)
		}
		params = params.States(states...)
	}
	found, err := m.client.JobList(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	return found.Jobs, nil
}

func describe(row *rivertype.JobRow) Job {
	job := Job{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, State: string(row.State), Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
		CreatedAt: row.CreatedAt, ScheduledAt: row.ScheduledAt, AttemptedAt: row.AttemptedAt, FinalizedAt: row.FinalizedAt,
	}
	var from origin
	if json.Unmarshal(row.Metadata, &from) == nil {
		job.RequestID = from.RequestID
	}
	if failed := len(row.Errors); failed > 0 {
		job.LastError = obs.Mask(row.Errors[failed-1].Error)
	}
	return job
}

// Retry has the job done again at once. It returns NotFound when there is none,
// and Conflict when it is being done or was.
func (m *Manager) Retry(ctx context.Context, id int64) (Job, error) {
	row, err := m.client.JobGet(ctx, id)
	if err != nil {
		return Job{}, orMissing(err, id)
	}
	switch row.State {
	case rivertype.JobStateCompleted:
		return Job{}, apperr.New(apperr.Conflict, "The job %d is done. Only one that failed, was cancelled or waits can be retried.", id)
	case rivertype.JobStateRunning:
		return Job{}, apperr.New(apperr.Conflict, "The job %d is being done. Only one that failed, was cancelled or waits can be retried.", id)
	default:
	}
	if row, err = m.client.JobRetry(ctx, id); err != nil {
		return Job{}, orMissing(err, id)
	}
	return describe(row), nil
}

// RetryDiscarded has all jobs done again that have failed for the last time,
// of one kind or, without one, of every. It returns how many.
func (m *Manager) RetryDiscarded(ctx context.Context, kind string) (int, error) {
	filter := Filter{States: []string{string(rivertype.JobStateDiscarded)}, Limit: maxRetried}
	if kind != "" {
		filter.Kinds = []string{kind}
	}
	rows, err := m.list(ctx, filter)
	if err != nil {
		return 0, err
	}
	for done, row := range rows {
		if _, err := m.client.JobRetry(ctx, row.ID); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
			return done, fmt.Errorf("retrying the job %d: %w", row.ID, err)
		}
	}
	return len(rows), nil
}

// Cancel keeps the job from being done, or from being done again; one that runs
// is told to stop. One that is over stays as it is. It returns NotFound when
// there is none.
func (m *Manager) Cancel(ctx context.Context, id int64) (Job, error) {
	row, err := m.client.JobCancel(ctx, id)
	if err != nil {
		return Job{}, orMissing(err, id)
	}
	return describe(row), nil
}

func orMissing(err error, id int64) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return apperr.New(apperr.NotFound, "There is no job %d. List those there are with \"coordinator jobs list\".", id)
	}
	return fmt.Errorf("the job %d: %w", id, err)
}
