package webhook

import (
	"slices"
	"strings"
)

// matches tells whether an endpoint with the patterns gets what was done:
// "task.updated" by its name, by "task.*", or by "*".
func matches(patterns []string, action string) bool {
	entity, _, _ := strings.Cut(action, ".")
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return pattern == "*" || pattern == action || pattern == entity+".*"
	})
}
