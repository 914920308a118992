package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/labstack/echo/v4"
)

// parameter is one of an operation, with what spares the validator work: it is
// not asked about what is not there, nor twice about the same.
type parameter struct {
	*openapi3.Parameter
	// header is the name as it stands in a header's map.
	header string
	// isID tells that a value is valid exactly where it is a UUID: nothing else
	// is said of it.
	isID     bool
	accepted *accepted
}

// parametersOf are those of an operation and of its path, as the validator takes them.
func parametersOf(item *openapi3.PathItem, op *openapi3.Operation) []parameter {
	var found []parameter
	for _, p := range item.Parameters {
		if op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			found = append(found, newParameter(p.Value))
		}
	}
	for _, p := range op.Parameters {
		found = append(found, newParameter(p.Value))
	}
	return found
}

func newParameter(p *openapi3.Parameter) parameter {
	return parameter{Parameter: p, header: http.CanonicalHeaderKey(p.Name), isID: isIDAlone(p), accepted: &accepted{}}
}

func isIDAlone(p *openapi3.Parameter) bool {
	if p.Schema == nil {
		return false
	}
	schema := p.Schema.Value
	if schema.Type.Is(openapi3.TypeArray) && schema.MinItems <= 1 && (schema.MaxItems == nil || *schema.MaxItems >= 1) && schema.Items != nil && !hasMore(schema) {
		schema = schema.Items.Value
	}
	return schema.Type.Is(openapi3.TypeString) && schema.Format == "uuid" && schema.MinLength == 0 && schema.MaxLength == nil && schema.Pattern == "" && !hasMore(schema)
}

// hasMore tells that a schema says more of a value than its type does.
func hasMore(schema *openapi3.Schema) bool {
	return len(schema.Enum)+len(schema.AllOf)+len(schema.AnyOf)+len(schema.OneOf) > 0 || schema.Not != nil
}

// validateParameters has the validator look at the parameters that are sent or missing.
func (o *operation) validateParameters(c echo.Context) error {
	var wrong openapi3.MultiError
	var input *openapi3filter.RequestValidationInput
	var query url.Values
	if len(o.query) > 0 && c.Request().URL.RawQuery != "" {
		query = c.QueryParams()
	}
	for i := range o.parameters {
		p := &o.parameters[i]
		values, isKnown := p.sent(c, query)
		if isKnown && (values == nil && !p.Required || p.isValid(values)) {
			continue
		}
		if input == nil {
			input = o.validationInput(c, query)
		}
		if err := openapi3filter.ValidateParameter(c.Request().Context(), input, p.Parameter); err != nil {
			wrong = append(wrong, err)
			continue
		}
		p.accepted.add(values)
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// sent returns the values that were sent, nil for none. It knows of those in the
// path, the query and the headers, which are all that the contract has.
func (p *parameter) sent(c echo.Context, query url.Values) (values []string, isKnown bool) {
	switch p.In {
	case openapi3.ParameterInPath:
		// Those in the path are always there.
		if i := slices.Index(c.ParamNames(), p.Name); i >= 0 {
			return c.ParamValues()[i : i+1], true
		}
		return nil, false
	case openapi3.ParameterInQuery:
		return query[p.Name], true
	case openapi3.ParameterInHeader:
		return c.Request().Header[p.header], true
	default:
		return nil, false
	}
}

// isValid tells that the values are valid. Where it does not know, the validator does.
func (p *parameter) isValid(values []string) bool {
	if len(values) != 1 {
		return false
	}
	return p.isID && isUUID(values[0]) || p.accepted.has(values[0])
}

// isUUID tells whether a text has the format "uuid", as uuidFormat has it.
func isUUID(text string) bool {
	const length = 36
	if len(text) != length {
		return false
	}
	for i := range length {
		b := text[i]
		switch i {
		case 8, 13, 18, 23:
			if b != '-' {
				return false
			}
		default:
			if (b < '0' || b > '9') && (b < 'a' || b > 'f') && (b < 'A' || b > 'F') {
				return false
			}
		}
	}
	return true
}

func (o *operation) validationInput(c echo.Context, query url.Values) *openapi3filter.RequestValidationInput {
	params := make(map[string]string, len(c.ParamNames()))
	for i, name := range c.ParamNames() {
		params[name] = c.ParamValues()[i]
	}
	if query == nil {
		query = url.Values{}
	}
	return &openapi3filter.RequestValidationInput{
		Request: c.Request(), PathParams: params, QueryParams: query, Route: o.route, Options: parameterOptions,
	}
}

var parameterOptions = &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, RegexCompiler: compilePattern}

// accepted are values of a parameter that the validator has found nothing wrong
// with, which it would find again: orders, statuses, sizes of pages. They are
// few, and where they are many, they are forgotten when there is no more room.
type accepted struct {
	mu     sync.RWMutex
	values map[string]struct{}
}

const (
	mostAccepted    = 64
	longestAccepted = 64
)

func (a *accepted) has(value string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	_, ok := a.values[value]
	return ok
}

func (a *accepted) add(values []string) {
	if len(values) != 1 || len(values[0]) > longestAccepted {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.values == nil || len(a.values) >= mostAccepted {
		a.values = make(map[string]struct{})
	}
	// A part of the query would keep all of it.
	a.values[strings.Clone(values[0])] = struct{}{}
}
