package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

// shadow is a path of the contract that stands before a more general one, as
// /clients/export does before /clients/{client_id}, and does not take a method
// that the general one takes. Echo would take PUT /clients/export for the
// replacement of the client "export".
type shadow struct {
	// values are what the general path's parameters are in this one.
	values map[string]string
	// allow are the methods that it takes, as the header of that name has them.
	allow string
}

// shadowsOf returns the paths that stand before that of an operation without
// taking its method.
func shadowsOf(paths map[string]*openapi3.PathItem, general, method string) []shadow {
	var found []shadow
	for path, item := range paths {
		values := narrowed(general, path)
		if len(values) == 0 || item.GetOperation(method) != nil {
			continue
		}
		methods := []string{http.MethodOptions}
		for method := range item.Operations() {
			methods = append(methods, method)
		}
		slices.Sort(methods)
		found = append(found, shadow{values: values, allow: strings.Join(methods, ", ")})
	}
	return found
}

// narrowed returns what the parameters of a general path are in another one that
// every request for which is one for the general one too; nothing where it is no such path.
func narrowed(general, path string) map[string]string {
	of, in := strings.Split(general, "/"), strings.Split(path, "/")
	if len(of) != len(in) {
		return nil
	}
	values := map[string]string{}
	for i := range of {
		switch {
		case of[i] == in[i] || isParameter(of[i]) && isParameter(in[i]):
		case isParameter(of[i]):
			values[strings.Trim(of[i], "{}")] = in[i]
		default:
			return nil
		}
	}
	return values
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, "{") }

// refuseShadowed answers a request for a path that does not take its method as
// Echo answers one for a path that has none before it.
func (o *operation) refuseShadowed(c echo.Context) error {
	for _, s := range o.shadows {
		if s.covers(c) {
			c.Response().Header().Set(echo.HeaderAllow, s.allow)
			return echo.ErrMethodNotAllowed
		}
	}
	return nil
}

func (s shadow) covers(c echo.Context) bool {
	for name, value := range s.values {
		if c.Param(name) != value {
			return false
		}
	}
	return true
}
