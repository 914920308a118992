package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// MailURL is the mail server, and as whom it is signed in to, or mailToLog. It
// may hold a password, so however it is printed, logged or encoded, its
// redacted form appears.
type MailURL string

// mailToLog writes mail to the log in place of sending it.
const mailToLog MailURL = "log:"

// ToLog tells that mail is written to the log in place of being sent.
func (u MailURL) ToLog() bool { return u == mailToLog }

// MailServer is what a MailURL says of the server.
type MailServer struct {
	Host string
	Port int
	// Security is "starttls", "tls" or "none".
	Security string
	// User is empty where nobody signs in.
	User     string
	Password Secret
}

// Server returns the server; nil when mail goes to the log or nowhere.
func (u MailURL) Server() *MailServer {
	if u == "" || u.ToLog() {
		return nil
	}

	server, err := readMailServer(string(u))
	if err != nil {
		// It was read before, when the settings were.
		return nil
	}

	return &server
}

// Redacted returns the server and the user with the password masked.
func (u MailURL) Redacted() string {
	if u == "" || u.ToLog() {
		return string(u)
	}

	parsed, err := url.Parse(string(u))
	if err != nil {
		return mask
	}

	return parsed.Redacted()
}

// String returns the redacted form.
func (u MailURL) String() string { return u.Redacted() }

// GoString returns the redacted form.
func (u MailURL) GoString() string { return u.Redacted() }

// Format writes the redacted form for every verb.
func (u MailURL) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, u.Redacted()) }

// LogValue returns the redacted form.
func (u MailURL) LogValue() slog.Value { return slog.StringValue(u.Redacted()) }

// MarshalText returns the redacted form, which is what JSON then holds.
func (u MailURL) MarshalText() ([]byte, error) { return []byte(u.Redacted()), nil }

var (
	errMailURL      = errors.New("expected smtp://user:password@host:587, smtps://user:password@host:465 (reserved characters in the password percent-encoded), or log: to write mail to the log")
	errMailPlain    = errors.New("tls=none sends passwords and tokens in the clear: it is for a server on this machine, such as smtp://localhost:25?tls=none")
	errMailSettings = errors.New("the only setting after a ? is tls=none")
)

// parseMailURL leaves out url's own message: it quotes what it could not read,
// which may be the password.
func parseMailURL(text string) (MailURL, error) {
	if MailURL(text).ToLog() {
		return mailToLog, nil
	}

	_, err := readMailServer(text)

	return MailURL(text), err
}

func readMailServer(text string) (MailServer, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || strings.Trim(parsed.Path, "/") != "" || parsed.Fragment != "" {
		return MailServer{}, errMailURL
	}

	password, _ := parsed.User.Password()
	server := MailServer{Host: parsed.Hostname(), User: parsed.User.Username(), Password: Secret(password)}

	switch parsed.Scheme {
	case "smtp":
		server.Security, server.Port = "starttls", 587
	case "smtps":
		server.Security, server.Port = "tls", 465
	default:
		return MailServer{}, errMailURL
	}

	if port := parsed.Port(); port != "" {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return MailServer{}, errMailURL
		}

		server.Port = int(number)
	}

	switch parsed.RawQuery {
	case "":
	case "tls=none":
		if parsed.Scheme != "smtp" || !isLoopback(server.Host) {
			return MailServer{}, errMailPlain
		}

		server.Security = "none"
	default:
		return MailServer{}, errMailSettings
	}

	return server, nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)

	return host == "localhost" || (err == nil && address.IsLoopback())
}

// parseMailbox takes an address with or without a name before it.
func parseMailbox(text string) (string, error) {
	if _, err := mail.ParseAddress(text); err != nil || !isText(text) {
		return "", errors.New(`expected an email address such as coordinator@example.com or "Coordinator <coordinator@example.com>"`)
	}

	return text, nil
}

// parseWebAddress takes what paths are appended to.
func parseWebAddress(text string) (string, error) {
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Hostname() == "" ||
		parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", errors.New("expected a web address such as https://app.example.com, without a user, a query or a fragment")
	}

	return strings.TrimRight(text, "/"), nil
}
