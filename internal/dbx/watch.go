package dbx

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// watch has a connection's statement cancelled when its caller leaves or has no
// more time, and the connection kept. It is pgx's own watcher, which pgx begins
// with the statement, at a third of what it allocates for one; here it is begun
// where the statement is not done [atOnce], and finds whatever has happened by then.
type watch struct {
	timer   *time.Timer
	watcher *ctxwatch.ContextWatcher

	mu sync.Mutex
	// ctx is the statement's, nil between statements.
	ctx context.Context //nolint:containedctx // It is what is watched.
	// begun tells that pgx's watcher is at it.
	begun bool
}

func newWatch(conn *pgx.Conn) *watch {
	w := &watch{watcher: ctxwatch.NewContextWatcher(&pgconn.CancelRequestContextWatcherHandler{Conn: conn.PgConn(), DeadlineDelay: cancelTimeout})}
	w.timer = time.AfterFunc(time.Hour, w.late)
	w.timer.Stop()
	return w
}

// begin watches over a statement from now on.
func (w *watch) begin(ctx context.Context) {
	w.mu.Lock()
	w.ctx = ctx
	w.mu.Unlock()
	w.timer.Reset(atOnce)
}

// late is called where a statement is not done so soon. Should the next one have
// begun meanwhile, it is watched a little earlier.
func (w *watch) late() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx != nil && !w.begun {
		w.begun = true
		w.watcher.Watch(w.ctx)
	}
}

// end waits until a cancellation that is under way has come to its end, so that
// it does not hit the next statement.
func (w *watch) end() {
	w.timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx = nil
	if w.begun {
		w.begun = false
		w.watcher.Unwatch()
	}
}
