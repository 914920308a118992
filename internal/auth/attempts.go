package auth

import (
	"time"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// How failures to sign in are counted. A person who mistypes gets five tries at
// once; whoever guesses gets ten in a quarter of an hour, on whatever replica.
const (
	// attemptWindow is how long a failure counts, from the first one on.
	attemptWindow = 15 * time.Minute
	// freeAttempts are the failures after which the next has to wait.
	freeAttempts = 5
	// firstDelay is how long, and doubles with each failure: 1, 2, 4, 8, 16 s.
	firstDelay = time.Second
	// maxAttempts are the failures that lock, for lockTime.
	maxAttempts = 10
	lockTime    = 15 * time.Minute
	// maxFactorAttempts are those of somebody who is signed in to try a password
	// or a code of the second factor in vain. Of a million codes three are right
	// at a time, so five in a quarter of an hour find one in years.
	maxFactorAttempts = 5
	// DefaultMaxAttemptsPerAddress are the failures from one client's address in
	// a window: many people may share one, and a few mistype.
	DefaultMaxAttemptsPerAddress = 100
)

// counter is how often something failed.
type counter struct {
	failures     int32
	blockedUntil *time.Time
	// expiresAt is the end of the window.
	expiresAt time.Time
}

// rule says what follows from the number of failures.
type rule struct {
	// delayAfter are the failures after which each further attempt waits; 0 for none.
	delayAfter int32
	// blockAfter are the failures that block until the window or the lock ends.
	blockAfter int32
	// refusal is what is said while it is blocked.
	refusal func(wait time.Duration) *apperr.Error
}

var accountRule = rule{delayAfter: freeAttempts, blockAfter: maxAttempts, refusal: locked}

var factorRule = rule{blockAfter: maxFactorAttempts, refusal: tooMany}

func addressRule(most int32) rule { return rule{blockAfter: most, refusal: tooMany} }

// locked is the same for everybody, whether or not there is an account: the
// time to wait is in Retry-After alone, so that bodies can be compared.
func locked(wait time.Duration) *apperr.Error {
	e := apperr.New(apperr.AccountLocked, "Signing in has failed too often. Wait as long as Retry-After says, or ask an administrator to unlock the account.")
	e.RetryAfter = wait
	return e
}

func tooMany(wait time.Duration) *apperr.Error {
	e := apperr.New(apperr.RateLimited, "Signing in has failed several times. Wait as long as Retry-After says, and try again.")
	e.RetryAfter = wait
	return e
}

// attempt counts one more attempt, before it is known whether it fails, or
// returns why it is not made. What is refused is not counted.
func (r rule) attempt(c counter, now time.Time) (counter, *apperr.Error) {
	if !now.Before(c.expiresAt) {
		c = counter{}
	}
	if c.blockedUntil != nil && now.Before(*c.blockedUntil) {
		wait := c.blockedUntil.Sub(now)
		if c.failures < r.blockAfter {
			return c, tooMany(wait)
		}
		return c, r.refusal(wait)
	}
	if c.failures >= r.blockAfter { // a limit that was lowered
		c = counter{}
	}
	if c.failures == 0 {
		c.expiresAt = now.Add(attemptWindow)
	}
	c.failures++
	c.blockedUntil = nil
	switch {
	case c.failures >= r.blockAfter:
		c.blockedUntil = new(now.Add(lockTime))
		c.expiresAt = *c.blockedUntil
	case r.delayAfter > 0 && c.failures >= r.delayAfter:
		c.blockedUntil = new(now.Add(firstDelay << (c.failures - r.delayAfter)))
	}
	return c, nil
}

// blocks tells whether the attempt that was counted last is the one from which
// on nothing is tried.
func (r rule) blocks(c counter) bool { return c.failures >= r.blockAfter }
