// Package mail tells people by mail what concerns their account: it owns the
// letters, and how one is handed in at an SMTP server, in one attempt. Whom to
// write, when, and how often to try is for whoever calls it; it keeps nothing.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"strings"
	"sync"
	"time"
)

// Options are how mail leaves.
type Options struct {
	// Server is where letters are handed in; nil sends none.
	Server *Server
	// Log writes what a letter holds to the log, links and tokens included, in
	// place of sending it. It is for development alone.
	Log bool
	// From is who the letters are from, "Coordinator <no-reply@agency.example>".
	From string
	// AppURL is where the front end is, which links lead to; without one a
	// letter holds the token itself and the operation that takes it.
	AppURL string
	// PublicURL is where the API is reached from outside.
	PublicURL string
	Logger    *slog.Logger
	// TLS changes how the server's certificate is checked; nil for the
	// certificates that the machine trusts.
	TLS *tls.Config
	// Outcome is told what becomes of each attempt, by the kind of letter; nil for
	// nobody.
	Outcome func(kind, outcome string)
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// What becomes of a letter. One that is retried is counted again.
const (
	OutcomeSent    = "sent"
	OutcomeRetried = "retried"
	OutcomeFailed  = "failed"
	OutcomeDropped = "dropped"
	OutcomeLogged  = "logged"
)

// attemptTimeout bounds one conversation with the server.
const attemptTimeout = 20 * time.Second

// What becomes of a letter that no further attempt can help.
var (
	// ErrRefused says that the server has refused the letter for good, for
	// instance because there is no such mailbox.
	ErrRefused = errors.New("the mail server refuses it for good")
	// ErrExpired says that the letter's token has run out.
	ErrExpired = errors.New("its token has expired")
)

// Mailer sends letters.
type Mailer struct {
	options Options
	from    *netmail.Address
	smtp    *transport

	mu     sync.Mutex
	warned map[Kind]bool
}

// New returns the mailer. It returns an error when From is no address or the
// server's settings contradict themselves.
func New(options Options) (*Mailer, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Outcome == nil {
		options.Outcome = func(string, string) {}
	}
	m := &Mailer{options: options, warned: map[Kind]bool{}}
	if options.Server == nil {
		return m, nil
	}
	var err error
	if m.from, err = netmail.ParseAddress(options.From); err != nil {
		return nil, fmt.Errorf("reading the address that mail is from: %w", err)
	}
	if m.smtp, err = newTransport(*options.Server, options.TLS); err != nil {
		return nil, fmt.Errorf("preparing to send mail: %w", err)
	}
	return m, nil
}

// Delivers tells whether letters reach the people they are for. Where they are
// logged or dropped, what they hold has to be handed over in another way.
func (m *Mailer) Delivers() bool { return m.smtp != nil }

// Logs tells whether letters are written to the log in place of being sent.
func (m *Mailer) Logs() bool { return m.options.Log }

// Send hands the letter in, in one attempt. The error is [ErrRefused] or
// [ErrExpired] when another is of no use. A letter may reach its reader more
// than once, when the server has taken it and its answer is lost: its
// Message-ID is the same each time.
func (m *Mailer) Send(ctx context.Context, l Letter) error {
	err := m.send(ctx, l)
	outcome := OutcomeRetried
	switch {
	case err == nil:
		outcome = OutcomeSent
	case errors.Is(err, ErrRefused), errors.Is(err, ErrExpired):
		outcome = OutcomeFailed
	}
	m.options.Outcome(string(l.Kind), outcome)
	return err
}

func (m *Mailer) send(ctx context.Context, l Letter) error {
	if m.smtp == nil {
		return errors.New("sending mail: no mail server is set up; set COORDINATOR_MAIL_URL")
	}
	if !l.Expires.IsZero() && !m.options.Now().Before(l.Expires) {
		return ErrExpired
	}
	content, ok := m.content(l)
	if !ok {
		return fmt.Errorf("%w: there is no mail of the kind %q", ErrRefused, l.Kind)
	}
	err := m.attempt(ctx, m.compose(l, content))
	if isPermanent(err) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// Show is for where mail is not delivered: it writes the letter to the log
// where letters go there, and otherwise says, once of each kind, that nobody
// gets it.
func (m *Mailer) Show(ctx context.Context, l Letter) {
	if !m.options.Log {
		m.Warn(ctx, l.Kind)
		return
	}
	m.options.Outcome(string(l.Kind), OutcomeLogged)
	content, _ := m.content(l)
	logger := m.options.Logger.With("kind", string(l.Kind), "to", l.To, "subject", content.subject)
	switch {
	case content.link != "":
		logger.InfoContext(ctx, "this mail would have been sent", "link", content.link)
	case l.Token != "":
		logger.InfoContext(ctx, "this mail would have been sent", "value", l.Token, "operation", content.operation)
	default:
		logger.InfoContext(ctx, "this mail would have been sent", "text", content.opening)
	}
}

// Warn says of the kind of mail, once, that nobody gets it.
func (m *Mailer) Warn(ctx context.Context, kind Kind) {
	m.options.Outcome(string(kind), OutcomeDropped)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.warned[kind] {
		return
	}
	m.warned[kind] = true
	m.options.Logger.WarnContext(ctx, "mail is not set up, so nobody gets mail of this kind: set COORDINATOR_MAIL_URL", "kind", string(kind))
}

// domain is the part of an address behind the @.
func domain(address string) string { return address[strings.LastIndex(address, "@")+1:] }
