package mail_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

var expires = time.Now().Add(time.Hour).Truncate(time.Minute)

// log is what a mailer has logged.
type log struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func newMailer(t *testing.T, options mail.Options) *mail.Mailer {
	t.Helper()
	m, err := mail.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// send hands a letter in that is taken.
func send(t *testing.T, m *mail.Mailer, l mail.Letter) {
	t.Helper()
	l.ID = rand.Text()
	if err := m.Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, nil)
	options := server.Options()
	direct := newMailer(t, options)
	options.AppURL = "https://app.agency.example"
	linked := newMailer(t, options)
	const token = "a-token_of-ours"

	for name, test := range map[string]struct {
		letter  mail.Letter
		subject string
		// Where the letter leads without a front end, and with one.
		operation, link string
	}{
		"Invitation": {
			mail.Letter{Kind: mail.Invitation, Inviter: "Ana Ruiz", Role: "manager"},
			"You are invited to Coordinator", "POST https://api.agency.example/api/v1/users/register", "/accept-invitation",
		},
		"Registration": {
			mail.Letter{Kind: mail.Registration},
			"Confirm your registration", "POST https://api.agency.example/api/v1/users/email-verification", "/verify-email",
		},
		"EmailVerification": {
			mail.Letter{Kind: mail.EmailVerification},
			"Verify your e-mail address", "POST https://api.agency.example/api/v1/users/email-verification", "/verify-email",
		},
		"PasswordReset": {
			mail.Letter{Kind: mail.PasswordReset},
			"Reset your password", "POST https://api.agency.example/api/v1/users/password-reset/confirm", "/reset-password",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.letter.To, test.letter.Token, test.letter.Expires = "mia@agency.example", token, expires
			send(t, direct, test.letter)
			got := server.Next(t)
			if got.From != "coordinator@agency.example" || len(got.To) != 1 || got.To[0] != "mia@agency.example" {
				t.Errorf("from %s to %v", got.From, got.To)
			}
			if got.Header.Get("Subject") != test.subject || got.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("the header is %v", got.Header)
			}
			if id := got.Header.Get("Message-Id"); !strings.HasSuffix(id, "@agency.example>") || len(id) < 30 {
				t.Errorf("the id is %s", id)
			}
			if _, err := got.Header.Date(); err != nil {
				t.Errorf("the date: %v", err)
			}
			for _, body := range []string{got.Text, got.HTML} {
				for _, want := range []string{token, test.operation, expires.UTC().Format("2 January 2006, 15:04 UTC")} {
					if !strings.Contains(body, want) {
						t.Errorf("without a front end there is no %q in:\n%s", want, body)
					}
				}
			}

			send(t, linked, test.letter)
			got = server.Next(t)
			want := "https://app.agency.example" + test.link + "?token=" + token
			for _, body := range []string{got.Text, got.HTML} {
				if !strings.Contains(body, want) || strings.Contains(body, test.operation) {
					t.Errorf("with a front end there is no link %s in:\n%s", want, body)
				}
			}
		})
	}
	t.Run("AddressTaken", func(t *testing.T) {
		send(t, direct, mail.Letter{Kind: mail.AddressTaken, To: "mia@agency.example"})
		got := server.Next(t)
		for _, want := range []string{"tried to open an account", "POST https://api.agency.example/api/v1/users/password-reset"} {
			if !strings.Contains(strings.Join(strings.Fields(got.Text), " "), want) || got.Token() != "" {
				t.Errorf("there is no %q in:\n%s", want, got.Text)
			}
		}
	})
	t.Run("Notice", func(t *testing.T) {
		send(t, direct, mail.Letter{Kind: mail.Notice, To: "mia@agency.example", What: "Something <was> changed."})
		got := server.Next(t)
		if !strings.Contains(got.Text, "Something <was> changed.") || !strings.Contains(got.HTML, "Something &lt;was&gt; changed.") || got.Token() != "" {
			t.Errorf("the notice is:\n%s\n%s", got.Text, got.HTML)
		}
	})
}

// A name is chosen by whoever has it, and is no place to write a mail of one's own.
func TestNamesInjectNothing(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, nil)
	m := newMailer(t, server.Options())
	send(t, m, mail.Letter{
		Kind: mail.Invitation, To: "mia@agency.example", Role: "user", Token: "t", Expires: expires,
		Inviter: "Ana\r\nBcc: all@agency.example\r\n\r\n<b>Pay</b>\u2028now " + strings.Repeat("x", 200),
	})
	got := server.Next(t)
	header, _, _ := strings.Cut(got.Raw, "\r\n\r\n")
	if len(got.To) != 1 || got.Header.Get("Bcc") != "" || strings.Contains(header, "Bcc") {
		t.Errorf("the header is %v, for %v", got.Header, got.To)
	}
	first, _, _ := strings.Cut(strings.ReplaceAll(got.Text, "\r\n", "\n"), "\n")
	if !strings.HasPrefix(first, "Ana Bcc: all@agency.example <b>Pay</b> now xxx") || !strings.Contains(first, "x… invites you") || len(first) > 200 {
		t.Errorf("the first line is %q", first)
	}
	if strings.Contains(got.HTML, "<b>") {
		t.Errorf("the name is markup in:\n%s", got.HTML)
	}
}

// An address of odd characters is one recipient, and no header.
func TestOddAddressesAreOneRecipient(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, nil)
	m := newMailer(t, server.Options())
	send(t, m, mail.Letter{Kind: mail.Notice, To: `a,b;c"d@agency.example`, What: "x"})
	got := server.Next(t)
	to, err := netmail.ParseAddressList(got.Header.Get("To"))
	if err != nil || len(to) != 1 || to[0].Address != `a,b;c"d@agency.example` {
		t.Errorf("to %v, %v: %s", to, err, got.Header.Get("To"))
	}
}

// Whoever calls learns whether another attempt is of use.
func TestTellsWhetherAnotherAttemptIsOfUse(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, nil)
	var refusal error
	server.Refuse = func(string) error { return refusal }
	m := newMailer(t, server.Options())
	letter := mail.Letter{ID: "one", Kind: mail.PasswordReset, To: "mia@agency.example", Token: "a-token_of-ours", Expires: expires}

	refusal = &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
	if err := m.Send(t.Context(), letter); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("after a refusal for good: %v", err)
	}
	refusal = &smtp.SMTPError{Code: 451, Message: "later"}
	if err := m.Send(t.Context(), letter); err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("after a temporary refusal: %v", err)
	}
	refusal = nil
	server.Down(t)
	if err := m.Send(t.Context(), letter); err == nil || errors.Is(err, mail.ErrRefused) || strings.Contains(err.Error(), "a-token") {
		t.Errorf("while the server is down: %v", err)
	}
	server.Up(t)
	for range 2 {
		if err := m.Send(t.Context(), letter); err != nil {
			t.Error(err)
		}
	}
	if a, b := server.Next(t).Header.Get("Message-Id"), server.Next(t).Header.Get("Message-Id"); a != b || a != "<one@agency.example>" {
		t.Errorf("the same letter came as %s and %s", a, b)
	}
	letter.Expires = time.Now().Add(-time.Second)
	if err := m.Send(t.Context(), letter); !errors.Is(err, mail.ErrExpired) {
		t.Errorf("after the token has run out: %v", err)
	}
	if err := m.Send(t.Context(), mail.Letter{Kind: "nonsense", To: "mia@agency.example"}); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("of a kind there is not: %v", err)
	}
}

// A server that cannot be trusted gets neither the password nor the mail.
func TestInsistsOnEncryption(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server  func(*smtp.Server)
		options func(*mail.Options)
		want    string
	}{
		"NoSTARTTLS":         {func(s *smtp.Server) { s.TLSConfig, s.AllowInsecureAuth = nil, true }, func(*mail.Options) {}, "STARTTLS"},
		"UnknownCertificate": {nil, func(o *mail.Options) { o.TLS = nil }, "certificate"},
		"WrongPassword":      {nil, func(o *mail.Options) { o.Server.Password = "hunter2" }, "AUTH failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, test.server)
			options := server.Options()
			test.options(&options)
			err := newMailer(t, options).Send(t.Context(), mail.Letter{
				ID: "one", Kind: mail.PasswordReset, To: "mia@agency.example", Token: "a-token_of-ours", Expires: expires,
			})
			if err == nil || !strings.Contains(err.Error(), test.want) || server.Waiting() != 0 {
				t.Fatalf("%d mails arrived, and the error is %v", server.Waiting(), err)
			}
			for _, secret := range []string{"hunter2", smtptest.Password, "a-token_of-ours"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %s: %v", secret, err)
				}
			}
		})
	}
}

func TestPlainOnTheSameMachine(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, func(s *smtp.Server) { s.TLSConfig, s.AllowInsecureAuth = nil, true })
	options := server.Options()
	options.Server.Security = mail.Plain
	send(t, newMailer(t, options), mail.Letter{Kind: mail.Notice, To: "mia@agency.example", What: "x"})
	server.Next(t)
}

func TestWithoutAServer(t *testing.T) {
	t.Parallel()
	letters := func(m *mail.Mailer) {
		for range 3 {
			m.Show(t.Context(), mail.Letter{Kind: mail.Invitation, To: "mia@agency.example", Inviter: "Ana", Role: "user", Token: "a-token_of-ours", Expires: expires})
			m.Show(t.Context(), mail.Letter{Kind: mail.PasswordReset, To: "mia@agency.example", Token: "a-token_of-ours", Expires: expires})
		}
	}
	t.Run("WarnsOnceOfEachKindWithoutTheToken", func(t *testing.T) {
		t.Parallel()
		var logged log
		m := newMailer(t, mail.Options{Logger: logged.logger()})
		letters(m)
		if got := strings.Count(logged.String(), "level=WARN"); m.Delivers() || got != 2 || strings.Contains(logged.String(), "a-token") {
			t.Errorf("delivers %v, and logged %s", m.Delivers(), logged.String())
		}
	})
	t.Run("LogsTheLinkWhenTold", func(t *testing.T) {
		t.Parallel()
		var logged log
		m := newMailer(t, mail.Options{Logger: logged.logger(), Log: true, AppURL: "http://localhost:3000"})
		letters(m)
		if got := strings.Count(logged.String(), "http://localhost:3000/reset-password?token=a-token_of-ours"); m.Delivers() || got != 3 {
			t.Errorf("delivers %v, and logged %s", m.Delivers(), logged.String())
		}
	})
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	server := mail.Server{Host: "localhost", Port: 25, Security: mail.TLS}
	for name, options := range map[string]mail.Options{
		"NoSender":       {Server: &server},
		"NoSecurity":     {Server: &mail.Server{Host: "localhost", Port: 25}, From: "a@b.c"},
		"NoHost":         {Server: &mail.Server{Port: 25, Security: mail.TLS}, From: "a@b.c"},
		"ImpossiblePort": {Server: &mail.Server{Host: "localhost", Port: 1 << 20, Security: mail.TLS}, From: "a@b.c"},
	} {
		if _, err := mail.New(options); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
