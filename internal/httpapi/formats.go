package httpapi

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The formats of the contract are given their meaning, in requests and in answers
// alike. What the validator knows of them by itself is a first look. It keeps them
// in a map of the whole process without a lock, so that they are written there
// before anybody can validate.
func init() { //nolint:gochecknoinits // See above: at any later time somebody may be reading the map.
	openapi3.DefineStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(uuidFormat))
	for name, holds := range map[string]func(string) bool{"email": IsEmail, "uri": isURI} {
		openapi3.DefineStringFormatValidator(name, openapi3.NewCallbackValidator(func(text string) error {
			if !holds(text) {
				return errors.New("this is no " + name)
			}
			return nil
		}))
	}
}

// uuidFormat is RFC 9562's, which unlike that of RFC 4122 includes version 7.
const uuidFormat = `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`

// atom is what RFC 5322 makes the part before the @ of, dots aside.
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"

// label is a part of a name in the DNS; one of another script stands there as xn--….
const label = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`

// emailFormat is an address as mail servers of all ages take it: RFC 5321's
// Mailbox, without the quoted form and addresses of machines, which nobody has.
const emailFormat = `^(?:` + atom + `)(?:\.` + atom + `)*@(?:` + label + `\.)+` + label + `$`

var email = regexp.MustCompile(emailFormat)

// longestLocal is how long the part before the @ is at most (RFC 5321, 4.5.3.1.1).
const longestLocal = 64

// IsEmail tells whether a text is an address that the contract takes where its
// format is email.
func IsEmail(text string) bool {
	return email.MatchString(text) && strings.IndexByte(text, '@') <= longestLocal
}

// The parts of a URI, as appendix A of RFC 3986 has them.
const (
	pct       = `%[0-9A-Fa-f]{2}`
	plain     = `[A-Za-z0-9._~!$&'()*+,;=-]|` + pct
	pchar     = `(?:[:@]|` + plain + `)`
	authority = `(?:(?::|` + plain + `)*@)?(?:\[([0-9A-Fa-f:.]+)\]|(?:` + plain + `)*)(?::[0-9]*)?`
)

var uri = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:(?://` + authority + `(?:/` + pchar + `*)*|` +
	`/?` + pchar + `+(?:/` + pchar + `*)*|/?)(?:\?(?:[/?]|` + pchar + `)*)?(?:#(?:[/?]|` + pchar + `)*)?$`)

// isURI tells whether a text is a URI of RFC 3986, which is in ASCII.
func isURI(text string) bool {
	parts := uri.FindStringSubmatch(text)
	if parts == nil {
		return false
	}
	if parts[1] == "" {
		return true
	}
	address, err := netip.ParseAddr(parts[1])
	return err == nil && address.Is6()
}
