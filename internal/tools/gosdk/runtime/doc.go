// Package client is the Go SDK of Coordinator.
package client
