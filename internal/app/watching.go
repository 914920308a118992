package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/job"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/ratelimit"
)

const (
	// scrapeTimeout bounds a request for the metrics, from its first byte to its last.
	scrapeTimeout = 10 * time.Second
	// tracePatience bounds how long a stop waits for the last traces to be taken.
	tracePatience = 5 * time.Second
)

// watching is how the service is watched: its metrics, at an address of their
// own, and its traces. metrics and tracing are nil where they are off.
type watching struct {
	metrics *obs.Metrics
	tracing *obs.Tracing

	logger    *slog.Logger
	slowQuery time.Duration
	listener  net.Listener
	server    *http.Server
	served    chan struct{}
}

func newWatching(ctx context.Context, cfg config.Serve, logger *slog.Logger) (*watching, error) {
	w := &watching{logger: logger, slowQuery: cfg.SlowQuery}
	if err := w.listen(ctx, cfg.Metrics.Addr); err != nil {
		return nil, err
	}
	if w.listener != nil {
		w.metrics = obs.NewMetrics(Version())
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", w.metrics.Handler())
		w.server = &http.Server{
			Handler:           mux,
			ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: scrapeTimeout, WriteTimeout: scrapeTimeout, IdleTimeout: idleTimeout,
			MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		}
	}
	if !cfg.Traces.Exported() {
		return w, nil
	}
	var err error
	if w.tracing, err = obs.NewTracing(ctx, obs.TraceOptions{Endpoint: cfg.Traces.CollectorURL(), Version: Version(), Logger: logger}); err != nil {
		return nil, errors.Join(err, w.close(ctx))
	}
	logger.InfoContext(ctx, "traces are exported")
	return w, nil
}

// listen binds the address of the metrics. That of the default is not asked for
// by anybody, so where another process has it there are none, and that is said:
// a second service on the machine starts without a setting.
func (w *watching) listen(ctx context.Context, addr string) (err error) {
	if addr == config.MetricsOff {
		return nil
	}
	wanted := addr
	if wanted == "" {
		wanted = config.DefaultMetricsAddr
	}
	w.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", wanted)
	switch {
	case err == nil:
		w.logger.InfoContext(ctx, "metrics are served", "url", "http://"+w.listener.Addr().String()+"/metrics")
		return nil
	case addr == "":
		w.logger.WarnContext(ctx, "no metrics are served, since their address is taken; set COORDINATOR_METRICS_ADDR to another, or to off", "addr", wanted, "error", err)
		return nil
	default:
		return fmt.Errorf("listening for who reads the metrics: %w; choose another address with COORDINATOR_METRICS_ADDR, or off", err)
	}
}

// pool returns how a pool is observed that is opened under the name.
func (w *watching) pool(name string) dbx.Option {
	return dbx.Observed(name, dbx.Observer{Metrics: w.metrics, Tracing: w.tracing, Logger: w.logger, Slow: w.slowQuery})
}

// watch has the state of the parts told at each scrape.
func (w *watching) watch(a *App) {
	w.metrics.Pool("requests", a.database.db.PoolState)
	w.metrics.Pool("background", a.background.db.PoolState)
	w.metrics.Pool("health", a.health.db.PoolState)
	w.metrics.Queues(func(ctx context.Context) ([]obs.QueueState, error) { return job.QueueStates(ctx, a.background.db) })
	for _, bucket := range []ratelimit.Bucket{ratelimit.SignIn, ratelimit.Search, ratelimit.Write, ratelimit.Read, ratelimit.Address} {
		w.metrics.Bucket(string(bucket))
	}
	w.metrics.SealLag(a.sealer.Lag)
}

// serve begins to serve the metrics. That ends with close, and when it fails
// the service goes on.
func (w *watching) serve() {
	if w.server == nil {
		return
	}
	w.served = make(chan struct{})
	go func() {
		err := w.server.Serve(w.listener)
		if !errors.Is(err, http.ErrServerClosed) {
			w.logger.Error("the metrics are no longer served", "error", err)
		}
		close(w.served)
	}()
}

// close ends both. Traces that nobody takes in time are given up, which is no
// failure of the service.
func (w *watching) close(ctx context.Context) error {
	if w == nil {
		return nil
	}
	var err error
	switch {
	case w.served != nil:
		err = w.server.Close()
		<-w.served
	case w.listener != nil:
		err = w.listener.Close()
	}
	bounded, cancel := context.WithTimeout(ctx, tracePatience)
	defer cancel()
	if failed := w.tracing.Shutdown(bounded); failed != nil {
		w.logger.WarnContext(ctx, "the last traces were given up", "error", failed)
	}
	return err
}
