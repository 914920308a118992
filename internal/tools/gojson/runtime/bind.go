package server

import (
	"net/url"
	"strconv"

	"github.com/google/uuid"
	"github.com/oapi-codegen/runtime"
)

// bindQuery is [runtime.BindQueryParameterWithOptions] without its reflection where a parameter is not
// sent, as most are not, and where it is of a usual type. What is wrong with a value is for the library
// to say.
func bindQuery(style string, explode, required bool, name string, query url.Values, destination any, options runtime.BindQueryParameterOptions) error {
	values := query[name]
	if len(values) == 0 && !required && isOneOfItsName(options.Type) || explode && bindUsual(values, destination) {
		return nil
	}

	return runtime.BindQueryParameterWithOptions(style, explode, required, name, query, destination, options)
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
