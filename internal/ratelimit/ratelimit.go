// Package ratelimit counts requests: so many a minute of a kind and for a key,
// a third of them at once. It owns the buckets, their stores and the keys; who
// is counted where, and what is answered, is httpapi's.
package ratelimit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/throttled/throttled/v2"
)

// Bucket names a kind of request; each has a quota of its own.
type Bucket string

// The buckets. Their names are told to callers in the RateLimit headers.
const (
	// SignIn is for what takes a password or a one-time token from anybody.
	SignIn Bucket = "sign_in"
	// Search is for what reads many rows to answer: searches, lists with a text
	// to look for, statistics, exports.
	Search Bucket = "search"
	// Write is for what changes something.
	Write Bucket = "write"
	// Read is for the rest.
	Read Bucket = "read"
	// Address is for credentials that were refused.
	Address Bucket = "address"
)

// Window is the time that quotas are given for.
const Window = time.Minute

// atOnce is the part of a minute's quota that may be used at once: pages that
// load a dozen lists and agents that send a plan are bursts.
const atOnce = 3

// maxKeys bounds the memory of a bucket, at some 10 MB. Beyond it whoever has
// not been seen for longest is forgotten, and begins with a full quota again.
const maxKeys = 50_000

// memoryAttempts is how often a count in memory is tried against others who
// count for the same key at that moment. One of them always succeeds.
const memoryAttempts = 1_000

// Options say how much is allowed and where it is counted.
type Options struct {
	// PerMinute are the quotas; a bucket without a positive one is not limited.
	PerMinute map[Bucket]int
	// RedisURL leads to where replicas count together; empty counts in memory.
	RedisURL string
	// Logger is told when Redis fails and when it is back.
	Logger *slog.Logger
	// Now is the clock of what is counted in memory; nil for the real one.
	Now func() time.Time
}

// Limiter counts requests. A nil one allows all of them. It is safe for
// concurrent use.
type Limiter struct {
	quotas map[Bucket]*quota
	shared *shared
}

// quota is what one bucket allows, and where it is counted.
type quota struct {
	perMinute int
	policy    []string
	// memory counts in counted.
	memory  counter
	counted *memory
	// redis is nil when counts are not shared.
	redis *counter
}

// counter is a limiter with the store that it writes to.
type counter struct {
	store throttled.GCRAStoreCtx
	gcra  *throttled.GCRARateLimiterCtx
}

// New returns a limiter. It fails when the address of Redis cannot be read, and
// not when nobody answers there.
func New(o Options) (*Limiter, error) {
	l := &Limiter{quotas: map[Bucket]*quota{}}
	if o.RedisURL != "" {
		var err error
		if l.shared, err = newShared(o.RedisURL, o.Logger); err != nil {
			return nil, err
		}
	}
	for bucket, perMinute := range o.PerMinute {
		if perMinute <= 0 {
			continue
		}
		q := &quota{perMinute: perMinute, policy: []string{fmt.Sprintf("%q;q=%d;w=%d", bucket, perMinute, int(Window.Seconds()))}}
		var err error
		if q.counted, err = newMemory(maxKeys, o.Now); err != nil {
			return nil, err
		}
		if q.memory, err = newCounter(q.counted, perMinute, memoryAttempts); err != nil {
			return nil, err
		}
		// What guards the work of this process is counted by this process, so that
		// looking costs no way over the network.
		if l.shared != nil && bucket != Address {
			counts, err := newCounter(l.shared.store(bucket), perMinute, sharedAttempts)
			if err != nil {
				return nil, err
			}
			q.redis = &counts
		}
		l.quotas[bucket] = q
	}
	return l, nil
}

func newCounter(store throttled.GCRAStoreCtx, perMinute, attempts int) (counter, error) {
	gcra, err := throttled.NewGCRARateLimiterCtx(store, throttled.RateQuota{
		MaxRate: throttled.PerMin(perMinute), MaxBurst: (perMinute+atOnce-1)/atOnce - 1,
	})
	if err != nil {
		return counter{}, fmt.Errorf("making a rate limit: %w", err)
	}
	gcra.SetMaxCASAttemptsLimit(attempts)
	return counter{store: store, gcra: gcra}, nil
}

// Close gives back the connections to Redis.
func (l *Limiter) Close() error {
	if l == nil || l.shared == nil {
		return nil
	}
	return l.shared.close()
}

// Decision is what came of counting.
type Decision struct {
	Bucket Bucket
	// Unlimited tells that the bucket is off; the rest is then zero.
	Unlimited bool
	// Limited tells that the quota is used up.
	Limited bool
	// PerMinute is the quota, Remaining what could be used of it at once.
	PerMinute, Remaining int
	// Policy is the quota as the field RateLimit-Policy tells it. It is the same
	// for every request, and not to be changed.
	Policy []string
	// ResetAfter is when everything is there again, RetryAfter when one more
	// request is allowed.
	ResetAfter, RetryAfter time.Duration
}

// Take counts a request for the key, unless the quota is used up.
func (l *Limiter) Take(ctx context.Context, bucket Bucket, key string) Decision {
	q := l.quota(bucket)
	if q == nil {
		return Decision{Bucket: bucket, Unlimited: true}
	}
	limited, result := l.count(ctx, q, key)
	return q.decision(bucket, limited, result)
}

// HasCounted tells that Peek may tell of more than a quota of which nothing is
// used: there is a key for which something has been counted.
func (l *Limiter) HasCounted(bucket Bucket) bool {
	q := l.quota(bucket)
	return q != nil && !q.counted.isEmpty()
}

// Peek tells what Take would, and counts nothing. It looks into the memory of
// this process alone.
func (l *Limiter) Peek(ctx context.Context, bucket Bucket, key string) Decision {
	q := l.quota(bucket)
	if q == nil {
		return Decision{Bucket: bucket, Unlimited: true}
	}
	// A look at a key that is not there would put it there, and push another out.
	seen, _, err := q.memory.store.GetWithTime(ctx, key)
	if err != nil || seen == -1 {
		return Decision{Bucket: bucket, PerMinute: q.perMinute, Policy: q.policy, Remaining: (q.perMinute + atOnce - 1) / atOnce}
	}
	_, result, err := q.memory.gcra.RateLimitCtx(ctx, key, 0)
	return q.decision(bucket, err == nil && result.RetryAfter > 0, result)
}

func (l *Limiter) quota(bucket Bucket) *quota {
	if l == nil {
		return nil
	}
	return l.quotas[bucket]
}

func (l *Limiter) count(ctx context.Context, q *quota, key string) (bool, throttled.RateLimitResult) {
	if q.redis != nil {
		if limited, result, ok := l.shared.count(ctx, q.redis, key); ok {
			return limited, result
		}
	}
	limited, result, err := q.memory.gcra.RateLimitCtx(ctx, key, 1)
	if err != nil {
		// So many at once, for one key, are too many.
		return true, throttled.RateLimitResult{RetryAfter: time.Second, ResetAfter: Window}
	}
	return limited, result
}

func (q *quota) decision(bucket Bucket, limited bool, result throttled.RateLimitResult) Decision {
	return Decision{
		Bucket: bucket, Limited: limited, PerMinute: q.perMinute, Policy: q.policy,
		Remaining: result.Remaining, ResetAfter: result.ResetAfter, RetryAfter: max(result.RetryAfter, 0),
	}
}
