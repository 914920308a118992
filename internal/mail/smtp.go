package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	netmail "net/mail"

	gomail "github.com/wneessen/go-mail"
)

// Security is how the connection to the mail server is protected.
type Security string

// The kinds of protection. There is none that is used only if the server
// offers it: whoever sits in between could take the offer away.
const (
	// STARTTLS begins in plain text and goes on only when encrypted.
	STARTTLS Security = "starttls"
	// TLS is encrypted from the first byte.
	TLS Security = "tls"
	// Plain is not encrypted; it is for a server on the same machine.
	Plain Security = "none"
)

// Server is the mail server that letters are handed in at.
type Server struct {
	Host     string
	Port     int
	Security Security
	// User and Password sign in; nobody does where User is empty.
	User     string
	Password string
}

// transport makes one connection for each letter: they are few, and a
// connection that is kept may be gone when it is needed.
type transport struct {
	server  Server
	options []gomail.Option
}

func newTransport(server Server, config *tls.Config) (*transport, error) {
	if config == nil {
		config = &tls.Config{}
	}
	config = config.Clone()
	config.ServerName, config.MinVersion = server.Host, tls.VersionTLS12
	t := &transport{server: server, options: []gomail.Option{
		gomail.WithPort(server.Port), gomail.WithTimeout(attemptTimeout), gomail.WithTLSConfig(config), gomail.WithoutNoop(),
	}}
	switch server.Security {
	case STARTTLS:
		t.options = append(t.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		t.options = append(t.options, gomail.WithSSL())
	case Plain:
		t.options = append(t.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("there is no protection of the name %q", server.Security)
	}
	if server.User != "" {
		auth := gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover)
		if server.Security == Plain {
			// The library signs in without encryption only when it is told to.
			auth = gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc)
		}
		t.options = append(t.options, auth, gomail.WithUsername(server.User), gomail.WithPassword(server.Password))
	}
	_, err := t.client()
	return t, err
}

// client is made anew for each letter: the library's keeps what it has found
// out about one connection.
func (t *transport) client() (*gomail.Client, error) {
	client, err := gomail.NewClient(t.server.Host, t.options...)
	if err != nil {
		return nil, fmt.Errorf("reading the settings of the mail server: %w", err)
	}
	return client, nil
}

// attempt has one conversation with the server about the message.
func (m *Mailer) attempt(ctx context.Context, message *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	client, err := m.smtp.client()
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil && !message.IsDelivered() {
		return fmt.Errorf("handing in a mail: %w", err)
	}
	return nil
}

// isPermanent tells that the server has refused the letter for good, for
// instance because there is no such mailbox.
func isPermanent(err error) bool {
	refusal, ok := errors.AsType[*gomail.SendError](err)
	return ok && !refusal.IsTemp() && refusal.ErrorCode() >= 500
}

// compose makes the message.
func (m *Mailer) compose(l Letter, said content) *gomail.Msg {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	message.FromMailAddress(m.from)
	// An address that came through the contract; its parts are quoted here where they need it.
	message.ToMailAddress(&netmail.Address{Address: l.To})
	message.Subject(said.subject)
	message.SetDateWithValue(m.options.Now())
	message.SetMessageIDWithValue(l.ID + "@" + domain(m.from.Address))
	// RFC 3834: nobody's absence is to be answered to it.
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetGenHeader("X-Auto-Response-Suppress", "All")
	message.SetBodyString(gomail.TypeTextPlain, said.text())
	message.AddAlternativeString(gomail.TypeTextHTML, said.html())
	return message
}
