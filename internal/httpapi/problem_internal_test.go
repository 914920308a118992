package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/obs"
)

func TestEveryProblemCodeHasARow(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(server.SpecJSON)
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
	operations, err := loadContract()
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
