package auth_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/auth"
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

	mu      sync.Mutex
	letters []letter
}

func (p *postbox) Delivers() bool { return !p.undelivered }

func (p *postbox) Invitation(_ context.Context, to, inviter, role, token string, expires time.Time) {
	p.put(letter{kind: "invitation", to: to, token: token, text: inviter + " " + role, expires: expires})
}

func (p *postbox) Registration(_ context.Context, to, token string, expires time.Time) {
	p.put(letter{kind: "registration", to: to, token: token, expires: expires})
}

func (p *postbox) AddressTaken(_ context.Context, to string) {
	p.put(letter{kind: "address_taken", to: to})
}

func (p *postbox) EmailVerification(_ context.Context, to, token string, expires time.Time) {
	p.put(letter{kind: "email_verification", to: to, token: token, expires: expires})
}

func (p *postbox) PasswordReset(_ context.Context, to, token string, expires time.Time) {
	p.put(letter{kind: "password_reset", to: to, token: token, expires: expires})
}

func (p *postbox) Notice(_ context.Context, to, what string) {
	p.put(letter{kind: "notice", to: to, text: what})
}

func (p *postbox) put(l letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
}

// take empties the postbox of what the service has written, once all of that
// is done which follows its answers.
func (p *postbox) take(t *testing.T, r reception) []letter {
	t.Helper()
	expect.OK(t, r.auth.Close(t.Context()))
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
