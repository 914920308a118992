// Package chaos says how large the tests are that break things: kills, cuts and
// crowds. Every run of the tests does a little of each; `make chaos` does as
// much as is promised.
package chaos

import "os"

// Full tells whether the tests run in full, as COORDINATOR_CHAOS asks for.
func Full() bool { return os.Getenv("COORDINATOR_CHAOS") != "" }

// Size is the small size of something, or the full one.
func Size[T any](small, full T) T {
	if Full() {
		return full
	}
	return small
}
