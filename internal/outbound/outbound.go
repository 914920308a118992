// Package outbound is the one way in which this program calls others over HTTP,
// at addresses that its users have given. It owns what may be reached: public
// addresses, by TLS, and no redirect from there to anywhere else.
package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

const (
	dialTimeout = 5 * time.Second
	tlsTimeout  = 5 * time.Second
	idleTimeout = 30 * time.Second

	// DefaultTimeout is the longest that a call takes, with its answer read.
	DefaultTimeout = 15 * time.Second
	// DefaultMaxResponse is the most bytes of an answer that are read.
	DefaultMaxResponse = 1 << 20

	maxHeaderBytes = 32 << 10
)

// Options are for tests and for whoever needs other limits; the zero value is
// what production uses.
type Options struct {
	// AllowHTTP allows http:// on port 80 beside https:// on port 443.
	AllowHTTP bool
	// AllowLoopback allows this machine, without TLS and on any port: for tests
	// and for development alone.
	AllowLoopback bool
	// Timeout and MaxResponse replace the defaults when they are positive.
	Timeout     time.Duration
	MaxResponse int64
	// Resolver replaces the system's.
	Resolver *net.Resolver
	// TLS replaces which certificates are trusted; nil for those of the system.
	TLS *tls.Config
	// Around is put around the transport, to observe what passes; nil for nothing.
	Around func(http.RoundTripper) http.RoundTripper
}

// Client calls others. It is safe for concurrent use.
type Client struct {
	options  Options
	guardian *ssrf.Guardian
	http     *http.Client
	// transport keeps the connections.
	transport *http.Transport
}

// New returns a client.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxResponse <= 0 {
		o.MaxResponse = DefaultMaxResponse
	}
	c := &Client{options: o, guardian: guardian(o)}
	// Control is called with the address that has been resolved, for each that is
	// tried: a name that meant another address a moment ago gains nothing.
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: o.Resolver, Control: c.guardian.Safe}
	config := o.TLS.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	config.MinVersion = tls.VersionTLS12
	c.transport = &http.Transport{
		// Not from the environment: a proxy would resolve names by itself.
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  o.Timeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    2,
		MaxIdleConns:           100,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ForceAttemptHTTP2:      true,
		// What is compressed could be a thousand times as long.
		DisableCompression: true,
	}
	var around http.RoundTripper = c.transport
	if o.Around != nil {
		around = o.Around(c.transport)
	}
	c.http = &http.Client{
		Timeout: o.Timeout,
		// The answer that redirects is the answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     around,
	}
	return c
}

func guardian(o Options) *ssrf.Guardian {
	ports := []uint16{443}
	if o.AllowHTTP {
		ports = append(ports, 80)
	}
	options := []ssrf.Option{ssrf.WithPorts(ports...)}
	if o.AllowLoopback {
		options = []ssrf.Option{
			ssrf.WithAnyPort(),
			ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")),
		}
	}
	return ssrf.New(options...)
}

// ErrTooLarge is what reading an answer gives at the end of what is read of it.
var ErrTooLarge = errors.New("the answer is larger than what is read of one")

// Do sends the request and returns the answer, of which no more than the limit
// can be read: reading on gives [ErrTooLarge]. A redirect is returned as it is.
// The caller closes the body. The error is a [*RefusedError] when the address is
// none that may be called.
func (c *Client) Do(request *http.Request) (*http.Response, error) {
	if err := c.checkURL(request.URL); err != nil {
		return nil, err
	}
	response, err := c.http.Do(request) //nolint:gosec // The dialer refuses what is not public.
	if err != nil {
		return nil, refusal(err)
	}
	response.Body = &limited{body: response.Body, left: c.options.MaxResponse}
	return response, nil
}

// Close ends the connections that are kept open for another call.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// refusal finds out whether the guardian has refused the address.
func refusal(err error) error {
	for _, prohibited := range []error{ssrf.ErrProhibitedIP, ssrf.ErrProhibitedPort, ssrf.ErrProhibitedNetwork, ssrf.ErrInvalidHostPort} {
		if errors.Is(err, prohibited) {
			return &RefusedError{Reason: "The address leads to a network that is not public.", cause: err}
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer in time: %w", err)
	}
	return err
}

// limited reads no more than so many bytes.
type limited struct {
	body io.ReadCloser
	left int64
}

// Read implements [io.Reader].
func (l *limited) Read(p []byte) (int, error) {
	// One more than is left tells an answer that is too large from one that ends there.
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.body.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrTooLarge
		l.left = 0
		return n, err
	}
	l.left -= int64(n)
	return n, err
}

// Close implements [io.Closer].
func (l *limited) Close() error { return l.body.Close() }
