package bench

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"time"
)

const (
	// mostProcesses is how many services there are in the end.
	mostProcesses = 4
	// processConnections are those of the load, whatever the number of services.
	processConnections = serviceConnections
)

// fleet is some services on one PostgreSQL.
type fleet struct {
	services []*Service
	world    *World
}

// Processes measures one to four services on one PostgreSQL, with and without a
// replica of it for what reads much, and what a storm of sign-ins leaves to
// those who read. What fails is told among the figures; with an error it returns
// what it had by then.
func Processes(ctx context.Context, o Options) (_ *Figures, err error) {
	r, err := openReplicated(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := r.close(context.WithoutCancel(ctx)); err == nil {
			err = closed
		}
	}()
	figures := newFigures(fmt.Sprintf("Several processes, %d tasks", o.Tasks), r.primary)
	for _, replica := range []bool{false, true} {
		for n := range mostProcesses {
			if err := r.measure(ctx, figures, n+1, replica); err != nil {
				return figures, fmt.Errorf("%d processes: %w", n+1, err)
			}
		}
	}
	if err := r.storm(ctx, figures); err != nil {
		return figures, figures.fail(ctx, "reads amid a storm of sign-ins", err)
	}
	return figures, nil
}

// measure adds what so many services come to.
func (r *replicated) measure(ctx context.Context, figures *Figures, n int, replica bool) (err error) {
	f, err := r.start(ctx, n, replica)
	defer func() { err = errors.Join(err, f.stop()) }()
	if err != nil {
		return err
	}
	from := ""
	if replica {
		from = ", lists from the replica"
	}
	operations, err := chosen([]string{"get", "list", "create"})
	if err != nil {
		return err
	}
	for _, o := range operations {
		name := fmt.Sprintf("%s, %d processes%s", o.Name, n, from)
		rate, others, err := r.load(ctx, f, o)
		if err != nil {
			if err := figures.fail(ctx, name, err); err != nil {
				return err
			}
			continue
		}
		figures.disturbed(others)
		r.options.sayf("  %s: %.0f req/s, others had %.0f%%", name, rate, 100*others)
		figures.add(Figure{Name: name, Value: rate, Unit: "req/s"})
	}
	return nil
}

// start starts so many services, which take each other's tokens.
func (r *replicated) start(ctx context.Context, n int, replica bool) (*fleet, error) {
	f := &fleet{}
	for i := range n {
		settings := []string{"COORDINATOR_SECRET_KEY=" + r.secret}
		if replica {
			settings = append(settings, "DATABASE_REPLICA_URL="+r.replicaURL())
		}
		s, err := StartService(ctx, ServiceOptions{
			Program: r.options.Program, Dir: filepath.Join(r.work, fmt.Sprint("service", i)), Postgres: r.primary, Database: database,
			Connections: max(2, floorConnections/n), Settings: settings,
		})
		if err != nil {
			return f, err
		}
		f.services = append(f.services, s)
	}
	var err error
	f.world, err = Enter(ctx, r.primary, f.services[0], database)
	return f, err
}

func (f *fleet) stop() error {
	var all []error
	for _, s := range f.services {
		all = append(all, s.Stop())
	}
	return errors.Join(all...)
}

// load has the services share the load, and returns what they do together.
func (r *replicated) load(ctx context.Context, f *fleet, o Operation) (rate, others float64, err error) {
	if o.Writes {
		if err := r.primary.Settle(ctx, database, written...); err != nil {
			return 0, 0, err
		}
	}
	requests, err := o.Requests(ctx, f.world, len(f.services))
	if err != nil {
		return 0, 0, err
	}
	accounting, err := r.accounting(f)
	if err != nil {
		return 0, 0, err
	}
	end, err := accounting.Begin()
	if err != nil {
		return 0, 0, err
	}
	loads, failures := make([]Load, len(f.services)), make([]error, len(f.services))
	var all sync.WaitGroup
	for i, s := range f.services {
		all.Go(func() {
			wrk, err := FindWrk(filepath.Join(r.work, fmt.Sprint("wrk", i)), max(1, processConnections/len(f.services)))
			if err == nil {
				loads[i], err = wrk.Run(ctx, s.Origin, requests, i*len(requests)/len(f.services), time.Duration(r.options.Seconds)*time.Second)
			}
			failures[i] = err
		})
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		return 0, 0, err
	}
	usage, err := end()
	if err != nil {
		return 0, 0, err
	}
	for _, load := range loads {
		if load.Failed > 0 || load.Requests == 0 {
			return 0, 0, fmt.Errorf("%d of %d requests failed", load.Failed, load.Requests)
		}
		rate += load.Rate()
	}
	return rate, usage.Others, nil
}

func (r *replicated) accounting(f *fleet) (Accounting, error) {
	var a Accounting
	for _, s := range f.services {
		a.Services = append(a.Services, s.PID())
	}
	for _, p := range []*Postgres{r.primary, r.replica} {
		pid, err := p.PID()
		if err != nil {
			return a, err
		}
		a.Servers = append(a.Servers, pid)
	}
	return a, nil
}

// settings are PostgreSQL's for the primary and the replica alike.
func (o Options) settings() map[string]string {
	settings := map[string]string{"shared_buffers": sharedBuffers()}
	maps.Copy(settings, o.Postgres)
	return settings
}

func newSecret() (string, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("making a secret key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(key), nil
}
