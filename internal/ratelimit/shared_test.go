package ratelimit_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/aicoordination/coordinator/internal/ratelimit"
)

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const down, up = "redis does not answer", "redis answers again"

func replica(t *testing.T, url string, log *lines) *ratelimit.Limiter {
	t.Helper()
	return newLimiter(t, ratelimit.Options{
		PerMinute: map[ratelimit.Bucket]int{ratelimit.Write: 30, ratelimit.Address: 30},
		RedisURL:  url, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
}

func TestReplicasShareAQuotaInRedis(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	var log lines
	one, other := replica(t, "redis://"+redis.Addr(), &log), replica(t, "redis://"+redis.Addr(), &log)
	got := [2]int{allowed(t.Context(), one, ratelimit.Write, "ana", 6), allowed(t.Context(), other, ratelimit.Write, "ana", 20)}
	t.Logf("of a quota of 10 at once one replica gives %d and the other %d", got[0], got[1])
	if got != [2]int{6, 4} {
		t.Errorf("the replicas give %v", got)
	}
	if d := one.Take(t.Context(), ratelimit.Write, "ana"); !d.Limited || d.RetryAfter <= 0 {
		t.Errorf("the first replica then decides %+v", d)
	}
	if got := allowed(t.Context(), one, ratelimit.Address, "a", 20) + allowed(t.Context(), other, ratelimit.Address, "a", 20); got != 20 {
		t.Errorf("refused credentials are counted by each replica: %d", got)
	}
	for _, key := range redis.Keys() {
		if !strings.HasPrefix(key, "coordinator:rate:write:") || redis.TTL(key) <= 0 {
			t.Errorf("Redis has the key %s with the life %v", key, redis.TTL(key))
		}
	}
	if log.String() != "" {
		t.Errorf("it is logged:\n%s", log.String())
	}
}

func TestRedisThatFailsIsReplacedByMemoryUntilItIsBack(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	var log lines
	l := replica(t, "redis://"+redis.Addr(), &log)
	if got := allowed(t.Context(), l, ratelimit.Write, "ana", 20); got != 10 {
		t.Fatalf("with Redis %d are allowed, want 10", got)
	}
	redis.Close()
	begin := time.Now()
	if got := allowed(t.Context(), l, ratelimit.Write, "ana", 500); got < 10 || got > 12 {
		t.Errorf("without Redis %d of 500 are allowed, want what memory allows: 10", got)
	}
	t.Logf("500 requests without Redis took %v", time.Since(begin))
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("500 requests without Redis took %v", took)
	}
	if log.count(down) != 1 {
		t.Errorf("want one warning:\n%s", log.String())
	}
	if err := redis.Restart(); err != nil {
		t.Fatal(err)
	}
	redis.FlushAll()
	deadline := time.Now().Add(10 * time.Second)
	for i := 0; log.count(up) == 0; i++ {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come back:\n%s", log.String())
		}
		l.Take(t.Context(), ratelimit.Write, fmt.Sprint("probe", i))
		time.Sleep(10 * time.Millisecond)
	}
	if got := allowed(t.Context(), l, ratelimit.Write, "ben", 20); got != 10 || !redis.Exists("coordinator:rate:write:ben") {
		t.Errorf("afterwards %d are allowed, and Redis has %v", got, redis.Keys())
	}
	if log.count(down) != 1 || log.count(up) != 1 {
		t.Errorf("want one warning and one end of it:\n%s", log.String())
	}
}

func TestRedisThatIsNotThereAtTheStartStopsNobody(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	addr := redis.Addr()
	redis.Close()
	var log lines
	if got := allowed(t.Context(), replica(t, "redis://"+addr, &log), ratelimit.Write, "ana", 20); got != 10 {
		t.Errorf("%d are allowed, want 10", got)
	}
}

func TestRefusedPasswordOfRedisIsNotTold(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	redis.RequireAuth("right")
	var log lines
	if got := allowed(t.Context(), replica(t, "redis://:hunter2@"+redis.Addr(), &log), ratelimit.Write, "ana", 20); got != 10 {
		t.Errorf("%d are allowed, want 10", got)
	}
	if log.count(down) != 1 || log.count("hunter2") != 0 {
		t.Errorf("the log is\n%s", log.String())
	}
	if _, err := ratelimit.New(ratelimit.Options{RedisURL: "redis://:hun%zzter2@host"}); err == nil || strings.Contains(err.Error(), "ter2") {
		t.Errorf("an address that is none gives %v", err)
	}
}

func TestManyAtOnceInRedisGetNoMoreThanTwoQuotas(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	var log lines
	l := replica(t, "redis://"+redis.Addr(), &log)
	var mu sync.Mutex
	count := 0
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			got := allowed(t.Context(), l, ratelimit.Write, "ana", 20)
			mu.Lock()
			defer mu.Unlock()
			count += got
		})
	}
	all.Wait()
	t.Logf("400 requests in 20 goroutines: %d allowed, of 10 at once in Redis and as many in memory where others were faster", count)
	// Some milliseconds may pass, which allow one more.
	if count < 10 || count > 22 {
		t.Errorf("%d are allowed", count)
	}
}
