package bench_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/bench"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// TestBench runs the whole of it, so small that its figures tell nothing: that
// each operation has a floor, made of what the service sends, that both run, and
// that nothing fails.
func TestBench(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("wrk"); err != nil {
		t.Skip("wrk is not installed: make bench says what to install")
	}
	// PostgreSQL may run as another account, which has to pass through.
	dir, err := os.MkdirTemp("", "coordinator-bench-")
	expect.OK(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	expect.OK(t, os.Chmod(dir, 0o711))
	program := filepath.Join(dir, "coordinator")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, "../../../cmd/coordinator")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, output)
	}
	s, err := bench.Open(t.Context(), bench.Options{
		Program: program, Dir: filepath.Join(dir, "data"), Tasks: bench.Sizes["tiny"], Rounds: 1, Seconds: 1, Samples: 20, MostOthers: 1,
		Postgres: map[string]string{"shared_buffers": "64MB", "max_wal_size": "256MB", "fsync": "off"},
	})
	expect.OK(t, err)
	defer func() { expect.OK(t, s.Close(t.Context())) }()

	// Statements without which the operation would not be what it is called.
	own := map[string]string{
		"get": "TaskGet", "get-plain": "TaskGet", "list": "TaskList", "list-next": "TaskList", "search": "TaskSearch", "statistics": "Statistics",
		"create": "TaskInsert", "transition": "TaskUpdateStatus", "update": "TaskUpdate",
	}
	report := &bench.Report{Tasks: bench.Sizes["tiny"]}
	for _, o := range bench.Operations() {
		floor, err := s.Floor(t.Context(), o)
		expect.OK(t, err)
		if !slices.ContainsFunc(floor.Statements, func(name string) bool { return strings.HasPrefix(name, own[o.Name]) }) {
			t.Errorf("the floor of %s is %v, without %s", o.Name, floor.Statements, own[o.Name])
		}
		if o.Writes && !slices.ContainsFunc(floor.Statements, func(name string) bool { return strings.HasPrefix(name, "EventInsert") }) {
			t.Errorf("the floor of %s is %v, without its event", o.Name, floor.Statements)
		}
		if slices.ContainsFunc(floor.Statements, func(name string) bool { return strings.HasPrefix(name, "Session") }) {
			t.Errorf("the floor of %s is %v, with who asks", o.Name, floor.Statements)
		}
		// One that has a script for each sample, and one that has one for all, and writes.
		if !slices.Contains([]string{"search", "transition"}, o.Name) {
			continue
		}
		result, err := s.Measure(t.Context(), o)
		expect.OK(t, err)
		if w := result.Service; result.FloorRate <= 0 || w.Rate <= 0 || w.P99 <= 0 || w.ServerMicros <= 0 || w.Allocations <= 0 || w.AllocatedBytes <= 0 {
			t.Errorf("%s has figures that cannot be: %+v", o.Name, result)
		}
		report.Operations = append(report.Operations, result)
	}
	var text bytes.Buffer
	expect.OK(t, report.Print(&text))
	for line := range strings.Lines(text.String()) {
		if !strings.HasPrefix(line, "PostgreSQL:") && len([]rune(line)) > 121 {
			t.Errorf("a line of the report has %d columns: %s", len([]rune(line))-1, line)
		}
	}
}
