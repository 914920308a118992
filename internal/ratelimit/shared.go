package ratelimit

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/throttled/throttled/v2"

	"github.com/aicoordination/coordinator/internal/redisurl"
)

const (
	// redisTimeout is how long a request waits for its count. Redis answers in
	// less than a millisecond; one that does not is no help.
	redisTimeout = 250 * time.Millisecond
	// retryEvery is how often a Redis that failed is tried again, by one request.
	retryEvery = time.Second
	// sharedAttempts is how often a count is tried against others at the same
	// key; each try goes over the network.
	sharedAttempts = 5
	// keyPrefix sets our keys apart from what else is in that Redis.
	keyPrefix = "coordinator:rate:"
)

// shared counts in Redis, together with the other replicas. While Redis does
// not answer it counts nothing, and its callers count in memory.
type shared struct {
	pool   *redis.Pool
	logger *slog.Logger
	// retryAt is 0 while Redis answers, and otherwise when it is tried again,
	// in nanoseconds since 1970.
	retryAt atomic.Int64
}

func newShared(url string, logger *slog.Logger) (*shared, error) {
	address, err := redisurl.Parse(url)
	if err != nil {
		return nil, errors.New("reading the address of Redis: it is no redis:// or rediss:// URL")
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &shared{pool: newPool(address), logger: logger}, nil
}

func (s *shared) close() error { return s.pool.Close() }

// store returns the bucket's part of Redis.
func (s *shared) store(bucket Bucket) throttled.GCRAStoreCtx {
	return &redisStore{pool: s.pool, prefix: keyPrefix + string(bucket) + ":"}
}

// count counts a request. It gives no answer while Redis does not, and when too
// many count at the same key.
func (s *shared) count(ctx context.Context, c *counter, key string) (limited bool, result throttled.RateLimitResult, ok bool) {
	if !s.isUsable() {
		return false, result, false
	}
	bounded, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	limited, result, err := c.gcra.RateLimitCtx(bounded, key, 1)
	if err == nil {
		s.works(ctx)
		return limited, result, true
	}
	// A caller who left has ended the context, and nothing is wrong with Redis;
	// nor is it where others were faster every time.
	if _, failed := errors.AsType[*storeError](err); failed && ctx.Err() == nil {
		s.failed(ctx, err)
	}
	return false, result, false
}

// isUsable tells whether Redis should be asked: always while it answers, and
// once in a while when it does not.
func (s *shared) isUsable() bool {
	retryAt := s.retryAt.Load()
	if retryAt == 0 {
		return true
	}
	now := time.Now()
	return now.UnixNano() >= retryAt && s.retryAt.CompareAndSwap(retryAt, now.Add(retryEvery).UnixNano())
}

func (s *shared) works(ctx context.Context) {
	if s.retryAt.Load() != 0 && s.retryAt.Swap(0) != 0 {
		s.logger.InfoContext(ctx, "redis answers again: rate limits are shared by the replicas")
	}
}

func (s *shared) failed(ctx context.Context, err error) {
	if s.retryAt.Swap(time.Now().Add(retryEvery).UnixNano()) == 0 {
		s.logger.WarnContext(ctx, "redis does not answer: each replica counts its rate limits by itself until it does", "error", err)
	}
}
