package proxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
)

// connectionKey is where a request's context holds its connection.
type connectionKey struct{}

// connections are those of the clients.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
}

func newConnections() *connections { return &connections{open: map[net.Conn]bool{}} }

// follow is called by the server whenever a connection changes its state.
func (c *connections) follow(connection net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.open[connection] = true
	case http.StateClosed, http.StateHijacked:
		delete(c.open, connection)
	case http.StateActive, http.StateIdle:
	}
}

// cut resets all connections but one, and returns how many.
func (c *connections) cut(spared net.Conn) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	count := 0
	for connection := range c.open {
		if connection != spared {
			reset(connection)
			count++
		}
	}
	return count
}

// reset closes a connection as a router does that has forgotten it: what the
// client has not read yet is lost.
func reset(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// answers are those under way.
type answers struct {
	mu   sync.Mutex
	open map[*body]bool
}

func newAnswers() *answers { return &answers{open: map[*body]bool{}} }

// follow returns the body as one that can be stalled until the context ends.
func (a *answers) follow(ctx context.Context, from io.ReadCloser) io.ReadCloser {
	b := &body{ReadCloser: from, ctx: ctx, answers: a, stalled: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[b] = true
	return b
}

func (a *answers) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.open)
}

func (a *answers) stall() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	count := len(a.open)
	for b := range a.open {
		close(b.stalled)
		delete(a.open, b)
	}
	return count
}

// body is an answer's body that can be stalled.
type body struct {
	io.ReadCloser

	ctx     context.Context //nolint:containedctx // A reader is given none, and waits for as long as the request lasts.
	answers *answers
	stalled chan struct{}
}

// Read implements io.Reader. What arrives while the answer is stalled is lost.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	select {
	case <-b.stalled:
		<-b.ctx.Done()
		return 0, b.ctx.Err()
	default:
		return n, err
	}
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.answers.mu.Lock()
	delete(b.answers.open, b)
	b.answers.mu.Unlock()
	return b.ReadCloser.Close()
}
