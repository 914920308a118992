package obs

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// PoolState is how a pool of connections stands. What is a total counts from
// the pool's opening.
type PoolState struct {
	Acquired, Idle, Constructing, Total, Max float64
	// Waits are acquisitions that had to wait for a connection, Waited is for how
	// long in all, and Canceled are those that were given up.
	Acquires, Waits, Canceled float64
	Waited                    time.Duration
}

// Pool has the state of a pool told under its name.
func (m *Metrics) Pool(name string, state func() PoolState) {
	if m != nil {
		m.pools.mu.Lock()
		defer m.pools.mu.Unlock()
		m.pools.states[name] = state
	}
}

// pools collects the state of the pools at each scrape.
type pools struct {
	mu     sync.Mutex
	states map[string]func() PoolState

	connections, most, acquires, waits, waited, canceled *prometheus.Desc
}

func newPools() *pools {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "db_pool", name), help, append([]string{"pool"}, labels...), nil)
	}
	return &pools{
		states:      map[string]func() PoolState{},
		connections: desc("connections", "Connections of a pool, by what they do.", "state"),
		most:        desc("max_connections", "Most connections that a pool may have."),
		acquires:    desc("acquires_total", "Connections that were taken from a pool."),
		waits:       desc("waits_total", "Connections that were taken from a pool after waiting for one."),
		waited:      desc("wait_seconds_total", "Time in all that connections were waited for."),
		canceled:    desc("canceled_acquires_total", "Waits for a connection that were given up."),
	}
}

// Describe implements [prometheus.Collector].
func (p *pools) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{p.connections, p.most, p.acquires, p.waits, p.waited, p.canceled} {
		out <- desc
	}
}

// Collect implements [prometheus.Collector].
func (p *pools) Collect(out chan<- prometheus.Metric) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, state := range p.states {
		s := state()
		gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{name}, labels...)...)
		}
		counter := func(desc *prometheus.Desc, value float64) {
			out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, name)
		}
		gauge(p.connections, s.Acquired, "acquired")
		gauge(p.connections, s.Idle, "idle")
		gauge(p.connections, s.Constructing, "constructing")
		gauge(p.most, s.Max)
		counter(p.acquires, s.Acquires)
		counter(p.waits, s.Waits)
		counter(p.waited, s.Waited.Seconds())
		counter(p.canceled, s.Canceled)
	}
}

// QueueState is how many jobs of a kind wait in a queue, or are at work.
type QueueState struct {
	Queue, Kind, State string
	Jobs               int64
	// Lag is how long the longest-waiting job that could be worked on has waited.
	Lag time.Duration
}

const (
	// queuesKept is for how long the queues are not asked for again: several
	// scrapers ask no more of the database than one.
	queuesKept = 5 * time.Second
	// queuesTimeout bounds the question, far below a scrape's time.
	queuesTimeout = 2 * time.Second
)

// Queues has the state of the queues told, which read finds out at a scrape.
// Where it fails the last state that is known stays, and the failure is counted.
func (m *Metrics) Queues(read func(ctx context.Context) ([]QueueState, error)) {
	if m == nil {
		return
	}
	q := &queues{
		read: read, now: time.Now,
		depth: prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "jobs"), "Background jobs that are not done, by queue, kind and state.", []string{"queue", "kind", "state"}, nil),
		lag:   prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "job_lag_seconds"), "Longest wait of a background job that could be worked on, by queue and kind.", []string{"queue", "kind"}, nil),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "job_state_failures_total", Help: "Failures to find out how many background jobs there are.",
		}),
	}
	m.registry.MustRegister(q)
}

type queues struct {
	read       func(ctx context.Context) ([]QueueState, error)
	now        func() time.Time
	depth, lag *prometheus.Desc
	failures   prometheus.Counter

	mu    sync.Mutex
	asked time.Time
	known []QueueState
}

// Describe implements [prometheus.Collector].
func (q *queues) Describe(out chan<- *prometheus.Desc) {
	out <- q.depth
	out <- q.lag
	q.failures.Describe(out)
}

// Collect implements [prometheus.Collector].
func (q *queues) Collect(out chan<- prometheus.Metric) {
	type place struct{ queue, kind string }
	lags := map[place]time.Duration{}
	for _, s := range q.state() {
		out <- prometheus.MustNewConstMetric(q.depth, prometheus.GaugeValue, float64(s.Jobs), s.Queue, s.Kind, s.State)
		at := place{s.Queue, s.Kind}
		lags[at] = max(lags[at], s.Lag)
	}
	for at, lag := range lags {
		out <- prometheus.MustNewConstMetric(q.lag, prometheus.GaugeValue, lag.Seconds(), at.queue, at.kind)
	}
	// After the question, so that the scrape that could not ask tells of it.
	q.failures.Collect(out)
}

func (q *queues) state() []QueueState {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now := q.now(); q.asked.IsZero() || now.Sub(q.asked) >= queuesKept {
		ctx, cancel := context.WithTimeout(context.Background(), queuesTimeout)
		defer cancel()
		known, err := q.read(ctx)
		if err != nil {
			q.failures.Inc()
		} else {
			q.known = known
		}
		q.asked = q.now()
	}
	return q.known
}
