// Command schemathesis holds the built program against openapi.yaml with a tool
// that is not ours: Schemathesis makes requests of the contract, conforming ones
// and others, alone and in sequences, and judges the answers by it.
//
// It starts bin/coordinator with a PostgreSQL of its own and the demo data, runs the
// tool with all its checks over every operation, and prints what was sent and
// judged. Any failure, any operation without a case, and too few cases are an error.
//
//	go run ./internal/test/schemathesis                  20,000 cases and more
//	go run ./internal/test/schemathesis --size=small     what a merge has to pass
//
// Before that the control: under a contract that promises what the program does not
// do, the tool has to find each of the broken promises.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// size is how much is done, and for how long at most.
type size struct {
	parts   []part
	least   int
	timeout time.Duration
}

// half of the work is that on these tags.
var half = []string{"clients", "api_keys", "users", "invitations"}

var sizes = map[string]size{
	"small": {least: 10_000, timeout: 8 * time.Minute, parts: []part{
		{name: "clients", role: "admin", phases: "examples,coverage", tags: half},
		{name: "the rest", role: "admin", phases: "examples,coverage", except: half},
		{name: "sequences", role: "admin", phases: "stateful", examples: 5},
	}},
	"full": {least: 20_000, timeout: 30 * time.Minute, parts: []part{
		{name: "clients", role: "admin", phases: "examples,coverage,fuzzing", tags: half, examples: 40},
		{name: "the rest", role: "admin", phases: "examples,coverage,fuzzing", except: half, examples: 40},
		{name: "sequences", role: "admin", phases: "stateful", examples: 40},
		{name: "user", role: "user", phases: "examples,coverage", examples: 10},
	}},
}

func main() {
	name := flag.String("size", "full", "how much: small or full")
	program := flag.String("program", "bin/coordinator", "the built program")
	tool := flag.String("tool", "bin/schemathesis/venv/bin/schemathesis", "Schemathesis")
	work := flag.String("work", "bin/schemathesis/run", "directory for what it writes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *name, *program, *tool, *work)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "schemathesis:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, program, tool, work string) error {
	wanted, ok := sizes[name]
	if !ok {
		return fmt.Errorf("there is no size %q: it is small or full", name)
	}
	ctx, cancel := context.WithTimeout(ctx, wanted.timeout)
	defer cancel()
	paths := []string{program, tool, work, "openapi.yaml", "internal/test/schemathesis"}
	for i, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return fmt.Errorf("finding %s: %w", path, err)
		}
		paths[i] = absolute
	}
	r := runner{program: paths[0], tool: paths[1], work: paths[2], contract: paths[3], home: paths[4]}
	if err := os.RemoveAll(r.work); err != nil {
		return fmt.Errorf("clearing the directory to work in: %w", err)
	}
	if err := os.MkdirAll(r.work, 0o755); err != nil {
		return fmt.Errorf("making a directory to work in: %w", err)
	}
	s, err := startService(ctx, r.program)
	if err != nil {
		return err
	}
	r.service = s
	err = r.control(ctx)
	if err == nil {
		err = r.all(ctx, wanted)
	}
	return errors.Join(err, s.stop())
}
