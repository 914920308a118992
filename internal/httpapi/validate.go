package httpapi

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// maxQuery is how many bytes a query has at most; two hundred ids, percent-encoded
// and each with its name, come to half of it.
const maxQuery = 16 << 10

// limitQuery refuses what the validator lets through in a query: a parameter
// that the operation does not have, one value too many, text that PostgreSQL
// cannot take.
func limitQuery(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		sent := c.Request().URL.RawQuery
		if sent == "" {
			return next(c)
		}
		if len(sent) > maxQuery {
			return apperr.New(apperr.MalformedRequest, "The query string is longer than the %d bytes that are read.", maxQuery)
		}
		if !isWellFormed(sent) {
			return apperr.New(apperr.MalformedRequest, "The query string is not well-formed: percent-encode %%, & and ; in values.")
		}
		s := scopeOf(c.Request().Context())
		s.query = c.QueryParams()
		var wrong []apperr.Field
		for name, values := range s.query {
			if mistake := checkQueryParameter(s.operation, name, values); mistake != nil {
				wrong = append(wrong, *mistake)
			}
		}
		if len(wrong) > 0 {
			sortFields(wrong)
			return apperr.Invalid(wrong...)
		}
		return next(c)
	}
}

// isWellFormed tells whether [url.ParseQuery] finds nothing wrong with a query.
// Echo parses it once for all who look at it, and does not say what it found.
func isWellFormed(query string) bool {
	for i := 0; i < len(query); i++ {
		switch query[i] {
		case ';':
			return false
		case '%':
			if i+2 >= len(query) || !isHex(query[i+1]) || !isHex(query[i+2]) {
				return false
			}
			i += 2
		}
	}
	return true
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

func checkQueryParameter(o *operation, name string, values []string) *apperr.Field {
	parameter, ok := o.query[name]
	if !ok {
		var known []string
		for name := range o.query {
			known = append(known, name)
		}
		slices.Sort(known)
		detail := "This operation takes no query parameters."
		if len(known) > 0 {
			detail = "There is no such parameter; there are " + strings.Join(known, ", ") + "."
		}
		return &apperr.Field{Pointer: queryPointer(name), Code: "unknown", Detail: detail}
	}
	if len(values) > 1 {
		isArray := parameter.Schema.Value.Type.Is(openapi3.TypeArray)
		if isArray && parameter.Explode != nil && !*parameter.Explode {
			return &apperr.Field{Pointer: queryPointer(name), Code: "repeated", Detail: "Send this parameter once, with its values separated by commas."}
		}
		if !isArray {
			return &apperr.Field{Pointer: queryPointer(name), Code: "repeated", Detail: "Send this parameter once."}
		}
	}
	for _, value := range values {
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return &apperr.Field{Pointer: queryPointer(name), Code: "not_text", Detail: "Send UTF-8 text without the character U+0000."}
		}
	}
	return nil
}

// queryPointer is where a mistake in a query stands.
func queryPointer(name string) string { return "query:" + strings.ToValidUTF8(name, "\uFFFD") }

// mostMistakes bounds how many are told of; nobody mends more in one go, and
// each is longer than what it takes to make it.
const mostMistakes = 1000

// validate holds path, query, headers and body against the contract and
// reports everything that is wrong at once.
func validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		o := operationOf(c)
		inParameters := o.validateParameters(c)
		inBody := o.validateBody(&scopeOf(c.Request().Context()).body)
		if inParameters == nil && inBody == nil {
			return next(c)
		}
		var wrong []apperr.Field
		gather(inParameters, "", &wrong)
		gather(inBody, "", &wrong)
		if len(wrong) == 0 {
			// A kind of error that gather does not know; the request is no better for it.
			wrong = append(wrong, apperr.Field{Code: "invalid", Detail: "The request does not conform to the contract at /openapi.json."})
		}
		sortFields(wrong)
		wrong = withoutEchoes(slices.Compact(wrong))
		return apperr.Invalid(wrong[:min(len(wrong), mostMistakes)]...)
	}
}

// bodyOptions are how the validator looks at a body.
var bodyOptions = []openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors(), openapi3.SetSchemaRegexCompiler(compilePattern)}

// validateBody has the validator look at the value that [readBody] has read. The
// lines of a file are held against their schema one by one.
func (o *operation) validateBody(body *memoryBody) error {
	if o.bodySchema == nil || !body.isRead {
		return nil
	}
	return o.bodySchema.VisitJSON(body.value, bodyOptions...)
}

func sortFields(fields []apperr.Field) {
	slices.SortFunc(fields, func(a, b apperr.Field) int {
		if a.Pointer != b.Pointer {
			return strings.Compare(a.Pointer, b.Pointer)
		}
		return strings.Compare(a.Code, b.Code)
	})
}

// withoutEchoes leaves out that a value has not its format where its pattern
// says so already: that is one mistake, and the pattern tells it more closely.
func withoutEchoes(fields []apperr.Field) []apperr.Field {
	told := map[string]bool{}
	for _, f := range fields {
		if f.Code == "pattern" || f.Code == "blank" {
			told[f.Pointer] = true
		}
	}
	return slices.DeleteFunc(fields, func(f apperr.Field) bool { return f.Code == "format" && told[f.Pointer] })
}

// gather walks the validator's tree of errors, if there is one, down to the
// single mistakes. place is the parameter they are in, "" for the body.
func gather(err error, place string, wrong *[]apperr.Field) {
	switch e := err.(type) { //nolint:errorlint // The tree is walked level by level.
	case openapi3.MultiError:
		for _, inner := range e {
			gather(inner, place, wrong)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			place = e.Parameter.In + ":" + e.Parameter.Name
		}
		if e.Err == nil || errors.Is(e.Err, openapi3filter.ErrInvalidRequired) || errors.Is(e.Err, openapi3filter.ErrInvalidEmptyValue) {
			*wrong = append(*wrong, apperr.Field{Pointer: place, Code: "required", Detail: "This is required and must not be empty."})
			return
		}
		gather(e.Err, place, wrong)
	case *openapi3filter.ParseError:
		*wrong = append(*wrong, apperr.Field{Pointer: place, Code: "type", Detail: expected(place, e)})
	case *openapi3.SchemaError:
		// allOf reports what is wrong within it as its origin.
		if e.SchemaField == "allOf" && e.Origin != nil {
			gather(e.Origin, place, wrong)
			return
		}
		*wrong = append(*wrong, schemaMistake(e, place))
	default:
		if inner := errors.Unwrap(err); inner != nil {
			gather(inner, place, wrong)
		}
	}
}

func expected(place string, e *openapi3filter.ParseError) string {
	if e.Reason == "" {
		return "The value of " + place + " is not of the right type."
	}
	return sentence(e.Reason)
}

// codes gives the broken keyword of the schema a name in our spelling.
var codes = map[string]string{
	"properties": "unknown", "required": "required", "type": "type", "nullable": "null",
	"enum": "enum", "format": "format", "pattern": "pattern",
	"minLength": "too_short", "maxLength": "too_long", "minimum": "too_small", "maximum": "too_large",
	"minItems": "too_few", "maxItems": "too_many", "uniqueItems": "repeated", "minProperties": "empty", "maxProperties": "too_many",
}

// unknownProperty finds the name in the validator's reason, which is the only
// place it gives it in.
var unknownProperty = regexp.MustCompile(`^property (".*") is unsupported$`)

func schemaMistake(e *openapi3.SchemaError, place string) apperr.Field {
	path := e.JSONPointer()
	field := apperr.Field{Code: codes[e.SchemaField], Detail: sentence(e.Reason)}
	switch e.SchemaField {
	case "properties":
		if m := unknownProperty.FindStringSubmatch(e.Reason); m != nil {
			if name, err := strconv.Unquote(m[1]); err == nil {
				path = append(path, name)
			}
		}
		field.Detail = "There is no such field here; remove it."
	case "required":
		field.Detail = "This field is required."
	case "nullable":
		field.Detail = "This cannot be null."
	case "enum":
		field.Detail = "Send one of " + join(e.Schema.Enum) + "."
	case "format":
		field.Detail = formatDetail(e.Schema.Format)
	case "pattern":
		field.Detail = "This must match " + e.Schema.Pattern + "."
		if e.Schema.Pattern == `\S` {
			field.Code, field.Detail = "blank", "This must not be blank."
		}
	case "minProperties":
		field.Detail = "Send at least one field to change."
	case "maxProperties":
		field.Detail = fmt.Sprintf("Send at most %d of the fields.", *e.Schema.MaxProps)
	case "":
		field.Code = "invalid"
	}
	field.Pointer = place
	if place == "" {
		field.Pointer = jsonPointer(path)
	}
	return field
}

func formatDetail(format string) string {
	switch format {
	case "uuid":
		return "Send a UUID, such as 0197f3a0-7c1e-7d2a-9b3c-0123456789ab."
	case "date":
		return "Send a date, such as 2026-03-31."
	case "date-time":
		return "Send a time as RFC 3339 has it, such as 2026-03-31T17:00:00Z."
	case "email":
		return "Send an e-mail address in ASCII, such as ana@example.com; a domain of other letters has a form in ASCII that begins with xn--."
	case "uri":
		return "Send a URI in ASCII, such as https://example.com/a%20path; other characters are percent-encoded, and a host of other letters begins with xn--."
	}
	return "This is no " + format + "."
}

func join(values []any) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = fmt.Sprint(value)
	}
	return strings.Join(texts, ", ")
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

func jsonPointer(segments []string) string {
	var pointer strings.Builder
	for _, segment := range segments {
		pointer.WriteString("/" + pointerEscaper.Replace(segment))
	}
	return pointer.String()
}

// sentence makes the validator's reason read like the rest of our messages.
func sentence(reason string) string {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return "The value is not acceptable."
	}
	return strings.ToUpper(reason[:1]) + strings.TrimSuffix(reason[1:], ".") + "."
}
