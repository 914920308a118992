package httpapi

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/ratelimit"
)

// unlimited is the bucket of what is not limited.
const unlimited ratelimit.Bucket = ""

// specialBuckets are the operations whose bucket does not follow from the
// contract as [bucketOf] reads it.
var specialBuckets = map[string]ratelimit.Bucket{
	// A probe that is refused takes a healthy replica out of service.
	"health": unlimited,
	"livez":  unlimited,
	"readyz": unlimited,
	// A refresh token cannot be guessed, and every session of an office behind
	// one address sends one each ten minutes.
	"refreshSession": ratelimit.Write,
	// They count over many rows, as statistics do.
	"getOverview":     ratelimit.Search,
	"getUserWorkload": ratelimit.Search,
	"getAgentQuality": ratelimit.Search,
}

// bucketOf decides where an operation's requests are counted.
func bucketOf(o *operation) ratelimit.Bucket {
	if bucket, ok := specialBuckets[o.id]; ok {
		return bucket
	}
	changes := o.route.Method != http.MethodGet && o.route.Method != http.MethodHead
	switch {
	case changes && o.permission.Anonymous:
		return ratelimit.SignIn
	case changes:
		return ratelimit.Write
	case o.query["q"] != nil, o.movesFile, strings.HasSuffix(o.route.Path, "/statistics"):
		return ratelimit.Search
	}
	return ratelimit.Read
}

// checkBuckets finds special buckets of operations that are no longer there.
func (c contract) checkBuckets() error {
	for id := range specialBuckets {
		if c[id] == nil {
			return fmt.Errorf("rate limits: %s has a bucket but is no operation", id)
		}
	}
	return nil
}

// limitCredentials refuses an address from which too many credentials were
// refused, before it looks at one more of them. Signing in has its own bucket.
func limitCredentials(limiter *ratelimit.Limiter, metrics *obs.Metrics) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if ignoresCredentials(operationOf(c)) {
				return next(c)
			}
			ctx := c.Request().Context()
			s := scopeOf(ctx)
			if limiter.HasCounted(ratelimit.Address) {
				if seen := limiter.Peek(ctx, ratelimit.Address, ratelimit.AddressKey(s.address)); seen.Limited {
					s.tellLimit(c.Response().Header(), seen)
					metrics.RateLimited(string(seen.Bucket))
					return tooMany(seen)
				}
			}
			err := next(c)
			if apperr.Is(err, apperr.Unauthenticated) {
				refused, header := limiter.Take(ctx, ratelimit.Address, ratelimit.AddressKey(s.address)), c.Response().Header()
				// What was counted as another request too has told that quota.
				if header.Get(headerRateLimit) == "" {
					s.tellLimit(header, refused)
				}
			}
			return err
		}
	}
}

// limitRate counts the request in the operation's bucket: for whoever it acts
// for, for its address when that is nobody.
func limitRate(limiter *ratelimit.Limiter, metrics *obs.Metrics) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			o := operationOf(c)
			if o.bucket == unlimited {
				return next(c)
			}
			ctx := c.Request().Context()
			s := scopeOf(ctx)
			var key string
			if s.actor.ID != uuid.Nil {
				s.principal = ratelimit.PrincipalKey(s.actor.ID)
				key = s.principal
			} else {
				key = ratelimit.AddressKey(s.address)
			}
			decision := limiter.Take(ctx, o.bucket, key)
			s.tellLimit(c.Response().Header(), decision)
			if decision.Limited {
				metrics.RateLimited(string(decision.Bucket))
				return tooMany(decision)
			}
			return next(c)
		}
	}
}

// Names of the header fields of draft-ietf-httpapi-ratelimit-headers-10.
const (
	headerRateLimit       = "RateLimit"
	headerRateLimitPolicy = "RateLimit-Policy"
)

// The same as they stand in a header's map.
var (
	rateLimitKey       = http.CanonicalHeaderKey(headerRateLimit)
	rateLimitPolicyKey = http.CanonicalHeaderKey(headerRateLimitPolicy)
)

// tellLimit tells the caller its quota and what is left of it: r requests at
// once, and t seconds until as many as ever.
func (s *scope) tellLimit(header http.Header, d ratelimit.Decision) {
	if d.Unlimited {
		return
	}
	header[rateLimitPolicyKey] = d.Policy
	var room [longestLimit]byte
	text := strconv.AppendQuote(room[:0], string(d.Bucket))
	text = strconv.AppendInt(append(text, ";r="...), int64(d.Remaining), 10)
	text = strconv.AppendInt(append(text, ";t="...), int64(seconds(d.ResetAfter)), 10)
	s.told.set(header, rateLimitKey, string(text))
}

// longestLimit is room for what is told of a limit.
const longestLimit = 64

func tooMany(d ratelimit.Decision) error {
	wait := max(d.RetryAfter, time.Second)
	e := apperr.New(apperr.RateLimited, "%s Try again in %s.", exceeded(d), plural(seconds(wait), "second"))
	e.RetryAfter = wait
	return e
}

func exceeded(d ratelimit.Decision) string {
	quota := plural(d.PerMinute, "request") + " a minute"
	switch d.Bucket {
	case ratelimit.SignIn:
		return "Signing in is limited to " + quota + " from one address."
	case ratelimit.Search:
		return "Searches, filtered lists, statistics and exports are limited to " + quota + "."
	case ratelimit.Write:
		return "Changes are limited to " + quota + "."
	case ratelimit.Address:
		return "Too many requests from this address had no valid credential."
	case ratelimit.Read:
	}
	return "Reading is limited to " + quota + "."
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
