package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/httpapi"
)

// Contract is the contract as the tests read it.
type Contract struct {
	Doc    *openapi3.T
	router routers.Router
}

var readContract = sync.OnceValues(func() (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(server.SpecJSON())
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/csv", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.FileBodyDecoder)
	router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
	return &Contract{Doc: doc, router: router}, err
})

func loadContract(t testing.TB) *Contract {
	t.Helper()
	contract, err := readContract()
	if err != nil {
		t.Fatalf("reading the contract: %v", err)
	}
	return contract
}

// LoadContract returns the contract that the server embeds.
func LoadContract(t testing.TB) *Contract { return loadContract(t) }

// PathOf returns the path of an operation as the contract writes it, empty
// when there is no such operation.
func (c *Contract) PathOf(operationID string) string {
	for path, item := range c.Doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.OperationID == operationID {
				return path
			}
		}
	}
	return ""
}

// OperationAt returns the operation that a request is for, nil when there is none.
func (c *Contract) OperationAt(t testing.TB, method, path string) *openapi3.Operation {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, path, nil)
	if err != nil {
		t.Fatalf("making a request: %v", err)
	}
	route, _, err := c.router.FindRoute(request)
	if err != nil {
		return nil
	}
	return route.Operation
}

// Reporter is told what is wrong: a test, or a property that is tested.
type Reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// validating holds every response against the contract.
type validating struct {
	t        Reporter
	contract *Contract
	next     http.RoundTripper
}

// Validating holds every response that comes through a transport against the
// contract, as [API.Do] does: for tests of a server that is a process of its own.
func Validating(t testing.TB, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	return &validating{t: t, contract: loadContract(t), next: next}
}

func (v *validating) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := v.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		// It does not end; what stands around it does conform.
		v.check(request, response, nil)
		return response, nil
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	v.check(request, response, body)
	return response, nil
}

func (v *validating) check(request *http.Request, response *http.Response, body []byte) {
	v.t.Helper()
	if response.Header.Get("X-Request-ID") == "" {
		v.t.Errorf("%s %s: the response has no X-Request-ID", request.Method, request.URL)
	}
	v.checkSecurity(request, response)
	route, params, err := v.contract.router.FindRoute(request)
	// The router takes /tasks for /tasks/{task_id} where that alone has the method.
	if err != nil || response.StatusCode == http.StatusMethodNotAllowed {
		v.checkOutside(request, response, body)
		return
	}
	err = openapi3filter.ValidateResponse(request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
		Status:                 response.StatusCode,
		Header:                 response.Header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		v.t.Errorf("%s %s answers %d against the contract: %v\n%s", request.Method, request.URL, response.StatusCode, err, body)
	}
}

// securityHeaders are on every response, and have to contain this.
var securityHeaders = map[string]string{
	"X-Content-Type-Options":       "nosniff",
	"Content-Security-Policy":      "frame-ancestors 'none'",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=()",
}

// checkSecurity holds what every response has against it, and what is private
// against being kept by anybody on its way.
func (v *validating) checkSecurity(request *http.Request, response *http.Response) {
	v.t.Helper()
	for name, want := range securityHeaders {
		if got := response.Header.Get(name); !strings.Contains(got, want) {
			v.t.Errorf("%s %s: %s is %q, want %s", request.Method, request.URL, name, got, want)
		}
	}
	if got := response.Header.Get("Cache-Control"); strings.HasPrefix(request.URL.Path, "/api/") && got != "no-store" {
		v.t.Errorf("%s %s: Cache-Control is %q, want no-store", request.Method, request.URL, got)
	}
	if got := response.Header.Get("Server") + response.Header.Get("X-Powered-By"); got != "" {
		v.t.Errorf("%s %s tells what it is made with: %s", request.Method, request.URL, got)
	}
}

// checkOutside holds an error at a path or with a method that the contract
// does not have against the schema of every error.
func (v *validating) checkOutside(request *http.Request, response *http.Response, body []byte) {
	v.t.Helper()
	if response.StatusCode < http.StatusBadRequest || request.Method == http.MethodHead {
		return
	}
	if mediaType := response.Header.Get("Content-Type"); !strings.HasPrefix(mediaType, "application/problem+json") {
		v.t.Errorf("%s %s answers %d as %q, not as a problem", request.Method, request.URL, response.StatusCode, mediaType)
		return
	}
	value, err := decodeAny(body)
	if err == nil {
		err = v.contract.Doc.Components.Schemas["Problem"].Value.VisitJSON(value)
	}
	if err != nil {
		v.t.Errorf("%s %s answers no valid problem: %v\n%s", request.Method, request.URL, err, body)
	}
}

// probes are those of a server that is well, unless the test has its own.
func probes(d *dbx.DB, opts *Options) httpapi.Probes {
	if opts.Probes != nil {
		return *opts.Probes
	}
	return httpapi.Probes{
		Version: "test", StartedAt: time.Now(),
		Ready: func(ctx context.Context) error { return d.Ping(ctx) },
		Checks: func(ctx context.Context) []httpapi.Check {
			version, err := d.ServerVersion(ctx)
			check := httpapi.Check{Name: "database", Essential: true, Latency: time.Millisecond, Version: version, Detail: "It answers."}
			if err != nil {
				check.State, check.Err = httpapi.CheckDown, err
			}
			return []httpapi.Check{check}
		},
	}
}

func decodeAny(body []byte) (any, error) {
	var value any
	err := json.Unmarshal(body, &value)
	return value, err
}

// AllScopes are those that an API key can have.
func AllScopes(t testing.TB) []string {
	t.Helper()
	var scopes []string
	for _, scope := range loadContract(t).Doc.Components.Schemas["ApiKeyScope"].Value.Enum {
		scopes = append(scopes, scope.(string))
	}
	return scopes
}
