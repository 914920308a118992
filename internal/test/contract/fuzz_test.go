package contract_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// The fuzzer sends every operation of the contract, as everybody, values that
// are drawn from its schemas. It knows nothing of the service but the contract:
// no answer is a 5xx, every answer conforms, and what is refused has changed
// nothing. What fails is shrunk to the shortest sequence of requests that fails.

const (
	// fuzzWorlds are as many databases with a server each, side by side.
	fuzzWorlds = 2
	// mostRequests are sent in a row before the world is as it was made.
	mostRequests = 6
)

// fuzzRounds are how often a world is made anew, before its access tokens run
// out, and how many sequences each gets; 100,000 requests and more in all under
// COORDINATOR_CHAOS.
func fuzzRounds() (rounds, sequences int) {
	if chaos.Full() {
		return 17, 1000
	}
	return 1, 400
}

func TestChaosSpecFuzz(t *testing.T) {
	t.Parallel()
	rounds, sequences := fuzzRounds()
	expect.OK(t, flag.Set("rapid.checks", strconv.Itoa(sequences)))
	expect.OK(t, flag.Set("rapid.nofailfile", "true"))
	total := &tally{statuses: map[int]int{}, operations: map[string]int{}}
	t.Run("Worlds", func(t *testing.T) {
		for range fuzzWorlds {
			t.Run("World", func(t *testing.T) {
				t.Parallel()
				for range rounds {
					t.Run("Round", func(t *testing.T) {
						f := newFuzzer(t)
						f.total = total
						rapid.Check(t, f.sequence)
					})
				}
			})
		}
	})
	if missing := total.never(slices.Sorted(maps.Keys(operations(t)))); len(missing) > 0 && total.requests > 20*len(operations(t)) {
		t.Errorf("never sent: %v", missing)
	}
	t.Logf("%d requests to %d operations: %v; %d of those refused ran a statement that writes and changed nothing",
		total.requests, len(total.operations), total.statuses, total.undone)
}

// The fuzzer must find a server that fails, and a refusal that has changed
// something.
func TestFuzzerFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := newFuzzer(t)
	f.total = &tally{statuses: map[int]int{}, operations: map[string]int{}}
	for name, test := range map[string]struct {
		before func()
		answer apitest.Response
		want   string
	}{
		"A5xx":                {answer: apitest.Response{Status: http.StatusInternalServerError}, want: "answers 500"},
		"ARefusalThatChanges": {answer: apitest.Response{Status: http.StatusConflict}, want: "has changed"},
	} {
		t.Run(name, func(t *testing.T) {
			defer f.world.fresh.restore(t, f.world.DB)
			before := f.world.fresh.sums
			_, err := f.world.DB.Exec(t.Context(), "UPDATE projects SET name = name || '!'")
			expect.OK(t, err)
			told := &told{}
			f.judge(told, "the request", test.answer, true, before)
			if !strings.Contains(told.String(), test.want) {
				t.Errorf("told %q, want %q", told, test.want)
			}
		})
	}
}

// An answer against the contract is told of by whoever sends the request.
func TestFuzzerFindsAnAnswerAgainstTheContract(t *testing.T) {
	t.Parallel()
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write([]byte(`{"data":null}`))
		expect.OK(t, err)
	}))
	t.Cleanup(liar.Close)
	a := *apitest.New(t, nil)
	a.URL = liar.URL
	told := &told{}
	a.Send(told, apitest.Request{Method: http.MethodGet, Path: "/api/v1/tasks"})
	if !strings.Contains(told.String(), "against the contract") {
		t.Errorf("told %q", told)
	}
}

// told keeps what a reporter is told.
type told struct{ strings.Builder }

func (*told) Helper()                             {}
func (d *told) Errorf(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }
func (d *told) Fatalf(format string, args ...any) { d.Errorf(format, args...) }

// tally counts what was sent and answered.
type tally struct {
	mu         sync.Mutex
	requests   int
	undone     int
	statuses   map[int]int
	operations map[string]int
}

func (c *tally) count(id string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.statuses[status]++
	c.operations[id]++
}

func (c *tally) never(ids []string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return c.operations[id] > 0 })
}

// fuzzActors are all there are; those who get past the first checks come more often.
var fuzzActors = func() []who {
	var all []who
	for _, a := range actors {
		all = append(all, a.who)
	}
	for as, times := range map[who]int{admin: 8, manager: 5, lead: 2, contributor: 4, agent: 4} {
		all = append(all, slices.Repeat([]who{as}, times)...)
	}
	return slices.Sorted(slices.Values(all))
}()

type fuzzer struct {
	t          *testing.T
	world      *sharedWorld
	statements *dbtest.Statements
	contract   *apitest.Contract
	ids        []string
	routes     map[string]fuzzRoute
	known      []uuid.UUID
	total      *tally
}

// fuzzRoute is where an operation is.
type fuzzRoute struct {
	method, path string
	operation    *openapi3.Operation
	// parameters are those of the path's all operations too.
	parameters openapi3.Parameters
}

func newFuzzer(t *testing.T) *fuzzer {
	t.Helper()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	f := &fuzzer{t: t, world: newSharedWorld(t, pool), statements: statements, contract: apitest.LoadContract(t), routes: map[string]fuzzRoute{}}
	for path, item := range f.contract.Doc.Paths.Map() {
		for method, operation := range item.Operations() {
			f.routes[operation.OperationID] = fuzzRoute{method, path, operation, slices.Concat(item.Parameters, operation.Parameters)}
		}
	}
	f.ids = slices.Sorted(maps.Keys(f.routes))
	w := f.world
	f.known = []uuid.UUID{
		w.client.ID, w.contact.ID, w.project.ID, w.elsewhere.ID, w.first.ID, w.second.ID, w.comment.ID, w.entry.ID, w.session.ID, w.keyID,
		w.invitation.ID, w.newcomer.ID, *w.id(contributor), *w.id(manager), *w.id(agent), *w.id(admin),
	}
	return f
}

// sequence sends some requests one after the other, and then brings the world
// back to how it was made.
func (f *fuzzer) sequence(t *rapid.T) {
	v := &values{ids: f.known}
	before, dirty := f.world.fresh.sums, false
	defer func() {
		if dirty {
			f.world.fresh.restore(f.t, f.world.DB)
		}
	}()
	for range rapid.IntRange(1, mostRequests).Draw(t, "requests") {
		id := rapid.SampledFrom(f.ids).Draw(t, "operation")
		as := rapid.SampledFrom(fuzzActors).Draw(t, "actor")
		request := f.request(t, v, f.routes[id])
		request.Token = f.world.credential(f.t, as, f.routes[id].operation, f.routes[id].method)
		var answer apitest.Response
		sent := f.statements.During(func() { answer = f.world.Send(t, request) })
		f.total.count(id, answer.Status)
		wrote := slices.ContainsFunc(sent, func(s dbtest.Statement) bool { return writing.MatchString(s.SQL) })
		f.judge(t, fmt.Sprintf("%s as %s: %s %s", id, as, request.Method, request.Path), answer, wrote, before)
		if wrote {
			dirty = true
			before = checksums(f.t, f.world.DB, refusedMayWrite)
		}
		v.learn(answer)
	}
}

// writing recognises a statement that may change something.
var writing = regexp.MustCompile(`(?i)\b(INSERT|UPDATE|DELETE)\b`)

// refusedMayWrite is bookkeeping, sums that are brought up to date, that somebody
// tried to sign in, and answers that are kept for repeats.
var refusedMayWrite = func() map[string]string {
	conditions := maps.Clone(bookkeeping)
	for _, table := range slices.Concat(counted, []string{"sign_in_attempts", "idempotency_records"}) {
		conditions[table] = "false"
	}
	return conditions
}()

// judge holds an answer against what goes for all of them; that it conforms to
// the contract has been found out by then.
func (f *fuzzer) judge(t apitest.Reporter, request string, answer apitest.Response, wrote bool, before map[string]string) {
	t.Helper()
	if answer.Status >= http.StatusInternalServerError {
		t.Errorf("%s answers %d: %s", request, answer.Status, answer.Body)
	}
	if answer.Status < http.StatusBadRequest || !wrote {
		return
	}
	after := checksums(f.t, f.world.DB, refusedMayWrite)
	// What the world was made with has been summed up with its bookkeeping.
	tables := slices.DeleteFunc(changed(before, after), func(table string) bool { return refusedMayWrite[table] != "" })
	if len(tables) > 0 {
		t.Errorf("%s answers %d and yet the database has changed: %v\n%s", request, answer.Status, tables, answer.Body)
	}
	f.total.mu.Lock()
	f.total.undone++
	f.total.mu.Unlock()
}

// request draws a request for the operation.
func (f *fuzzer) request(t *rapid.T, v *values, route fuzzRoute) apitest.Request {
	r := apitest.Request{Method: route.method, Path: route.path, Header: map[string]string{}}
	query := url.Values{}
	for _, ref := range route.parameters {
		p := ref.Value
		switch p.In {
		case openapi3.ParameterInPath:
			r.Path = strings.Replace(r.Path, "{"+p.Name+"}", url.PathEscape(f.inPath(t, v, p)), 1)
		case openapi3.ParameterInQuery:
			if p.Required || rapid.IntRange(0, 3).Draw(t, "has "+p.Name) == 0 {
				for _, value := range v.parameter(t, p) {
					query.Add(p.Name, value)
				}
			}
		case openapi3.ParameterInHeader:
			if p.Required || rapid.IntRange(0, 3).Draw(t, "has "+p.Name) == 0 {
				r.Header[p.Name] = printable(v.parameter(t, p)[0])
			}
		}
	}
	if len(query) > 0 {
		r.Path += "?" + query.Encode()
	}
	if route.operation.RequestBody != nil {
		f.body(t, v, route.operation, &r)
	}
	return r
}

// inPath draws what stands in a path: most often the world's own record there,
// so that more than "not found" is answered.
func (f *fuzzer) inPath(t *rapid.T, v *values, p *openapi3.Parameter) string {
	w := f.world
	own := map[string]uuid.UUID{
		"client_id": w.client.ID, "contact_id": w.contact.ID, "project_id": w.project.ID, "task_id": w.first.ID, "prerequisite_id": w.second.ID,
		"comment_id": w.comment.ID, "time_entry_id": w.entry.ID, "user_id": w.newcomer.ID, "session_id": w.session.ID, "api_key_id": w.keyID, "invitation_id": w.invitation.ID,
	}
	if id, ok := own[p.Name]; ok && rapid.IntRange(0, 4).Draw(t, "own") > 0 {
		return id.String()
	}
	text := unquoted(v.json(t, p.Schema.Value, p.Name, 0))
	if text == "" || text == "." || text == ".." {
		return "x"
	}
	return text
}

// parameter draws the values of a parameter, one for each time it is sent.
func (v *values) parameter(t *rapid.T, p *openapi3.Parameter) []string {
	schema := p.Schema.Value
	if !schema.Type.Is(openapi3.TypeArray) {
		return []string{unquoted(v.json(t, schema, p.Name, 0))}
	}
	items := make([]string, rapid.IntRange(1, 3).Draw(t, "values of "+p.Name))
	for i := range items {
		items[i] = unquoted(v.json(t, schema.Items.Value, p.Name, 0))
	}
	if p.Explode != nil && !*p.Explode {
		return []string{strings.Join(items, ",")}
	}
	return items
}

// unquoted is a JSON text as it stands outside of JSON.
func unquoted(text string) string {
	var decoded string
	if json.Unmarshal([]byte(text), &decoded) == nil {
		return decoded
	}
	return text
}

// printable leaves out what no client sends in a header.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}

func (f *fuzzer) body(t *rapid.T, v *values, operation *openapi3.Operation, r *apitest.Request) {
	if isFile(operation) {
		maps.Copy(r.Header, ndjson)
		r.Body = mutated(t, exampleBody(f.t, operation.OperationID, operation))
		return
	}
	media := operation.RequestBody.Value.Content.Get("application/json")
	switch rapid.IntRange(0, 29).Draw(t, "kind of body") {
	case 0:
		r.Body = mutated(t, exampleBody(f.t, operation.OperationID, operation))
	case 1, 2, 3:
		r.Body = exampleBody(f.t, operation.OperationID, operation)
	case 4:
		// None, where there may be none.
	default:
		r.Body = v.json(t, media.Schema.Value, "body", 0)
	}
}

// mutated changes some bytes of a text.
func mutated(t *rapid.T, text string) string {
	content := []byte(text)
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		i := rapid.IntRange(0, len(content)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "change") {
		case 0:
			content[i] = rapid.Byte().Draw(t, "byte")
		case 1:
			content = slices.Delete(content, i, i+1)
		default:
			content = slices.Insert(content, i, content[i])
		}
	}
	return string(bytes.TrimSpace(content))
}

// learn keeps what an answer gives for later requests to send.
func (v *values) learn(answer apitest.Response) {
	var page struct {
		Page struct {
			NextCursor string `json:"next_cursor"`
		} `json:"page"`
		ID uuid.UUID `json:"id"`
	}
	if json.Unmarshal(answer.Body, &page) != nil {
		return
	}
	if page.Page.NextCursor != "" {
		v.cursors = append(v.cursors, page.Page.NextCursor)
	}
	if page.ID != uuid.Nil {
		v.ids = append(slices.Clone(v.ids), page.ID)
	}
}
