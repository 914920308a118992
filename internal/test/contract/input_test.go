package contract_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// hostile is a body that no operation takes.
type hostile struct {
	name string
	// body is made from one that the operation takes.
	body func(valid string) string
	// The problem is one of these, and names this place unless that is "-".
	status  int
	pointer string
}

var member = regexp.MustCompile(`"([a-z_]+)":`)

func firstMember(valid string) string { return member.FindStringSubmatch(valid)[1] }

var hostileBodies = []hostile{
	{"MalformedJSON", func(v string) string { return strings.TrimSuffix(v, "}") }, http.StatusBadRequest, "-"},
	{"NoJSON", func(string) string { return "name=Acme" }, http.StatusBadRequest, ""},
	{"Empty", func(string) string { return " " }, http.StatusBadRequest, "-"},
	{"TwoDocuments", func(v string) string { return v + v }, http.StatusBadRequest, ""},
	{"TrailingGarbage", func(v string) string { return v + "x" }, http.StatusBadRequest, ""},
	{"UnknownField", func(v string) string { return `{"no_such_field":1,` + v[1:] }, http.StatusUnprocessableEntity, "/no_such_field"},
	{"DuplicateKey", func(v string) string { return `{"` + firstMember(v) + `":"twice",` + v[1:] }, http.StatusBadRequest, "/first"},
	{"NULCharacter", func(v string) string { return `{"` + firstMember(v) + `":"a\u0000b"}` }, http.StatusBadRequest, "/first"},
	{"LoneSurrogate", func(v string) string { return `{"` + firstMember(v) + `":"\ud800"}` }, http.StatusBadRequest, "/first"},
	{"InvalidUTF8", func(v string) string { return "{\"" + firstMember(v) + "\":\"\xff\"}" }, http.StatusBadRequest, "/first"},
	{"FiveMebibytes", func(v string) string { return `{"` + firstMember(v) + `":"` + strings.Repeat("x", 5<<20) + `"}` }, http.StatusRequestEntityTooLarge, "-"},
	{"NineThousandDeep", func(string) string { return strings.Repeat("[", 9000) + strings.Repeat("]", 9000) }, http.StatusBadRequest, "-"},
	{"Array", func(string) string { return "[]" }, http.StatusUnprocessableEntity, ""},
	{"Null", func(string) string { return "null" }, http.StatusUnprocessableEntity, ""},
}

// TestHostileBodies sends every kind of bad body to every operation that takes
// one: each is a 4xx problem that names the place, and nothing is written.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	w := newWorld(t, nil)
	token := w.Token(w.people[admin])
	w.walk(t, contract, func(id, method, path string, operation *openapi3.Operation) {
		if operation.RequestBody == nil {
			return
		}
		valid := exampleBody(t, id, operation)
		if isFile(operation) {
			w.hostileFile(t, id, path, token, valid)
			return
		}
		for _, h := range hostileBodies {
			t.Run(id+"/"+h.name, func(t *testing.T) {
				before := w.events(t)
				got := w.Do(apitest.Request{Method: method, Path: path, Token: token, Body: h.body(valid)})
				var problem api.Problem
				got.MustDecode(t, h.status, &problem)
				if want := strings.Replace(h.pointer, "first", firstMember(valid), 1); want != "-" && !names(problem, want) {
					t.Errorf("the problem does not name %q: %s", want, got.Body)
				}
				if w.events(t) != before {
					t.Error("a refused request wrote an event")
				}
			})
		}
		t.Run(id+"/FormEncoded", func(t *testing.T) {
			got := w.Do(apitest.Request{
				Method: method, Path: path, Token: token, Body: "a=b",
				Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			})
			got.MustProblem(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
		})
	})
}

// hostileFile sends what no body may be as a line of a file, which an import
// reports and does not apply.
func (w *world) hostileFile(t *testing.T, id, path, token, valid string) {
	t.Helper()
	valid = strings.TrimSpace(valid)
	for _, h := range hostileBodies {
		if h.name == "Empty" {
			continue
		}
		t.Run(id+"/"+h.name, func(t *testing.T) {
			before := w.events(t)
			got := w.Do(apitest.Request{Method: http.MethodPost, Path: path, Token: token, Body: h.body(valid), Header: ndjson})
			var report api.ImportReport
			got.MustDecode(t, http.StatusOK, &report)
			if report.Applied || report.Failed != 1 || len(report.Errors) == 0 || report.Errors[0].Line != 1 {
				t.Errorf("the report does not name the line: %s", got.Body)
			}
			if w.events(t) != before {
				t.Error("a file that is wrong wrote an event")
			}
		})
	}
	t.Run(id+"/FormEncoded", func(t *testing.T) {
		got := w.Do(apitest.Request{
			Method: http.MethodPost, Path: path, Token: token, Body: "a=b",
			Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		})
		got.MustProblem(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
	})
	t.Run(id+"/JSON", func(t *testing.T) {
		got := w.Do(apitest.Request{Method: http.MethodPost, Path: path, Token: token, Body: valid})
		got.MustProblem(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
	})
}

var ndjson = map[string]string{"Content-Type": "application/x-ndjson"}

// isFile tells whether the operation takes a file and no JSON document.
func isFile(operation *openapi3.Operation) bool {
	return operation.RequestBody != nil && operation.RequestBody.Value.Content.Get("application/json") == nil
}

// headerOf is what a request with the example of a body needs.
func headerOf(operation *openapi3.Operation) map[string]string {
	if isFile(operation) {
		return maps.Clone(ndjson)
	}
	return map[string]string{}
}

func names(problem api.Problem, pointer string) bool {
	if problem.Errors == nil {
		return false
	}
	for _, field := range problem.Errors {
		if field.Pointer == pointer {
			return true
		}
	}
	return false
}

// TestHostileParameters sends every operation a query parameter that it does
// not have, and every id in a path as something that is none.
func TestHostileParameters(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	w := newWorld(t, nil)
	token := w.Token(w.people[admin])
	w.walk(t, contract, func(id, method, path string, operation *openapi3.Operation) {
		var body any
		if operation.RequestBody != nil {
			body = exampleBody(t, id, operation)
		}
		t.Run(id+"/UnknownQueryParameter", func(t *testing.T) {
			got := w.Do(apitest.Request{Method: method, Path: path + "?no_such_parameter=1", Token: token, Body: body, Header: headerOf(operation)})
			if problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed"); !names(problem, "query:no_such_parameter") {
				t.Errorf("the problem does not name the parameter: %s", got.Body)
			}
		})
		for _, parameter := range operation.Parameters {
			w.hostileParameter(t, id, method, path, token, body, headerOf(operation), parameter.Value)
		}
	})
}

func (w *world) hostileParameter(t *testing.T, id, method, path, token string, body any, sent map[string]string, p *openapi3.Parameter) {
	t.Helper()
	refused := func(t *testing.T, path string, more map[string]string) {
		t.Helper()
		header := maps.Clone(sent)
		maps.Copy(header, more)
		got := w.Do(apitest.Request{Method: method, Path: path, Token: token, Body: body, Header: header})
		problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if !names(problem, p.In+":"+p.Name) {
			t.Errorf("the problem does not name %s:%s: %s", p.In, p.Name, got.Body)
		}
	}
	switch p.In {
	case openapi3.ParameterInQuery:
		t.Run(id+"/NULInQuery/"+p.Name, func(t *testing.T) { refused(t, path+"?"+p.Name+"=a%00b", nil) })
		if schema := p.Schema.Value; !isFreeText(schema) && !beginsAnew(id, p) {
			t.Run(id+"/BadValue/"+p.Name, func(t *testing.T) { refused(t, path+"?"+p.Name+"="+url.QueryEscape("%$!"), nil) })
			if !schema.Type.Is(openapi3.TypeArray) {
				t.Run(id+"/Twice/"+p.Name, func(t *testing.T) { refused(t, path+"?"+p.Name+"=1&"+p.Name+"=1", nil) })
			}
		}
	case openapi3.ParameterInHeader:
		if beginsAnew(id, p) {
			return
		}
		t.Run(id+"/BadHeader/"+p.Name, func(t *testing.T) { refused(t, path, map[string]string{p.Name: "seven seas"}) })
	}
}

// beginsAnew tells whether the parameter is the cursor of a stream, which begins
// anew behind one that cannot be read: a browser would send it for ever.
func beginsAnew(id string, p *openapi3.Parameter) bool {
	return id == "streamEvents" && (p.Name == "after" || p.Name == "Last-Event-ID")
}

// isFreeText tells whether a parameter takes any text with a word in it.
func isFreeText(schema *openapi3.Schema) bool {
	if schema.Type.Is(openapi3.TypeArray) {
		schema = schema.Items.Value
	}
	return schema.Pattern == `\S`
}

func TestBadIDInPath(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	w := newWorld(t, nil)
	token := w.Token(w.people[admin])
	for template, item := range contract.Doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if !strings.Contains(template, "{") {
				continue
			}
			t.Run(operation.OperationID, func(t *testing.T) {
				var body any
				if operation.RequestBody != nil {
					body = exampleBody(t, operation.OperationID, operation)
				}
				path := pathParameter.ReplaceAllString(template, "no-uuid")
				got := w.Do(apitest.Request{Method: method, Path: path, Token: token, Body: body})
				problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
				for _, name := range pathParameter.FindAllStringSubmatch(template, -1) {
					if !names(problem, "path:"+name[1]) {
						t.Errorf("the problem does not name path:%s: %s", name[1], got.Body)
					}
				}
			})
		}
	}
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// walk visits every operation with a path to records that exist.
func (w *world) walk(t *testing.T, contract *apitest.Contract, visit func(id, method, path string, operation *openapi3.Operation)) {
	t.Helper()
	ids := strings.NewReplacer(
		"{client_id}", w.client.ID.String(), "{contact_id}", w.contact.ID.String(), "{project_id}", w.project.ID.String(), "{user_id}", w.newcomer.ID.String(),
		"{task_id}", w.first.ID.String(), "{prerequisite_id}", w.second.ID.String(),
		"{comment_id}", w.comment.ID.String(), "{invitation_id}", w.invitation.ID.String(),
		"{time_entry_id}", w.entry.ID.String(), "{session_id}", w.session.ID.String(), "{api_key_id}", w.keyID.String(),
		"{webhook_id}", w.webhook.String(), "{delivery_id}", w.delivery.String(),
	)
	for template, item := range contract.Doc.Paths.Map() {
		path := ids.Replace(template)
		if strings.Contains(path, "{") {
			t.Fatalf("the world has no record for %s", template)
		}
		for method, operation := range item.Operations() {
			merged := *operation
			merged.Parameters = append(append(openapi3.Parameters{}, item.Parameters...), operation.Parameters...)
			visit(operation.OperationID, method, path, &merged)
		}
	}
}

// exampleBody is the contract's own example of a body that the operation takes.
func exampleBody(t *testing.T, id string, operation *openapi3.Operation) string {
	t.Helper()
	if isFile(operation) {
		return operation.RequestBody.Value.Content.Get("application/x-ndjson").Example.(string)
	}
	encoded, err := json.Marshal(operation.RequestBody.Value.Content.Get("application/json").Example)
	if err != nil || encoded[0] != '{' {
		t.Fatalf("%s has no example of its body: %v", id, err)
	}
	return string(encoded)
}
