package mail

import (
	"context"
	"crypto/tls"
	"fmt"
)

// Probe connects to the mail server, encrypts and signs in as letters do, and
// hands in none. config is nil but in tests.
func Probe(ctx context.Context, server Server, config *tls.Config) error {
	t, err := newTransport(server, config)
	if err != nil {
		return err
	}
	client, err := t.client()
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("connecting to the mail server: %w", err)
	}
	return client.Close()
}
