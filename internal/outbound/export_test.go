package outbound

import (
	"context"
	"net"
	"net/http"
)

// Dial connects as a call would, for tests of what is checked then.
func (c *Client) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := c.http.Transport.(*http.Transport).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, refusal(err)
	}
	return conn, nil
}
