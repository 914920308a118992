package auth

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// cheap is the hash of "correct horse" under settings that take no time.
const cheap = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"

func TestHashPassword(t *testing.T) {
	t.Parallel()
	const settings = "$argon2id$v=19$m=19456,t=2,p=1$"
	one, err := HashPassword("correct horse")
	expect.OK(t, err)
	other, err := HashPassword("correct horse")
	expect.OK(t, err)
	if one == other {
		t.Error("two hashes of one password are the same: the salt is none")
	}
	if !strings.HasPrefix(one, settings) || strings.Contains(one, "horse") {
		t.Errorf("the hash is %s", one)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "Correct horse": false, "": false, "correct horse ": false} {
		if got, err := verifyArgon2id(one, password); err != nil || got != want {
			t.Errorf("%q is verified as %v, %v", password, got, err)
		}
	}
	if matches, err := verifyArgon2id(settings+strings.TrimPrefix(other, settings)[:22]+one[len(one)-44:], "correct horse"); err != nil || matches {
		t.Errorf("under another salt the key matches: %v, %v", matches, err)
	}
}

func TestStoredHashThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
	if _, err := verifyArgon2id(cheap+key, "any"); err != nil {
		t.Fatalf("what the others are made from is refused: %v", err)
	}
	for name, hash := range map[string]string{
		"Empty":             "",
		"PlainText":         "correct horse",
		"Bcrypt":            "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"Argon2i":           strings.Replace(cheap, "argon2id", "argon2i", 1) + key,
		"OtherVersion":      strings.Replace(cheap, "v=19", "v=16", 1) + key,
		"NoVersion":         strings.Replace(cheap, "v=19", "", 1) + key,
		"NoSettings":        strings.Replace(cheap, "m=8,t=1,p=1", "", 1) + key,
		"SettingsAreText":   strings.Replace(cheap, "m=8", "m=much", 1) + key,
		"NegativeSettings":  strings.Replace(cheap, "t=1", "t=-1", 1) + key,
		"NoPasses":          strings.Replace(cheap, "t=1", "t=0", 1) + key,
		"NoThreads":         strings.Replace(cheap, "p=1", "p=0", 1) + key,
		"TooManyThreads":    strings.Replace(cheap, "p=1", "p=256", 1) + key,
		"SaltIsNoBase64":    strings.Replace(cheap, "c29t", "c2!t", 1) + key,
		"KeyIsNoBase64":     cheap + "MDE!",
		"KeyIsPadded":       cheap + key + "=",
		"NoKey":             cheap,
		"OneMorePart":       cheap + key + "$",
		"DollarIsMissing":   strings.TrimPrefix(cheap, "$") + key,
		"SaltIsLooselyRead": strings.Replace(cheap, "c29tZXNhbHRzb21lc2FsdA", "c29tZXNhbHRzb21lc2FsdB", 1) + key,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			matches, err := verifyArgon2id(hash, "correct horse")
			if err == nil || matches {
				t.Fatalf("it is read: %v", matches)
			}
			if strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "!(") {
				t.Errorf("the error reads %v", err)
			}
		})
	}
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()

	t.Run("ByHalfTheCores", func(t *testing.T) {
		t.Parallel()
		p, err := newPasswords()
		expect.OK(t, err)
		if want := max(1, runtime.NumCPU()/2); cap(p.slots) != want {
			t.Errorf("%d run at once, want %d", cap(p.slots), want)
		}
		// What nobody's password is compared with takes as long as any other.
		if !strings.HasPrefix(p.decoy, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the decoy is %s", p.decoy)
		}
		if matches, err := p.verify(t.Context(), nil, ""); matches || err != nil {
			t.Errorf("no hash matches: %v, %v", matches, err)
		}
	})

	t.Run("NeverMoreAtOnce", func(t *testing.T) {
		t.Parallel()
		p := &passwords{slots: make(chan struct{}, 3)}
		var inside, most atomic.Int64
		var wg sync.WaitGroup
		for range 60 {
			wg.Go(func() {
				leave, err := p.enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				for now := inside.Add(1); ; {
					seen := most.Load()
					if now <= seen || most.CompareAndSwap(seen, now) {
						break
					}
				}
				runtime.Gosched()
				inside.Add(-1)
			})
		}
		wg.Wait()
		if most.Load() > 3 || len(p.slots) != 0 {
			t.Errorf("%d were inside at once, %d are still", most.Load(), len(p.slots))
		}
	})

	t.Run("EveryWayTakesASlotAndGivesItBack", func(t *testing.T) {
		t.Parallel()
		p := &passwords{slots: make(chan struct{}, 1), decoy: cheap + "MDE"}
		hash := cheap + "MDE"
		full := context.Background()
		cancelled, cancel := context.WithCancel(full)
		cancel()
		for name, use := range map[string]func(context.Context) error{
			"hash":         func(ctx context.Context) error { _, err := p.hash(ctx, "any"); return err },
			"verify":       func(ctx context.Context) error { _, err := p.verify(ctx, &hash, "any"); return err },
			"verify decoy": func(ctx context.Context) error { _, err := p.verify(ctx, nil, "any"); return err },
		} {
			p.slots <- struct{}{}
			if err := use(cancelled); !errors.Is(err, context.Canceled) {
				t.Errorf("without a slot, %s gives %v to who is gone", name, err)
			}
			<-p.slots
			if err := use(full); err != nil || len(p.slots) != 0 {
				t.Errorf("%s gives %v and leaves %d slots taken", name, err, len(p.slots))
			}
		}
	})

	t.Run("WhoWaitsTooLongIsToldToComeBack", func(t *testing.T) {
		t.Parallel()
		p := &passwords{slots: make(chan struct{}, 1)}
		p.slots <- struct{}{}
		begin := time.Now()
		_, err := p.hash(t.Context(), "any")
		if waited := time.Since(begin); !apperr.Is(err, apperr.Unavailable) || waited < maxHashWait || waited > maxHashWait+3*time.Second {
			t.Errorf("after %v the error is %v", waited, err)
		}
	})
}
