package obs

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	instrumentation = "github.com/aicoordination/coordinator"
	serviceName     = "coordinator"
)

// context in and out as W3C Trace Context. Baggage is not read: what a caller
// puts there would travel on to others.
var propagator = propagation.TraceContext{}

// TraceOptions say where spans go. Everything else (headers, certificates,
// timeouts, the sampler, the name of the service) the SDK takes from its own
// OTEL_ variables.
type TraceOptions struct {
	// Endpoint is the URL that spans are posted to, path included; empty for the
	// exporter's default.
	Endpoint string
	Version  string
	// Logger is told what the exporter complains of.
	Logger *slog.Logger
}

// Tracing makes spans and hands them to a collector. A nil one makes none: all
// of its methods then cost a comparison.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTracing starts to export spans. Shutdown ends that.
func NewTracing(ctx context.Context, o TraceOptions) (*Tracing, error) {
	var options []otlptracehttp.Option
	if o.Endpoint != "" {
		options = append(options, otlptracehttp.WithEndpointURL(o.Endpoint))
	}
	// The SDK has one handler for a process; its own writes to the standard error.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		o.Logger.WarnContext(context.WithoutCancel(ctx), "traces cannot be exported as they should", "error", err)
	}))
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("preparing to export traces: %w", err)
	}
	return newTracing(ctx, o, sdktrace.WithBatcher(exporter))
}

func newTracing(ctx context.Context, o TraceOptions, processor sdktrace.TracerProviderOption) (*Tracing, error) {
	// Later ones win: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES over ours.
	described, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", serviceName), attribute.String("service.version", o.Version)),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("describing the service to the collector of traces: %w; see OTEL_RESOURCE_ATTRIBUTES", err)
	}
	provider := sdktrace.NewTracerProvider(processor, sdktrace.WithResource(described))
	return &Tracing{provider: provider, tracer: provider.Tracer(instrumentation, trace.WithInstrumentationVersion(o.Version))}, nil
}

// Shutdown hands over the spans that are left, until the context ends.
func (t *Tracing) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("handing over the last traces: %w", err)
	}
	return nil
}

// On tells whether spans are made.
func (t *Tracing) On() bool { return t != nil }

// Span is one piece of work in a trace. A nil one is of no trace.
type Span struct {
	span trace.Span
}

// Server begins the span of a request that came in. The caller's traceparent is
// believed, whoever sends it: it correlates, and nothing is decided by it but
// whether the spans are kept.
func (t *Tracing) Server(ctx context.Context, request *http.Request, name string) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	ctx = propagator.Extract(ctx, propagation.HeaderCarrier(request.Header))
	return t.start(ctx, name, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.request.method", request.Method)))
}

// start begins a span that whoever asked for it ends, by [Span.End].
func (t *Tracing) start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, *Span) {
	ctx, span := t.tracer.Start(ctx, name, options...) //nolint:spancheck // As said.
	return ctx, &Span{span}                            //nolint:spancheck // As said.
}

// Statement begins the span of a statement that a part of a trace runs. Outside
// of one there is none: what the service looks up by itself, each second, would
// be nothing but noise.
func (t *Tracing) Statement(ctx context.Context, name string) (context.Context, *Span) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, nil
	}
	return t.start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", "postgresql"), attribute.String("db.query.summary", name)))
}

// Job begins the span of a job, in the trace that it was added in.
func (t *Tracing) Job(ctx context.Context, kind, queue string, attempt int, parent map[string]string) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	ctx = propagator.Extract(ctx, propagation.MapCarrier(parent))
	return t.start(ctx, "job "+kind, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("messaging.system", "river"), attribute.String("messaging.destination.name", queue), attribute.Int("coordinator.job.attempt", attempt)))
}

// TraceContext returns what leads from the context into another process or a
// later job: traceparent and tracestate; nil outside a trace.
func TraceContext(ctx context.Context) map[string]string {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return nil
	}
	carrier := propagation.MapCarrier{}
	propagator.Inject(ctx, carrier)
	return carrier
}

// Name gives the span its final name.
func (s *Span) Name(name string) {
	if s != nil {
		s.span.SetName(name)
	}
}

// Set adds what is known of the work; pairs are names and texts.
func (s *Span) Set(pairs ...string) {
	if s == nil {
		return
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			s.span.SetAttributes(attribute.String(pairs[i], pairs[i+1]))
		}
	}
}

// SetStatus tells which HTTP status came of it.
func (s *Span) SetStatus(status int) {
	if s == nil {
		return
	}
	s.span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		s.span.SetStatus(codes.Error, http.StatusText(status))
	}
}

// End ends the span. Of an error it keeps what the log would: the text, masked.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	if err != nil {
		s.span.SetStatus(codes.Error, strings.ToValidUTF8(Mask(err.Error()), "\uFFFD"))
	}
	s.span.End()
}

// Transport returns a transport that makes a span of each call, with the host
// and neither the path nor the query: addresses that were given for webhooks
// may hold secrets there. The trace goes on at whoever is called.
func (t *Tracing) Transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return transport{tracing: t, next: next}
}

type transport struct {
	tracing *Tracing
	next    http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, span := t.tracing.tracer.Start(request.Context(), request.Method, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", request.Method), attribute.String("server.address", request.URL.Hostname())))
	began := &Span{span}
	// A transport does not change the request it was given.
	request = request.Clone(ctx)
	propagator.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := t.next.RoundTrip(request)
	if err == nil {
		began.SetStatus(response.StatusCode)
	}
	began.End(err)
	return response, err
}
