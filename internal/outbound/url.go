package outbound

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// maxURL is the most bytes of an address that is taken.
const maxURL = 2048

// RefusedError tells why an address is not called. Its message can be shown to
// whoever gave the address: it says nothing of what is there.
type RefusedError struct {
	// Reason is a sentence that says what is wrong.
	Reason string
	cause  error
}

// Error implements error.
func (e *RefusedError) Error() string { return e.Reason }

// Unwrap returns what was refused, for the log.
func (e *RefusedError) Unwrap() error { return e.cause }

func refused(format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...)}
}

// CheckURL tells whether an address that somebody gives can be called at all,
// for when it is stored. It returns the parsed address or a [*RefusedError]. A
// name may come to lead elsewhere, so that each call is checked again.
func (c *Client) CheckURL(text string) (*url.URL, error) {
	if len(text) > maxURL {
		return nil, refused("The URL is longer than %d bytes.", maxURL)
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return nil, refused("This is no URL; send one such as https://example.com/hook.")
	}
	return parsed, c.checkURL(parsed)
}

func (c *Client) checkURL(u *url.URL) error {
	host := u.Hostname()
	isLoopback := c.options.AllowLoopback && isLoopbackHost(host)
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !c.options.AllowHTTP && !isLoopback):
		return refused("The URL has to begin with https://.")
	case u.User != nil:
		return refused("The URL must not contain a user name or a password.")
	case u.Opaque != "" || host == "":
		return refused("The URL names no host.")
	case strings.HasPrefix(u.Host, "[") != strings.Contains(host, ":") || strings.Contains(host, "%"):
		return refused("The URL's host is neither a name nor an address.")
	}
	if isLoopback {
		return nil
	}
	if port := u.Port(); port != "" && port != defaultPort(u.Scheme) || strings.HasSuffix(u.Host, ":") {
		return refused("The URL must not name a port other than %s's own, %s.", u.Scheme, defaultPort(u.Scheme))
	}
	return c.checkHost(host)
}

// checkHost refuses addresses that are not public, and names that cannot be
// public or that some resolver would read as an address.
func (c *Client) checkHost(host string) error {
	if address, err := netip.ParseAddr(host); err == nil {
		if err := c.guardian.SafeAddr(address); err != nil {
			return &RefusedError{Reason: "The URL's address is in a network that is not public.", cause: err}
		}
		return nil
	}
	name := strings.TrimSuffix(host, ".")
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return refused("The URL's host is neither a name nor an address.")
		}
	}
	last := labels[len(labels)-1]
	switch {
	// No top-level domain is a number: 2130706433, 0x7f.1 and 127.1 are
	// addresses to those who read them as inet_aton does.
	case isNumber(last):
		return refused("The URL's address has to be written in its usual form.")
	case len(labels) == 1:
		return refused("The URL's host has to be a full name, such as example.com.")
	}
	return nil
}

func isLabel(label string) bool {
	if label == "" || len(label) > 63 {
		return false
	}
	for _, r := range []byte(label) {
		isWord := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !isWord && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// isNumber tells whether a label is a decimal, octal or hexadecimal number.
func isNumber(label string) bool {
	lower := strings.ToLower(label)
	if rest, ok := strings.CutPrefix(lower, "0x"); ok {
		return strings.Trim(rest, "0123456789abcdef") == ""
	}
	return strings.Trim(lower, "0123456789") == ""
}

func isLoopbackHost(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return strconv.Itoa(80)
	}
	return strconv.Itoa(443)
}
