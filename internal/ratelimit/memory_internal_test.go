package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
)

// Whatever is asked of it, the memory answers as throttled's own does, and forgets
// the same keys.
func TestMemoryIsThatOfThrottled(t *testing.T) {
	t.Parallel()
	const most, steps = 5, 20_000
	random := rand.New(rand.NewPCG(7, 7))
	now := func() time.Time { return time.Unix(1_800_000_000, 0) }
	theirs, err := memstore.New(most)
	if err != nil {
		t.Fatal(err)
	}
	theirs.SetTimeNow(now)
	ours, err := newMemory(most, now)
	if err != nil {
		t.Fatal(err)
	}
	answers := func(store throttled.GCRAStoreCtx, what, n int, key string) string {
		switch what {
		case 0:
			value, at, err := store.GetWithTime(t.Context(), key)
			return fmt.Sprint(value, at.Unix(), err)
		case 1:
			done, err := store.SetIfNotExistsWithTTL(t.Context(), key, int64(n), time.Minute)
			return fmt.Sprint(done, err)
		default:
			done, err := store.CompareAndSwapWithTTL(t.Context(), key, int64(n), int64(n+1), time.Minute)
			return fmt.Sprint(done, err)
		}
	}
	for step := range steps {
		what, n, key := random.IntN(3), random.IntN(3), fmt.Sprint(random.IntN(2*most))
		got, want := answers(ours, what, n, key), answers(throttled.WrapStoreWithContext(theirs), what, n, key)
		if got != want {
			t.Fatalf("step %d: asked %d about %s it answers %s, want %s", step, what, key, got, want)
		}
	}
}
