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

const (
	// cheap is the hash of "correct horse" under settings that take no time,
	// with some other key.
	cheap    = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
	cheapKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
)

func TestHashPassword(t *testing.T) {
	t.Parallel()
	for scheme, settings := range map[Scheme]string{
		SchemeArgon2id: "$argon2id$v=19$m=19456,t=2,p=1$",
		SchemePBKDF2:   "$pbkdf2-sha256$i=600000$",
	} {
		t.Run(string(scheme), func(t *testing.T) {
			t.Parallel()
			one, err := HashPassword(scheme, "correct horse")
			expect.OK(t, err)
			other, err := HashPassword(scheme, "correct horse")
			expect.OK(t, err)
			if one == other {
				t.Error("two hashes of one password are the same: the salt is none")
			}
			if !strings.HasPrefix(one, settings) || strings.Contains(one, "horse") {
				t.Errorf("the hash is %s", one)
			}
			read, err := readHash(one)
			expect.OK(t, err)
			if !read.isCurrent(scheme) || read.isCurrent(map[Scheme]Scheme{SchemeArgon2id: SchemePBKDF2, SchemePBKDF2: SchemeArgon2id}[scheme]) {
				t.Error("a new hash is not taken for one of its scheme alone")
			}
			for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "Correct horse": false, "": false, "correct horse ": false} {
				if got := read.matches(password); got != want {
					t.Errorf("%q is verified as %v", password, got)
				}
			}
			moved, err := readHash(other[:len(other)-44] + one[len(one)-44:])
			expect.OK(t, err)
			if moved.matches("correct horse") {
				t.Error("under another salt the key matches")
			}
		})
	}

	t.Run("OfNoOtherScheme", func(t *testing.T) {
		t.Parallel()
		if hash, err := HashPassword("md5", "correct horse"); err == nil {
			t.Errorf("the hash is %s", hash)
		}
	})

	// é is one character or two, as the keyboard has it.
	t.Run("HoweverItsCharactersAreComposed", func(t *testing.T) {
		t.Parallel()
		p, err := newPasswords(SchemeArgon2id, nil)
		expect.OK(t, err)
		hash, err := p.hash(t.Context(), "cafe\u0301 au lait")
		expect.OK(t, err)
		for password, want := range map[string]bool{"caf\u00e9 au lait": true, "cafe\u0301 au lait": true, "cafe au lait": false} {
			if got, err := p.verify(t.Context(), &hash, password); err != nil || got.matches != want {
				t.Errorf("%+q is verified as %+v, %v", password, got, err)
			}
		}
	})
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()

	t.Run("ByHalfTheCores", func(t *testing.T) {
		t.Parallel()
		for _, scheme := range []Scheme{SchemeArgon2id, SchemePBKDF2} {
			computed := 0
			p, err := newPasswords(scheme, func() { computed++ })
			expect.OK(t, err)
			if want := max(1, runtime.GOMAXPROCS(0)/2); cap(p.slots) != want {
				t.Errorf("%d run at once, want %d", cap(p.slots), want)
			}
			// What nobody's password is compared with takes as long as any other.
			if !p.decoy.isCurrent(scheme) {
				t.Errorf("the decoy is %v", p.decoy)
			}
			unreadable := "md5$hash"
			for _, hash := range []*string{nil, &unreadable} {
				if got, err := p.verify(t.Context(), hash, ""); got.matches || got.unreadable != (hash != nil) || err != nil {
					t.Errorf("the verdict is %+v, %v", got, err)
				}
			}
			if computed != 2 {
				t.Errorf("%d hashes were computed, want one for each", computed)
			}
		}
	})

	t.Run("NeverMoreAtOnce", func(t *testing.T) {
		t.Parallel()
		p := &passwords{slots: make(chan struct{}, 3), patience: time.Minute}
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
		hash := cheap + cheapKey
		decoy, err := readHash(hash)
		expect.OK(t, err)
		p := &passwords{slots: make(chan struct{}, 1), patience: maxHashWait, scheme: SchemeArgon2id, decoy: decoy}
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
		p, err := newPasswords(SchemeArgon2id, nil)
		expect.OK(t, err)
		for range cap(p.slots) {
			p.slots <- struct{}{}
		}
		begin := time.Now()
		_, err = p.hash(t.Context(), "any")
		if waited := time.Since(begin); !apperr.Is(err, apperr.Unavailable) || waited < maxHashWait || waited > maxHashWait+3*time.Second {
			t.Errorf("after %v the error is %v", waited, err)
		}
	})
}
