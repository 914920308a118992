package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomodule/redigo/redis"
)

// redisStore keeps the counts of one bucket in Redis, as
// [throttled.GCRAStoreCtx]: a number for each key, which ends by itself.
type redisStore struct {
	pool   *redis.Pool
	prefix string
}

// storeError tells an error of Redis from the library's own.
type storeError struct{ cause error }

func (e *storeError) Error() string { return e.cause.Error() }
func (e *storeError) Unwrap() error { return e.cause }

// GetWithTime returns the number of the key, -1 where it has none, and the time
// at that Redis, by which all replicas go.
func (s *redisStore) GetWithTime(ctx context.Context, key string) (int64, time.Time, error) {
	value, now, err := s.read(ctx, key)
	if err != nil {
		return 0, time.Time{}, &storeError{err}
	}
	return value, now, nil
}

func (s *redisStore) read(ctx context.Context, key string) (int64, time.Time, error) {
	conn, err := s.pool.GetContext(ctx)
	if err != nil {
		return 0, time.Time{}, err
	}
	// An error of closing it is one of a command, which is returned.
	defer func() { _ = conn.Close() }()
	if err := errors.Join(conn.Send("TIME"), conn.Send("GET", s.prefix+key)); err != nil {
		return 0, time.Time{}, err
	}
	// A command without a name brings the answers to those that were sent.
	answers, err := redis.Values(redis.DoContext(conn, ctx, ""))
	if err != nil {
		return 0, time.Time{}, err
	}
	if len(answers) != 2 {
		return 0, time.Time{}, fmt.Errorf("redis gave %d answers to two commands", len(answers))
	}
	clock, err := redis.Int64s(answers[0], nil)
	if err != nil {
		return 0, time.Time{}, err
	}
	if len(clock) != 2 {
		return 0, time.Time{}, fmt.Errorf("redis told the time in %d numbers", len(clock))
	}
	now := time.Unix(clock[0], clock[1]*int64(time.Microsecond))
	value, err := redis.Int64(answers[1], nil)
	if errors.Is(err, redis.ErrNil) {
		return -1, now, nil
	}
	return value, now, err
}

// SetIfNotExistsWithTTL gives the key a number unless it has one.
func (s *redisStore) SetIfNotExistsWithTTL(ctx context.Context, key string, value int64, ttl time.Duration) (bool, error) {
	answer, err := do(ctx, s.pool, "SET", s.prefix+key, value, "NX", "EX", seconds(ttl))
	if err != nil {
		return false, &storeError{err}
	}
	return answer != nil, nil
}

// swap replaces the number of a key if it is still the one that was read; one
// that has ended meanwhile was not.
var swap = redis.NewScript(1, `
if redis.call('get', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('setex', KEYS[1], ARGV[3], ARGV[2])
return 1
`)

// CompareAndSwapWithTTL gives the key the number after if it has the number before.
func (s *redisStore) CompareAndSwapWithTTL(ctx context.Context, key string, before, after int64, ttl time.Duration) (bool, error) {
	conn, err := s.pool.GetContext(ctx)
	if err != nil {
		return false, &storeError{err}
	}
	defer func() { _ = conn.Close() }()
	swapped, err := redis.Bool(swap.DoContext(ctx, conn, s.prefix+key, before, after, seconds(ttl)))
	if err != nil {
		return false, &storeError{err}
	}
	return swapped, nil
}

// seconds are what Redis counts in; a life of none would end a key at once.
func seconds(ttl time.Duration) int { return max(1, int(ttl.Seconds())) }
