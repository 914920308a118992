// Command figures measures what is more than one operation: "growth" what
// becomes of them as the database grows, "processes" what several services and a
// replica come to and what a storm of sign-ins leaves to others, "memory" what is
// resident under load. It is started by `make bench-growth`, `make bench-scale`
// and `make bench-memory`, from the directory of the repository.
//
// It prints a table, and fails at its end if a request did. What is not reached of
// what is wanted is said, and is no failure: times are those of a machine.
package main

import (
	"context"
	"errors"
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
	sizes := flag.String("sizes", "10000", "numbers of tasks, the smallest first, separated by commas or spaces; what has no growth takes the last")
	file := flag.String("json", "", "file to write the figures to, as JSON")
	o := bench.Options{Samples: 200, Out: os.Stdout}
	flag.StringVar(&o.Program, "program", "bin/coordinator", "the built program")
	flag.StringVar(&o.Dir, "dir", "bin/bench", "directory that keeps the data set from one run to the next")
	flag.IntVar(&o.Rounds, "rounds", 3, "how often each is measured")
	flag.IntVar(&o.Seconds, "seconds", 5, "how long each time")
	others := flag.Float64("others", 8, "percentage of the processors from which on, where others have it, a window is taken again")
	flag.Parse()
	o.MostOthers = *others / 100
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, flag.Arg(0), o, *sizes, *file)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, what string, o bench.Options, sizes, file string) error {
	var numbers []int
	for field := range strings.FieldsFuncSeq(sizes, func(r rune) bool { return r == ',' || r == ' ' }) {
		number, err := strconv.Atoi(field)
		if err != nil || number < bench.Sizes["tiny"] {
			return fmt.Errorf("%q is no number of tasks from %d", field, bench.Sizes["tiny"])
		}
		numbers = append(numbers, number)
	}
	if len(numbers) == 0 || o.Rounds < 1 || o.Seconds < 1 {
		return fmt.Errorf("%d sizes in %d rounds of %d s are nothing to measure", len(numbers), o.Rounds, o.Seconds)
	}
	for _, path := range []*string{&o.Program, &o.Dir} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("finding %s: %w", *path, err)
		}
		*path = absolute
	}
	o.Tasks = numbers[len(numbers)-1]
	var figures *bench.Figures
	var err error
	switch what {
	case "growth":
		figures, err = bench.Growth(ctx, o, numbers)
	case "processes":
		figures, err = bench.Processes(ctx, o)
	case "memory":
		figures, err = bench.Memory(ctx, o)
	default:
		return fmt.Errorf("there is nothing called %q to measure; there are growth, processes and memory", what)
	}
	if figures == nil {
		return err
	}
	// What was measured before something failed took its time as well.
	if file != "" {
		err = errors.Join(err, figures.Write(file))
	}
	return errors.Join(err, figures.Print(os.Stdout), figures.Err())
}
