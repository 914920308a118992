//go:build race

package cost_test

// raceDetector tells that the race detector is on, which allocates too.
const raceDetector = true
