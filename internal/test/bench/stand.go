package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options say what is measured, and how long.
type Options struct {
	// Program is the built binary.
	Program string
	// Dir keeps the data set from one run to the next.
	Dir string
	// Tasks is the size of the data set.
	Tasks int
	// Rounds is how often floor and service take turns, Seconds how long each does.
	Rounds, Seconds int
	// Only names the operations, all where it is empty.
	Only []string
	// Postgres are settings of PostgreSQL that win over [Settings].
	Postgres map[string]string
	// Samples is how many requests the arguments of a floor are taken from at most.
	Samples int
	// MostOthers is the share of the processors from which on a window is taken again.
	MostOthers float64
	// RetakeUntil is when no window is taken again any more; never for the zero time.
	RetakeUntil time.Time
	// Out is told what is going on.
	Out io.Writer
}

// The two generators of load: 8 connections keep PostgreSQL busy, and 16 the
// service, which has as many to PostgreSQL as pgbench has.
const (
	floorConnections   = 8
	serviceConnections = 16
)

// database is the copy of the data set that is measured.
const database = "bench"

// Stand is everything that a measurement needs, running.
type Stand struct {
	Options    Options
	Postgres   *Postgres
	Dataset    *Dataset
	Service    *Service
	World      *World
	Sampler    *Sampler
	Pgbench    *Pgbench
	Wrk        *Wrk
	Accounting Accounting
	// Warmed says how the database was read into memory.
	Warmed string
}

// Open starts PostgreSQL, loads the data set or takes it from a former run, and
// starts the service on a copy of it. Close ends all of that and keeps the data
// set. What is missing on the machine is an error before anything is loaded.
func Open(ctx context.Context, o Options) (s *Stand, err error) {
	work := filepath.Join(o.Dir, "work")
	s = &Stand{Options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close(context.WithoutCancel(ctx)))
		}
	}()
	if s.Wrk, err = FindWrk(work, serviceConnections); err != nil {
		return s, err
	}
	settings := map[string]string{"shared_buffers": sharedBuffers()}
	maps.Copy(settings, o.Postgres)
	if s.Postgres, err = StartPostgres(ctx, o.Dir, settings, slog.New(slog.DiscardHandler)); err != nil {
		return s, err
	}
	if s.Pgbench, err = FindPgbench(ctx, s.Postgres, work, floorConnections); err != nil {
		return s, err
	}
	s.sayf("PostgreSQL %s. Data set of %d tasks …", s.Postgres.Version, o.Tasks)
	if s.Dataset, err = LoadDataset(ctx, s.Postgres, o.Tasks); err != nil {
		return s, err
	}
	if err = s.Dataset.Copy(ctx, database); err != nil {
		return s, err
	}
	if s.Warmed, err = s.Postgres.Warm(ctx, database); err != nil {
		return s, err
	}
	how := "kept from a former run"
	if s.Dataset.Took > 0 {
		how = fmt.Sprintf("loaded in %.0f s", s.Dataset.Took.Seconds())
	}
	s.sayf("… %s, warmed by %s.", how, s.Warmed)
	options := ServiceOptions{Program: o.Program, Dir: filepath.Join(work, "service"), Postgres: s.Postgres, Database: database, Connections: floorConnections}
	if s.Service, err = StartService(ctx, options); err != nil {
		return s, err
	}
	if s.World, err = Enter(ctx, s.Postgres, s.Service, database); err != nil {
		return s, err
	}
	s.Sampler = NewSampler(s.Postgres, s.Service, database)
	postmaster, err := s.Postgres.PID()
	s.Accounting = Accounting{Services: []int{s.Service.PID()}, Servers: []int{postmaster}}
	return s, err
}

// Close stops what Open has started, and drops the copy of the data set.
func (s *Stand) Close(ctx context.Context) error {
	var all []error
	if s.Service != nil {
		all = append(all, s.Service.Stop())
	}
	if s.Postgres != nil {
		all = append(all, s.Postgres.Execute(ctx, "postgres", "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)"), s.Postgres.Stop(ctx))
	}
	return errors.Join(append(all, os.RemoveAll(filepath.Join(s.Options.Dir, "work")))...)
}

func (s *Stand) sayf(format string, args ...any) { s.Options.sayf(format, args...) }

func (o Options) sayf(format string, args ...any) {
	if o.Out != nil {
		_, _ = fmt.Fprintf(o.Out, format+"\n", args...) // nobody waits for it
	}
}

// sharedBuffers is a quarter of the memory, as PostgreSQL's documentation has
// it, and at most what a million tasks take.
func sharedBuffers() string {
	const fallback, most = 1024, 4096
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return fmt.Sprintf("%dMB", fallback)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	fields := strings.Fields(line)
	if len(fields) < 2 || fields[0] != "MemTotal:" {
		return fmt.Sprintf("%dMB", fallback)
	}
	total, err := parseInt(fields[1])
	if err != nil {
		return fmt.Sprintf("%dMB", fallback)
	}
	return fmt.Sprintf("%dMB", min(most, total/1024/4))
}
