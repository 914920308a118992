package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// DatabaseURL is where PostgreSQL is reached and as whom: a URL or a list of
// keyword=value pairs, as libpq takes them. It may hold a password, so however
// it is printed, logged or encoded, its redacted form appears.
type DatabaseURL string

// Reveal returns the text itself, password included, for connecting.
func (u DatabaseURL) Reveal() string { return string(u) }

// Redacted returns the servers, user and database with the password masked.
// Everything else is left out, since options can hold secrets too.
func (u DatabaseURL) Redacted() string {
	if u == "" {
		return ""
	}

	cfg, err := pgconn.ParseConfig(string(u))
	if err != nil {
		return mask
	}

	shown := url.URL{Scheme: "postgres", Host: strings.Join(servers(cfg), ","), Path: "/" + cfg.Database}

	switch {
	case cfg.Password != "":
		shown.User = url.UserPassword(cfg.User, cfg.Password)
	case cfg.User != "":
		shown.User = url.User(cfg.User)
	}

	return shown.Redacted()
}

// Hosts returns how many servers the address names.
func (u DatabaseURL) Hosts() int {
	cfg, err := pgconn.ParseConfig(string(u))
	if err != nil {
		return 0
	}

	return len(servers(cfg))
}

// servers lists the addresses of cfg in order. A host can be in it twice, with
// and without TLS; it is listed once.
func servers(cfg *pgconn.Config) []string {
	list := []string{server(cfg.Host, cfg.Port)}

	for _, fallback := range cfg.Fallbacks {
		if address := server(fallback.Host, fallback.Port); !slices.Contains(list, address) {
			list = append(list, address)
		}
	}

	return list
}

func server(host string, port uint16) string {
	number := strconv.Itoa(int(port))
	if filepath.IsAbs(host) {
		// The directory of a Unix socket.
		return host + ":" + number
	}

	return net.JoinHostPort(host, number)
}

// String returns the redacted form.
func (u DatabaseURL) String() string { return u.Redacted() }

// GoString returns the redacted form.
func (u DatabaseURL) GoString() string { return u.Redacted() }

// Format writes the redacted form for every verb.
func (u DatabaseURL) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, u.Redacted()) }

// LogValue returns the redacted form.
func (u DatabaseURL) LogValue() slog.Value { return slog.StringValue(u.Redacted()) }

// MarshalText returns the redacted form, which is what JSON then holds.
func (u DatabaseURL) MarshalText() ([]byte, error) { return []byte(u.Redacted()), nil }

var errDatabaseURL = errors.New("expected a PostgreSQL URL such as postgres://user:password@host:5432/database (reserved characters in the password percent-encoded), or pairs such as host=localhost dbname=coordinator")

// parseDatabaseURL leaves out pgconn's own message: it quotes what it could not
// read, which may be the password.
func parseDatabaseURL(text string) (DatabaseURL, error) {
	scheme, _, isURL := strings.Cut(text, "://")
	// pgconn takes any other scheme for a keyword=value list when the text has
	// an equals sign in it.
	if isURL && scheme != "postgres" && scheme != "postgresql" && !strings.Contains(scheme, "=") {
		return "", errDatabaseURL
	}

	_, err := pgconn.ParseConfig(text)
	if unreadable := (*fs.PathError)(nil); errors.As(err, &unreadable) {
		// A certificate or a key, whose path is no secret.
		return "", fmt.Errorf("names a file that cannot be read: %w", unreadable)
	}

	if err != nil {
		return "", errDatabaseURL
	}

	return DatabaseURL(text), nil
}
