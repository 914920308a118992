package client

import (
	"context"
	"log/slog"
	"time"
)

// Hooks are functions that are told what happens, for logs, metrics and traces.
// None is told a credential, a header, a query or a body. Any of them may be nil,
// and each may be called by several goroutines at once.
type Hooks struct {
	// OnRequest is told that a request is about to be sent, or sent again.
	OnRequest func(ctx context.Context, attempt Attempt)
	// OnResponse is told that an answer has begun, whatever its status.
	OnResponse func(ctx context.Context, attempt Attempt)
	// OnRetry is told that an attempt has failed, with its Err, and that another
	// one follows after Wait.
	OnRetry func(ctx context.Context, attempt Attempt)
	// OnError is told that a call has failed, with the Err that it returns.
	OnError func(ctx context.Context, attempt Attempt)
}

// Attempt is one time that a request is sent.
type Attempt struct {
	// Operation is the operationId of what is called.
	Operation string
	// Method and Path are those of the request; the query is left out.
	Method, Path string
	// RequestID is the same for all attempts of a call.
	RequestID string
	// Number is 1 for the first attempt of a call.
	Number int
	// Status is that of the answer; 0 where there is none.
	Status int
	// Duration is the time from the request to the beginning of its answer, or to
	// what went wrong.
	Duration time.Duration
	// Err is what went wrong; nil where nothing did.
	Err error
	// Wait is the pause until the next attempt.
	Wait time.Duration
}

// tell calls the hook that pick returns, of each of the client's.
func (t *transport) tell(ctx context.Context, attempt Attempt, pick func(Hooks) func(context.Context, Attempt)) {
	for _, hooks := range t.hooks {
		if hook := pick(hooks); hook != nil {
			hook(ctx, attempt)
		}
	}
}

func onRequest(h Hooks) func(context.Context, Attempt)  { return h.OnRequest }
func onResponse(h Hooks) func(context.Context, Attempt) { return h.OnResponse }
func onRetry(h Hooks) func(context.Context, Attempt)    { return h.OnRetry }
func onError(h Hooks) func(context.Context, Attempt)    { return h.OnError }

// logHooks write to a log.
func logHooks(logger *slog.Logger) Hooks {
	return Hooks{
		OnRequest: func(ctx context.Context, a Attempt) {
			logger.LogAttrs(ctx, slog.LevelDebug, "request", a.attrs()...)
		},
		OnResponse: func(ctx context.Context, a Attempt) {
			logger.LogAttrs(ctx, slog.LevelDebug, "response", a.attrs(slog.Int("status", a.Status), slog.Duration("duration", a.Duration))...)
		},
		OnRetry: func(ctx context.Context, a Attempt) {
			logger.LogAttrs(ctx, slog.LevelWarn, "request is sent again", a.attrs(slog.Duration("wait", a.Wait), slog.String("error", a.Err.Error()))...)
		},
		OnError: func(ctx context.Context, a Attempt) {
			logger.LogAttrs(ctx, slog.LevelInfo, "call has failed", a.attrs(slog.String("error", a.Err.Error()))...)
		},
	}
}

func (a Attempt) attrs(more ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{
		slog.String("operation", a.Operation), slog.String("method", a.Method), slog.String("path", a.Path),
		slog.String("request_id", a.RequestID), slog.Int("attempt", a.Number),
	}, more...)
}
