package cost_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"testing"
)

// caller sends requests over one connection of its own and makes nothing new
// for any of them, so that what is allocated meanwhile is the server's.
type caller struct {
	t          testing.TB
	host       string
	token      string
	connection net.Conn
	answers    *bufio.Reader
	body       [256 << 10]byte
}

func newCaller(t testing.TB, address, token string) *caller {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatalf("reading the server's address: %v", err)
	}
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", parsed.Host)
	if err != nil {
		t.Fatalf("connecting to the server: %v", err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return &caller{t: t, host: parsed.Host, token: token, connection: connection, answers: bufio.NewReaderSize(connection, 64<<10)}
}

// requests are those of the operation as they are sent, one after the other.
func (c *caller) requests(o operation) [][]byte {
	bodies := o.bodies
	if len(bodies) == 0 {
		bodies = []string{""}
	}
	var found [][]byte
	for _, body := range bodies {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: cost\r\nAccept: application/json\r\nAuthorization: Bearer %s\r\n", o.method, o.path, c.host, c.token)
		if body != "" {
			fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
		}
		b.WriteString("\r\n" + body)
		found = append(found, b.Bytes())
	}
	return found
}

// do sends a request and reads its answer, which has to have the status, and to
// say how long it is: one whose length is known is written without chunks.
func (c *caller) do(request []byte, status int) {
	if _, err := c.connection.Write(request); err != nil {
		c.t.Fatalf("sending a request: %v", err)
	}
	got, length := c.readHead()
	if length < 0 || length > len(c.body) {
		c.t.Fatalf("got an answer with the status %d that does not say how long it is, or is too long: %d", got, length)
	}
	if _, err := io.ReadFull(c.answers, c.body[:length]); err != nil {
		c.t.Fatalf("reading an answer: %v", err)
	}
	if got != status {
		c.t.Fatalf("got status %d, want %d: %s", got, status, c.body[:length])
	}
}

// readHead returns the status and the length of the body, -1 for one that is not told.
func (c *caller) readHead() (status, length int) {
	length = -1
	for first := true; ; first = false {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			c.t.Fatalf("reading the head of an answer: %v", err)
		}
		line = bytes.TrimSpace(line)
		switch name, value, _ := bytes.Cut(line, []byte(" ")); {
		case first:
			status = number(value[:3])
		case len(line) == 0:
			return status, length
		case bytes.EqualFold(name, []byte("Content-Length:")):
			length = number(value)
		}
	}
}

func number(digits []byte) int {
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return -1
	}
	return n
}
