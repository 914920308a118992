package app

import (
	"context"
	"log/slog"
	"sync"

	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/seal"
)

// eventChannel is where replicas tell each other that there are events.
const eventChannel = "coordinator_events"

// following is what follows the log for the callers of the API.
type following struct {
	feed     *event.Feed
	streams  *event.Streams
	notifier *event.Notifier
	// direct is where LISTEN works.
	direct   *dbx.DB
	pollOnly bool
	logger   *slog.Logger
}

func newFollowing(d *database, direct *dbx.DB, authService *auth.Service, secret []byte, cfg config.Serve, logger *slog.Logger) (*following, error) {
	box, err := seal.New(secret, "event-cursors")
	if err != nil {
		return nil, err
	}
	feed := event.NewFeed(d.db, box)
	streams := event.NewStreams(feed, event.StreamOptions{
		Retention: cfg.StreamRetention, Most: int(cfg.Streams), MostEach: int(cfg.StreamsByPrincipal),
		Recheck: authService.Recheck, Logger: logger,
	})
	return &following{
		feed: feed, streams: streams, notifier: event.NewNotifier(d.db, logger),
		direct: direct, pollOnly: cfg.PollOnly || !d.listens(), logger: logger,
	}, nil
}

// run follows the log until the context ends.
func (f *following) run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { f.streams.Run(ctx) })
	running.Go(func() { f.notifier.Run(ctx) })
	if !f.pollOnly {
		running.Go(func() { dbx.Listen(ctx, f.direct, eventChannel, f.logger, f.streams.Wake) })
	}
	running.Wait()
}
