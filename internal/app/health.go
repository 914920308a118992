package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/job"
)

const (
	// healthConns are the connections that health is answered from, so that it
	// tells of a pool that others hold, and does not wait for it.
	healthConns = 2
	// probeEvery is how long what a probe has found is told on: however often
	// others ask, the database is asked once a second.
	probeEvery = time.Second
	// mailEvery is probeEvery for the mail server, which is asked as for a letter.
	mailEvery = time.Minute

	// lateJobs is how long a job may be due before background work is behind.
	lateJobs = time.Minute
	// lateSeal is how old the last seal may be, which is made each second.
	lateSeal = 30 * time.Second
	// littleSpace and littleShare are when a disk is about to be full.
	littleSpace = 1 << 30
	littleShare = 0.05
)

var errDraining = errors.New("the service stops")

// health is what the service knows of itself and of what it depends on.
type health struct {
	db       *dbx.DB
	logger   *slog.Logger
	draining atomic.Bool
	ready    *probe[error]
	parts    []part
}

// part is something that the service depends on.
type part struct {
	name string
	*probe[httpapi.Check]
}

// newHealth opens the connections that health is answered from.
func newHealth(ctx context.Context, from *database, w *watching, logger *slog.Logger) (*health, error) {
	d, err := from.open(ctx, healthConns, dbx.Limits{
		Statement: probePatience, Lock: probePatience, IdleInTransaction: probePatience, Impatient: true,
	}, w.pool("health"))
	if err != nil {
		return nil, fmt.Errorf("opening the connections of health: %w", err)
	}
	h := &health{db: d, logger: logger, ready: &probe[error]{
		every: probeEvery, late: errNoAnswer, logger: logger,
		look: func(ctx context.Context) error { return dbx.CheckReady(ctx, d) },
	}}
	h.watch("database", true, probeEvery, h.lookAtDatabase)
	h.watch("migrations", true, probeEvery, h.lookAtMigrations)
	h.watch("jobs", false, probeEvery, h.lookAtJobs)
	return h, nil
}

// watch adds something that the service depends on. look fills in what it
// finds; an error of it means that the part is down.
func (h *health) watch(name string, essential bool, every time.Duration, look func(context.Context, *httpapi.Check) error) {
	late := httpapi.Check{
		Name: name, State: httpapi.CheckDown, Essential: essential, Err: errNoAnswer,
		Latency: probePatience, Detail: "It did not answer in time.",
	}
	h.parts = append(h.parts, part{name, &probe[httpapi.Check]{every: every, late: late, logger: h.logger, look: func(ctx context.Context) httpapi.Check {
		check := httpapi.Check{Name: name, Essential: essential}
		began := time.Now()
		if err := look(ctx, &check); err != nil {
			check.State, check.Err = httpapi.CheckDown, err
			check.Detail = cmp.Or(check.Detail, "It does not answer; the log has why.")
		}
		check.Latency = time.Since(began)
		return check
	}}})
}

// isReady returns why no requests should be sent here, nil when they can be.
func (h *health) isReady(ctx context.Context) error {
	if h.draining.Load() {
		return errDraining
	}
	return h.ready.get(ctx)
}

// checks returns the state of every part, by name, all looked at together.
func (h *health) checks(ctx context.Context) []httpapi.Check {
	found := make([]httpapi.Check, len(h.parts))
	var looking sync.WaitGroup
	for i, part := range h.parts {
		looking.Go(func() { found[i] = part.get(ctx) })
	}
	looking.Wait()
	slices.SortFunc(found, func(a, b httpapi.Check) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

func (h *health) probes(started time.Time) httpapi.Probes {
	return httpapi.Probes{
		Version: Version(), StartedAt: started,
		Ready: h.isReady, Checks: h.checks, Draining: h.draining.Load,
	}
}

// close gives the connections back.
func (h *health) close() {
	if h == nil {
		return
	}
	h.ready.wait()
	for _, part := range h.parts {
		part.wait()
	}
	h.db.Close()
}

func (h *health) lookAtDatabase(ctx context.Context, check *httpapi.Check) (err error) {
	check.Version, err = h.db.ServerVersion(ctx)
	return err
}

func (h *health) lookAtMigrations(ctx context.Context, check *httpapi.Check) error {
	current, target, err := dbx.SchemaVersions(ctx, h.db)
	if err != nil {
		return err
	}
	check.Version = fmt.Sprint(current)
	switch {
	case current < target:
		check.Detail = fmt.Sprintf("The schema is at version %d, and this binary needs %d.", current, target)
		return dbx.ErrSchemaVersion
	case current > target:
		check.State = httpapi.CheckDegraded
		check.Detail = fmt.Sprintf("The schema is at version %d, of a later binary than this one, which knows %d: update it.", current, target)
	}
	return nil
}

func (h *health) lookAtJobs(ctx context.Context, check *httpapi.Check) error {
	state, err := job.ReadState(ctx, h.db)
	if err != nil {
		return err
	}
	waiting := "No job is due"
	if late := state.Lag.Round(time.Second); late > 0 {
		waiting = fmt.Sprintf("The oldest job that is due waits for %s", late)
	}
	check.Detail = fmt.Sprintf("%s. The leader is %s.", waiting, state.Leader)
	switch {
	case state.Leader == "":
		check.State, check.Detail = httpapi.CheckDegraded, "No process leads; this passes within seconds of a start."
	case state.Lag > lateJobs:
		check.State = httpapi.CheckDegraded
	}
	return nil
}
