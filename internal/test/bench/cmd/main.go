// Command cmd measures how close the service comes to PostgreSQL: for each
// operation its statements alone, by pgbench, against the operation, by wrk
// against the built binary, in turns. It is started by `make bench`, from the
// directory of the repository.
//
// It prints a table, and fails if any request does. What is not reached of what
// is wanted is said, and is no failure: times are those of a machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/aicoordination/coordinator/internal/test/bench"
)

func main() {
	size := flag.String("size", "full", "tasks: full (1,000,000), medium (100,000), small (10,000), tiny (2,000) or a number")
	only := flag.String("only", "", "operations, separated by commas; all where it is empty")
	file := flag.String("json", "", "file to write the figures to, as JSON")
	o := bench.Options{MostOthers: 0.08, Samples: 2000, Out: os.Stdout}
	flag.StringVar(&o.Program, "program", "bin/coordinator", "the built program")
	flag.StringVar(&o.Dir, "dir", "bin/bench", "directory that keeps the data set from one run to the next")
	flag.IntVar(&o.Rounds, "rounds", 5, "how often floor and service take turns")
	flag.IntVar(&o.Seconds, "seconds", 5, "how long each of them runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o, *size, *only, *file)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o bench.Options, size, only, file string) error {
	tasks, known := bench.Sizes[size]
	if !known {
		n, err := strconv.Atoi(size)
		if err != nil || n < bench.Sizes["tiny"] {
			return fmt.Errorf("there is no size %q: it is full, medium, small, tiny or a number from %d", size, bench.Sizes["tiny"])
		}
		tasks = n
	}
	if o.Rounds < 1 || o.Seconds < 1 {
		return fmt.Errorf("%d rounds of %d s are none", o.Rounds, o.Seconds)
	}
	o.Tasks = tasks
	if only != "" {
		o.Only = strings.Split(only, ",")
	}
	for _, path := range []*string{&o.Program, &o.Dir} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("finding %s: %w", *path, err)
		}
		*path = absolute
	}
	report, err := bench.Run(ctx, o)
	if err != nil {
		return err
	}
	if file != "" {
		if err := report.Write(file); err != nil {
			return err
		}
	}
	return report.Print(os.Stdout)
}
