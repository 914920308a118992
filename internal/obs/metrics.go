package obs

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "coordinator"

// Bounds of the histograms, in seconds and bytes. They are few where there are
// many series: a statement has one for each of several hundred names.
var (
	requestSeconds   = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	statementSeconds = []float64{.001, .005, .025, .1, .5, 2.5, 10}
	jobSeconds       = []float64{.01, .05, .25, 1, 5, 15, 60, 300}
	responseBytes    = []float64{256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 16 << 20}
)

// Metrics counts and measures what the service does. A nil one does nothing.
// Each label has few values, and none that a caller can make up.
type Metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	responses *prometheus.HistogramVec

	statements *prometheus.HistogramVec
	pools      *pools

	jobs     *prometheus.HistogramVec
	mails    *prometheus.CounterVec
	webhooks *prometheus.HistogramVec
	streams  prometheus.Gauge

	authFailures *prometheus.CounterVec
	rateLimited  *prometheus.CounterVec
}

// NewMetrics returns metrics in a registry of their own.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Buckets: requestSeconds,
			Help: "Time until a request was answered, by operation of the contract, its route, method and status.",
		}, []string{"operation", "route", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "http_requests_in_flight", Help: "Requests that are being answered.",
		}),
		responses: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_response_size_bytes", Buckets: responseBytes,
			Help: "Size of the bodies of responses, by operation of the contract.",
		}, []string{"operation"}),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "db_query_duration_seconds", Buckets: statementSeconds,
			Help: "Time of a statement until its last row was read, by its name.",
		}, []string{"name"}),
		pools: newPools(),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "job_duration_seconds", Buckets: jobSeconds,
			Help: "Time of one attempt at a background job, by kind and outcome.",
		}, []string{"kind", "outcome"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "mails_total", Help: "Letters, by kind and what became of them.",
		}, []string{"kind", "outcome"}),
		webhooks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "webhook_attempt_duration_seconds", Buckets: requestSeconds,
			Help: "Time of one attempt to deliver a webhook, by outcome.",
		}, []string{"outcome"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "event_streams", Help: "Event streams that are open.",
		}),
		authFailures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "auth_failures_total", Help: "Requests refused for who sent them, by the code of the error.",
		}, []string{"reason"}),
		rateLimited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "rate_limit_refusals_total", Help: "Requests refused for being too many, by where they are counted.",
		}, []string{"bucket"}),
	}
	built := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "1, with what runs as its labels.",
	}, []string{"version", "go_version"})
	built.WithLabelValues(version, runtime.Version()).Set(1)
	// What never happened is 0 and not absent, so that its first time is a change.
	for _, reason := range authReasons {
		m.authFailures.WithLabelValues(reason)
	}
	for _, outcome := range []string{WebhookDelivered, WebhookRetried, WebhookFailed} {
		m.webhooks.WithLabelValues(outcome)
	}
	m.registry.MustRegister(
		m.requests, m.inFlight, m.responses, m.statements, m.pools, m.jobs, m.mails, m.webhooks, m.streams, m.authFailures, m.rateLimited, built,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Handler serves the metrics. What cannot be read is left out and counted; the
// rest is served.
func (m *Metrics) Handler() http.Handler {
	return promhttp.InstrumentMetricHandler(m.registry, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes, Timeout: scrapeTimeout, Registry: m.registry,
	}))
}

const (
	maxScrapes    = 4
	scrapeTimeout = 8 * time.Second
)

// Request is what is known of a request that was answered.
type Request struct {
	// Operation is the contract's id of it, empty for what is none.
	Operation string
	// Route is the pattern of the path, never the path.
	Route, Method string
	Status        int
	Bytes         int64
	Duration      time.Duration
}

// RequestBegan counts a request that is being answered.
func (m *Metrics) RequestBegan() {
	if m != nil {
		m.inFlight.Inc()
	}
}

// RequestEnded takes note of one that RequestBegan has counted.
func (m *Metrics) RequestEnded(r Request) {
	if m == nil {
		return
	}
	m.inFlight.Dec()
	operation, method := orElse(r.Operation, "none"), r.Method
	if !methods[method] {
		method = "other"
	}
	m.requests.WithLabelValues(operation, orElse(r.Route, "none"), method, strconv.Itoa(r.Status)).Observe(r.Duration.Seconds())
	m.responses.WithLabelValues(operation).Observe(float64(r.Bytes))
}

// methods are those that have a label of their own: a caller may send any word.
var methods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true,
	http.MethodPatch: true, http.MethodDelete: true, http.MethodOptions: true,
}

func orElse(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

// Statement takes note of a statement.
func (m *Metrics) Statement(name string, d time.Duration) {
	if m != nil {
		m.statements.WithLabelValues(name).Observe(d.Seconds())
	}
}

// Outcomes of jobs.
const (
	JobSucceeded = "succeeded"
	JobFailed    = "failed"
	JobCancelled = "cancelled"
	JobSnoozed   = "snoozed"
	JobPanicked  = "panicked"
)

// Job takes note of one attempt at a job.
func (m *Metrics) Job(kind, outcome string, d time.Duration) {
	if m != nil {
		m.jobs.WithLabelValues(kind, outcome).Observe(d.Seconds())
	}
}

// Mail counts a letter of the kind: sent, retried, failed, dropped, or logged.
func (m *Metrics) Mail(kind, outcome string) {
	if m != nil {
		m.mails.WithLabelValues(kind, outcome).Inc()
	}
}

// Outcomes of an attempt to deliver a webhook; there may be a few more.
const (
	WebhookDelivered = "delivered"
	WebhookRetried   = "retried"
	WebhookFailed    = "failed"
)

// WebhookAttempt takes note of one attempt to deliver a webhook. The outcome is
// one of few words.
func (m *Metrics) WebhookAttempt(outcome string, d time.Duration) {
	if m != nil {
		m.webhooks.WithLabelValues(outcome).Observe(d.Seconds())
	}
}

// EventStreams adds to the number of event streams that are open: 1 for one that
// begins, -1 for one that ends.
func (m *Metrics) EventStreams(change int) {
	if m != nil {
		m.streams.Add(float64(change))
	}
}

// Reasons of AuthFailure. The others are codes of errors.
//
//nolint:gosec // Words for what happened to a credential are none.
const (
	SignInRefused     = "sign_in_refused"
	CredentialRefused = "credential_refused"
	CredentialMissing = "credential_missing"
)

var authReasons = []string{
	SignInRefused, CredentialRefused, CredentialMissing,
	"second_factor_required", "second_factor_setup_required", "account_locked", "forbidden",
}

// Bucket has the refusals of a bucket told before there is one.
func (m *Metrics) Bucket(bucket string) {
	if m != nil {
		m.rateLimited.WithLabelValues(bucket)
	}
}

// AuthFailure counts a request that was refused for who sent it.
func (m *Metrics) AuthFailure(reason string) {
	if m != nil {
		m.authFailures.WithLabelValues(reason).Inc()
	}
}

// RateLimited counts a request that was refused for being one too many.
func (m *Metrics) RateLimited(bucket string) {
	if m != nil {
		m.rateLimited.WithLabelValues(bucket).Inc()
	}
}

// SealLag has the lag of the audit log's sealing told: how long ago every event
// that was there for good is known to have been sealed.
func (m *Metrics) SealLag(lag func() time.Duration) {
	if m != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: "audit_seal_lag_seconds",
			Help: "Time since this process last saw the audit log sealed up to its end.",
		}, func() float64 { return lag().Seconds() }))
	}
}
