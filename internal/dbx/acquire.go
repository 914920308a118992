package dbx

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// acquireFrom takes a connection out of a pool: at once where one is idle, and
// otherwise after a wait that is bounded, by room where a connection is being made.
func acquireFrom(ctx context.Context, pool *pgxpool.Pool, room time.Duration) (*pgxpool.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := waitingFor(ctx, pool, room)
	conn, err := pool.Acquire(w)
	w.over()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unavailable(err)
	}
	return conn, nil
}

// atOnce is how long a wait, or a statement, may take that is none: until then
// nobody needs to know what it is bounded by, and whether its caller leaves. Under
// load a few milliseconds are what a request takes.
const atOnce = 10 * time.Millisecond

// waiting is the context of a wait for a connection. Nearly all of them take no
// time at all, so that its end is looked after from [atOnce] on, and it is used
// again where that was not needed.
type waiting struct {
	context.Context //nolint:containedctx // It is one.

	pool    *pgxpool.Pool
	room    time.Duration
	started time.Time
	timer   *time.Timer
	done    chan struct{}

	mu sync.Mutex
	// late tells that the end is looked after; err is why it has come.
	late bool
	err  error
	stop func() bool
}

var unused = sync.Pool{New: func() any {
	w := &waiting{done: make(chan struct{})}
	w.timer = time.AfterFunc(time.Hour, w.tick)
	return w
}}

func waitingFor(ctx context.Context, pool *pgxpool.Pool, room time.Duration) *waiting {
	w := unused.Get().(*waiting)
	w.Context, w.pool, w.room, w.started = ctx, pool, room, time.Now()
	w.timer.Reset(atOnce)
	return w
}

// tick begins to look after the end, and at that is it.
func (w *waiting) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.late {
		w.end(context.DeadlineExceeded)
		return
	}
	w.late = true
	w.timer.Reset(w.limit() - atOnce)
	ctx := w.Context
	w.stop = context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.end(ctx.Err())
	})
}

// limit is how long the wait may take.
func (w *waiting) limit() time.Duration {
	if s := w.pool.Stat(); s.TotalConns() < s.MaxConns() || s.ConstructingConns() > 0 {
		return w.room
	}
	return acquireTimeout
}

func (w *waiting) end(err error) {
	if w.err == nil {
		w.err = err
		close(w.done)
	}
}

// over ends the wait. What has been looked after may still be looked at.
func (w *waiting) over() {
	if w.timer.Stop() {
		w.mu.Lock()
		late := w.late
		w.mu.Unlock()
		if !late {
			w.Context, w.pool = nil, nil
			unused.Put(w)
			return
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = true
	w.end(context.Canceled)
	if w.stop != nil {
		w.stop()
	}
	w.timer.Stop()
}

// Done implements [context.Context].
func (w *waiting) Done() <-chan struct{} { return w.done }

// Err implements [context.Context].
func (w *waiting) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Deadline implements [context.Context].
func (w *waiting) Deadline() (time.Time, bool) {
	limit := w.started.Add(w.room)
	if at, ok := w.Context.Deadline(); ok && at.Before(limit) {
		return at, true
	}
	return limit, true
}
