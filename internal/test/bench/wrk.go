package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed load.lua
var loadScript []byte

// install is what to run where a generator of load is missing.
const install = "run \"sudo apt-get install wrk postgresql-contrib\", or what your system calls these"

// Wrk makes requests over so many connections, each as soon as the one before
// it was answered.
type Wrk struct {
	Connections int

	program string
	dir     string
}

// FindWrk returns wrk, which writes into dir what it works with.
func FindWrk(dir string, connections int) (*Wrk, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return nil, fmt.Errorf("there is no wrk: %s", install)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making a directory for wrk: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "load.lua"), loadScript, 0o600); err != nil {
		return nil, fmt.Errorf("writing the script for wrk: %w", err)
	}
	return &Wrk{Connections: connections, program: program, dir: dir}, nil
}

// Load is what a run has come to.
type Load struct {
	Requests int
	Failed   int
	Took     time.Duration
	P50, P99 time.Duration
	// Bytes of the responses, headers included.
	Bytes int
}

// Rate is the number of requests a second.
func (l Load) Rate() float64 { return float64(l.Requests) / l.Took.Seconds() }

// Run makes the requests in their order, over and over, for so long. It begins
// with the one of that number.
func (w *Wrk) Run(ctx context.Context, origin string, requests []Request, first int, lasting time.Duration) (Load, error) {
	file := filepath.Join(w.dir, "requests")
	var lines strings.Builder
	for _, r := range requests {
		fmt.Fprintf(&lines, "%s\t%s\t%s\t%s\n", r.Method, r.Path, r.Token, r.Body)
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		return Load{}, fmt.Errorf("writing the requests: %w", err)
	}
	// It connects, and begins to count, some time after it was started.
	ctx, cancel := context.WithTimeout(ctx, lasting+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.program, "-t1", fmt.Sprintf("-c%d", w.Connections), "-d", fmt.Sprintf("%ds", max(1, int(lasting.Seconds()))),
		"--timeout", "10s", "-s", filepath.Join(w.dir, "load.lua"), origin, "--", file, fmt.Sprint(first))
	output, err := cmd.CombinedOutput()
	if err != nil {
		return Load{}, fmt.Errorf("running wrk: %w\n%s", err, output)
	}
	return parseLoad(string(output))
}

func parseLoad(output string) (Load, error) {
	_, text, found := strings.Cut(output, "\nresult ")
	if !found {
		return Load{}, errors.New("wrk told no result:\n" + output)
	}
	line, _, _ := strings.Cut(text, "\n")
	var result struct {
		Requests, Microseconds, Bytes, Failed, P50, P99 int
	}
	if err := json.Unmarshal([]byte(line), &result); err != nil {
		return Load{}, fmt.Errorf("reading what wrk tells: %w", err)
	}
	micro := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
	return Load{
		Requests: result.Requests, Failed: result.Failed, Took: micro(result.Microseconds),
		P50: micro(result.P50), P99: micro(result.P99), Bytes: result.Bytes,
	}, nil
}
