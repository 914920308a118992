package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

const (
	headerDeprecation = "Deprecation"
	headerSunset      = "Sunset"
	headerLink        = "Link"
	// deprecationLink leads to what deprecated means here, and what to do about it.
	deprecationLink = `</docs/guides/upgrading#deprecations>; rel="deprecation"; type="text/html"`
)

// deprecation says since when something is deprecated, and until when it works.
type deprecation struct{ on, sunset time.Time }

// deprecationOf reads the dates that stand beside `deprecated: true`; nil where
// it does not. That they are there, and six months apart at least, is a rule of
// the contract's lint.
func deprecationOf(deprecated bool, extensions map[string]any) (*deprecation, error) {
	if !deprecated {
		return nil, nil
	}
	date := func(name string) (time.Time, error) {
		text, _ := extensions[name].(string)
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return time.Time{}, fmt.Errorf("%s of what is deprecated has to be a date: %w", name, err)
		}
		return at, nil
	}
	on, onErr := date("x-deprecated-on")
	sunset, sunsetErr := date("x-sunset")
	if err := errors.Join(onErr, sunsetErr); err != nil {
		return nil, err
	}
	return &deprecation{on, sunset}, nil
}

// readDeprecations notes what of the operation is deprecated.
func (o *operation) readDeprecations(parameters openapi3.Parameters) error {
	var err error
	if o.deprecated, err = deprecationOf(o.route.Operation.Deprecated, o.route.Operation.Extensions); err != nil {
		return fmt.Errorf("operation %s: %w", o.id, err)
	}
	for _, p := range parameters {
		found, err := deprecationOf(p.Value.Deprecated, p.Value.Extensions)
		if err != nil {
			return fmt.Errorf("parameter %s of operation %s: %w", p.Value.Name, o.id, err)
		}
		if found != nil {
			o.deprecatedParameters = append(o.deprecatedParameters, deprecatedParameter{p.Value.In, p.Value.Name, found})
		}
	}
	return nil
}

type deprecatedParameter struct {
	in, name string
	*deprecation
}

func (p deprecatedParameter) sentWith(r *http.Request) bool {
	switch p.in {
	case openapi3.ParameterInQuery:
		return r.URL.Query().Has(p.name)
	case openapi3.ParameterInHeader:
		return r.Header.Get(p.name) != ""
	default:
		return false
	}
}

// deprecations are those that a request makes use of.
func (o *operation) deprecations(r *http.Request) []*deprecation {
	var found []*deprecation
	if o.deprecated != nil {
		found = append(found, o.deprecated)
	}
	for _, p := range o.deprecatedParameters {
		if p.sentWith(r) {
			found = append(found, p.deprecation)
		}
	}
	return found
}

// announce tells whoever calls what is deprecated, by an operation or by a
// parameter that is sent, since when that is so (RFC 9745) and until when it
// works (RFC 8594), on every answer, errors too. Of several it tells the first
// to end, because that is the one to act on.
func announce(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		found := operationOf(c).deprecations(c.Request())
		if len(found) == 0 {
			return next(c)
		}
		first := slices.MinFunc(found, func(a, b *deprecation) int { return a.sunset.Compare(b.sunset) })
		// Last of all, since a list sets Link, and a repeated answer has its headers already.
		c.Response().Before(func() {
			header := c.Response().Header()
			header.Set(headerDeprecation, "@"+strconv.FormatInt(first.on.Unix(), 10))
			header.Set(headerSunset, first.sunset.Format(http.TimeFormat))
			if !slices.Contains(header.Values(headerLink), deprecationLink) {
				header.Add(headerLink, deprecationLink)
			}
		})
		return next(c)
	}
}
