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
	"github.com/aicoordination/coordinator/internal/webhook"
)

// eventChannel is where replicas tell each other that there are events.
const eventChannel = "coordinator_events"

// following is what follows the log for the callers of the API.
type following struct {
	feed     *event.Feed
	streams  *event.Streams
	notifier *event.Notifier
	// courier looks for what webhooks are to get when there are events.
	courier *webhook.Courier
	// direct is where LISTEN works.
	direct   *dbx.DB
	pollOnly bool
	logger   *slog.Logger
}

func newFollowing(d *database, b *background, authService *auth.Service, secret []byte, cfg config.Serve, logger *slog.Logger) (*following, error) {
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
		courier: b.courier, direct: b.db, pollOnly: cfg.PollOnly || !d.listens(), logger: logger,
	}, nil
}

// wake has everybody look who waits for events.
func (f *following) wake() {
	f.streams.Wake()
	f.courier.Wake()
}

// run follows the log until the context ends.
func (f *following) run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { f.streams.Run(ctx) })
	running.Go(func() { f.notifier.Run(ctx) })
	if !f.pollOnly {
		running.Go(func() { dbx.Listen(ctx, f.direct, eventChannel, f.logger, f.wake) })
	}
	running.Wait()
}
