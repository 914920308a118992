// Package mail tells people by mail what concerns their account: it owns the
// letters, and how they reach an SMTP server. Whom to write, and when, is for
// whoever calls it; it keeps nothing in the database.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"runtime/debug"
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
	// Outcome is told what became of a letter of the kind; nil for nobody.
	Outcome func(kind, outcome string)
	// TLS changes how the server's certificate is checked; nil for the
	// certificates that the machine trusts.
	TLS *tls.Config
	// Backoff is how long to wait before each further attempt; nil for the default.
	Backoff []time.Duration
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

const (
	// maxWaiting bounds how many letters are held while the server cannot be
	// reached. They are few kilobytes each; more than these are dropped.
	maxWaiting = 1000
	// maxConnections bounds how many are handed in at once.
	maxConnections = 2
	// attemptTimeout bounds one conversation with the server.
	attemptTimeout = 20 * time.Second
)

// What becomes of a letter. One that is retried is counted again.
const (
	OutcomeSent    = "sent"
	OutcomeRetried = "retried"
	OutcomeFailed  = "failed"
	OutcomeDropped = "dropped"
	OutcomeLogged  = "logged"
)

// defaultBackoff covers a server that restarts, within the quarter of an hour
// that a token is good for.
var defaultBackoff = []time.Duration{time.Second, 4 * time.Second, 15 * time.Second, time.Minute, 4 * time.Minute}

// Mailer sends letters. Its methods return at once, and never fail: a letter is
// kept in memory and handed in as soon as the server takes it, in several
// attempts. What is waiting when the process dies is lost, so whoever waits for
// a letter can ask for another.
type Mailer struct {
	options Options
	from    *netmail.Address
	smtp    *transport

	waiting     chan struct{}
	connections chan struct{}
	closing     chan struct{}
	closeOnce   sync.Once
	abort       context.CancelFunc
	aborted     context.Context //nolint:containedctx // It bounds the goroutines of the mailer, which outlive every call.
	letters     sync.WaitGroup

	mu     sync.Mutex
	warned map[string]bool
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
	if options.Backoff == nil {
		options.Backoff = defaultBackoff
	}
	m := &Mailer{
		options: options,
		waiting: make(chan struct{}, maxWaiting), connections: make(chan struct{}, maxConnections),
		closing: make(chan struct{}), warned: map[string]bool{},
	}
	m.aborted, m.abort = context.WithCancel(context.Background())
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

// Invitation invites the address to open an account.
func (m *Mailer) Invitation(ctx context.Context, to, inviter, role, token string, expires time.Time) {
	m.send(ctx, m.invitation(to, inviter, role, token, expires))
}

// Registration has the address confirm that an account is to be opened for it.
func (m *Mailer) Registration(ctx context.Context, to, token string, expires time.Time) {
	m.send(ctx, m.registration(to, token, expires))
}

// AddressTaken tells the user of the address that somebody tried to open
// another account with it.
func (m *Mailer) AddressTaken(ctx context.Context, to string) {
	m.send(ctx, m.addressTaken(to))
}

// EmailVerification has the address show that it is its user's.
func (m *Mailer) EmailVerification(ctx context.Context, to, token string, expires time.Time) {
	m.send(ctx, m.emailVerification(to, token, expires))
}

// PasswordReset lets the user of the address set a new password.
func (m *Mailer) PasswordReset(ctx context.Context, to, token string, expires time.Time) {
	m.send(ctx, m.passwordReset(to, token, expires))
}

// Notice tells the user of the address what has happened to the account, in one
// or more sentences that hold no secret.
func (m *Mailer) Notice(ctx context.Context, to, what string) {
	m.send(ctx, m.notice(to, what))
}

func (m *Mailer) send(ctx context.Context, l letter) {
	logger := m.options.Logger
	switch {
	case m.options.Log:
		m.log(ctx, l)
		m.options.Outcome(l.kind, OutcomeLogged)
		return
	case m.smtp == nil:
		m.warnOnce(ctx, l.kind)
		m.options.Outcome(l.kind, OutcomeDropped)
		return
	}
	select {
	case m.waiting <- struct{}{}:
	default:
		m.options.Outcome(l.kind, OutcomeDropped)
		logger.ErrorContext(ctx, "a mail was dropped: too many are waiting for the mail server", "kind", l.kind)
		return
	}
	m.letters.Go(func() {
		defer func() { <-m.waiting }()
		// A fault over one letter does not end the process with all that it serves.
		defer func() {
			if value := recover(); value != nil {
				logger.ErrorContext(ctx, "panic while sending mail", "error", value, "stack", string(debug.Stack()))
			}
		}()
		m.deliver(context.WithoutCancel(ctx), l)
	})
}

// log writes what is of use in development: where the letter leads.
func (m *Mailer) log(ctx context.Context, l letter) {
	logger := m.options.Logger.With("kind", l.kind, "to", l.to, "subject", l.subject)
	switch {
	case l.link != "":
		logger.InfoContext(ctx, "this mail would have been sent", "link", l.link)
	case l.token != "":
		logger.InfoContext(ctx, "this mail would have been sent", "value", l.token, "operation", l.operation)
	default:
		logger.InfoContext(ctx, "this mail would have been sent", "text", l.opening)
	}
}

// warnOnce says of each kind of mail, once, that nobody gets it.
func (m *Mailer) warnOnce(ctx context.Context, kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.warned[kind] {
		return
	}
	m.warned[kind] = true
	m.options.Logger.WarnContext(ctx, "mail is not set up, so nobody gets mail of this kind: set COORDINATOR_MAIL_URL", "kind", kind)
}

// deliver hands the letter in, and tries again until it was taken, refused for
// good, or is of no use any more.
func (m *Mailer) deliver(ctx context.Context, l letter) {
	message, id := m.compose(l)
	logger := m.options.Logger.With("kind", l.kind, "message_id", id)
	for attempt := 0; ; attempt++ {
		err := m.attempt(message)
		if err == nil {
			m.options.Outcome(l.kind, OutcomeSent)
			logger.InfoContext(ctx, "mail sent", "attempts", attempt+1)
			return
		}
		if attempt == len(m.options.Backoff) || isPermanent(err) || m.expiresWithin(m.options.Backoff[attempt], l) {
			m.options.Outcome(l.kind, OutcomeFailed)
			logger.ErrorContext(ctx, "a mail could not be sent", "attempts", attempt+1, "error", err)
			return
		}
		m.options.Outcome(l.kind, OutcomeRetried)
		logger.WarnContext(ctx, "a mail could not be sent yet", "attempts", attempt+1, "error", err)
		if !m.pause(m.options.Backoff[attempt]) {
			m.options.Outcome(l.kind, OutcomeFailed)
			logger.ErrorContext(ctx, "a mail was given up, since the service stops", "attempts", attempt+1)
			return
		}
	}
}

// expiresWithin tells that the letter will be of no use after the wait.
func (m *Mailer) expiresWithin(wait time.Duration, l letter) bool {
	return !l.expires.IsZero() && m.options.Now().Add(wait).After(l.expires)
}

// pause waits and tells whether to go on.
func (m *Mailer) pause(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-m.closing:
		return false
	}
}

// Close stops further attempts and waits for what is being handed in, until
// the context ends. What is not through by then is given up.
func (m *Mailer) Close(ctx context.Context) error {
	m.closeOnce.Do(func() { close(m.closing) })
	done := make(chan struct{})
	go func() {
		m.letters.Wait()
		close(done)
	}()
	defer m.abort()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("closing the mailer: some mail was not handed in, in time")
	}
}

// domain is the part of an address behind the @.
func domain(address string) string { return address[strings.LastIndex(address, "@")+1:] }
