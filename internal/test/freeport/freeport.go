// Package freeport finds a port for a server that has to be told its own.
package freeport

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
)

// The ports that Linux, Windows and macOS give to whoever asks for any begin
// above these: between finding one and listening on it, no other connection of
// this machine can be given it, as one found with port 0 could.
const (
	first = 12_000
	after = 32_000
	tries = 100
)

// Find returns a TCP port of 127.0.0.1 on which nothing listens. It fails if a
// hundred taken at random are in use.
func Find(ctx context.Context) (int, error) {
	var last error

	for range tries {
		port := first + rand.IntN(after-first)

		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			last = err

			continue
		}

		return port, listener.Close()
	}

	return 0, fmt.Errorf("no free port in %d tries: %w", tries, last)
}
