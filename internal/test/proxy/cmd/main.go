// Command testproxy runs the proxy of package proxy for tests that are not
// written in Go. Its first line says where it listens:
//
//	testproxy --target http://127.0.0.1:8080 --faults 0.2 --seed 1
//	listening on http://127.0.0.1:41234
//
// It ends when it is interrupted, and prints what it has recorded.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/aicoordination/coordinator/internal/test/proxy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testproxy:", err)
		os.Exit(1) //nolint:gocritic // The signals need no handing back at the end.
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var options proxy.Options
	flags := flag.NewFlagSet("testproxy", flag.ContinueOnError)
	flags.StringVar(&options.Target, "target", "", "the `address` of the service, such as http://127.0.0.1:8080")
	flags.Float64Var(&options.Faults, "faults", 0, "the `share` of the requests that are done something to, from 0 to 1")
	flags.Uint64Var(&options.Seed, "seed", 1, "the `number` that the sequence of faults begins with")
	flags.DurationVar(&options.MaxDelay, "max-delay", 0, "the `longest` that a request is delayed by; 0 is 200ms")
	if err := flags.Parse(args); err != nil {
		return err
	}

	p, err := proxy.Start(options)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "listening on", p.URL)

	<-ctx.Done()
	report := p.Report()
	if err := p.Close(); err != nil {
		return fmt.Errorf("closing the proxy: %w", err)
	}
	return json.NewEncoder(out).Encode(report)
}
