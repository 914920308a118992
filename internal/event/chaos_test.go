package event_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// Many write at once, in transactions of very different length, and one follows
// whose stream is cut again and again, each time going on at the other of two
// replicas with the cursor it received last. What it gets is the log: no gap, no
// repeat, in order; and so is what who is never cut gets of either replica.
//
// The control: who goes by the ids that they have seen, and not up to the oldest
// running transaction, skips events under the same load.
func TestChaosFollowerIsCut(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	actor := access.Actor{ID: uuid.New(), Role: access.RoleAdmin}
	replicas := []*event.Streams{streamsOf(t, d, nil), streamsOf(t, d, nil)}
	writers, cuts := chaos.Size(10, 100), chaos.Size(8, 50)
	start, err := feedOf(t, d).List(t.Context(), actor, event.Selection{}, event.Now, 1)
	expect.OK(t, err)

	var done atomic.Bool
	var writing sync.WaitGroup
	for n := range writers {
		random := rand.New(rand.NewPCG(1, uint64(n)))
		writing.Go(func() {
			for !done.Load() {
				writeSome(t, d, random)
			}
		})
	}
	naive := goingByID(t, d, &done)
	var steady [2]chan []int64
	for i, streams := range replicas {
		steady[i] = make(chan []int64, 1)
		follower := open(t, streams, actor, start.Next)
		go func() { steady[i] <- followUntil(t, d, follower, &done) }()
	}

	var got []int64
	cursor := start.Next
	for cut := range cuts {
		follower, err := replicas[cut%2].Open(t.Context(), actor, event.Selection{}, cursor)
		expect.OK(t, err)
		for taken, want := 0, 1+rand.IntN(60); taken < want; {
			for _, e := range next(t, follower).Events {
				// The rest of what was sent never arrives.
				if taken++; taken > want {
					break
				}
				got, cursor = append(got, e.ID), e.Cursor
			}
		}
		follower.Close()
	}
	done.Store(true)
	writing.Wait()
	settle(t, d)
	follower := open(t, replicas[0], actor, cursor)
	var log []int64
	expect.OK(t, d.QueryRow(t.Context(), "SELECT coalesce(array_agg(id ORDER BY transaction_id, id), '{}') FROM events").Scan(&log))
	for len(got) < len(log) {
		for _, e := range next(t, follower).Events {
			got = append(got, e.ID)
		}
	}
	if diff := cmp.Diff(log, got); diff != "" {
		t.Errorf("cut %d times, the follower did not get the log (-want +got):\n%s", cuts, diff)
	}
	for i, ids := range steady {
		if diff := cmp.Diff(log, <-ids); diff != "" {
			t.Errorf("of replica %d, who was never cut did not get the log (-want +got):\n%s", i, diff)
		}
	}
	seen := <-naive
	skipped := 0
	for _, id := range log {
		if len(seen) > 0 && id < slices.Max(seen) && !slices.Contains(seen, id) {
			skipped++
		}
	}
	if skipped == 0 {
		t.Error("going by ids skips nothing under this load, which then shows nothing")
	}
	t.Logf("%d writers wrote %d events; cut %d times: 0 missing, 0 twice, in order on 2 replicas; going by ids %d were skipped",
		writers, len(log), cuts, skipped)
}

// writeSome commits or rolls back a few events, after a while or at once.
func writeSome(t *testing.T, d *dbx.DB, random *rand.Rand) {
	err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		for range 1 + random.IntN(4) {
			err := event.Record(t.Context(), q, access.System(), event.Event{Entity: "task", ID: uuid.New(), Action: "updated"})
			if err != nil {
				return err
			}
			time.Sleep(time.Duration(random.IntN(8)) * time.Millisecond)
		}
		if random.IntN(10) == 0 {
			return fmt.Errorf("rolled back")
		}
		return nil
	})
	// That the pool is busy is part of the load.
	_ = err
}

// followUntil returns what a follower gets until everything that was written
// has arrived.
func followUntil(t *testing.T, d *dbx.DB, follower *event.Follower, done *atomic.Bool) []int64 {
	var ids []int64
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		message, err := follower.Next(ctx)
		cancel()
		if err == nil {
			for _, e := range message.Events {
				ids = append(ids, e.ID)
			}
			continue
		}
		var count int
		if done.Load() && d.QueryRow(t.Context(), "SELECT count(*) FROM events").Scan(&count) == nil && count <= len(ids) {
			break
		}
	}
	return ids
}

// goingByID follows as one would without knowing better: everything above the
// highest id it has seen.
func goingByID(t *testing.T, d *dbx.DB, done *atomic.Bool) chan []int64 {
	found := make(chan []int64, 1)
	go func() {
		var seen []int64
		for last, stopping := int64(0), false; !stopping; time.Sleep(time.Millisecond) {
			stopping = done.Load()
			var ids []int64
			if err := d.QueryRow(t.Context(), "SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM events WHERE id > $1", last).Scan(&ids); err != nil {
				continue
			}
			if seen = append(seen, ids...); len(ids) > 0 {
				last = slices.Max(ids)
			}
		}
		found <- seen
	}()
	return found
}
