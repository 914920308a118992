package httpapi

import (
	"regexp"
	"strings"
)

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
