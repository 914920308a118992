package httpapi_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// still is a time that does not pass, so that nothing is allowed again.
func still() time.Time { return time.Date(2026, time.March, 5, 9, 0, 0, 0, time.UTC) }

func limiter(t *testing.T, perMinute map[ratelimit.Bucket]int) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(ratelimit.Options{PerMinute: perMinute, Now: still})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	policyForm = regexp.MustCompile(`^"[a-z_]+";q=[1-9][0-9]*;w=60$`)
	stateForm  = regexp.MustCompile(`^"[a-z_]+";r=[0-9]+;t=[0-9]+$`)
)

func TestQuotaOfABucket(t *testing.T) {
	t.Parallel()
	c := setup(t, &apitest.Options{Limiter: limiter(t, map[ratelimit.Bucket]int{ratelimit.Read: 9, ratelimit.Search: 6, ratelimit.Write: 3})})

	t.Run("IsToldAndCountedDown", func(t *testing.T) {
		for left := 2; left >= 0; left-- {
			got := c.get("/api/v1/users/me")
			got.MustDecode(t, http.StatusOK, nil)
			if got.Header.Get("RateLimit-Policy") != `"read";q=9;w=60` || !strings.HasPrefix(got.Header.Get("RateLimit"), fmt.Sprintf(`"read";r=%d;t=`, left)) {
				t.Errorf("RateLimit-Policy is %q, RateLimit is %q", got.Header.Get("RateLimit-Policy"), got.Header.Get("RateLimit"))
			}
			if !policyForm.MatchString(got.Header.Get("RateLimit-Policy")) || !stateForm.MatchString(got.Header.Get("RateLimit")) {
				t.Errorf("the headers are %v", got.Header)
			}
		}
	})
	t.Run("UsedUpIsRefusedWithTheTimeToWait", func(t *testing.T) {
		got := c.get("/api/v1/users/me")
		problem := got.MustProblem(t, http.StatusTooManyRequests, "rate_limited")
		if got.Header.Get("Retry-After") != "7" || got.Header.Get("RateLimit") != `"read";r=0;t=20` {
			t.Errorf("Retry-After is %q, RateLimit is %q", got.Header.Get("Retry-After"), got.Header.Get("RateLimit"))
		}
		if problem.Detail != "Reading is limited to 9 requests a minute. Try again in 7 seconds." {
			t.Errorf("the detail is %q", problem.Detail)
		}
	})
	t.Run("IsOfOneBucketAndOnePrincipal", func(t *testing.T) {
		c.get("/api/v1/tasks?q=x").MustDecode(t, http.StatusOK, nil)
		c.as(c.User(db.RoleUser)).get("/api/v1/users/me").MustDecode(t, http.StatusOK, nil)
	})
	t.Run("IsSharedByTheSessionsOfAPrincipal", func(t *testing.T) {
		c.as(c.user).get("/api/v1/users/me").MustProblem(t, http.StatusTooManyRequests, "rate_limited")
	})
	t.Run("IsUsedUpByRefusedRequestsToo", func(t *testing.T) {
		user := c.as(c.User(db.RoleUser))
		user.send(http.MethodPost, "/api/v1/clients", object{"name": "Acme"}, nil).MustProblem(t, http.StatusForbidden, "forbidden")
		user.send(http.MethodPost, "/api/v1/clients", object{}, nil).MustProblem(t, http.StatusTooManyRequests, "rate_limited")
	})
	t.Run("DoesNotConcernProbesAndDocuments", func(t *testing.T) {
		for _, path := range []string{"/livez", "/readyz", "/health", "/openapi.json", "/docs", "/errors/not_found"} {
			for range 5 {
				if got := c.get(path); got.Status != http.StatusOK || got.Header.Get("RateLimit") != "" {
					t.Fatalf("%s answers %d with RateLimit %q", path, got.Status, got.Header.Get("RateLimit"))
				}
			}
		}
	})
}

func TestSigningInIsCountedByAddress(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Options{Limiter: limiter(t, map[ratelimit.Bucket]int{ratelimit.SignIn: 12})})
	user := a.User(db.RoleUser)
	login := func(email, password string) apitest.Response {
		return a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: api.Login{Email: email, Password: password}})
	}
	login(user.Email, apitest.Password).MustDecode(t, http.StatusOK, nil)
	login(user.Email, "wrong password").MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	login("nobody@agency.example", "wrong password").MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	// What cannot be read counts as well.
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/register", Body: "{"}).MustProblem(t, http.StatusBadRequest, "malformed_request")
	got := login(user.Email, apitest.Password)
	got.MustProblem(t, http.StatusTooManyRequests, "rate_limited")
	if got.Header.Get("RateLimit-Policy") != `"sign_in";q=12;w=60` || got.Header.Get("Retry-After") != "5" {
		t.Errorf("the headers are %v", got.Header)
	}
}

// A bad token is not looked at any more once there were too many; the control
// is that a good one is refused then too.
func TestRefusedCredentialsAreCountedByAddress(t *testing.T) {
	t.Parallel()
	c := setup(t, &apitest.Options{Limiter: limiter(t, map[ratelimit.Bucket]int{ratelimit.Address: 30})})
	bad := func(n int) (refused int) {
		for i := range n {
			switch got := c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Token: "bad" + strconv.Itoa(i)}); got.Status {
			case http.StatusTooManyRequests:
				refused++
				if got.Header.Get("RateLimit-Policy") != `"address";q=30;w=60` || got.Header.Get("Retry-After") == "" {
					t.Fatalf("the headers are %v", got.Header)
				}
			case http.StatusUnauthorized:
				if got.Header.Get("RateLimit-Policy") != `"address";q=30;w=60` || !strings.HasPrefix(got.Header.Get("RateLimit"), fmt.Sprintf(`"address";r=%d;`, 9-i)) {
					t.Fatalf("the headers of refused token %d are %v", i, got.Header)
				}
			default:
				t.Fatalf("a bad token is answered with %d", got.Status)
			}
		}
		return refused
	}
	for range 50 {
		c.get("/api/v1/users/me").MustDecode(t, http.StatusOK, nil)
	}
	refused := bad(100)
	t.Logf("of 100 bad tokens %d were looked at, after 50 good ones that do not count", 100-refused)
	if refused != 90 {
		t.Errorf("of 100 bad tokens %d were looked at, want 10", 100-refused)
	}
	c.get("/api/v1/users/me").MustProblem(t, http.StatusTooManyRequests, "rate_limited")
	// Signing in is not affected: it looks at no credential.
	c.Token(c.user)
}

// The peer is the test itself, at 127.0.0.1; it is trusted or it is not.
func TestForwardedAddresses(t *testing.T) {
	t.Parallel()
	const rotations = 1000
	peer := netip.MustParsePrefix("127.0.0.1/32")
	inner := netip.MustParsePrefix("10.0.0.0/8")
	for name, test := range map[string]struct {
		trusted []netip.Prefix
		// forwarded is the X-Forwarded-For of the i-th request.
		forwarded func(i int) []string
		times     int
		// want is how many are let in with 10 for each address.
		want int
	}{
		"UntrustedPeerThatRotatesFillsOneBucket": {
			nil, func(i int) []string { return []string{fmt.Sprintf("198.51.%d.%d", i/250, i%250)} }, rotations, 10,
		},
		"UntrustedPeerThatIsNotTheTrustedOneFillsOneBucket": {
			[]netip.Prefix{inner}, func(i int) []string { return []string{fmt.Sprintf("198.51.%d.%d", i/250, i%250)} }, rotations, 10,
		},
		"TrustedProxyIsBelieved": {
			[]netip.Prefix{peer}, func(i int) []string { return []string{fmt.Sprintf("198.51.100.%d", i%4)} }, 100, 40,
		},
		"OnlyTheLastHopBeforeTheTrustedOnesCounts": {
			[]netip.Prefix{peer, inner}, func(i int) []string { return []string{fmt.Sprintf("203.0.113.%d, 198.51.100.7, 10.1.2.3", i%250)} }, rotations, 10,
		},
		"ManyHeadersAreOne": {
			[]netip.Prefix{peer, inner}, func(i int) []string {
				return []string{fmt.Sprintf("203.0.113.%d", i%250), "192.0.2.1", "198.51.100.7", "10.1.2.3"}
			}, 200, 10,
		},
		"OneNetworkOfIPv6IsOneCaller": {
			[]netip.Prefix{peer}, func(i int) []string { return []string{fmt.Sprintf("2001:db8:1:2::%x", i+1)} }, 200, 10,
		},
		"TwoNetworksOfIPv6AreTwo": {
			[]netip.Prefix{peer}, func(i int) []string { return []string{fmt.Sprintf("2001:db8:1:%x::1", i%2)} }, 200, 20,
		},
		"BracketsAndMappedAddressesAreTheSameAddress": {
			[]netip.Prefix{peer}, func(i int) []string {
				return []string{[]string{"198.51.100.7", "::ffff:198.51.100.7", "[::ffff:198.51.100.7]"}[i%3]}
			}, 90, 10,
		},
		"MalformedIsTheProxyItself": {
			[]netip.Prefix{peer}, func(i int) []string { return []string{fmt.Sprintf("%d.%d", i, i), "unknown"} }, 200, 10,
		},
		"EmptyIsTheProxyItself": {
			[]netip.Prefix{peer}, func(int) []string { return []string{""} }, 50, 10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apitest.New(t, &apitest.Options{
				TrustedProxies: test.trusted,
				Limiter:        limiter(t, map[ratelimit.Bucket]int{ratelimit.SignIn: 30}),
			})
			letIn := 0
			for i := range test.times {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL+"/api/v1/users/register", strings.NewReader("{"))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/json")
				for _, value := range test.forwarded(i) {
					request.Header.Add("X-Forwarded-For", value)
				}
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				switch response.StatusCode {
				case http.StatusBadRequest:
					letIn++
				case http.StatusTooManyRequests:
				default:
					t.Fatalf("the status is %d", response.StatusCode)
				}
			}
			t.Logf("%d requests: %d let in, %d refused", test.times, letIn, test.times-letIn)
			if letIn != test.want {
				t.Errorf("%d of %d are let in, want %d", letIn, test.times, test.want)
			}
		})
	}
}
