package auth

import (
	"context"
	"runtime"
	"time"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// maxHashWait bounds the queue in front of the hashing. Whoever waits longer is
// told to come back, and reads keep the rest of the machine.
const maxHashWait = 2 * time.Second

// passwords hashes and verifies passwords on at most half the cores at a time:
// an unbounded storm of sign-ins would take the service from everybody else. The
// cores are those that the process may use, of which a container's limit leaves
// fewer than the machine has.
type passwords struct {
	slots chan struct{}
	// patience is how long somebody waits for a slot.
	patience time.Duration
	scheme   Scheme
	// decoy is verified when there is no account, so that an unknown address
	// takes as long as a wrong password.
	decoy verifier
	// onHash is called for each hash that is computed; nil for nothing.
	onHash func()
}

func newPasswords(scheme Scheme, onHash func()) (*passwords, error) {
	decoy, err := newDecoy(scheme)
	if err != nil {
		return nil, err
	}
	return &passwords{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), patience: maxHashWait, scheme: scheme, decoy: decoy, onHash: onHash}, nil
}

func (p *passwords) enter(ctx context.Context) (leave func(), err error) {
	wait, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		if p.onHash != nil {
			p.onHash()
		}
		return func() { <-p.slots }, nil
	case <-wait.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, apperr.New(apperr.Unavailable, "Too many sign-ins are under way. Try again in a few seconds.")
	}
}

// hash is HashPassword within the bound.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return HashPassword(p.scheme, password)
}

// verdict is what came of verifying a password.
type verdict struct {
	matches bool
	// isCurrent tells that a new hash would have the same scheme and settings.
	isCurrent bool
	// unreadable tells that there is a hash and none that is known here: it
	// matches nothing.
	unreadable bool
}

// verify tells whether the password is the one that the hash was made from. A
// nil hash is an account that does not exist or has no password; it takes the
// same time and never matches, and so does one that cannot be read.
func (p *passwords) verify(ctx context.Context, hash *string, password string) (verdict, error) {
	stored, found := p.decoy, verdict{}
	if hash != nil {
		read, err := readHash(*hash)
		if found.unreadable = err != nil; !found.unreadable {
			stored = read
		}
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return verdict{}, err
	}
	defer leave()
	matches := stored.matches(normalized(password))
	if hash == nil || found.unreadable {
		return found, nil
	}
	return verdict{matches: matches, isCurrent: stored.isCurrent(p.scheme)}, nil
}
