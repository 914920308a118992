package config

import (
	"fmt"
	"io"
	"log/slog"
)

// mask stands for a secret wherever one would be printed. Its length says
// nothing about the secret's.
const mask = "********"

// Secret is a text that must not reach a log, a message or an answer: however
// it is printed, logged or encoded, only a mask appears. An empty one shows as
// empty, so that "not set" can be told from "set".
type Secret string

// Reveal returns the text itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String returns the mask.
func (s Secret) String() string {
	if s == "" {
		return ""
	}

	return mask
}

// GoString returns the mask.
func (s Secret) GoString() string { return s.String() }

// Format writes the mask for every verb. String alone would leave the verbs
// that are not for strings, and %d of a string prints it.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, s.String()) }

// LogValue returns the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the mask, which is what JSON then holds.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
