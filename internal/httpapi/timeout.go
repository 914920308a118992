package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// timeout ends the context of a request that takes too long; everything that
// waits in it, above all the database, then returns. The context without the
// limit is kept for [patient].
func timeout(most time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if most <= 0 {
				return next(c)
			}
			s := scopeOf(c.Request().Context())
			s.limit.begin(s.Context, most)
			defer s.limit.end()
			s.caller, s.Context = s.Context, &s.limit
			return next(c)
		}
	}
}

// limit is a context as [context.WithTimeout] makes one, which is made for whoever
// waits for its end: nearly no request takes so long that somebody does.
type limit struct {
	parent context.Context //nolint:containedctx // It is one.
	at     time.Time

	mu sync.Mutex
	// made is nil where nobody has waited for the end.
	made   context.Context //nolint:containedctx // It is one.
	cancel context.CancelFunc
	over   bool
}

func (l *limit) begin(parent context.Context, most time.Duration) {
	l.parent, l.at = parent, time.Now().Add(most)
}

// end is what is called where a context of [context.WithTimeout] is cancelled.
func (l *limit) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil && !time.Now().Before(l.at) {
		l.make()
	}
	l.over = true
	if l.made != nil {
		l.cancel()
	}
}

// make returns the context. The caller holds mu.
func (l *limit) make() context.Context {
	switch {
	case l.made != nil:
	case l.over:
		l.made, l.cancel = context.WithCancel(l.parent)
		l.cancel()
	default:
		l.made, l.cancel = context.WithDeadline(l.parent, l.at)
	}
	return l.made
}

// Deadline implements [context.Context].
func (l *limit) Deadline() (time.Time, bool) {
	if at, ok := l.parent.Deadline(); ok && at.Before(l.at) {
		return at, true
	}
	return l.at, true
}

// Done implements [context.Context].
func (l *limit) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.make().Done()
}

// Err implements [context.Context]. Once it has ended, the context that is made
// keeps what it has ended by.
func (l *limit) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil && !l.over && l.parent.Err() == nil && time.Now().Before(l.at) {
		return nil
	}
	return l.make().Err()
}

// Value implements [context.Context].
func (l *limit) Value(key any) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made != nil {
		// It is among what is asked for, by who is to end together with it.
		return l.made.Value(key)
	}
	return l.parent.Value(key)
}
