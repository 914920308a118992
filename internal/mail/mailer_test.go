package mail_test

import (
	"bytes"
	"context"
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

// await waits until the log has the text.
func (l *log) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(l.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log has no %q: %s", text, l)
		}
	}
}

func newMailer(t *testing.T, options mail.Options) *mail.Mailer {
	t.Helper()
	m, err := mail.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = m.Close(ctx)
	})
	return m
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
		send    func(*mail.Mailer)
		subject string
		// Where the letter leads without a front end, and with one.
		operation, link string
	}{
		"Invitation": {
			func(m *mail.Mailer) {
				m.Invitation(t.Context(), "mia@agency.example", "Ana Ruiz", "manager", token, expires)
			},
			"You are invited to Coordinator", "POST https://api.agency.example/api/v1/users/register", "/accept-invitation",
		},
		"Registration": {
			func(m *mail.Mailer) { m.Registration(t.Context(), "mia@agency.example", token, expires) },
			"Confirm your registration", "POST https://api.agency.example/api/v1/users/email-verification", "/verify-email",
		},
		"EmailVerification": {
			func(m *mail.Mailer) { m.EmailVerification(t.Context(), "mia@agency.example", token, expires) },
			"Verify your e-mail address", "POST https://api.agency.example/api/v1/users/email-verification", "/verify-email",
		},
		"PasswordReset": {
			func(m *mail.Mailer) { m.PasswordReset(t.Context(), "mia@agency.example", token, expires) },
			"Reset your password", "POST https://api.agency.example/api/v1/users/password-reset/confirm", "/reset-password",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.send(direct)
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

			test.send(linked)
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
		direct.AddressTaken(t.Context(), "mia@agency.example")
		got := server.Next(t)
		for _, want := range []string{"tried to open an account", "POST https://api.agency.example/api/v1/users/password-reset"} {
			if !strings.Contains(strings.Join(strings.Fields(got.Text), " "), want) || got.Token() != "" {
				t.Errorf("there is no %q in:\n%s", want, got.Text)
			}
		}
	})
	t.Run("Notice", func(t *testing.T) {
		direct.Notice(t.Context(), "mia@agency.example", "Something <was> changed.")
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
	m.Invitation(t.Context(), "mia@agency.example", "Ana\r\nBcc: all@agency.example\r\n\r\n<b>Pay</b>\u2028now "+strings.Repeat("x", 200), "user", "t", expires)
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
	m.Notice(t.Context(), `a,b;c"d@agency.example`, "x")
	got := server.Next(t)
	to, err := netmail.ParseAddressList(got.Header.Get("To"))
	if err != nil || len(to) != 1 || to[0].Address != `a,b;c"d@agency.example` {
		t.Errorf("to %v, %v: %s", to, err, got.Header.Get("To"))
	}
}

func TestWaitsForTheServer(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, nil)
	var logged log
	options := server.Options()
	options.Logger, options.Backoff = logged.logger(), []time.Duration{time.Millisecond, time.Millisecond, 100 * time.Millisecond, time.Second, 5 * time.Second}
	m := newMailer(t, options)
	server.Down(t)
	started := time.Now()
	for range 20 {
		m.PasswordReset(t.Context(), "mia@agency.example", "a-token_of-ours", expires)
	}
	if took := time.Since(started); took > 500*time.Millisecond {
		t.Errorf("handing over 20 letters took %s while the server was down", took)
	}
	logged.await(t, "could not be sent yet")
	server.Up(t)
	for range 20 {
		server.Next(t)
	}
	if strings.Contains(logged.String(), "a-token_of-ours") {
		t.Errorf("a token is in the log: %s", logged.String())
	}
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	t.Run("OnARefusalForGood", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, nil)
		server.Refuse = func(string) error { return &smtp.SMTPError{Code: 550, Message: "no such mailbox"} }
		var logged log
		options := server.Options()
		options.Logger = logged.logger()
		newMailer(t, options).Notice(t.Context(), "nobody@agency.example", "x")
		logged.await(t, `msg="a mail could not be sent" kind=notice`)
		if !strings.Contains(logged.String(), "attempts=1 ") {
			t.Errorf("the log is %s", logged.String())
		}
	})
	t.Run("NotOnATemporaryOne", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, nil)
		refusals := 0
		server.Refuse = func(string) error {
			if refusals++; refusals < 3 {
				return &smtp.SMTPError{Code: 451, Message: "later"}
			}
			return nil
		}
		options := server.Options()
		options.Backoff = []time.Duration{time.Millisecond, time.Millisecond}
		newMailer(t, options).Notice(t.Context(), "mia@agency.example", "x")
		server.Next(t)
	})
	t.Run("OnWhatHasExpired", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, nil)
		server.Down(t)
		var logged log
		options := server.Options()
		options.Logger, options.Backoff = logged.logger(), []time.Duration{time.Hour}
		newMailer(t, options).PasswordReset(t.Context(), "mia@agency.example", "t", time.Now().Add(time.Minute))
		logged.await(t, `msg="a mail could not be sent" kind=password_reset`)
	})
	t.Run("OnTooMany", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, nil)
		server.Down(t)
		var logged log
		options := server.Options()
		options.Logger, options.Backoff = logged.logger(), []time.Duration{time.Hour}
		m := newMailer(t, options)
		for range 1001 {
			m.Notice(t.Context(), "mia@agency.example", "x")
		}
		if strings.Count(logged.String(), "a mail was dropped") != 1 {
			t.Errorf("of 1,001 letters one is too many: %d were dropped", strings.Count(logged.String(), "a mail was dropped"))
		}
	})
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
			var logged log
			options := server.Options()
			options.Logger, options.Backoff = logged.logger(), []time.Duration{}
			test.options(&options)
			newMailer(t, options).PasswordReset(t.Context(), "mia@agency.example", "a-token_of-ours", expires)
			logged.await(t, "a mail could not be sent")
			if !strings.Contains(logged.String(), test.want) || server.Waiting() != 0 {
				t.Errorf("%d mails arrived, and the log is %s", server.Waiting(), logged.String())
			}
			for _, secret := range []string{"hunter2", smtptest.Password, "a-token_of-ours"} {
				if strings.Contains(logged.String(), secret) {
					t.Errorf("the log has %s: %s", secret, logged.String())
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
	newMailer(t, options).Notice(t.Context(), "mia@agency.example", "x")
	server.Next(t)
}

func TestWithoutAServer(t *testing.T) {
	t.Parallel()
	letters := func(m *mail.Mailer) {
		for range 3 {
			m.Invitation(t.Context(), "mia@agency.example", "Ana", "user", "a-token_of-ours", expires)
			m.PasswordReset(t.Context(), "mia@agency.example", "a-token_of-ours", expires)
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

func TestCloseWaitsWithinABound(t *testing.T) {
	t.Parallel()
	t.Run("ForWhatIsOnItsWay", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, nil)
		m := newMailer(t, server.Options())
		for range 10 {
			m.Notice(t.Context(), "mia@agency.example", "x")
		}
		if err := m.Close(t.Context()); err != nil || server.Waiting() != 10 {
			t.Errorf("closed with %v after %d of 10 mails", err, server.Waiting())
		}
	})
	t.Run("AndNoLonger", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, nil)
		asked, release := make(chan struct{}), make(chan struct{})
		t.Cleanup(func() { close(release) })
		server.Refuse = func(string) error {
			close(asked)
			<-release
			return errors.New("too late")
		}
		m := newMailer(t, server.Options())
		m.Notice(t.Context(), "mia@agency.example", "x")
		<-asked
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := m.Close(ctx); err == nil {
			t.Error("a mail that is stuck is not told of")
		}
	})
	t.Run("WithoutFurtherAttempts", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, nil)
		server.Down(t)
		var logged log
		options := server.Options()
		options.Logger, options.Backoff = logged.logger(), []time.Duration{time.Hour}
		m := newMailer(t, options)
		m.Notice(t.Context(), "mia@agency.example", "x")
		logged.await(t, "could not be sent yet")
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
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
