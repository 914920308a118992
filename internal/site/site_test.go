package site

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const document = `{
	"info": {"title": "Coordinator", "version": "1.2.3", "description": "What it\nis.\n\n**More.** And more."},
	"tags": [{"name": "tasks", "description": "Tasks."}, {"name": "health", "description": "Health."}],
	"paths": {
		"/readyz": {"get": {"operationId": "readyz", "summary": "Ask", "tags": ["health"]}},
		"/api/v1/tasks": {
			"parameters": [],
			"post": {"operationId": "createTask", "summary": "Add a task", "tags": ["tasks"]},
			"get": {"operationId": "listTasks", "summary": "List tasks", "tags": ["tasks"]}
		}
	}
}`

func options() Options {
	return Options{
		Version:  "v9",
		Contract: func() []byte { return []byte(document) },
		Errors:   []ErrorCode{{"not_found", http.StatusNotFound, "There is no such thing", "Look elsewhere."}},
		Demo:     &Demo{Email: "demo@agency.example", Password: "everybody-knows"},
	}
}

// routes are what a site serves, by path.
func routes(t *testing.T, o Options) map[string]http.Handler {
	t.Helper()
	all, err := New(o).Routes()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]http.Handler{}
	for _, route := range all {
		if found[route.Path] != nil {
			t.Errorf("%s is there twice", route.Path)
		}
		found[route.Path] = route.Handler
	}
	return found
}

// get asks for a path; headers are pairs of a name and a value.
func get(t *testing.T, all map[string]http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	handler := all[path]
	if handler == nil {
		t.Fatalf("there is no %s", path)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for pair := range slices.Chunk(headers, 2) {
		if pair[0] == "Host" {
			r.Host = pair[1]
		}
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

var (
	inline  = regexp.MustCompile(`(?i)<style|<script(?: type="module")?>|\son[a-z]+=|\sstyle=|javascript:`)
	foreign = regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//`)
)

func TestPagesRunNothingInlineAndLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	all := routes(t, options())
	pages := 0
	for path := range all {
		got := get(t, all, path, "Accept", "text/html")
		if !strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") || got.Code != http.StatusOK {
			continue
		}
		pages++
		body := got.Body.String()
		if found := inline.FindString(body); found != "" {
			t.Errorf("%s has %s", path, found)
		}
		// Guides may link to where more is to be read, which loads nothing.
		if found := foreign.FindString(strings.ReplaceAll(body, `<a href="https://`, "")); found != "" {
			t.Errorf("%s has %s", path, found)
		}
		if got.Header().Get("Content-Security-Policy") != policy || strings.Contains(policy, "unsafe") {
			t.Errorf("%s is served under %s", path, got.Header().Get("Content-Security-Policy"))
		}
	}
	if pages < 6 {
		t.Errorf("there are %d pages only", pages)
	}
}

func TestPagesNameNothingThatIsNotThere(t *testing.T) {
	t.Parallel()
	all := routes(t, options())
	link := regexp.MustCompile(`(?:src|href)="(/[^"#?]*)`)
	for path := range all {
		for _, match := range link.FindAllStringSubmatch(get(t, all, path, "Accept", "text/html").Body.String(), -1) {
			target := match[1]
			// The API's own, and the codes that only the API knows.
			isAPI := target == "/openapi.json" || target == "/openapi.yaml" || target == "/readyz" || strings.HasPrefix(target, "/errors/")
			if all[target] == nil && !isAPI {
				t.Errorf("%s leads to %s", path, target)
			}
		}
	}
}

// Each is made when it is first asked for, so that no start fails by one.
func TestAllThereIsCanBeRendered(t *testing.T) {
	t.Parallel()
	for path, handler := range routes(t, options()) {
		got := get(t, map[string]http.Handler{path: handler}, path, "Accept", "text/html")
		if want := http.StatusOK; got.Code != want && path != "/docs/" {
			t.Errorf("%s answers %d:\n%s", path, got.Code, got.Body)
		}
	}
}

func TestOnlyADemoKnowsAnAccountAndABoard(t *testing.T) {
	t.Parallel()
	demo := options()
	for _, path := range []string{"/", "/docs", "/board", "/llms.txt"} {
		if body := get(t, routes(t, demo), path).Body.String(); !strings.Contains(body, demo.Demo.Password) {
			t.Errorf("the demo's %s is not filled in", path)
		}
	}
	o := options()
	o.Demo = nil
	all := routes(t, o)
	for path := range all {
		body := get(t, all, path, "Accept", "text/html").Body.String()
		if strings.Contains(path, "board") || strings.Contains(body, `href="/board"`) || strings.Contains(body, "everybody-knows") {
			t.Errorf("%s tells of the demo", path)
		}
	}
	if body := get(t, all, "/").Body.String(); !strings.Contains(body, "YOU@EXAMPLE.COM") {
		t.Error("the first call has no place for one's own account")
	}
}

func TestWhoHasItIsNotSentItAgain(t *testing.T) {
	t.Parallel()
	all := routes(t, options())
	for path := range all {
		first := get(t, all, path, "Accept-Encoding", "gzip")
		if first.Code != http.StatusOK {
			continue
		}
		tag := first.Header().Get("ETag")
		if tag == "" || first.Header().Get("Cache-Control") == "" {
			t.Errorf("%s has the headers %v", path, first.Header())
		}
		if again := get(t, all, path, "Accept-Encoding", "gzip", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s answers %d with %d bytes", path, again.Code, again.Body.Len())
		}
	}
}

func TestAddressesAreThoseOfTheCaller(t *testing.T) {
	t.Parallel()
	o := options()
	o.CameByTLS = func(r *http.Request) bool { return r.Header.Get("X-Forwarded-Proto") == "https" }
	all := routes(t, o)
	for _, path := range []string{"/", "/llms.txt"} {
		if body := get(t, all, path, "Host", "work.example", "X-Forwarded-Proto", "https").Body.String(); !strings.Contains(body, "https://work.example/api/v1") {
			t.Errorf("%s names another address:\n%s", path, body)
		}
		for _, host := range []string{`"><script>`, "a b", "evil.example/?", "`id`"} {
			if body := get(t, all, path, "Host", host).Body.String(); strings.Contains(body, host) {
				t.Errorf("%s repeats %s", path, host)
			}
		}
	}
}

func TestProgramsGetWhatTheyCanRead(t *testing.T) {
	t.Parallel()
	all := routes(t, options())
	for _, test := range []struct{ path, accept, mediaType, contains string }{
		{"/", "application/json", "application/json", `"openapi": "http://`},
		{"/", "text/html,application/json", "text/html", "<h1>Coordinator</h1>"},
		{"/", "*/*", "text/html", "<h1>Coordinator</h1>"},
		{"/errors", "*/*", "text/plain", "not_found (status 404): There is no such thing\n"},
		{"/errors", "text/html", "text/html", `<a href="/errors/not_found">`},
		{"/errors/not_found", "application/json", "text/plain", "not_found\n\nThere is no such thing (status 404)\n\nLook elsewhere.\n"},
		{"/errors/not_found", "text/html", "text/html", "<h1>There is no such thing</h1>"},
		{"/docs/guides/getting-started.md", "text/html", "text/markdown", "# Getting started\n"},
	} {
		got := get(t, all, test.path, "Accept", test.accept)
		if !strings.HasPrefix(got.Header().Get("Content-Type"), test.mediaType) || !strings.Contains(got.Body.String(), test.contains) {
			t.Errorf("%s for %s answers %s:\n%s", test.path, test.accept, got.Header().Get("Content-Type"), got.Body)
		}
	}
}

// The form of https://llmstxt.org: a title, a quotation that says what it is,
// text without headings, and then sections that are lists of links.
func TestTextForProgramsHasItsForm(t *testing.T) {
	t.Parallel()
	body := get(t, routes(t, options()), "/llms.txt").Body.String()
	if !strings.HasPrefix(body, "# Coordinator\n\n> What it is.\n\n") {
		t.Errorf("it begins with %.80q", body)
	}
	_, sections, _ := strings.Cut(body, "\n## ")
	for section := range strings.SplitSeq(sections, "\n## ") {
		_, list, _ := strings.Cut(section, "\n\n")
		for line := range strings.Lines(list) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "- [") && !strings.HasPrefix(line, "- `") {
				t.Errorf("a list has the line %q", line)
			}
		}
	}
	for _, operation := range []string{"`GET /api/v1/tasks` listTasks: List tasks", "`POST /api/v1/tasks` createTask: Add a task", "`GET /readyz` readyz: Ask"} {
		if !strings.Contains(body, operation) {
			t.Errorf("it does not have %s", operation)
		}
	}
	if strings.Index(body, "listTasks") > strings.Index(body, "readyz: Ask") {
		t.Error("the operations are not in the order of their tags")
	}
}

func TestContractThatCannotBeToldIsAnError(t *testing.T) {
	t.Parallel()
	for name, contract := range map[string]string{
		"NoJSON":       "openapi: 3.0.3",
		"UnknownTag":   `{"paths": {"/a": {"get": {"operationId": "a", "tags": ["a"]}}}}`,
		"NoOperations": `{"tags": [{"name": "a"}], "paths": {"/a": {"get": []}}}`,
	} {
		if _, err := readContract([]byte(contract)); err == nil {
			t.Errorf("%s is taken", name)
		}
		o := options()
		o.Contract = func() []byte { return []byte(contract) }
		all := routes(t, o)
		for _, path := range []string{"/", "/llms.txt"} {
			if got := get(t, all, path); got.Code != http.StatusInternalServerError {
				t.Errorf("%s: %s answers %d", name, path, got.Code)
			}
		}
	}
}
