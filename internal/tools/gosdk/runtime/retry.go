package client

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
)

const (
	// defaultRetries is how often a request is sent again.
	defaultRetries = 3
	// firstPause bounds the pause before the first repeat; the bound doubles with
	// each that follows, up to longestPause.
	firstPause   = 500 * time.Millisecond
	longestPause = 8 * time.Second
	// patience is the longest that the service is waited for on its own word.
	patience = time.Minute
)

// pauseAfter decides whether a request is sent again after a failure, and how
// long to wait before. Any method is: a GET changes nothing; a POST has its key;
// PUT, PATCH and DELETE state what is wanted in the end, so that doing one of them
// twice changes no more than doing it once. Whether their answer can still be
// taken at its word is what mayBeDone tells.
//
// failures counts from 1.
func (r *request) pauseAfter(failure error, failures int) (time.Duration, bool) {
	var asked time.Duration
	if refused, ok := errors.AsType[*Error](failure); ok {
		if !r.isPassing(refused) || refused.RetryAfter > patience {
			return 0, false
		}
		asked = refused.RetryAfter
	} else if !isLost(failure) {
		return 0, false
	}

	if failures > r.settings.retries || !r.content.canBeSent() {
		return 0, false
	}
	return asked + jitter(failures, firstPause, longestPause), true
}

// isPassing tells whether the same request may be answered otherwise in a moment.
func (r *request) isPassing(e *Error) bool {
	switch {
	case e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooManyRequests, e.Status >= http.StatusInternalServerError:
		return true
	case e.cause != nil:
		// The answer has a reason in it, and its end is missing.
		return true
	default:
		// An earlier attempt of this call, whose answer was lost, is still under way.
		return r.method == http.MethodPost && e.Code == api.ProblemCodeRequestInProgress
	}
}

// isLost tells whether a failure is a lost answer, and not that of the caller,
// who has left, or of something that cannot be otherwise next time.
func isLost(failure error) bool {
	lost, ok := errors.AsType[*ConnectionError](failure)
	return ok && !isCertificate(lost.Err)
}

// mayBeDone tells whether what was asked for may have been done although the
// attempt has failed, so that the answer to the next one says less than it seems.
// The answer to a POST does not, since the service knows its key.
func (r *request) mayBeDone(failure error) bool {
	if r.method == http.MethodGet || r.method == http.MethodPost {
		return false
	}
	if refused, ok := errors.AsType[*Error](failure); ok {
		return refused.Status >= http.StatusInternalServerError
	}
	lost, ok := errors.AsType[*ConnectionError](failure)
	return !ok || !lost.unsent
}

// jitter is a pause of any length up to a bound that doubles with each failure
// ("full jitter"), so that those who failed together do not come back together.
func jitter(failures int, first, longest time.Duration) time.Duration {
	bound := longest
	if doubled := first << min(failures-1, 20); doubled < bound {
		bound = doubled
	}
	return time.Duration(rand.Int64N(int64(bound) + 1)) //nolint:gosec // A pause is no secret.
}

// retryAfter reads Retry-After, which is in seconds or a date (RFC 9110, 10.2.3).
// A date is of the clock that sent it, which its own Date tells.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(header.Get("Date")); err == nil {
		now = sent
	}
	return max(0, at.Sub(now))
}

// sleep waits, unless the context ends before.
func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// ended is why the context has: its error, and the cause if that is another.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return errors.Join(err, cause)
}
