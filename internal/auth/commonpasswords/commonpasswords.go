// Package commonpasswords knows the passwords that are tried first: the most
// frequent ones of published leaks; see README.md for where they come from.
package commonpasswords

import (
	_ "embed"
	"sort"
	"strings"
)

// list is sorted bytewise and has a line feed behind each line, so that it can
// be searched as it lies in the program, without anything being made of it.
//
//go:embed list.txt
var list string

// Has tells whether the password, in lower case, is one of them.
func Has(password string) bool {
	if password == "" || strings.Contains(password, "\n") {
		return false
	}
	// The search is over bytes: lineAt is the line that a byte belongs to.
	at := sort.Search(len(list), func(i int) bool { return lineAt(i) >= password })
	return at < len(list) && lineAt(at) == password
}

func lineAt(i int) string {
	begin := strings.LastIndexByte(list[:i], '\n') + 1
	end := i + strings.IndexByte(list[i:], '\n')
	return list[begin:end]
}
