package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"

	"github.com/aicoordination/coordinator/internal/redisurl"
)

// RedisURL is where Redis is reached and as whom. It may hold a password, so
// however it is printed, logged or encoded, its redacted form appears.
type RedisURL string

// Reveal returns the text itself, password included, for connecting.
func (u RedisURL) Reveal() string { return string(u) }

// Redacted returns the scheme and the server. Everything else is left out,
// since a parameter can hold a secret too.
func (u RedisURL) Redacted() string {
	if u == "" {
		return ""
	}

	parsed, err := url.Parse(string(u))
	if err != nil {
		return mask
	}

	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host}).String()
}

// String returns the redacted form.
func (u RedisURL) String() string { return u.Redacted() }

// GoString returns the redacted form.
func (u RedisURL) GoString() string { return u.Redacted() }

// Format writes the redacted form for every verb.
func (u RedisURL) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, u.Redacted()) }

// LogValue returns the redacted form.
func (u RedisURL) LogValue() slog.Value { return slog.StringValue(u.Redacted()) }

// MarshalText returns the redacted form, which is what JSON then holds.
func (u RedisURL) MarshalText() ([]byte, error) { return []byte(u.Redacted()), nil }

func parseRedisURL(text string) (RedisURL, error) {
	if _, err := redisurl.Parse(text); err != nil {
		return "", errors.New("expected a Redis URL such as redis://:password@host:6379/0, or rediss:// for TLS (reserved characters in the password percent-encoded)")
	}

	return RedisURL(text), nil
}
