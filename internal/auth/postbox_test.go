package auth_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// letter is what a mailer was asked to send.
type letter struct {
	kind, to, token, text string
	expires               time.Time
}

// postbox keeps letters in place of a mailer, whose server is outside the process.
type postbox struct {
	undelivered bool

	mu        sync.Mutex
	letters   []letter
	forgotten []string
}

func (p *postbox) Delivers() bool { return !p.undelivered }

func (p *postbox) Invitation(_ context.Context, q *db.Queries, to, inviter, role, token string, expires time.Time) error {
	return p.put(q, letter{kind: "invitation", to: to, token: token, text: inviter + " " + role, expires: expires})
}

func (p *postbox) Registration(_ context.Context, q *db.Queries, to, token string, expires time.Time) error {
	return p.put(q, letter{kind: "registration", to: to, token: token, expires: expires})
}

func (p *postbox) AddressTaken(_ context.Context, q *db.Queries, to string) error {
	return p.put(q, letter{kind: "address_taken", to: to})
}

func (p *postbox) EmailVerification(_ context.Context, q *db.Queries, to, token string, expires time.Time) error {
	return p.put(q, letter{kind: "email_verification", to: to, token: token, expires: expires})
}

func (p *postbox) PasswordReset(_ context.Context, q *db.Queries, to, token string, expires time.Time) error {
	return p.put(q, letter{kind: "password_reset", to: to, token: token, expires: expires})
}

func (p *postbox) Notice(_ context.Context, q *db.Queries, to, what string) error {
	return p.put(q, letter{kind: "notice", to: to, text: what})
}

func (p *postbox) Nobody(context.Context, *db.Queries) error { return nil }

func (p *postbox) ForgottenPassword(_ context.Context, q *db.Queries, address string) error {
	dbx.AfterCommit(q, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.forgotten = append(p.forgotten, address)
	})
	return nil
}

// put keeps the letter once the transaction is committed.
func (p *postbox) put(q *db.Queries, l letter) error {
	dbx.AfterCommit(q, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.letters = append(p.letters, l)
	})
	return nil
}

// take empties the postbox of what the service has written, once that is done
// which is left to the background.
func (p *postbox) take(t *testing.T, r reception) []letter {
	t.Helper()
	p.mu.Lock()
	forgotten := p.forgotten
	p.forgotten = nil
	p.mu.Unlock()
	for _, address := range forgotten {
		expect.OK(t, r.auth.MailPasswordReset(t.Context(), address))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.letters
	p.letters = nil
	return taken
}

// only returns the one letter there is.
func (p *postbox) only(t *testing.T, r reception, kind string) letter {
	t.Helper()
	letters := p.take(t, r)
	if len(letters) != 1 || letters[0].kind != kind {
		t.Fatalf("the letters are %+v, want one %s", letters, kind)
	}
	return letters[0]
}

// withMail is setup with a postbox.
func withMail(t *testing.T, change func(*auth.Config)) (reception, *postbox) {
	t.Helper()
	box := &postbox{}
	return setup(t, func(c *auth.Config) {
		c.Mailer = box
		if change != nil {
			change(c)
		}
	}), box
}
