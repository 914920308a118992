package mail

import (
	"context"
	"fmt"
)

// Check connects to the mail server as for a letter, signs in where letters do,
// and leaves. It returns nil where no mail is sent.
func (m *Mailer) Check(ctx context.Context) error {
	if m.smtp == nil {
		return nil
	}
	client, err := m.smtp.client()
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("connecting to the mail server: %w", err)
	}
	if err := client.Close(); err != nil {
		return fmt.Errorf("taking leave of the mail server: %w", err)
	}
	return nil
}
