package auth

import (
	"crypto/sha256"
	"sync"
)

// fingerprint stands for a credential in memory, where the credential itself
// has no business.
type fingerprint [sha256.Size]byte

// recentHalf bounds what is remembered: this many credentials used last are,
// and twice as many at the most.
const recentHalf = 5000

// recent remembers what was found out about the credentials that were used
// last. It has two halves: one that is filled, and the one that was filled
// before, from which whatever is used moves over; when the first is full the
// second is thrown away. So a flood of credentials that are used once takes no
// more memory than there is for it, and does not displace those in use.
type recent[T any] struct {
	mu          sync.Mutex
	young, aged map[fingerprint]*T
}

func (r *recent[T]) get(of fingerprint) *T {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found, ok := r.young[of]; ok {
		return found
	}
	found, ok := r.aged[of]
	if ok {
		r.insert(of, found)
	}
	return found
}

func (r *recent[T]) put(of fingerprint, what *T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.insert(of, what)
}

// insert is put for who holds mu.
func (r *recent[T]) insert(of fingerprint, what *T) {
	if r.young == nil || len(r.young) >= recentHalf {
		r.young, r.aged = map[fingerprint]*T{}, r.young
	}
	r.young[of] = what
}

// forget makes the credential one that was never seen.
func (r *recent[T]) forget(of fingerprint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.young, of)
	delete(r.aged, of)
}
