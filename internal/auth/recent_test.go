package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

func numbered(n int) fingerprint {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// A flood of credentials takes no more memory than there is for it, and displaces
// none that is in use.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	var r recent[int]
	const inUse = 100
	for n := range inUse {
		r.put(numbered(n), new(n))
	}
	forgotten := numbered(-1)
	r.put(forgotten, new(-1))
	for n := inUse; n < 10*recentHalf; n++ {
		r.put(numbered(n), new(n))
		if n%(recentHalf/2) != 0 {
			continue
		}
		if got := len(r.young) + len(r.aged); got > 2*recentHalf {
			t.Fatalf("%d are remembered", got)
		}
		for used := range inUse {
			if got := r.get(numbered(used)); got == nil || *got != used {
				t.Fatalf("after %d others, number %d is %v", n, used, got)
			}
		}
	}
	if r.get(forgotten) != nil {
		t.Error("one that nobody has used is still remembered")
	}
	r.forget(numbered(0))
	if r.get(numbered(0)) != nil {
		t.Error("one that was forgotten is there again")
	}
}
