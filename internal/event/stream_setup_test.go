package event_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/seal"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// feedOf returns a feed of the database; all of them read each other's cursors.
func feedOf(t *testing.T, d *dbx.DB) *event.Feed {
	t.Helper()
	box, err := seal.New(make([]byte, seal.MinSecretLen), "event-cursors")
	expect.OK(t, err)
	return event.NewFeed(d, box)
}

// streamsOf runs streams as one process does, until the test ends. Those who
// follow stay what they are, unless the change says otherwise.
func streamsOf(t *testing.T, d *dbx.DB, change func(*event.StreamOptions)) *event.Streams {
	t.Helper()
	options := event.StreamOptions{
		Retention: time.Hour, Most: 100, MostEach: 10, Logger: slog.New(slog.DiscardHandler),
		Recheck: func(_ context.Context, actors []access.Actor) ([]access.Actor, error) { return actors, nil },
	}
	if change != nil {
		change(&options)
	}
	settle(t, d)
	streams := event.NewStreams(feedOf(t, d), options)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { streams.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return streams
}

// open begins a stream, which is closed when the test ends.
func open(t *testing.T, streams *event.Streams, actor access.Actor, after string) *event.Follower {
	t.Helper()
	follower, err := streams.Open(t.Context(), actor, event.Selection{}, after)
	expect.OK(t, err)
	t.Cleanup(follower.Close)
	return follower
}

// next waits for the next message that has something in it.
func next(t *testing.T, follower *event.Follower) event.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for {
		message, err := follower.Next(ctx)
		expect.OK(t, err)
		if len(message.Events) > 0 || message.Reset != nil || message.End != nil {
			return message
		}
	}
}

// happens writes that a task of the project was updated.
func happens(t *testing.T, d *dbx.DB, project *uuid.UUID, id uuid.UUID) {
	t.Helper()
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		return event.Record(t.Context(), q, access.System(), event.Event{Entity: "task", ID: id, ProjectID: project, Action: "updated"})
	}))
	settle(t, d)
}

// settle waits until what was committed can be read: transactions of other
// tests' databases hold it up for a moment.
func settle(t *testing.T, d *dbx.DB) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Millisecond) {
		pending, err := db.New(d).EventIsPending(t.Context())
		expect.OK(t, err)
		if !pending {
			return
		}
		if time.Now().After(end) {
			t.Fatal("what was committed cannot be read")
		}
	}
}

// everything reads the log by the list to its end.
func everything(t *testing.T, feed *event.Feed, actor access.Actor, selection event.Selection, size int) []event.Recorded {
	t.Helper()
	var all []event.Recorded
	for after := ""; ; {
		page, err := feed.List(t.Context(), actor, selection, after, size)
		expect.OK(t, err)
		all = append(all, page.Events...)
		after = page.Next
		if !page.More {
			return all
		}
	}
}

func idsOf(events []event.Recorded) []int64 {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	return ids
}
