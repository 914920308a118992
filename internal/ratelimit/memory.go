package ratelimit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/throttled/throttled/v2"
)

// memory counts in this process. Throttled has such a store too, over a cache
// whose keys may be of any type: each look at one then costs an allocation.
type memory struct {
	now func() time.Time

	mu sync.Mutex
	// seen forgets the keys that have not been used for longest.
	seen *simplelru.LRU[string, int64]
}

var _ throttled.GCRAStoreCtx = (*memory)(nil)

// newMemory returns a store of so many keys at most.
func newMemory(most int, now func() time.Time) (*memory, error) {
	seen, err := simplelru.NewLRU[string, int64](most, nil)
	if err != nil {
		return nil, fmt.Errorf("making the memory of a rate limit: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &memory{now: now, seen: seen}, nil
}

// isEmpty tells that no key has been counted.
func (m *memory) isEmpty() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen.Len() == 0
}

// GetWithTime implements [throttled.GCRAStoreCtx]. The value of a key that is not
// there is -1.
func (m *memory) GetWithTime(_ context.Context, key string) (int64, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, ok := m.seen.Get(key); ok {
		return value, m.now(), nil
	}
	return -1, m.now(), nil
}

// SetIfNotExistsWithTTL implements [throttled.GCRAStoreCtx].
func (m *memory) SetIfNotExistsWithTTL(_ context.Context, key string, value int64, _ time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.seen.Get(key); ok {
		return false, nil
	}
	m.seen.Add(key, value)
	return true, nil
}

// CompareAndSwapWithTTL implements [throttled.GCRAStoreCtx].
func (m *memory) CompareAndSwapWithTTL(_ context.Context, key string, was, value int64, _ time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at, ok := m.seen.Get(key); !ok || at != was {
		return false, nil
	}
	m.seen.Add(key, value)
	return true, nil
}
