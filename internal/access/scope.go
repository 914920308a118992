package access

import (
	"net/http"
	"strings"
)

// Scopes are what an API key may be used for, "projects:read tasks:write", as
// RFC 6749 writes them: in one text, so that an [Actor] can be compared.
type Scopes string

// NewScopes returns the scopes as one.
func NewScopes(scopes []string) Scopes { return Scopes(strings.Join(scopes, " ")) }

// Has tells whether the scope is one of them.
func (s Scopes) Has(scope string) bool {
	for own := range strings.FieldsSeq(string(s)) {
		if own == scope {
			return true
		}
	}
	return false
}

// ScopeOf returns the scope that an API key needs for an operation: that of the
// resource, which is the operation's tag, to read or to write.
func ScopeOf(tag, method string) string {
	if method == http.MethodGet || method == http.MethodHead {
		return tag + ":read"
	}
	return tag + ":write"
}
