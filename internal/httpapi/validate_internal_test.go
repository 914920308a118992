package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
	"pgregory.net/rapid"
)

// What spares the parser its error is not to let anything else through.
func TestAQueryIsWellFormedWhereItCanBeParsed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		query := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "=", "&", ";", "%", "%2", "%20", "%zz", "%F", "é", "+", "0", "\x00"}), 0, 12).Draw(t, "parts"), "")
		_, err := url.ParseQuery(query)
		if got := isWellFormed(query); got != (err == nil) {
			t.Fatalf("%q is said to be well-formed: %t; parsing it gives %v", query, got, err)
		}
	})
}

// The validator is not asked about what is certainly an id: it would agree.
func TestWhatIsTakenForAnIDIsValid(t *testing.T) {
	t.Parallel()
	operations, err := loadContract(nil)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]*parameter{}
	for _, o := range operations {
		for i := range o.parameters {
			if p := &o.parameters[i]; p.isID {
				ids[p.In+" "+p.Name] = p
			}
		}
	}
	if ids["path task_id"] == nil || ids["query project_id"] == nil || ids["query q"] != nil || ids["query status"] != nil {
		t.Errorf("taken for ids are %v", ids)
	}
	for _, text := range []string{
		"0197f3a0-7c1e-7d2a-9b3c-0123456789ab", "0197F3A0-7C1E-7D2A-9B3C-0123456789AB", "0197f3a0-7c1e-7d2a-9b3c-0123456789a", "0197f3a0-7c1e-7d2a-9b3c-0123456789abc",
		"0197f3a07c1e7d2a9b3c0123456789ab", "{197f3a0-7c1e-7d2a-9b3c-0123456789a}", "urn:uuid:0197f3a0-7c1e-7d2a-9b3c-0123456789ab", "0197f3a0-7c1e-7d2a-9b3c-0123456789ag",
		"0197f3a0-7c1e-7d2a-9b3c-0123456789a,", "", " ",
	} {
		for name, p := range ids {
			err := openapi3filter.ValidateParameter(t.Context(), &openapi3filter.RequestValidationInput{
				Request: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody), PathParams: map[string]string{p.Name: text},
				QueryParams: url.Values{p.Name: {text}}, Route: operations["getTask"].route, Options: parameterOptions,
			}, p.Parameter)
			if isUUID(text) && err != nil || !isUUID(text) && err == nil {
				t.Errorf("%s: %q is taken for an id: %t; the validator says %v", name, text, isUUID(text), err)
			}
		}
	}
}

// A value is remembered for its own parameter, and never for more room than there is.
func TestAcceptedValuesAreFew(t *testing.T) {
	t.Parallel()
	a := &accepted{}
	for i := range 10 * mostAccepted {
		a.add([]string{strings.Repeat("x", i)})
		if len(a.values) > mostAccepted {
			t.Fatalf("%d values are kept", len(a.values))
		}
	}
	a.add([]string{"todo", "done"})
	a.add(nil)
	if a.has("todo") || a.has("") || a.has(strings.Repeat("x", longestAccepted+1)) || !a.has(strings.Repeat("x", longestAccepted)) {
		t.Errorf("kept are %v", a.values)
	}
}

// The validator gets what the standard decoder would have given it.
func TestABodyIsDecodedAsTheStandardDecoderDoes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"a":1,"b":[true,false,null,"é\n\u0041",-1.50e3],"c":{"d":{}},"e":[]}`, `[]`, `"text"`, `12345678901234567890`, `null`, ` {"a" : "\\u0000"} `,
	} {
		got, err := decodeJSON([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		var want any
		decoder := json.NewDecoder(bytes.NewReader([]byte(body)))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

const exampleTask = `{"project_id":"0197f3a0-7c1e-7d2a-9b3c-0123456789ab","title":"Print the poster","description":"A1, on the heavy paper.",` +
	`"priority":"high","estimate_minutes":90,"due_date":"2030-03-01","tags":["print","poster"]}`

func BenchmarkDecodeBody(b *testing.B) {
	body := []byte(exampleTask)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := decodeJSON(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidate is the validator's part of a request.
func BenchmarkValidate(b *testing.B) {
	operations, err := loadContract(nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, query := range map[string]string{
		"List":       "?project_id=0197f3a0-7c1e-7d2a-9b3c-0123456789ab&status=in_progress&sort=-priority,due_date&page_size=50",
		"ListByWord": "?q=homepage&status=todo&status=in_progress",
	} {
		b.Run(name, func(b *testing.B) {
			c := echo.New().NewContext(httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/tasks"+query, http.NoBody), nil)
			c.QueryParams()
			b.ReportAllocs()
			for b.Loop() {
				if err := operations["listTasks"].validateParameters(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("CreateBody", func(b *testing.B) {
		value, err := decodeJSON([]byte(exampleTask))
		if err != nil {
			b.Fatal(err)
		}
		body := &memoryBody{value: value, isRead: true}
		b.ReportAllocs()
		for b.Loop() {
			if err := operations["createTask"].validateBody(body); err != nil {
				b.Fatal(err)
			}
		}
	})
}
