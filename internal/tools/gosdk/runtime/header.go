package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// setHeader sets a header, unless it is one that cannot be sent, which would
// otherwise come out as a request that is never answered.
func setHeader(header http.Header, name, value string) error {
	isForbidden := func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c) }
	if name == "" || strings.ContainsFunc(name, isForbidden) {
		return fmt.Errorf("%q cannot be the name of a header", name)
	}
	if strings.ContainsFunc(value, func(c rune) bool { return (c < ' ' && c != '\t') || c == 0x7f }) {
		return fmt.Errorf("the header %s has a line break or another control character in it; leave it out", name)
	}
	header.Set(name, value)
	return nil
}

// checkToken tells what is wrong with an access token or API key, most of which
// are a line break that a file or a shell has added.
func checkToken(token string) error {
	if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return errors.New("the token has a space or a line break in it; strings.TrimSpace takes it off")
	}
	return nil
}
