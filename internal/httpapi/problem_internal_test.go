package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/obs"
)

func TestEveryProblemCodeHasARow(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(server.SpecJSON())
	if err != nil {
		t.Fatal(err)
	}
	codes := doc.Components.Schemas["ProblemCode"].Value.Enum
	for _, code := range codes {
		if kind := problems[apperr.Code(code.(string))]; kind.status == 0 || kind.title == "" || kind.help == "" {
			t.Errorf("the contract's code %s has no complete row", code)
		}
	}
	for code := range problems {
		if !slices.Contains(codes, any(string(code))) {
			t.Errorf("the row of %s is not in the contract", code)
		}
	}
}

// The access log masks what could be a secret in a path, and nothing of ours.
func TestPathsOfOursAreNotMasked(t *testing.T) {
	t.Parallel()
	operations, err := loadContract(nil)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, o := range operations {
		paths = append(paths, o.route.Path)
	}
	for code := range problems {
		paths = append(paths, "/errors/"+string(code))
	}
	for _, path := range paths {
		if got := obs.MaskPath(path); got != path {
			t.Errorf("%s is logged as %s", path, got)
		}
	}
}

func TestErrorsKeepTheirMeaningWhenWrapped(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want apperr.Code
	}{
		"Refusal":  {fmt.Errorf("updating: %w", apperr.New(apperr.VersionConflict, "stale")), apperr.VersionConflict},
		"Deadline": {fmt.Errorf("reading: %w", context.DeadlineExceeded), apperr.Unavailable},
		"Unknown":  {errors.New("a secret"), apperr.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := asRefusal(test.err); got.Code != test.want {
				t.Errorf("got %s, want %s", got.Code, test.want)
			}
		})
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	const peer, forwarded = "10.1.2.3", "203.0.113.9"
	for name, test := range map[string]struct {
		trusted []netip.Prefix
		want    string
	}{
		"ForwardedIsIgnoredByDefault":        {nil, peer},
		"ForwardedIsBelievedOfATrustedProxy": {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, forwarded},
		"ForwardedIsIgnoredOfAnotherProxy":   {[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, peer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.RemoteAddr = peer + ":4711"
			request.Header.Set("X-Forwarded-For", forwarded)
			if got := clientAddress(test.trusted)(request); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Whoever watches the log for errors finds what failed, and not what was
// refused on purpose, of which there is much under load and at each stop.
func TestOnlyWhatFailedIsLoggedAsAnError(t *testing.T) {
	t.Parallel()
	away := apperr.New(apperr.Unavailable, "The service has as much to do as it can at once.")
	failed := apperr.New(apperr.Unavailable, "The database cannot be reached.")
	failed.Cause = errors.New("connection refused")
	for _, test := range []struct {
		name  string
		err   error
		level string
	}{
		{"a limit", away, "level=INFO msg=\"request refused\""},
		{"a limit, wrapped", fmt.Errorf("signing in: %w", away), "level=INFO msg=\"request refused\""},
		{"a caller who has left", fmt.Errorf("reading: %w", context.Canceled), "level=INFO msg=\"request failed\""},
		{"a dependency", failed, "level=ERROR msg=\"request failed\""},
		{"too slow", fmt.Errorf("reading: %w", context.DeadlineExceeded), "level=ERROR msg=\"request failed\""},
		{"a mistake of ours", errors.New("broken"), "level=ERROR msg=\"request failed\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody), httptest.NewRecorder())
			errorHandler(slog.New(slog.NewTextHandler(&logged, nil)))(test.err, c)
			if !strings.Contains(logged.String(), test.level) {
				t.Errorf("want %s: %s", test.level, &logged)
			}
		})
	}
}

// A load balancer asks /readyz through the whole stop, which is wanted.
func TestAStopIsNotLoggedAsAFailure(t *testing.T) {
	t.Parallel()
	for _, stops := range []bool{true, false} {
		h := &handlers{Dependencies: Dependencies{Probes: Probes{
			Ready:    func(context.Context) error { return errors.New("not now") },
			Draining: func() bool { return stops },
		}}}
		if _, err := h.Readyz(t.Context(), server.ReadyzRequestObject{}); turnedAway(err) != stops {
			t.Errorf("stopping is %t, and the answer %v", stops, err)
		}
	}
}
