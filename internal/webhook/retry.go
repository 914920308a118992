package webhook

import (
	"math/rand/v2"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
)

const (
	// Window is how long a delivery is tried again, and an endpoint may fail
	// until it is disabled.
	Window = 72 * time.Hour

	// A delivery that the endpoint has refused is tried again after a while that
	// doubles from firstWait to longestWait, and one that could not be reached is
	// left alone for one from firstPause to longestPause.
	firstWait    = 5 * time.Second
	longestWait  = 4 * time.Hour
	firstPause   = 2 * time.Second
	longestPause = 15 * time.Minute
	shortestWait = 500 * time.Millisecond

	// What an endpoint asks for by Retry-After is taken within these.
	leastAsked = time.Second
	mostAsked  = time.Hour
)

// jittered returns a random time up to what first has become after so many
// doublings, at most longest, so that what failed together does not come back
// together.
func jittered(first, longest time.Duration, doublings int32) time.Duration {
	ceiling := longest
	if doublings < 30 {
		ceiling = min(first<<doublings, longest)
	}
	return max(shortestWait, rand.N(ceiling+1)) //nolint:gosec // Nobody gains by guessing it.
}

// verdict is what some attempts say of their endpoint.
type verdict struct {
	succeeded bool
	// failures is how often it could not be reached one after the other,
	// pausedUntil until when it is left alone, nil for not at all.
	failures    int32
	pausedUntil *time.Time
	// disable is why it is to be disabled, empty for not at all.
	disable string
}

// goesOn tells whether there is a point in sending more now.
func (v verdict) goesOn() bool { return v.disable == "" && v.pausedUntil == nil }

// judge tells what becomes of an endpoint after attempts at the same time.
func judge(queue db.WebhookQueue, attempts []attempt, now time.Time) verdict {
	var v verdict
	var unreachable, gone bool
	var asked time.Duration
	for _, a := range attempts {
		v.succeeded = v.succeeded || a.delivered
		unreachable = unreachable || a.unreachable
		gone = gone || a.gone
		asked = max(asked, a.retryAfter)
	}
	switch {
	case gone:
		v.disable = DisabledGone
	case v.succeeded:
		return v
	case queue.FailingSince != nil && !now.Before(queue.FailingSince.Add(Window)):
		v.disable = DisabledFailing
	}
	if unreachable {
		v.failures = queue.Failures + 1
		pause := jittered(firstPause, longestPause, queue.Failures)
		if asked > 0 {
			pause = min(max(asked, leastAsked), mostAsked)
		}
		v.pausedUntil = new(now.Add(pause))
	}
	return v
}

// nextAttempt is when a delivery that has failed is tried again, nil for never.
// The last attempt is at the end of its window.
func nextAttempt(d db.WebhookDelivery, a attempt, v verdict, now time.Time) *time.Time {
	since := now
	if d.FailingSince != nil {
		since = *d.FailingSince
	}
	end := since.Add(Window)
	if a.hopeless || v.disable != "" || !now.Before(end) {
		return nil
	}
	next := now.Add(jittered(firstWait, longestWait, d.Attempts))
	if a.unreachable && v.pausedUntil != nil {
		// It says nothing of this delivery that nobody was there.
		next = *v.pausedUntil
	}
	if next.After(end) {
		next = end
	}
	return &next
}
