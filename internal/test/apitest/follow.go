package apitest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/seal"
)

// follow runs what streams events, until the test ends.
func follow(t testing.TB, d *dbx.DB, opts *Options, authService *auth.Service, logger *slog.Logger) (*event.Feed, *event.Streams) {
	t.Helper()
	box, err := seal.New(Secret, "event-cursors")
	if err != nil {
		t.Fatalf("making the cursors' key: %v", err)
	}
	options := event.StreamOptions{
		Retention: 7 * 24 * time.Hour, MaxAge: 50 * time.Millisecond, Most: 1000, MostEach: 10,
		Recheck: authService.Recheck, Logger: logger,
	}
	if opts.Streams != nil {
		opts.Streams(&options)
	}
	feed := event.NewFeed(d, box)
	streams := event.NewStreams(feed, options)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { streams.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return feed, streams
}
