package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"log/slog"
	"strings"
)

// An API key reads ck_live_<id>_<secret><checksum>, in letters and digits: the
// id finds its row, the secret is 256 random bits, and the checksum, a CRC-32
// of everything before it, tells a mistyped key from one that is not valid any
// more, for us without asking the database and for secret scanners at all.
const (
	keyPrefix         = "ck_live_"
	keyIDLength       = 12
	keySecretLength   = 43 // 62^43 > 2^256
	keyChecksumLength = 6  // 62^6 > 2^32
	keyLength         = len(keyPrefix) + keyIDLength + 1 + keySecretLength + keyChecksumLength

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewKey is an API key in plain text, which is shown once and never stored. It
// does not show where it is printed or logged.
type NewKey struct{ text string }

// Reveal returns the key itself.
func (k NewKey) Reveal() string { return k.text }

// String returns what may be known of the key.
func (k NewKey) String() string { return keyPrefix + "…" }

// GoString is String, for %#v.
func (k NewKey) GoString() string { return k.String() }

// LogValue is String, for logs.
func (k NewKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// IsAPIKey tells whether the credential is meant as an API key.
func IsAPIKey(credential string) bool { return strings.HasPrefix(credential, "ck_") }

// generateAPIKey makes a key.
func generateAPIKey() (NewKey, error) {
	id, err := randomBase62(keyIDLength)
	if err != nil {
		return NewKey{}, err
	}
	secret, err := randomBase62(keySecretLength)
	if err != nil {
		return NewKey{}, err
	}
	text := keyPrefix + id + "_" + secret
	return NewKey{text: text + checksum(text)}, nil
}

// parseAPIKey returns the key's public id and the hash that is stored of it. It
// tells what is wrong with a text that is no key, for the log.
func parseAPIKey(text string) (publicID string, hash [sha256.Size]byte, err error) {
	if len(text) != keyLength || !strings.HasPrefix(text, keyPrefix) {
		return "", hash, fmt.Errorf("an API key has %d characters and begins with %s", keyLength, keyPrefix)
	}
	body, sum := text[:keyLength-keyChecksumLength], text[keyLength-keyChecksumLength:]
	id, secret, ok := strings.Cut(body[len(keyPrefix):], "_")
	if !ok || len(id) != keyIDLength || strings.Trim(id+secret, base62) != "" {
		return "", hash, fmt.Errorf("an API key is not of the form %s<id>_<secret><checksum>", keyPrefix)
	}
	if sum != checksum(body) {
		return "", hash, fmt.Errorf("the checksum of an API key is wrong")
	}
	return id, sha256.Sum256([]byte(text)), nil
}

// checksum is the CRC-32 (IEEE) of the text, in six digits to the base of 62.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	digits := make([]byte, keyChecksumLength)
	for i := range digits {
		digits[len(digits)-1-i] = base62[sum%62]
		sum /= 62
	}
	return string(digits)
}

// randomBase62 returns characters of which each is as likely as every other:
// bytes beyond the last multiple of 62 are thrown away.
func randomBase62(length int) (string, error) {
	text := make([]byte, 0, length)
	random := make([]byte, length)
	for len(text) < length {
		if _, err := rand.Read(random); err != nil {
			return "", fmt.Errorf("making an API key: %w", err)
		}
		for _, b := range random {
			if b < 62*4 && len(text) < length {
				text = append(text, base62[b%62])
			}
		}
	}
	return string(text), nil
}
