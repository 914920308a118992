package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/chaos"
	"github.com/aicoordination/coordinator/internal/test/proxy"
)

// A stream whose connections are cut, stalled, refused and truncated all the time
// yields every change once and in its order.
func streamsEachChangeOnce(t *testing.T, s *server) {
	t.Helper()

	changes, cuts := chaos.Size(500, 10_000), chaos.Size(12, 200)

	t.Run("ThatIsResumed", func(t *testing.T) {
		t.Parallel()

		f := newFollowed(t, s, 0.2)
		f.change(t, changes, cuts, 20*time.Second, func(c *client.Client, yield func(api.Event)) error {
			for event, err := range c.Events.Stream(f.ctx, client.EventStreamParams{ProjectID: f.project}, client.Silence(time.Second)) {
				if err != nil {
					return err
				}

				yield(event)
			}

			return nil
		})

		if f.missing > 0 || f.twice > 0 || !f.isInOrder {
			t.Errorf("%d changes are missing, %d came twice, in order: %v", f.missing, f.twice, f.isInOrder)
		}

		if f.cuts == 0 || f.connections <= cuts/2 || f.stalls == 0 {
			t.Error("nothing was cut, so nothing is shown")
		}
	})

	// The control: whoever opens a stream anew does not learn of what was between.
	t.Run("AndNotOneThatBeginsAnew", func(t *testing.T) {
		t.Parallel()

		f := newFollowed(t, s, 0)
		f.change(t, changes, cuts, time.Second, func(c *client.Client, yield func(api.Event)) error {
			for f.ctx.Err() == nil {
				for event, err := range c.Events.Stream(f.ctx, client.EventStreamParams{ProjectID: f.project}, client.MaxRetries(0), client.Silence(time.Second)) {
					if err != nil {
						break
					}

					yield(event)
				}
			}

			return f.ctx.Err()
		})

		if f.missing == 0 {
			t.Error("nothing is missing; the cuts show nothing")
		}
	})
}

// followed is a project whose changes are followed through a proxy.
type followed struct {
	ctx     context.Context //nolint:containedctx // It ends what follows, which is handed in as a function.
	end     context.CancelFunc
	server  *server
	proxy   *proxy.Proxy
	as      *client.Client // past the proxy
	project uuid.UUID

	cuts, stalls, connections int
	missing, twice            int
	isInOrder                 bool
}

func newFollowed(t *testing.T, s *server, faults float64) *followed {
	t.Helper()

	f := &followed{server: s, proxy: between(t, s, faults, 5), as: inSession(t, s, s.origin)}
	f.project = calling(f.as.Projects.Create(t.Context(), api.ProjectCreate{Name: t.Name()})).succeeds(t).ID
	f.ctx, f.end = context.WithTimeout(t.Context(), time.Duration(chaos.Size(2, 20))*time.Minute)
	t.Cleanup(f.end)

	return f
}

// change makes so many changes while follow yields them and so many connections
// are cut, and compares what was yielded with the log. Once the changes are made,
// what is missing is waited for as long as rest.
func (f *followed) change(t *testing.T, changes, cuts int, rest time.Duration, follow func(c *client.Client, yield func(api.Event)) error) {
	t.Helper()

	c := inSession(t, f.server, f.proxy.URL)
	arrived := make(chan api.Event)
	ended := make(chan error, 1)

	go func() {
		defer close(arrived)

		ended <- follow(c, func(event api.Event) { arrived <- event })
	}()

	f.awaitStream()

	changed := make(chan struct{})

	go func() {
		defer close(changed)

		for round := range cuts {
			disturbed := make(chan struct{})

			go func() {
				defer close(disturbed)

				f.disturb(round)
			}()

			from, to := round*changes/cuts, (round+1)*changes/cuts
			inParallel(to-from, func(number int) {
				if _, err := f.as.Tasks.Create(f.ctx, api.TaskCreate{ProjectID: f.project, Title: fmt.Sprintf("Task %d", from+number)}); err != nil {
					t.Errorf("a change has failed: %v", err)
				}
			})
			<-disturbed
		}
	}()

	seen := f.gather(changes, rest, arrived, changed)
	f.end()

	for range arrived { // What follows may still be yielding.
	}

	<-changed

	f.compare(t, changes, seen, <-ended)
}

// awaitStream waits until a stream is open.
func (f *followed) awaitStream() {
	for f.proxy.Answering() == 0 && f.ctx.Err() == nil {
		time.Sleep(2 * time.Millisecond)
	}
}

// disturb cuts or stalls the stream, at some moment after it was opened. The proxy
// may have ended that one by then: another is opened soon.
func (f *followed) disturb(round int) {
	for met := 0; met == 0 && f.ctx.Err() == nil; {
		f.awaitStream()
		time.Sleep(rand.N(100 * time.Millisecond))

		if round%6 == 5 {
			met = f.proxy.Stall()
			f.stalls += met
		} else {
			met = f.proxy.Cut()
			f.cuts += met
		}
	}
}

// gather takes what arrives until everything is there, or rest after the changes.
func (f *followed) gather(changes int, rest time.Duration, arrived <-chan api.Event, changed <-chan struct{}) (seen []int64) {
	last := time.NewTimer(time.Hour)
	defer last.Stop()

	for len(seen) < changes {
		select {
		case event, ok := <-arrived:
			if !ok {
				return seen
			}

			if event.Action == "task.created" {
				seen = append(seen, event.ID)
			}
		case <-changed:
			changed = nil

			last.Reset(rest)
		case <-last.C:
			return seen
		}
	}

	return seen
}

func (f *followed) compare(t *testing.T, changes int, seen []int64, ending error) {
	t.Helper()

	var logged []int64

	for event, err := range f.as.Events.All(t.Context(), client.EventListParams{ProjectID: f.project, Type: []string{"task.created"}}) {
		if err != nil {
			t.Fatal(err)
		}

		logged = append(logged, event.ID)
	}

	count := map[int64]int{}
	for _, id := range seen {
		if count[id]++; count[id] > 1 {
			f.twice++
		}
	}

	for _, id := range logged {
		if count[id] == 0 {
			f.missing++
		}
	}

	f.isInOrder = slices.Equal(seen, logged)
	f.connections = f.proxy.Report().Called["streamEvents"]
	t.Logf("%d changes over %d connections, %d cut, %d stalled, %+v: %d were yielded, %d are missing, %d came twice, in order: %v; ended by %v",
		changes, f.connections, f.cuts, f.stalls, f.proxy.Report().Faults, len(seen), f.missing, f.twice, f.isInOrder, ending)
}
