package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Run serves until the context ends or serving fails. The end of the context
// begins an orderly stop: others are told that this replica stops (/readyz), and
// get the grace to notice while requests are still taken; then no more are, and
// those that run, and running jobs, finish within the shutdown timeout.
func (a *App) Run(ctx context.Context) error {
	beside, stopBeside := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { a.sealer.Run(beside) })
	running.Go(func() { a.following.run(beside) })
	running.Go(func() { a.background.courier.Run(beside) })
	// They have given their connections back when the pool is closed.
	defer running.Wait()
	defer stopBeside()
	if err := a.background.runner.Start(ctx); err != nil {
		return err
	}
	a.watching.serve()
	failed := make(chan error, 1)
	go func() { failed <- a.server.Serve(a.listener) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serving: %w", err), a.stop(context.WithoutCancel(ctx)))
	case <-ctx.Done():
	}
	a.health.draining.Store(true)
	a.logger.InfoContext(ctx, "stopping: requests are taken for the grace, and then those that run have the timeout to finish; a second signal ends it at once",
		"grace", a.config.ShutdownGrace.String(), "timeout", a.config.ShutdownTimeout.String())
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serving: %w", err), a.stop(context.WithoutCancel(ctx)))
	case <-time.After(a.config.ShutdownGrace):
	}
	return a.stop(context.WithoutCancel(ctx))
}

// stop takes no more requests and jobs, and waits for those that run. What is
// not done in time is cut off.
//
// Whoever holds a response open without an end, as a stream does, registers with
// the server's RegisterOnShutdown, by which it is told to say goodbye.
func (a *App) stop(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, a.config.ShutdownTimeout)
	defer cancel()
	// Requests first, because they add jobs; then the jobs, for which there is
	// what requests have left of the time, and some in any case.
	err := a.server.Shutdown(bounded)
	if err != nil {
		err = errors.Join(fmt.Errorf("waiting for requests to finish: %w", err), a.server.Close())
	}
	return errors.Join(err, a.background.stop(ctx, bounded))
}
