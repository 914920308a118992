package ratelimit

import (
	"context"
	"sync"
	"time"

	"github.com/throttled/throttled/v2"
)

// memory counts in this process. Throttled has such a store too, over a cache
// whose keys may be of any type: each look at one then costs an allocation.
type memory struct {
	now func() time.Time

	mu   sync.Mutex
	most int
	seen map[string]*counted
	// newest and oldest are the ends of the list of all, by when they were used.
	newest, oldest *counted
}

// counted is how a key stands.
type counted struct {
	key          string
	value        int64
	newer, older *counted
}

var _ throttled.GCRAStoreCtx = (*memory)(nil)

// newMemory returns a store that forgets the keys that have not been used for
// longest where there are more than most.
func newMemory(most int, now func() time.Time) *memory {
	if now == nil {
		now = time.Now
	}
	return &memory{now: now, most: most, seen: map[string]*counted{}}
}

// isEmpty tells that no key has been counted.
func (m *memory) isEmpty() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.seen) == 0
}

// GetWithTime implements [throttled.GCRAStoreCtx]. The value of a key that is not
// there is -1.
func (m *memory) GetWithTime(_ context.Context, key string) (int64, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.use(key); c != nil {
		return c.value, m.now(), nil
	}
	return -1, m.now(), nil
}

// SetIfNotExistsWithTTL implements [throttled.GCRAStoreCtx].
func (m *memory) SetIfNotExistsWithTTL(_ context.Context, key string, value int64, _ time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.use(key) != nil {
		return false, nil
	}
	if len(m.seen) >= m.most {
		delete(m.seen, m.oldest.key)
		m.unlink(m.oldest)
	}
	c := &counted{key: key, value: value}
	m.seen[key] = c
	m.link(c)
	return true, nil
}

// CompareAndSwapWithTTL implements [throttled.GCRAStoreCtx].
func (m *memory) CompareAndSwapWithTTL(_ context.Context, key string, was, value int64, _ time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.use(key)
	if c == nil || c.value != was {
		return false, nil
	}
	c.value = value
	return true, nil
}

// use returns how a key stands, nil where it is not there, and makes it the newest.
// The caller holds mu, as for what follows.
func (m *memory) use(key string) *counted {
	c := m.seen[key]
	if c != nil && c != m.newest {
		m.unlink(c)
		m.link(c)
	}
	return c
}

// link makes one the newest.
func (m *memory) link(c *counted) {
	c.newer, c.older = nil, m.newest
	if m.newest != nil {
		m.newest.newer = c
	} else {
		m.oldest = c
	}
	m.newest = c
}

func (m *memory) unlink(c *counted) {
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		m.newest = c.older
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		m.oldest = c.newer
	}
}
