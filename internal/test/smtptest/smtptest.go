// Package smtptest is a mail server for tests: a real one, that takes mail from
// whoever has signed in over TLS, and keeps it for the test to read. It is
// imported by tests alone.
package smtptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/aicoordination/coordinator/internal/mail"
)

// The account that may hand in mail.
const (
	User     = "coordinator"
	Password = "smtptest-password"
)

// patience is how long a test waits for mail.
const patience = 10 * time.Second

// Server is a running mail server.
type Server struct {
	// TLS is what a client trusts the server with.
	TLS *tls.Config
	// Refuse, unless nil, says what is wrong with a recipient.
	Refuse func(to string) error

	address string
	server  func() *smtp.Server
	mails   chan Mail

	mu       sync.Mutex
	running  *smtp.Server
	listener net.Listener
}

// Mail is a mail that was handed in.
type Mail struct {
	From   string
	To     []string
	Header netmail.Header
	Text   string
	HTML   string
	Raw    string
}

// Token is the token in the mail's text, by itself or at the end of a link.
func (m Mail) Token() string {
	for line := range strings.SplitSeq(m.Text, "\n") {
		found, isIndented := strings.CutPrefix(strings.TrimRight(line, "\r"), "  ")
		if !isIndented {
			continue
		}
		if link, err := url.Parse(found); err == nil && link.Query().Has("token") {
			return link.Query().Get("token")
		}
		return found
	}
	return ""
}

// New starts a server. change, unless nil, changes it before it runs.
func New(t testing.TB, change func(*smtp.Server)) *Server {
	t.Helper()
	certificate, pool := selfSigned(t)
	s := &Server{TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, mails: make(chan Mail, 1000)}
	s.server = func() *smtp.Server {
		server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c}, nil }))
		server.Domain = "localhost"
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		server.ErrorLog = silent{}
		if change != nil {
			change(server)
		}
		return server
	}
	s.Up(t)
	t.Cleanup(func() { s.Down(t) })
	return s
}

// Up makes the server reachable, at the address it had before.
func (s *Server) Up(t testing.TB) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", or(s.address, "127.0.0.1:0"))
	if err != nil {
		t.Fatalf("starting the mail server: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.address = listener.Addr().String()
	s.running, s.listener = s.server(), listener
	go func(server *smtp.Server) { _ = server.Serve(listener) }(s.running)
}

// Down makes the server unreachable.
func (s *Server) Down(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return
	}
	// The server does not know of a listener that it has not begun to serve.
	_ = s.listener.Close()
	if err := s.running.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		t.Errorf("stopping the mail server: %v", err)
	}
	s.running = nil
}

// Options are those of a mailer that hands in here, by STARTTLS and signed in.
func (s *Server) Options() mail.Options {
	host, port, _ := net.SplitHostPort(s.address)
	number, _ := net.LookupPort("tcp", port)
	return mail.Options{
		Server: &mail.Server{Host: host, Port: number, Security: mail.STARTTLS, User: User, Password: Password},
		From:   "Coordinator <coordinator@agency.example>", PublicURL: "https://api.agency.example", TLS: s.TLS,
	}
}

// Next returns the next mail, and fails the test when none comes.
func (s *Server) Next(t testing.TB) Mail {
	t.Helper()
	select {
	case m := <-s.mails:
		return m
	case <-time.After(patience):
		t.Fatal("no mail has arrived")
		return Mail{}
	}
}

// Waiting is how many mails have arrived and were not read.
func (s *Server) Waiting() int { return len(s.mails) }

type session struct {
	server *Server
	conn   *smtp.Conn
	signed bool
	from   string
	to     []string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if _, isEncrypted := s.conn.TLSConnectionState(); user != User || password != Password || (!isEncrypted && !s.conn.Server().AllowInsecureAuth) {
			return smtp.ErrAuthFailed
		}
		s.signed = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signed {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.Refuse != nil {
		if err := s.server.Refuse(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return err
	}
	m.From, m.To = s.from, s.to
	s.server.mails <- m
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

// parse reads a mail of two alternatives.
func parse(raw []byte) (Mail, error) {
	message, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	m := Mail{Header: message.Header, Raw: string(raw)}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return Mail{}, err
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return Mail{}, err
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return Mail{}, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = string(content)
		} else {
			m.Text = string(content)
		}
	}
}

func selfSigned(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// silent is for what a server says of connections that a test breaks off.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
