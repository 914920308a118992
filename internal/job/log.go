package job

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/aicoordination/coordinator/internal/obs"
)

// quieter is the logger for River itself, which tells at info what only those
// want to know who look into it: counts every few seconds, and each failure,
// which [failures] tells already.
func quieter(logger *slog.Logger) *slog.Logger { return slog.New(demoting{logger.Handler()}) }

// demoting passes info on as debug.
type demoting struct{ slog.Handler }

func (d demoting) Enabled(ctx context.Context, level slog.Level) bool {
	return d.Handler.Enabled(ctx, demoted(level))
}

func (d demoting) Handle(ctx context.Context, record slog.Record) error {
	record.Level = demoted(record.Level)
	return d.Handler.Handle(ctx, record)
}

func (d demoting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return demoting{d.Handler.WithAttrs(attrs)}
}
func (d demoting) WithGroup(name string) slog.Handler { return demoting{d.Handler.WithGroup(name)} }

func demoted(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}

// originating gives the worker's context what came along with the job, and logs
// what River does not tell of: that a job has ended itself.
type originating struct {
	river.MiddlewareDefaults
	logger *slog.Logger
}

// Work implements [rivertype.WorkerMiddleware].
func (o *originating) Work(ctx context.Context, job *rivertype.JobRow, work func(ctx context.Context) error) error {
	ctx = withOrigin(ctx, job)
	err := work(ctx)
	if cancelled := (*rivertype.JobCancelError)(nil); errors.As(err, &cancelled) {
		o.logger.ErrorContext(ctx, "a job failed for good", "kind", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "error", err)
	}
	return err
}

func withOrigin(ctx context.Context, job *rivertype.JobRow) context.Context {
	var from origin
	// Metadata of somebody else's making has no request, and is no failure.
	if err := json.Unmarshal(job.Metadata, &from); err != nil || from.RequestID == "" {
		return ctx
	}
	return obs.WithRequestID(ctx, from.RequestID)
}

// failures logs what went wrong in a job; River then tries again.
type failures struct {
	logger *slog.Logger
}

// HandleError implements [river.ErrorHandler].
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	ctx = withOrigin(ctx, job)
	logger := f.logger.With("kind", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "max_attempts", job.MaxAttempts, "error", err)
	if job.Attempt >= job.MaxAttempts {
		logger.ErrorContext(ctx, "a job failed for the last time")
	} else {
		logger.WarnContext(ctx, "a job failed and is tried again")
	}
	return nil
}

// HandlePanic implements [river.ErrorHandler].
func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.logger.ErrorContext(withOrigin(ctx, job), "panic in a job", "kind", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "error", value, "stack", trace)
	return nil
}
