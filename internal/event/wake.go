package event

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// wakeEvery is how often the readers of other replicas are woken at most.
const wakeEvery = 50 * time.Millisecond

// wakers are told in this process when events were committed. It is a variable
// of the package because those who write events know no reader of them; a
// service has one notifier, tests of several servers have more, and to be woken
// for nothing costs a look.
var wakers struct {
	sync.Mutex
	all atomic.Pointer[[]*waker]
}

// waker is signalled without waiting, and any number of times as once.
type waker struct{ signal chan struct{} }

func newWaker() *waker { return &waker{signal: make(chan struct{}, 1)} }

func (w *waker) wake() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// register has the waker signalled after each commit of events until release is called.
func (w *waker) register() (release func()) {
	change := func(with func([]*waker) []*waker) {
		wakers.Lock()
		defer wakers.Unlock()
		var all []*waker
		if old := wakers.all.Load(); old != nil {
			all = slices.Clone(*old)
		}
		all = with(all)
		wakers.all.Store(&all)
	}
	change(func(all []*waker) []*waker { return append(all, w) })
	return func() {
		change(func(all []*waker) []*waker {
			return slices.DeleteFunc(all, func(other *waker) bool { return other == w })
		})
	}
}

// tell signals everybody who waits for events.
func tell() {
	if all := wakers.all.Load(); all != nil {
		for _, w := range *all {
			w.wake()
		}
	}
}

// Notifier wakes the readers of all replicas after events were committed here:
// once for many, outside of any transaction, and never in the way of a writer.
type Notifier struct {
	db     *dbx.DB
	logger *slog.Logger
}

// NewNotifier returns the notifier.
func NewNotifier(d *dbx.DB, logger *slog.Logger) *Notifier { return &Notifier{db: d, logger: logger} }

// Run notifies until the context ends. What fails is left to the readers, who
// look by themselves every second.
func (n *Notifier) Run(ctx context.Context) {
	w := newWaker()
	defer w.register()()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.signal:
		}
		if err := db.New(n.db).EventWake(ctx); err != nil && ctx.Err() == nil {
			n.logger.DebugContext(ctx, "the readers of events were not woken", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wakeEvery):
		}
	}
}
