package ratelimit_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/ratelimit"
)

// clock stands still until it is moved.
type clock struct{ nanoseconds atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanoseconds.Store(time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time           { return time.Unix(0, c.nanoseconds.Load()) }
func (c *clock) advance(by time.Duration) { c.nanoseconds.Add(int64(by)) }

func newLimiter(t *testing.T, o ratelimit.Options) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// allowed takes n times and returns how often it was allowed.
func allowed(ctx context.Context, l *ratelimit.Limiter, bucket ratelimit.Bucket, key string, n int) int {
	count := 0
	for range n {
		if !l.Take(ctx, bucket, key).Limited {
			count++
		}
	}
	return count
}

func TestThirdOfTheQuotaAtOnceAndTheRestOverTheMinute(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := newLimiter(t, ratelimit.Options{PerMinute: map[ratelimit.Bucket]int{ratelimit.Write: 60}, Now: c.now})
	if got := allowed(t.Context(), l, ratelimit.Write, "ana", 100); got != 20 {
		t.Errorf("at once %d of 100 are allowed, want 20", got)
	}
	refused := l.Take(t.Context(), ratelimit.Write, "ana")
	if !refused.Limited || refused.Remaining != 0 || refused.RetryAfter != time.Second || refused.ResetAfter != 20*time.Second || refused.PerMinute != 60 {
		t.Errorf("the refusal is %+v", refused)
	}
	count := 0
	for range 600 {
		c.advance(100 * time.Millisecond)
		count += allowed(t.Context(), l, ratelimit.Write, "ana", 1)
	}
	if count != 60 {
		t.Errorf("over a minute of constant asking %d are allowed, want 60", count)
	}
	c.advance(20 * time.Second)
	if got := allowed(t.Context(), l, ratelimit.Write, "ana", 100); got != 20 {
		t.Errorf("after a pause %d are allowed at once, want 20", got)
	}
}

func TestBucketsAndKeysAreIndependent(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := newLimiter(t, ratelimit.Options{PerMinute: map[ratelimit.Bucket]int{ratelimit.Write: 3, ratelimit.Search: 6}, Now: c.now})
	for _, test := range []struct {
		bucket ratelimit.Bucket
		key    string
		want   int
	}{{ratelimit.Write, "ana", 1}, {ratelimit.Write, "ben", 1}, {ratelimit.Search, "ana", 2}, {ratelimit.Write, "ana", 0}} {
		if got := allowed(t.Context(), l, test.bucket, test.key, 5); got != test.want {
			t.Errorf("%s of %s: %d are allowed, want %d", test.bucket, test.key, got, test.want)
		}
	}
}

func TestZeroSwitchesABucketOffAndNoLimiterAllowsAll(t *testing.T) {
	t.Parallel()
	off := newLimiter(t, ratelimit.Options{PerMinute: map[ratelimit.Bucket]int{ratelimit.Write: 0}})
	for name, l := range map[string]*ratelimit.Limiter{"Off": off, "None": nil} {
		for _, d := range []ratelimit.Decision{l.Take(t.Context(), ratelimit.Write, "ana"), l.Peek(t.Context(), ratelimit.Write, "ana")} {
			if !d.Unlimited || d.Limited {
				t.Errorf("%s decides %+v", name, d)
			}
		}
	}
}

func TestPeekCountsNothing(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := newLimiter(t, ratelimit.Options{PerMinute: map[ratelimit.Bucket]int{ratelimit.Address: 6}, Now: c.now})
	for range 50 {
		if d := l.Peek(t.Context(), ratelimit.Address, "a"); d.Limited || d.Remaining != 2 {
			t.Fatalf("a look at an untouched key gives %+v", d)
		}
	}
	allowed(t.Context(), l, ratelimit.Address, "a", 1)
	for range 50 {
		if d := l.Peek(t.Context(), ratelimit.Address, "a"); d.Limited || d.Remaining != 1 {
			t.Fatalf("after one of two a look gives %+v", d)
		}
	}
	allowed(t.Context(), l, ratelimit.Address, "a", 1)
	if d := l.Peek(t.Context(), ratelimit.Address, "a"); !d.Limited || d.RetryAfter != 10*time.Second {
		t.Errorf("after two of two a look gives %+v", d)
	}
}

// The control is the exact count: one more or less would be a lost update.
func TestManyAtOnceGetExactlyTheQuota(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := newLimiter(t, ratelimit.Options{PerMinute: map[ratelimit.Bucket]int{ratelimit.Write: 300}, Now: c.now})
	var count atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { count.Add(int64(allowed(t.Context(), l, ratelimit.Write, "ana", 20))) })
	}
	all.Wait()
	t.Logf("1,000 requests in 50 goroutines: %d allowed", count.Load())
	if count.Load() != 100 {
		t.Errorf("%d are allowed, want 100", count.Load())
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7":                        "address:192.0.2.7",
		"::ffff:192.0.2.7":                 "address:192.0.2.7",
		"2001:db8:1:2:3:4:5:6":             "address:2001:db8:1:2::/64",
		"2001:db8:1:2:ffff:ffff:ffff:ffff": "address:2001:db8:1:2::/64",
		"2001:db8:1:3::1":                  "address:2001:db8:1:3::/64",
		"fe80::1%eth0":                     "address:fe80::/64",
		"":                                 "address:unknown",
		"not an address":                   "address:unknown",
	} {
		if got := ratelimit.AddressKey(address); got != want {
			t.Errorf("the key of %q is %q, want %q", address, got, want)
		}
	}
	id := uuid.MustParse("0197f3a0-7c1e-7d2a-9b3c-0123456789ab")
	if got := ratelimit.PrincipalKey(id); got != "principal:"+id.String() {
		t.Errorf("the key of a principal is %q", got)
	}
}

func TestMemoryIsBoundedByForgettingWhoWasNotSeenForLongest(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := newLimiter(t, ratelimit.Options{PerMinute: map[ratelimit.Bucket]int{ratelimit.Read: 3, ratelimit.Write: 3}, Now: c.now})
	for _, bucket := range []ratelimit.Bucket{ratelimit.Read, ratelimit.Write} {
		if got := allowed(t.Context(), l, bucket, "first", 5); got != 1 {
			t.Fatalf("%d are allowed, want 1", got)
		}
	}
	for i := range 50_000 {
		l.Take(t.Context(), ratelimit.Read, strconv.Itoa(i))
		l.Peek(t.Context(), ratelimit.Write, strconv.Itoa(i))
	}
	if got := allowed(t.Context(), l, ratelimit.Read, "first", 5); got != 1 {
		t.Errorf("after 50,000 others the first is still known")
	}
	if got := allowed(t.Context(), l, ratelimit.Write, "first", 5); got != 0 {
		t.Errorf("what is counted or looked at elsewhere makes it forget the first")
	}
}
