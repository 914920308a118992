package event

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// inboxSize is how many batches wait for a follower until it is left behind.
	inboxSize = 16
	// atOnce is how many events a follower that is behind reads at once.
	atOnce = 100
	// readAgain is how long it waits after it could not read.
	readAgain = 500 * time.Millisecond
)

// immediately is a time that has come.
var immediately = func() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}()

// Codes of what a stream says of itself, as the contract lists them.
const (
	CodeCursorExpired    = "cursor_expired"
	CodeCursorUnreadable = "cursor_unreadable"
	CodeCredentialEnded  = "credential_ended" //nolint:gosec // It is none.
	CodeAccessChanged    = "access_changed"
	CodeServerStopping   = "server_stopping"
	CodeTooOld           = "too_old"
)

// Notice is what a stream says of itself: that it begins anew, or ends.
type Notice struct{ Code, Detail string }

// Delivery is an event with the cursor that leads on behind it.
type Delivery struct {
	Recorded
	Cursor string
}

// Message is what a follower gets next: one of its fields.
type Message struct {
	Events []Delivery
	// Reset says that what the follower asked for is not to be had.
	Reset *Notice
	// End is the last message.
	End *Notice
	// Cursor leads on where there are no events; empty when it has not changed.
	Cursor string
}

// Follower is one stream. Its methods but [Follower.Ended] are for one goroutine.
type Follower struct {
	streams   *Streams
	actor     access.Actor
	selection Selection
	mark      int64
	checkedAt atomic.Pointer[time.Time]
	expiresAt time.Time

	// inbox is guarded by the streams' mutex; nil while it reads for itself.
	inbox chan batch

	at, told position
	reset    *Notice
	// near tells that it has seen the end of the log, and behind that there may be
	// something in it that will not come into the inbox.
	near, behind bool

	ending sync.Once
	notice Notice
	ended  chan struct{}
}

// Open begins a stream behind the cursor, or with what happens from now on where
// that is empty or [Now]. It returns RateLimited or Unavailable when there is no
// place for another one. Close must be called when it succeeds.
func (s *Streams) Open(ctx context.Context, actor access.Actor, selection Selection, after string) (*Follower, error) {
	// What it takes to compare the actor with what it is later.
	actor.RequestID, actor.SeesFewProjects = "", false
	now := time.Now()
	f := &Follower{
		streams: s, actor: actor, selection: selection, behind: true,
		expiresAt: now.Add(s.options.MaxAge), ended: make(chan struct{}),
	}
	f.checkedAt.Store(&now)
	marks, err := s.marks(ctx, []uuid.UUID{actor.ViewerID()})
	if err != nil {
		return nil, fmt.Errorf("reading what is seen: %w", err)
	}
	f.mark = marks[actor.ViewerID()]
	if err := f.begin(ctx, after); err != nil {
		return nil, err
	}
	if err := s.add(f); err != nil {
		return nil, err
	}
	return f, nil
}

// begin finds where the stream begins.
func (f *Follower) begin(ctx context.Context, after string) error {
	feed := f.streams.feed
	now, err := feed.now(ctx)
	if err != nil {
		return err
	}
	if after == "" || after == Now {
		f.at, f.near = now, true
		return nil
	}
	unread := "Read anew what you keep: changes may have been missed. The stream goes on from here."
	at, err := feed.cursors.read(after)
	// One that is ahead of the log is of a log that was there before this one.
	if err != nil || at.compare(now) > 0 {
		f.at, f.near = now, true
		f.reset = &Notice{Code: CodeCursorUnreadable, Detail: "The cursor is none of this service. " + unread}
		return nil //nolint:nilerr // That is said in the stream.
	}
	first, err := db.New(feed.log.db).EventFirstAfter(ctx, db.EventFirstAfterParams{TransactionID: at.text(), EventID: at.id})
	switch {
	case dbx.IsNotFound(err):
	case err != nil:
		return fmt.Errorf("looking how old the cursor is: %w", err)
	case time.Since(first) > f.streams.options.Retention:
		f.at, f.near = now, true
		f.reset = &Notice{Code: CodeCursorExpired, Detail: fmt.Sprintf(
			"The cursor is older than the %s that streams reach back. GET /api/v1/events goes on from it; or: %s", f.streams.options.Retention, unread)}
		return nil
	}
	f.at, f.told = at, at
	return nil
}

// Ended is closed when the stream is to end at once.
func (f *Follower) Ended() <-chan struct{} { return f.ended }

// Close gives the place of the stream back.
func (f *Follower) Close() { f.streams.remove(f) }

func (f *Follower) end(notice Notice) {
	f.ending.Do(func() {
		f.notice = notice
		close(f.ended)
	})
}

// Begins returns the cursor of where the stream begins, for whoever loses it
// before anything has happened; empty where its caller knows or is about to be
// told.
func (f *Follower) Begins() string {
	if f.reset != nil {
		return ""
	}
	return f.cursor()
}

// Next waits for the next message. One without anything in it is a sign of life.
// It returns the context's error when that ends.
func (f *Follower) Next(ctx context.Context) (Message, error) {
	if f.reset != nil {
		reset := f.reset
		f.reset = nil
		return Message{Reset: reset, Cursor: f.cursor()}, nil
	}
	beat := time.NewTimer(f.streams.options.Heartbeat)
	defer beat.Stop()
	old := time.NewTimer(time.Until(f.expiresAt))
	defer old.Stop()
	for {
		var again <-chan time.Time
		inbox := f.box()
		if inbox == nil || f.behind {
			events, err := f.catchUp(ctx, inbox == nil)
			if len(events) > 0 && !f.isEnded() {
				return Message{Events: f.deliveries(events)}, nil
			}
			inbox, again = nil, immediately
			if err != nil {
				again = time.After(readAgain)
			}
		}
		select {
		case <-f.ended:
			return Message{End: &f.notice}, nil
		case <-ctx.Done():
			return Message{}, ctx.Err()
		case <-old.C:
			return Message{End: &Notice{Code: CodeTooOld, Detail: "Connect again."}}, nil
		case <-beat.C:
			return Message{Cursor: f.cursor()}, nil
		case <-again:
		case got, ok := <-inbox:
			if events := f.take(got, ok); len(events) > 0 && !f.isEnded() {
				return Message{Events: f.deliveries(events)}, nil
			}
		}
	}
}

func (f *Follower) isEnded() bool {
	select {
	case <-f.ended:
		return true
	default:
		return false
	}
}

func (f *Follower) box() chan batch {
	f.streams.mu.Lock()
	defer f.streams.mu.Unlock()
	return f.inbox
}

// catchUp reads the log itself: up to its end, and once more after it has joined
// the others, because of what came between.
func (f *Follower) catchUp(ctx context.Context, isApart bool) ([]Recorded, error) {
	if isApart && f.near {
		f.behind = true
		if err := f.streams.join(ctx, f); err != nil {
			return nil, err
		}
	}
	if time.Since(*f.checkedAt.Load()) > 2*freshFor {
		return nil, fmt.Errorf("it is not known whether the caller still may")
	}
	found, err := f.streams.feed.read(ctx, f.actor, f.selection, f.at, atOnce)
	if err != nil {
		return nil, err
	}
	f.at = found.upTo
	if !found.more {
		if f.near {
			f.behind = false
		}
		f.near = true
	}
	return found.events, nil
}

// take returns what is new to the follower of a batch.
func (f *Follower) take(got batch, ok bool) []Recorded {
	if !ok || time.Since(got.decidedAt) > freshFor {
		f.streams.leave(f)
		f.behind = true
		return nil
	}
	events := got.events
	for len(events) > 0 && placeIn(events[0]).compare(f.at) <= 0 {
		events = events[1:]
	}
	if got.upTo.compare(f.at) > 0 {
		f.at = got.upTo
	}
	return events
}

func placeIn(e Recorded) position {
	return position{transaction: e.TransactionID.Uint64, id: e.ID}
}

// deliveries gives each event its cursor; behind the last one that is where the
// follower is, beyond what it does not see.
func (f *Follower) deliveries(events []Recorded) []Delivery {
	found := make([]Delivery, len(events))
	for i, e := range events {
		found[i] = Delivery{Recorded: e, Cursor: f.streams.feed.cursors.write(placeIn(e))}
	}
	found[len(found)-1].Cursor = f.streams.feed.cursors.write(f.at)
	f.told = f.at
	return found
}

// cursor leads on from where the follower is; empty when it was told so.
func (f *Follower) cursor() string {
	if f.at == f.told {
		return ""
	}
	f.told = f.at
	return f.streams.feed.cursors.write(f.at)
}
