package httpapi

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// space are the characters that ECMA 262, whose patterns a contract has, counts
// as space, and U+0085, which strings.TrimSpace takes off as well. Go's \s knows
// ASCII alone, and so would let through what is nothing once it is trimmed.
const space = `\s\v\x{85}\x{feff}\p{Z}`

// compilePattern reads a pattern of the contract, where \s and \S mean space of
// any kind.
func compilePattern(pattern string) (openapi3.RegexMatcher, error) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '[':
			inClass = true
		case ']':
			inClass = false
		case '\\':
			if i++; i == len(pattern) {
				return nil, fmt.Errorf("the pattern %q ends within an escape", pattern)
			}
			switch {
			case pattern[i] == 's' && inClass:
				b.WriteString(space)
			case pattern[i] == 's':
				b.WriteString("[" + space + "]")
			case pattern[i] == 'S' && !inClass:
				b.WriteString("[^" + space + "]")
			case pattern[i] == 'S':
				return nil, fmt.Errorf(`the pattern %q has \S within brackets, which is not supported`, pattern)
			default:
				b.WriteString(pattern[i-1 : i+1])
			}
			continue
		}
		b.WriteByte(pattern[i])
	}
	compiled, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("reading the pattern %q: %w", pattern, err)
	}
	return compiled, nil
}
