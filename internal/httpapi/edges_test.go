package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// Every limit on what is sent, by the status that tells of it. Each has the
// request that is just within the limit as its control.
func TestLimitsOfARequest(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	const (
		clients = "/api/v1/clients"
		tasks   = "/api/v1/tasks"
	)
	// filled is a body of exactly so many bytes.
	filled := func(size int) string {
		const frame = `{"name":"Acme","unknown":""}`
		return `{"name":"Acme","unknown":"` + strings.Repeat("x", size-len(frame)) + `"}`
	}
	nested := func(depth int) string {
		return `{"name":"Acme","unknown":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}"
	}
	wide := func(elements int) string {
		return `{"name":"Acme","unknown":[` + strings.TrimSuffix(strings.Repeat("1,", elements), ",") + "]}"
	}
	members := func(count int) string {
		var b strings.Builder
		for i := range count - 1 {
			fmt.Fprintf(&b, `"m%d":1,`, i)
		}
		return `{"name":"Acme","custom_fields":{` + b.String() + `"last":1}}`
	}
	query := func(size int) string { return tasks + "?q=" + strings.Repeat("x", size-len("q=")) }

	for name, test := range map[string]struct {
		method, path string
		body         any
		status       int
		code         string
	}{
		"Body":          {http.MethodPost, clients, filled(apitest.BodyLimit), http.StatusUnprocessableEntity, "validation_failed"},
		"BodyTooLarge":  {http.MethodPost, clients, filled(apitest.BodyLimit + 1), http.StatusRequestEntityTooLarge, "payload_too_large"},
		"Batch":         {http.MethodPost, tasks + "/bulk", filled(apitest.BodyLimit + 1), http.StatusUnprocessableEntity, "validation_failed"},
		"BatchTooLarge": {http.MethodPost, tasks + "/bulk", filled(apitest.BulkBodyLimit + 1), http.StatusRequestEntityTooLarge, "payload_too_large"},
		"Depth":         {http.MethodPost, clients, nested(32), http.StatusUnprocessableEntity, "validation_failed"},
		"DepthTooMuch":  {http.MethodPost, clients, nested(33), http.StatusBadRequest, "malformed_request"},
		"Array":         {http.MethodPost, clients, wide(1000), http.StatusUnprocessableEntity, "validation_failed"},
		"ArrayTooLong":  {http.MethodPost, clients, wide(1001), http.StatusBadRequest, "malformed_request"},
		"Object":        {http.MethodPost, clients, members(200), http.StatusUnprocessableEntity, "validation_failed"},
		"ObjectTooWide": {http.MethodPost, clients, members(201), http.StatusBadRequest, "malformed_request"},
		"Query":         {http.MethodGet, query(16 << 10), nil, http.StatusUnprocessableEntity, "validation_failed"},
		"QueryTooLong":  {http.MethodGet, query(16<<10 + 1), nil, http.StatusBadRequest, "malformed_request"},
		"Page":          {http.MethodGet, tasks + "?page_size=100", nil, http.StatusOK, ""},
		"PageTooLarge":  {http.MethodGet, tasks + "?page_size=101", nil, http.StatusUnprocessableEntity, "validation_failed"},
		"PageTooFar":    {http.MethodGet, tasks + "?page_size=100&page=101", nil, http.StatusUnprocessableEntity, "validation_failed"},
		"WordsTooLong":  {http.MethodGet, tasks + "?q=" + strings.Repeat("x", 201), nil, http.StatusUnprocessableEntity, "validation_failed"},
		"FilterTwice":   {http.MethodGet, tasks + "?q=a&q=b", nil, http.StatusUnprocessableEntity, "validation_failed"},
		"UnknownFilter": {http.MethodGet, tasks + "?page_sise=1", nil, http.StatusUnprocessableEntity, "validation_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.Do(apitest.Request{Method: test.method, Path: test.path, Token: c.token, Body: test.body})
			if test.code == "" {
				got.MustDecode(t, test.status, nil)
				return
			}
			problem := got.MustProblem(t, test.status, test.code)
			t.Logf("%d %s: %.120s", got.Status, problem.Code, problem.Detail)
		})
	}

	t.Run("Time", func(t *testing.T) {
		t.Parallel()
		slow := apitest.New(t, &apitest.Options{RequestTimeout: 50 * time.Millisecond, Probes: &httpapi.Probes{
			Version: "test", Ready: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		}})
		got := slow.Do(apitest.Request{Method: http.MethodGet, Path: "/readyz"})
		got.MustProblem(t, http.StatusServiceUnavailable, "unavailable")
		if got.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to try again")
		}
	})
}

// anyID stands for every parameter of a path.
const anyID = "01a20492-66bb-7dc2-9b8c-237c9603a626"

// The validating client of the tests holds the headers of each response against
// what all of them have; this walks everything that there is to ask for.
func TestEveryOperationAndPageHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	parameter := regexp.MustCompile(`\{[a-z_]+\}`)
	answers := 0
	for path, item := range apitest.LoadContract(t).Doc.Paths.Map() {
		for method := range item.Operations() {
			for _, token := range []string{"", c.token} {
				// Signing out would end what the rest is asked with.
				if token != "" && strings.HasSuffix(path, "/logout") {
					continue
				}
				got := c.Do(apitest.Request{Method: method, Path: parameter.ReplaceAllString(path, anyID), Token: token})
				if got.Header.Get("Strict-Transport-Security") != "" {
					t.Errorf("%s %s demands TLS of who came without", method, path)
				}
				answers++
			}
		}
	}
	for _, path := range []string{
		"/docs", "/docs/", "/assets/explorer.js", "/assets/swagger-ui.css", "/assets/swagger-ui-bundle.js", "/assets/nothing.js",
		"/docs/guides", "/docs/guides/getting-started", "/docs/guides/getting-started.md", "/docs/guides/nothing", "/errors", "/llms.txt", "/board",
		"/openapi.json", "/openapi.yaml", "/errors/not_found", "/errors/no_such_code", "/", "/nothing", "/api/v1/nothing",
	} {
		c.Do(apitest.Request{Method: http.MethodGet, Path: path})
		c.Do(apitest.Request{Method: http.MethodPost, Path: path})
		answers += 2
	}
	t.Logf("%d answers have them", answers)
}

func TestTLSIsDemandedOfWhoCameByIt(t *testing.T) {
	t.Parallel()
	peer := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for name, test := range map[string]struct {
		trusted   []netip.Prefix
		forwarded string
		want      bool
	}{
		"TrustedProxyThatSaysHTTPS":            {peer, "https", true},
		"TrustedProxyThatSaysItOfTheNearest":   {peer, "http, HTTPS", true},
		"TrustedProxyThatSaysHTTP":             {peer, "http", false},
		"TrustedProxyThatSaysHTTPOfTheNearest": {peer, "https, http", false},
		"TrustedProxyThatSaysNothing":          {peer, "", false},
		"OtherThatSaysHTTPS":                   {nil, "https", false},
		"OtherThanTheTrustedOne":               {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "https", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apitest.New(t, &apitest.Options{TrustedProxies: test.trusted})
			header := map[string]string{}
			if test.forwarded != "" {
				header["X-Forwarded-Proto"] = test.forwarded
			}
			got := a.Do(apitest.Request{Method: http.MethodGet, Path: "/livez", Header: header}).Header.Get("Strict-Transport-Security")
			if test.want != strings.HasPrefix(got, "max-age=") {
				t.Errorf("Strict-Transport-Security is %q", got)
			}
		})
	}
}

func TestTokensThatWentAstrayAreNotRepeated(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	const token = "q7Xw2vJk0bM3nR5tY8uI1oP4aS6dF9gH2jK5lZ7xC0v"
	for name, got := range map[string]apitest.Response{
		"Path":      c.get("/api/v1/invitations/" + token),
		"Parameter": c.get("/api/v1/tasks/" + token),
		"RequestID": c.send(http.MethodGet, "/api/v1/nothing", nil, map[string]string{"X-Request-ID": token}),
	} {
		if strings.Contains(string(got.Body)+got.Header.Get("X-Request-ID"), token) || got.Status < http.StatusBadRequest {
			t.Errorf("%s: status %d, id %s, %s", name, got.Status, got.Header.Get("X-Request-ID"), got.Body)
		}
	}
}
