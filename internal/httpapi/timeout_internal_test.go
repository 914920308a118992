package httpapi

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The limit of a request is a context as [context.WithTimeout] makes one,
// whenever it is asked, and whatever is derived from it.
func TestLimitIsATimeout(t *testing.T) {
	t.Parallel()
	const most = time.Minute
	type made struct {
		context.Context //nolint:containedctx // It is what is tested.

		end func()
	}
	kinds := map[string]func(parent context.Context) made{
		"Limit": func(parent context.Context) made {
			l := &limit{}
			l.begin(parent, most)
			return made{l, l.end}
		},
		"Timeout": func(parent context.Context) made {
			ctx, cancel := context.WithTimeout(parent, most)
			return made{ctx, cancel}
		},
	}
	for name, test := range map[string]struct {
		happens func(leave, end func())
		want    error
	}{
		"NothingHappens":    {func(_, _ func()) {}, nil},
		"TheTimeIsOver":     {func(_, _ func()) { time.Sleep(most) }, context.DeadlineExceeded},
		"TheCallerLeaves":   {func(leave, _ func()) { leave() }, context.Canceled},
		"ItIsDone":          {func(_, end func()) { end() }, context.Canceled},
		"ItIsDoneLate":      {func(_, end func()) { time.Sleep(2 * most); end() }, context.DeadlineExceeded},
		"ItIsDoneInTheEnd":  {func(leave, end func()) { leave(); time.Sleep(most); end() }, context.Canceled},
		"ItIsDoneAndIsLate": {func(_, end func()) { end(); time.Sleep(most) }, context.Canceled},
	} {
		for kind, begin := range kinds {
			for _, asked := range []string{"Before", "Behind", "Derived"} {
				t.Run(name+"/"+kind+"/"+asked, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						parent, leave := context.WithCancel(context.WithValue(t.Context(), scopeKey{}, "known"))
						defer leave()
						m := begin(parent)
						defer m.end()
						if at, ok := m.Deadline(); !ok || !at.Equal(time.Now().Add(most)) {
							t.Errorf("the deadline is %v", at)
						}
						ctx := m.Context
						if asked == "Derived" {
							derived, cancel := context.WithCancel(ctx)
							defer cancel()
							ctx = derived
						}
						if asked != "Behind" {
							if ctx.Err() != nil || ended(ctx) {
								t.Errorf("it begins with %v", ctx.Err())
							}
						}
						test.happens(leave, m.end)
						synctest.Wait()
						for range 2 {
							if !errors.Is(ctx.Err(), test.want) || ended(ctx) != (test.want != nil) {
								t.Errorf("it has ended: %v, with %v, want %v", ended(ctx), ctx.Err(), test.want)
							}
						}
						if ctx.Value(scopeKey{}) != "known" {
							t.Error("it does not know what its parent does")
						}
					})
				})
			}
		}
	}
}

func ended(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// Whoever asks at the same time hears the same.
func TestLimitIsForManyToAsk(t *testing.T) {
	t.Parallel()
	l := &limit{}
	l.begin(t.Context(), time.Millisecond)
	defer l.end()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			<-l.Done()
			if err := l.Err(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it has ended with %v", err)
			}
		})
		all.Go(func() {
			for l.Err() == nil {
				l.Value(scopeKey{})
			}
		})
	}
	all.Wait()
}
