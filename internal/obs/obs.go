// Package obs owns what the program tells about itself: its logs, metrics and
// traces, and the ids of its requests. Every part of it can be off; what tells
// something then does so into a nil [Metrics] or [Tracing], which costs nothing.
package obs

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// RequestIDKey is the key under which a context has the request's id, as a
// *string, for whoever makes a context with more in it than that.
type RequestIDKey struct{}

// WithRequestID returns a context that carries the request's id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, RequestIDKey{}, &id)
}

// RequestID returns the id of the request that the context belongs to, "" outside one.
func RequestID(ctx context.Context) string {
	if id, ok := ctx.Value(RequestIDKey{}).(*string); ok {
		return *id
	}
	return ""
}

// Handler adds the ids of the request and of its trace to every line that is
// logged with its context.
type Handler struct {
	slog.Handler
}

// Handle implements [slog.Handler].
func (h Handler) Handle(ctx context.Context, record slog.Record) error {
	var room [3]slog.Attr
	record.AddAttrs(withIDs(ctx, room[:0])...)
	return h.Handler.Handle(ctx, record)
}

// withIDs appends the ids of the request and of its trace.
func withIDs(ctx context.Context, attrs []slog.Attr) []slog.Attr {
	if id := RequestID(ctx); id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		attrs = append(attrs, slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return attrs
}

// WithAttrs implements [slog.Handler].
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h Handler) WithGroup(name string) slog.Handler { return Handler{h.Handler.WithGroup(name)} }
