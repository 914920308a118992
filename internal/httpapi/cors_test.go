package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func TestOriginsOfOthers(t *testing.T) {
	t.Parallel()
	const ours, theirs = "https://app.example.com", "https://app.example.com.evil.example"
	c := setup(t, &apitest.Options{Origins: []string{ours}, Limiter: limiter(t, map[ratelimit.Bucket]int{ratelimit.Write: 30})})
	preflight := func(c *caller, origin string) apitest.Response {
		return c.Do(apitest.Request{Method: http.MethodOptions, Path: "/api/v1/clients", Header: map[string]string{
			"Origin": origin, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match",
		}})
	}
	t.Run("PreflightOfAListedOneIsAnsweredBeforeCredentialsAndLimits", func(t *testing.T) {
		for range 30 {
			got := preflight(c, ours)
			if got.Status != http.StatusNoContent || got.Header.Get("Access-Control-Allow-Origin") != ours || got.Header.Get("RateLimit") != "" {
				t.Fatalf("status %d, %v", got.Status, got.Header)
			}
			if methods := got.Header.Get("Access-Control-Allow-Methods"); !strings.Contains(methods, "PATCH") {
				t.Errorf("the methods are %q", methods)
			}
			if headers := got.Header.Get("Access-Control-Allow-Headers"); !strings.Contains(headers, "Authorization") || !strings.Contains(headers, "If-Match") || !strings.Contains(headers, "Idempotency-Key") || !strings.Contains(headers, "Last-Event-ID") {
				t.Errorf("the headers are %q", headers)
			}
		}
	})
	t.Run("ListedOneReadsTheHeadersItNeeds", func(t *testing.T) {
		got := c.send(http.MethodGet, "/api/v1/users/me", nil, map[string]string{"Origin": ours})
		got.MustDecode(t, http.StatusOK, nil)
		exposed := got.Header.Get("Access-Control-Expose-Headers")
		for _, name := range []string{"ETag", "Link", "Location", "X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed", "Deprecation", "Sunset"} {
			if !strings.Contains(","+strings.ToLower(exposed)+",", ","+strings.ToLower(name)+",") {
				t.Errorf("%s is not among %s", name, exposed)
			}
		}
		if got.Header.Get("Access-Control-Allow-Origin") != ours || !strings.Contains(strings.Join(got.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("the headers are %v", got.Header)
		}
	})
	t.Run("ErrorsCanBeReadToo", func(t *testing.T) {
		got := c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/users/me", Header: map[string]string{"Origin": ours}})
		got.MustProblem(t, http.StatusUnauthorized, "unauthenticated")
		if got.Header.Get("Access-Control-Allow-Origin") != ours {
			t.Errorf("the headers are %v", got.Header)
		}
	})
	for _, origin := range []string{theirs, "http://app.example.com", "https://app.example.com:8443", "https://evil.example", "null", "https://sub.app.example.com"} {
		t.Run("OtherOneGetsNothing/"+origin, func(t *testing.T) {
			for _, got := range []apitest.Response{preflight(c, origin), c.send(http.MethodGet, "/api/v1/users/me", nil, map[string]string{"Origin": origin})} {
				for name := range got.Header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("status %d has %s: %s", got.Status, name, got.Header.Get(name))
					}
				}
			}
		})
	}
	t.Run("CredentialsOfTheBrowserAreNeverAskedFor", func(t *testing.T) {
		if got := preflight(c, ours).Header.Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("Access-Control-Allow-Credentials is %q", got)
		}
	})
	t.Run("OptionsThatIsNoPreflightNamesTheMethodsAlone", func(t *testing.T) {
		got := c.send(http.MethodOptions, "/api/v1/clients", nil, map[string]string{"Origin": ours})
		if got.Status != http.StatusNoContent || !strings.Contains(got.Header.Get("Allow"), "POST") || got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("status %d, %v", got.Status, got.Header)
		}
	})
	t.Run("NobodyIsListedUnlessSomebodyIs", func(t *testing.T) {
		none := setup(t, nil)
		got := preflight(none, ours)
		if got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("the headers are %v", got.Header)
		}
	})
}
