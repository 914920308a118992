package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// tries is how often a window that others have disturbed is taken again; the
// least disturbed of them counts, and is told to be what it is.
const tries = 4

// written are the tables that the operations write to.
var written = []string{"tasks", "events", "projects", "projects_to_count"}

// Run measures the operations that the options name, one after the other.
func Run(ctx context.Context, o Options) (report *Report, err error) {
	operations, err := chosen(o.Only)
	if err != nil {
		return nil, err
	}
	s, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := s.Close(context.WithoutCancel(ctx)); err == nil {
			err = closed
		}
	}()
	report = newReport(s)
	for _, operation := range operations {
		result, err := s.Measure(ctx, operation)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", operation.Name, err)
		}
		report.Operations = append(report.Operations, result)
	}
	return report, nil
}

func chosen(only []string) ([]Operation, error) {
	all := Operations()
	if len(only) == 0 {
		return all, nil
	}
	var some []Operation
	for _, name := range only {
		i := slices.IndexFunc(all, func(o Operation) bool { return o.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no operation %q; there are %s", name, names(all))
		}
		some = append(some, all[i])
	}
	return some, nil
}

// Measure has floor and service take turns at an operation.
func (s *Stand) Measure(ctx context.Context, o Operation) (Result, error) {
	result := Result{Operation: o.Name, Title: o.Title, Target: o.Target}
	floor, err := s.Floor(ctx, o)
	if err != nil {
		return result, err
	}
	result.Floor, result.Sent, result.Samples = floor.Statements, floor.Sent, floor.Samples
	s.sayf("%s: the floor is %s of %d requests", o.Name, strings.Join(floor.Statements, ", "), floor.Samples)
	lasting := time.Duration(s.Options.Seconds) * time.Second
	seed := 0
	next := func() int { seed++; return seed }
	runs := []func(time.Duration) (Window, error){
		func(lasting time.Duration) (Window, error) { return s.floorWindow(ctx, o, floor, next(), lasting) },
		func(lasting time.Duration) (Window, error) { return s.serviceWindow(ctx, o, next(), lasting) },
	}
	// Plans, caches and the heap are what they are under load before anything counts.
	for _, run := range runs {
		if _, err := run(min(lasting, 2*time.Second)); err != nil {
			return result, err
		}
	}
	for round := range s.Options.Rounds {
		var windows [2]Window
		for i, run := range runs {
			window, thrown, err := s.undisturbed(func() (Window, error) { return run(lasting) })
			if err != nil {
				return result, err
			}
			windows[i] = window
			result.Thrown += thrown
		}
		result.Rounds = append(result.Rounds, Round{Floor: windows[0], Service: windows[1]})
		s.sayf("  round %d of %d: %.0f and %.0f a second, others had %.0f%% and %.0f%% of the processors", round+1, s.Options.Rounds,
			windows[0].Rate, windows[1].Rate, 100*windows[0].Others, 100*windows[1].Others)
	}
	result.summarize()
	return result, nil
}

// undisturbed takes a window again while others had more of the processors than
// they may, and returns the number that it has thrown away.
func (s *Stand) undisturbed(run func() (Window, error)) (best Window, thrown int, err error) {
	for i := range tries {
		window, err := run()
		if err != nil {
			return best, thrown, err
		}
		if i == 0 || best.Rate == 0 || window.Rate > 0 && window.Others < best.Others {
			best = window
		}
		if window.Rate > 0 && window.Others <= s.Options.MostOthers {
			return best, thrown, nil
		}
		thrown++
		if until := s.Options.RetakeUntil; !until.IsZero() && time.Now().After(until) {
			break
		}
	}
	if best.Rate == 0 {
		return best, thrown, fmt.Errorf("not one transaction ended in any of %d windows: leave the processors to the benchmark", thrown)
	}
	return best, thrown - 1, nil
}

// kept is how many requests are made before the samples: more than an operation
// has of which something is kept for each, such as how long its list is.
const kept = 100

// Floor samples the operation and makes its floor.
func (s *Stand) Floor(ctx context.Context, o Operation) (Floor, error) {
	if err := s.prepare(ctx, o); err != nil {
		return Floor{}, err
	}
	requests, err := o.Requests(ctx, s.World, 0)
	if err != nil {
		return Floor{}, err
	}
	requests = requests[:min(len(requests), s.Options.Samples)]
	// Some of them first, for what is sent once and then kept. What writes would
	// find it written.
	first := 1
	if !o.Writes {
		first = min(len(requests), kept)
	}
	if _, err := s.Sampler.Samples(ctx, requests[:first]); err != nil {
		return Floor{}, err
	}
	if err := s.prepare(ctx, o); err != nil {
		return Floor{}, err
	}
	samples, err := s.Sampler.Samples(ctx, requests)
	if err != nil {
		return Floor{}, err
	}
	return NewFloor(ctx, s.Postgres, database, o, samples)
}

// prepare puts the database into the state that each window of the operation
// begins with.
func (s *Stand) prepare(ctx context.Context, o Operation) error {
	if !o.Writes {
		return nil
	}
	if err := s.Postgres.Execute(ctx, database, o.Prepare...); err != nil {
		return err
	}
	return s.Postgres.Settle(ctx, database, written...)
}

func (s *Stand) floorWindow(ctx context.Context, o Operation, floor Floor, seed int, lasting time.Duration) (Window, error) {
	if err := s.prepare(ctx, o); err != nil {
		return Window{}, err
	}
	end, err := s.Accounting.Begin()
	if err != nil {
		return Window{}, err
	}
	done, err := s.Pgbench.Run(ctx, s.Postgres.URL(database), floor, seed, lasting)
	if err != nil {
		return Window{}, err
	}
	usage, err := end()
	if err != nil {
		return Window{}, err
	}
	if done.Count == 0 { // others had everything
		return Window{Others: 1}, nil
	}
	return Window{Rate: done.Rate, Others: usage.Others, PostgresMicros: micros(usage.Postgres, float64(done.Count))}, nil
}

func (s *Stand) serviceWindow(ctx context.Context, o Operation, window int, lasting time.Duration) (Window, error) {
	if err := s.prepare(ctx, o); err != nil {
		return Window{}, err
	}
	requests, err := o.Requests(ctx, s.World, window)
	if err != nil {
		return Window{}, err
	}
	before, err := s.Service.Counters(ctx)
	if err != nil {
		return Window{}, err
	}
	hot, err := s.hotUpdates(ctx, o)
	if err != nil {
		return Window{}, err
	}
	end, err := s.Accounting.Begin()
	if err != nil {
		return Window{}, err
	}
	load, err := s.Wrk.Run(ctx, s.Service.Origin, requests, 0, lasting)
	if err != nil {
		return Window{}, err
	}
	usage, err := end()
	if err != nil {
		return Window{}, err
	}
	after, err := s.Service.Counters(ctx)
	if err != nil {
		return Window{}, err
	}
	share, err := hot()
	if err != nil {
		return Window{}, err
	}
	counted := after.Since(before)
	if err := s.check(load, counted); err != nil {
		return Window{}, err
	}
	answered := counted.Requests['2']
	return Window{
		HOT: share, Rate: load.Rate(), Others: usage.Others, P50: load.P50.Seconds() * 1000, P99: load.P99.Seconds() * 1000,
		ServerMicros: micros(usage.Service, answered), PostgresMicros: micros(usage.Postgres, answered),
		Allocations: counted.Mallocs / answered, AllocatedBytes: counted.Bytes / answered, ResponseBytes: float64(load.Bytes) / float64(load.Requests),
	}, nil
}

// hotUpdates begins to count updates of tasks. The function that it returns
// tells which share of them PostgreSQL has made without touching an index, nil
// where it has counted none.
func (s *Stand) hotUpdates(ctx context.Context, o Operation) (share func() (*float64, error), err error) {
	type counts struct{ All, Hot float64 }
	read := func() (counts, error) {
		if !o.Writes {
			return counts{}, nil
		}
		found, err := records(ctx, s.World, pgx.RowToStructByName[counts],
			"SELECT n_tup_upd::float8 AS all, n_tup_hot_upd::float8 AS hot FROM pg_stat_user_tables WHERE relname = 'tasks'")
		if err != nil {
			return counts{}, err
		}
		return found[0], nil
	}
	before, err := read()
	if err != nil {
		return nil, err
	}
	return func() (*float64, error) {
		after, err := read()
		if err != nil || after.All <= before.All {
			return nil, err
		}
		return new((after.Hot - before.Hot) / (after.All - before.All)), nil
	}, nil
}

// check fails for any answer but 2xx. What wrk did not wait for at its end may
// have been given up: that is one of each connection.
func (s *Stand) check(load Load, counted Counters) error {
	if load.Requests == 0 || counted.Requests['2'] == 0 {
		return errors.New("no request was answered")
	}
	failed, which := counted.Failed()
	if load.Failed > 0 || counted.Requests['3'] > 0 || failed > float64(s.Wrk.Connections) {
		return fmt.Errorf("wrk saw %d requests fail, and the service counted %s:\n%s", load.Failed, which, s.Service.Complaints(10))
	}
	return nil
}

func micros(used time.Duration, times float64) float64 {
	return float64(used.Microseconds()) / times
}
