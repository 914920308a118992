package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// memoryConnections are those that the service's memory is measured under.
	memoryConnections = 64
	// mostMemory is how much of it may be resident then, in MiB.
	mostMemory = 128
)

// Resident is memory of a process, in bytes.
type Resident struct {
	// Peak is the most that was ever resident, the program's own pages included.
	Peak int64
	// Anonymous is what is resident now of what no file is behind: heap and stacks.
	Anonymous int64
}

// ResidentOf reads the memory of a process that runs.
func ResidentOf(pid int) (Resident, error) {
	var r Resident
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return r, fmt.Errorf("reading the memory of process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(line, ":")
		target := map[string]*int64{"VmHWM": &r.Peak, "RssAnon": &r.Anonymous}[name]
		if target == nil {
			continue
		}
		kilobytes, err := parseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		if err != nil {
			return r, err
		}
		*target = int64(kilobytes) << 10
	}
	return r, nil
}

// Memory measures what is resident of the service with 64 connections under
// load: one operation after the other, all in the same process.
func Memory(ctx context.Context, o Options) (_ *Figures, err error) {
	s, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := s.Close(context.WithoutCancel(ctx)); err == nil {
			err = closed
		}
	}()
	if s.Wrk, err = FindWrk(filepath.Join(o.Dir, "work"), memoryConnections); err != nil {
		return nil, err
	}
	figures := newFigures(fmt.Sprintf("Memory of the service at %d connections, %d tasks", memoryConnections, o.Tasks), s.Postgres)
	idle, err := ResidentOf(s.Service.PID())
	if err != nil {
		return nil, err
	}
	figures.add(Figure{Name: "resident before any load", Value: mebibytes(idle.Peak), Unit: "MiB"})
	operations, err := chosen([]string{"get", "list", "create", "search"})
	if err != nil {
		return nil, err
	}
	for _, operation := range operations {
		load, err := s.crowd(ctx, operation)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", operation.Name, err)
		}
		now, err := ResidentOf(s.Service.PID())
		if err != nil {
			return nil, err
		}
		figures.add(Figure{
			Name: "peak after " + operation.Title, Value: mebibytes(now.Peak), Unit: "MiB", Wanted: mostMemory, AtMost: true,
			Note: fmt.Sprintf("%.0f MiB of it heap and stacks now; %.0f req/s, %d of %d refused", mebibytes(now.Anonymous), load.Rate(), load.Failed, load.Requests),
		})
	}
	return figures, nil
}

// crowd makes the requests over all of the connections. Where they wait for the
// database longer than it may keep them, on a machine that has others to serve,
// some are told to come back; that is not what is measured here.
func (s *Stand) crowd(ctx context.Context, o Operation) (Load, error) {
	if err := s.prepare(ctx, o); err != nil {
		return Load{}, err
	}
	requests, err := o.Requests(ctx, s.World, 1)
	if err != nil {
		return Load{}, err
	}
	load, err := s.Wrk.Run(ctx, s.Service.Origin, requests, 0, time.Duration(s.Options.Seconds)*time.Second)
	if err == nil && load.Failed >= load.Requests {
		err = fmt.Errorf("%d of %d requests failed", load.Failed, load.Requests)
	}
	return load, err
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
