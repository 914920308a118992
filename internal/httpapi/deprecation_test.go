package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

const deprecationLink = `</docs/guides/upgrading#deprecations>; rel="deprecation"; type="text/html"`

// contractWith is our contract with operations and parameters deprecated, of
// which it has none.
func contractWith(t *testing.T, change func(at func(path, method string) map[string]any)) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(server.SpecJSON(), &doc); err != nil {
		t.Fatal(err)
	}
	change(func(path, method string) map[string]any {
		return doc["paths"].(map[string]any)[path].(map[string]any)[method].(map[string]any)
	})
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func deprecate(node map[string]any, on, sunset any) {
	node["deprecated"], node["x-deprecated-on"], node["x-sunset"] = true, on, sunset
}

// Whoever calls what is deprecated is told on every answer, and nobody else is.
func TestWhatIsDeprecatedIsAnnounced(t *testing.T) {
	t.Parallel()
	contract := contractWith(t, func(at func(path, method string) map[string]any) {
		deprecate(at("/api/v1/clients", "get"), "2027-01-01", "2027-07-01")
		deprecate(at("/api/v1/clients", "post"), "2027-01-01", "2027-07-01")
		clients := at("/api/v1/clients", "get")["parameters"].([]any)
		for _, p := range slices.Concat(clients, at("/api/v1/tasks", "get")["parameters"].([]any)) {
			if p := p.(map[string]any); p["name"] == "q" {
				deprecate(p, "2027-02-01", "2027-08-01")
			}
		}
		for _, p := range at("/api/v1/tasks", "get")["parameters"].([]any) {
			if p := p.(map[string]any); p["name"] == "overdue" {
				deprecate(p, "2027-03-01", "2027-10-01")
			}
		}
	})
	c := setup(t, &apitest.Options{Observe: func(d *httpapi.Dependencies) { d.Contract = contract }})
	const (
		january  = "@1798761600"
		february = "@1801440000"
		march    = "@1803859200"
		july     = "Thu, 01 Jul 2027 00:00:00 GMT"
		august   = "Sun, 01 Aug 2027 00:00:00 GMT"
		october  = "Fri, 01 Oct 2027 00:00:00 GMT"
	)
	for name, test := range map[string]struct {
		got                 apitest.Response
		deprecation, sunset string
		status              int
	}{
		"Operation":              {c.send(http.MethodGet, "/api/v1/clients", nil, nil), january, july, http.StatusOK},
		"OfSeveralTheFirstToEnd": {c.send(http.MethodGet, "/api/v1/clients?q=a", nil, nil), january, july, http.StatusOK},
		"Parameter":              {c.send(http.MethodGet, "/api/v1/tasks?q=a", nil, nil), february, august, http.StatusOK},
		"AnotherParameter":       {c.send(http.MethodGet, "/api/v1/tasks?overdue=true", nil, nil), march, october, http.StatusOK},
		"ErrorOfTheOperation":    {c.send(http.MethodPost, "/api/v1/clients", map[string]any{}, nil), january, july, http.StatusUnprocessableEntity},
		"NobodySignedIn":         {c.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/clients"}), january, july, http.StatusUnauthorized},
		"ParameterThatIsNotSent": {c.send(http.MethodGet, "/api/v1/tasks", nil, nil), "", "", http.StatusOK},
		"OperationThatIsNot":     {c.send(http.MethodGet, "/api/v1/projects?q=a", nil, nil), "", "", http.StatusOK},
		"PathBelowOne":           {c.send(http.MethodGet, "/api/v1/clients/search?q=a", nil, nil), "", "", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.got
			if got.Status != test.status || got.Header.Get("Deprecation") != test.deprecation || got.Header.Get("Sunset") != test.sunset {
				t.Errorf("status %d, Deprecation %q, Sunset %q; want %d, %q, %q",
					got.Status, got.Header.Get("Deprecation"), got.Header.Get("Sunset"), test.status, test.deprecation, test.sunset)
			}
			if links := got.Header.Values("Link"); slices.Contains(links, deprecationLink) != (test.deprecation != "") {
				t.Errorf("the links are %q", links)
			}
		})
	}
	t.Run("LinksOfAListStay", func(t *testing.T) {
		got := c.send(http.MethodGet, "/api/v1/clients", nil, nil)
		if links := got.Header.Values("Link"); len(links) != 2 || !strings.Contains(links[0], `rel="first"`) {
			t.Errorf("the links are %q", links)
		}
	})
	t.Run("OnceOnARepeatedAnswer", func(t *testing.T) {
		for range 2 {
			got := c.send(http.MethodPost, "/api/v1/clients", map[string]any{"name": "Northwind Bakery"}, map[string]string{"Idempotency-Key": "deprecated"})
			if links := got.Header.Values("Link"); got.Status != http.StatusCreated || len(links) != 1 || got.Header.Get("Deprecation") != january {
				t.Errorf("status %d, links %q, Deprecation %q", got.Status, links, got.Header.Get("Deprecation"))
			}
		}
	})
}

func TestNothingOfTheContractIsAnnouncedWithoutBeingDeprecated(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	got := c.send(http.MethodGet, "/api/v1/clients", nil, nil)
	if got.Header.Get("Deprecation") != "" || got.Header.Get("Sunset") != "" {
		t.Errorf("the headers are %v", got.Header)
	}
}

// The server does not start with a contract that deprecates without saying when.
func TestADeprecationHasDates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		on, sunset any
		want       string
	}{
		"NoBeginning":   {nil, "2027-07-01", "operation listClients: x-deprecated-on"},
		"NoEnd":         {"2027-01-01", nil, "x-sunset"},
		"DateThatIsNot": {"2027-01-01", "2027-02-30", "x-sunset"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contract := contractWith(t, func(at func(path, method string) map[string]any) {
				deprecate(at("/api/v1/clients", "get"), test.on, test.sunset)
			})
			_, err := httpapi.New(httpapi.Dependencies{Contract: contract, Logger: slog.New(slog.DiscardHandler)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
