package event

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
)

const (
	// checkEvery is how often it is looked whether those who follow still may, and
	// whether there is something to read that nobody told of.
	checkEvery = 400 * time.Millisecond
	// freshFor is how long a decision over who sees what holds: what was not sent by
	// then is decided again.
	freshFor = time.Second
	// pendingEvery is how soon it is looked again for what was committed and is held
	// up by an older transaction, whose end nobody tells of.
	pendingEvery = 50 * time.Millisecond
	// retryAfter is when somebody should come back who found no place.
	retryAfter = 10 * time.Second
)

// StreamOptions are how streams behave.
type StreamOptions struct {
	// Retention is how far back a stream begins at most; the log keeps more.
	Retention time.Duration
	// Heartbeat is how long nothing may be sent; zero for 15 seconds.
	Heartbeat time.Duration
	// MaxAge is how long one stream may last; zero for an hour.
	MaxAge time.Duration
	// Most bounds the streams of the process, MostEach those of one principal in it.
	Most, MostEach int
	// Recheck returns the actors as they are now, the zero Actor for one whose
	// credential is over, in a constant number of statements.
	Recheck func(ctx context.Context, actors []access.Actor) ([]access.Actor, error)
	Logger  *slog.Logger
}

// Streams sends what happens to all that follow it in this process. One reader
// follows the log for all of them, and decides who sees what in a constant number
// of statements; who is behind reads for itself until it has caught up.
type Streams struct {
	feed    *Feed
	options StreamOptions
	waker   *waker

	mu sync.Mutex
	// open are all followers; those with an inbox get what is read.
	open     map[*Follower]struct{}
	draining bool
	// at is how far the reader has come; it means nothing while it is not active.
	at     position
	active bool

	// These are the reader's alone.
	viewers   int
	checkedAt time.Time
}

// NewStreams returns the streams of what the feed reads.
func NewStreams(feed *Feed, options StreamOptions) *Streams {
	options.Heartbeat = cmp.Or(options.Heartbeat, 15*time.Second)
	options.MaxAge = cmp.Or(options.MaxAge, time.Hour)
	return &Streams{feed: feed, options: options, waker: newWaker(), open: map[*Follower]struct{}{}}
}

// Wake has the reader look for events at once.
func (s *Streams) Wake() { s.waker.wake() }

// Run reads for those who follow until the context ends. Without it nothing
// is sent to them, and nobody is cut off.
func (s *Streams) Run(ctx context.Context) {
	defer s.waker.register()()
	timer := time.NewTimer(checkEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.waker.signal:
		case <-timer.C:
		}
		pending, err := s.round(ctx)
		if err != nil && ctx.Err() == nil {
			s.options.Logger.DebugContext(ctx, "following the log", "error", err)
		}
		wait := checkEvery
		if pending {
			wait = pendingEvery
		}
		timer.Reset(wait)
	}
}

// Drain ends every stream, and refuses new ones: the service stops.
func (s *Streams) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	for f := range s.open {
		f.end(Notice{Code: CodeServerStopping, Detail: "The service stops. Connect again."})
	}
}

// Count is how many streams there are.
func (s *Streams) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// round checks those who follow, and reads for them.
func (s *Streams) round(ctx context.Context) (pending bool, err error) {
	s.mu.Lock()
	followers := slices.Collect(maps.Keys(s.open))
	if len(followers) == 0 {
		s.active = false
	}
	active := s.active
	s.mu.Unlock()
	if len(followers) == 0 {
		return false, nil
	}
	if time.Since(s.checkedAt) >= checkEvery {
		began := time.Now()
		if err := s.check(ctx, followers); err != nil {
			return false, err
		}
		s.checkedAt = began
	}
	if !active {
		return false, nil
	}
	for {
		more, err := s.readOn(ctx)
		if err != nil {
			return false, err
		}
		if !more {
			break
		}
		// Whoever is told of much is checked meanwhile.
		if time.Since(s.checkedAt) >= checkEvery {
			s.waker.wake()
			return false, nil
		}
	}
	return db.New(s.feed.log.db).EventIsPending(ctx)
}

// check cuts off everybody who may not follow any more as it began to.
func (s *Streams) check(ctx context.Context, followers []*Follower) error {
	var actors []access.Actor
	var viewers []uuid.UUID
	places := map[access.Actor]int{}
	for _, f := range followers {
		if _, ok := places[f.actor]; !ok {
			places[f.actor] = len(actors)
			actors = append(actors, f.actor)
			if !f.actor.SeesAll() {
				viewers = append(viewers, f.actor.ViewerID())
			}
		}
	}
	present, err := s.options.Recheck(ctx, actors)
	if err != nil {
		return err
	}
	marks, err := s.marks(ctx, viewers)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, f := range followers {
		switch is := present[places[f.actor]]; {
		case is == access.Actor{}:
			f.end(Notice{Code: CodeCredentialEnded, Detail: "The session or API key of this stream is over. Sign in again, or use another key, and connect again."})
		case is != f.actor, !f.actor.SeesAll() && marks[f.actor.ViewerID()] != f.mark:
			f.end(Notice{Code: CodeAccessChanged, Detail: "What you may see has changed. Read anew what you keep, and connect again."})
		default:
			f.checkedAt.Store(&now)
		}
	}
	return nil
}

// marks returns a number for what each of the viewers sees; 0 for nothing.
func (s *Streams) marks(ctx context.Context, viewers []uuid.UUID) (map[uuid.UUID]int64, error) {
	found := map[uuid.UUID]int64{}
	if len(viewers) == 0 {
		return found, nil
	}
	rows, err := db.New(s.feed.log.db).EventViewMarks(ctx, viewers)
	for _, row := range rows {
		found[row.ViewerID] = row.Mark
	}
	return found, err
}

// add takes a follower in, if there is a place for it.
func (s *Streams) add(f *Follower) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var refusal *apperr.Error
	own := 0
	for other := range s.open {
		if other.actor.ID == f.actor.ID {
			own++
		}
	}
	switch {
	case s.draining:
		refusal = apperr.New(apperr.Unavailable, "The service stops. Connect again in a moment.")
	case own >= s.options.MostEach:
		refusal = apperr.New(apperr.RateLimited, "You have %d streams open, which is as many as you may have. Close one, or share one between your programs.", own)
	case len(s.open) >= s.options.Most:
		refusal = apperr.New(apperr.Unavailable, "There are as many streams as the service takes. Try again later, or ask GET /api/v1/events from time to time.")
	default:
		s.open[f] = struct{}{}
		return nil
	}
	refusal.RetryAfter = retryAfter
	return refusal
}

// join gives the follower an inbox. Whatever it finds in the log after this call
// and whatever comes into the inbox is together everything.
func (s *Streams) join(ctx context.Context, f *Follower) error {
	s.mu.Lock()
	active := s.active
	s.mu.Unlock()
	var now position
	if !active {
		var err error
		if now, err = s.feed.now(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.active {
		if now == (position{}) {
			// The reader has stopped meanwhile; the caller tries again.
			return apperr.New(apperr.Unavailable, "The stream is not ready. Try again.")
		}
		s.at, s.active = now, true
	}
	f.inbox = make(chan batch, inboxSize)
	return nil
}

func (s *Streams) leave(f *Follower) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.inbox = nil
}

func (s *Streams) remove(f *Follower) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.inbox = nil
	delete(s.open, f)
}
