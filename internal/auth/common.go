package auth

import (
	_ "embed"
	"sort"
	"strings"
)

// commonPasswords are those that are tried first: the most frequent ones of
// published leaks; commonpasswords/README.md tells where they come from. They
// are sorted bytewise, each with a line feed behind it, so that they can be
// searched as they lie in the program, without anything being made of them.
//
//go:embed commonpasswords/list.txt
var commonPasswords string

// isListed tells whether the password, in lower case, is one of them.
func isListed(password string) bool {
	if password == "" || strings.Contains(password, "\n") {
		return false
	}
	// The search is over bytes: commonAt is the line that a byte belongs to.
	at := sort.Search(len(commonPasswords), func(i int) bool { return commonAt(i) >= password })
	return at < len(commonPasswords) && commonAt(at) == password
}

func commonAt(i int) string {
	begin := strings.LastIndexByte(commonPasswords[:i], '\n') + 1
	end := i + strings.IndexByte(commonPasswords[i:], '\n')
	return commonPasswords[begin:end]
}
