package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// part is one run of the tool. Two go on at a time: each is a process that has
// one core to work with, since CPython before 3.12 does not parse in two threads.
type part struct {
	name string
	// role is that of whoever acts.
	role, phases string
	// examples are the most cases of an operation where the phase has no end of its own.
	examples int
	// tags and except choose the operations; all of them without either.
	tags, except []string
	// operations choose them by their ids.
	operations []string
}

type runner struct {
	program, tool, work, contract, home string

	service *service
}

// atOnce is how many parts go on at a time.
const atOnce = 2

// all runs the parts, prints what came of them and judges that.
func (r *runner) all(ctx context.Context, wanted size) error {
	began := time.Now()
	results := make([]*report, len(wanted.parts))
	failures := make([]error, len(wanted.parts))
	turn := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, p := range wanted.parts {
		turn <- struct{}{} // in their order
		running.Go(func() {
			defer func() { <-turn }()
			results[i], failures[i] = r.run(ctx, p, r.contract)
		})
	}
	running.Wait()
	if err := errors.Join(failures...); err != nil {
		return err
	}
	total := newReport()
	for i, p := range wanted.parts {
		fmt.Printf("%-10s %6d cases as %s: %s\n", p.name, results[i].cases, p.role, p.phases)
		total.add(results[i])
	}
	total.print(time.Since(began))
	return total.judge(wanted.least)
}

// run runs the tool once. Failures that it finds are in the report; the error is
// about the run.
func (r *runner) run(ctx context.Context, p part, contract string) (*report, error) {
	dir := filepath.Join(r.work, strings.ReplaceAll(p.name, " ", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making a directory for %s: %w", p.name, err)
	}
	events, printed := filepath.Join(dir, "events.ndjson"), filepath.Join(dir, "printed.txt")
	out, err := os.Create(printed)
	if err != nil {
		return nil, fmt.Errorf("making a file for %s: %w", p.name, err)
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, r.tool, r.arguments(p, contract, events)...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(),
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH="+r.home, "NO_COLOR=1",
		"CONTRACT_BASE_URL="+r.service.origin, "CONTRACT_PROGRAM="+r.program, "CONTRACT_ROLE="+p.role, "DATABASE_URL="+r.service.database)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return nil, fmt.Errorf("running %s: %w", r.tool, err)
	}
	found, readErr := readReport(events)
	if ctx.Err() != nil || readErr != nil {
		return nil, errors.Join(fmt.Errorf("%s did not end (%w); see %s", p.name, errors.Join(ctx.Err(), err), printed), readErr)
	}
	if err != nil {
		found.failed[p.name] = printed
	}
	return found, os.Remove(events)
}

func (r *runner) arguments(p part, contract, events string) []string {
	arguments := []string{
		"--config-file", filepath.Join(r.home, "schemathesis.toml"), "run", contract, "--url", r.service.origin,
		"--phases", p.phases, "--workers", "1", "--no-shrink", "--report", "ndjson", "--report-ndjson-path", events,
	}
	if p.examples > 0 {
		arguments = append(arguments, "--max-examples", strconv.Itoa(p.examples))
	}
	for option, values := range map[string][]string{"--include-tag": p.tags, "--exclude-tag": p.except, "--include-operation-id": p.operations} {
		for _, value := range values {
			arguments = append(arguments, option, value)
		}
	}
	return arguments
}
