package dbx

import "strings"

var patternEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Containing returns the ILIKE pattern that matches whatever contains the
// text, nil for nil. The text's own wildcards stand for themselves.
func Containing(text *string) *string {
	if text == nil {
		return nil
	}
	pattern := "%" + patternEscaper.Replace(*text) + "%"
	return &pattern
}
