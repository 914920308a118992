package dbtest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Wire counts what goes over connections to PostgreSQL; see [Counted].
type Wire struct {
	mu       sync.Mutex
	counted  Traffic
	talks    sync.WaitGroup
	listener net.Listener
}

// Traffic is what has gone over a wire.
type Traffic struct {
	// Statements are those that were run, the control of transactions among them.
	Statements int
	// Trips are how often something was sent after an answer, and so waited for it.
	Trips int
}

// Counted returns an address that leads to the database at url, and what counts
// the statements and the round trips of every connection that is made to it.
func Counted(t testing.TB, address string) (string, *Wire) {
	t.Helper()

	config, err := pgconn.ParseConfig(address)
	if err != nil {
		t.Fatalf("reading the database's address: %v", err)
	}

	w := &Wire{}
	if w.listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatalf("listening for connections to count: %v", err)
	}

	network, server := pgconn.NetworkAddress(config.Host, config.Port)

	w.talks.Go(func() { w.serve(network, server) })
	t.Cleanup(func() {
		_ = w.listener.Close()

		w.talks.Wait()
	})

	counted := url.URL{Scheme: "postgres", Host: w.listener.Addr().String(), Path: "/" + config.Database, RawQuery: "sslmode=disable"}
	counted.User = url.UserPassword(config.User, config.Password)

	return counted.String(), w
}

// During calls fn and returns what went over the wire meanwhile.
func (w *Wire) During(fn func()) Traffic {
	before := w.traffic()

	fn()

	after := w.traffic()

	return Traffic{Statements: after.Statements - before.Statements, Trips: after.Trips - before.Trips}
}

func (w *Wire) traffic() Traffic {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.counted
}

func (w *Wire) serve(network, address string) {
	for {
		caller, err := w.listener.Accept()
		if err != nil {
			return
		}

		w.talks.Go(func() {
			defer caller.Close()

			server, err := new(net.Dialer).DialContext(context.Background(), network, address)
			if err != nil {
				return
			}

			defer server.Close()

			w.relay(caller, server)
		})
	}
}

// talk is one connection.
type talk struct {
	mu sync.Mutex
	// answered tells that the server has spoken since the caller did.
	answered bool
}

// turn notes who speaks, and tells whether the caller does after the server.
func (t *talk) turn(isCaller bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	begins := isCaller && t.answered
	t.answered = !isCaller

	return begins
}

func (w *Wire) relay(caller, server net.Conn) {
	one := &talk{answered: true}
	done := make(chan struct{})

	go func() {
		defer close(done)
		defer caller.Close()

		_, _ = io.Copy(answering{caller, one}, server)
	}()

	_, _ = io.Copy(&asking{Writer: server, w: w, talk: one}, caller)
	_ = server.Close()

	<-done
}

// answering passes on what the server says.
type answering struct {
	io.Writer
	talk *talk
}

// Write implements [io.Writer].
func (a answering) Write(p []byte) (int, error) {
	a.talk.turn(false)

	return a.Writer.Write(p)
}

// asking passes on what the caller says, and counts it before the server can
// have answered.
type asking struct {
	io.Writer
	w    *Wire
	talk *talk
	// begun tells that the first message, which has no type, is over.
	begun bool
	// rest is what has come of a header, and skip what is to come of a message.
	rest []byte
	skip int
}

// Write implements [io.Writer].
func (a *asking) Write(p []byte) (int, error) {
	statements := a.statements(p)
	begins := a.talk.turn(true)

	a.w.mu.Lock()
	a.w.counted.Statements += statements

	if begins {
		a.w.counted.Trips++
	}
	a.w.mu.Unlock()

	return a.Writer.Write(p)
}

// statements counts those that are run by what is sent: Execute and Query
// messages, of which any part may be there.
func (a *asking) statements(p []byte) int {
	const execute, query = 'E', 'Q'

	found := 0

	for len(p) > 0 {
		if a.skip > 0 {
			n := min(a.skip, len(p))
			a.skip -= n
			p = p[n:]

			continue
		}

		a.rest = append(a.rest, p[0])
		p = p[1:]

		length := a.rest
		if a.begun {
			length = a.rest[1:]
		}

		if len(length) < 4 {
			continue
		}

		if a.begun && (a.rest[0] == execute || a.rest[0] == query) {
			found++
		}

		a.skip = int(binary.BigEndian.Uint32(length)) - len(length)
		a.rest, a.begun = a.rest[:0], true
	}

	return found
}
