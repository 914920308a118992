package server

import (
	"encoding"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/oapi-codegen/runtime"
)

// bindQuery is [runtime.BindQueryParameterWithOptions] without its reflection where a parameter is not
// sent, as most are not, and where it is of a usual type. What is wrong with a value is for the library
// to say.
func bindQuery[T any](style string, explode, required bool, name string, query url.Values, destination *T, options runtime.BindQueryParameterOptions) error {
	values := query[name]
	if len(values) == 0 && !required && isOneOfItsName(options.Type) || explode && bindUsual(values, destination) {
		return nil
	}
	// A copy, so that only what the library is asked about is made outside the stack.
	bound := *destination
	if style == "form" && len(values) > 0 && bindWords(values, explode, &bound) {
		*destination = bound

		return nil
	}
	err := runtime.BindQueryParameterWithOptions(style, explode, required, name, query, &bound, options)
	*destination = bound

	return err
}

// bindPath is [runtime.BindStyledParameterWithOptions] without its reflection where a parameter is an id.
func bindPath[T any](style, name, value string, destination *T, options runtime.BindStyledParameterOptions) error {
	if id, ok := any(destination).(*uuid.UUID); ok {
		if parsed, err := uuid.Parse(value); err == nil {
			*id = parsed

			return nil
		}
	}
	bound := *destination
	err := runtime.BindStyledParameterWithOptions(style, name, value, &bound, options)
	*destination = bound

	return err
}

// A type of either kind has a way of its own of being read.
var (
	readsText = reflect.TypeFor[encoding.TextUnmarshaler]()
	binds     = reflect.TypeFor[runtime.Binder]()
)

// bindWords binds a list of words, of which each is a value, or all stand in one with commas between them.
func bindWords(values []string, explode bool, destination any) bool {
	list := reflect.ValueOf(destination).Elem()
	if list.Kind() != reflect.Slice || list.Type().Elem().Kind() != reflect.String || !explode && len(values) > 1 {
		return false
	}
	if word := reflect.PointerTo(list.Type().Elem()); word.Implements(readsText) || word.Implements(binds) {
		return false
	}
	count := len(values)
	if !explode {
		count = strings.Count(values[0], ",") + 1
	}
	list.SetZero()
	list.Grow(count)
	list.SetLen(count)
	if explode {
		for i, value := range values {
			list.Index(i).SetString(value)
		}

		return true
	}
	rest := values[0]
	for i := range count {
		var word string
		word, rest, _ = strings.Cut(rest, ",")
		list.Index(i).SetString(word)
	}

	return true
}

// isOneOfItsName tells that a parameter of the type stands in the query under its own name; the fields of
// an object stand there under theirs.
func isOneOfItsName(schemaType string) bool {
	switch schemaType {
	case "string", "integer", "number", "boolean", "array":
		return true
	default:
		return false
	}
}

// bindUsual binds ids, and a single value of another usual type; false where it does not.
func bindUsual(values []string, destination any) bool {
	if ids, ok := destination.(*[]uuid.UUID); ok {
		return bindIDs(values, ids)
	}
	if len(values) != 1 {
		return false
	}
	switch to := destination.(type) {
	case *string:
		*to = values[0]
	case **string:
		*to = &values[0]
	case **int:
		n, err := strconv.Atoi(values[0])
		if err != nil {
			return false
		}
		*to = &n
	default:
		return false
	}

	return true
}

func bindIDs(values []string, destination *[]uuid.UUID) bool {
	ids := make([]uuid.UUID, len(values))
	for i, value := range values {
		id, err := uuid.Parse(value)
		if err != nil {
			return false
		}
		ids[i] = id
	}
	*destination = ids

	return len(values) > 0
}
