package app

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// probePatience is how long one look at something takes at most, so that a
// probe of the service is answered within a second.
const probePatience = 800 * time.Millisecond

var errNoAnswer = errors.New("it did not answer within " + probePatience.String())

// probe looks at something, not more often than it is worth, however many ask
// and however long it takes: they share what was found.
type probe[T any] struct {
	look func(ctx context.Context) T
	// late is what is told while a look takes too long.
	late   T
	logger *slog.Logger
	// every is how long what was found is told on.
	every time.Duration

	mu      sync.Mutex
	found   T
	foundAt time.Time
	// looking is closed when the look is over that is under way; nil without one.
	looking chan struct{}
	looks   sync.WaitGroup
}

// get returns what was found lately, and looks where that is too long ago. It
// returns within the patience, whatever the look does. That ctx is over is no
// reason to return sooner: nothing would be known then, and whoever reads the
// log would take it for a service that does not answer.
func (p *probe[T]) get(ctx context.Context) T {
	p.mu.Lock()
	if p.looking == nil && !p.foundAt.IsZero() && time.Since(p.foundAt) < p.every {
		defer p.mu.Unlock()
		return p.found
	}
	if p.looking == nil {
		p.looking = make(chan struct{})
		p.looks.Go(func() { p.lookNow(context.WithoutCancel(ctx)) })
	}
	looking := p.looking
	p.mu.Unlock()

	timer := time.NewTimer(probePatience)
	defer timer.Stop()
	select {
	case <-looking:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.found
	case <-timer.C:
		return p.late
	}
}

func (p *probe[T]) lookNow(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	found := p.late
	// Also after a panic, so that the next look is not waited for in vain.
	defer func() {
		if value := recover(); value != nil {
			p.logger.ErrorContext(ctx, "panic in a probe", "error", value, "stack", string(debug.Stack()))
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.found, p.foundAt = found, time.Now()
		close(p.looking)
		p.looking = nil
	}()
	found = p.look(ctx)
}

// wait returns when nothing is looked at any more.
func (p *probe[T]) wait() { p.looks.Wait() }
