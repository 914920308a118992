package auth

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

// Scheme is how new passwords are hashed.
type Scheme string

// The schemes. SchemePBKDF2 is for where FIPS 140 is required.
const (
	SchemeArgon2id Scheme = "argon2id"
	SchemePBKDF2   Scheme = "pbkdf2"
)

// Settings of new hashes, after the OWASP Password Storage Cheat Sheet:
// argon2id with 19 MiB and two passes (28 ms on one core), PBKDF2-HMAC-SHA256
// with 600,000 iterations (119 to 206 ms).
const (
	argonMemoryKiB   = 19 * 1024
	argonTime        = 2
	argonThreads     = 1
	pbkdf2Iterations = 600_000
	saltLen          = 16
	keyLen           = 32
)

// verifier is a stored hash that has been read. There is one for each scheme.
type verifier interface {
	// matches tells whether the hash was made from the password. Its cost is
	// that of the hash, which its reading has bounded.
	matches(password string) bool
	// isCurrent tells whether a new hash of the scheme would have these settings.
	isCurrent(scheme Scheme) bool
}

// HashPassword returns the PHC string of the password under a fresh salt. It
// takes tens of milliseconds of a core; what serves requests bounds how many
// run at once.
func HashPassword(scheme Scheme, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("making a salt: %w", err)
	}
	password = normalized(password)
	switch scheme {
	case SchemeArgon2id:
		h := argon2idHash{memory: argonMemoryKiB, passes: argonTime, threads: argonThreads, salt: salt}
		h.key = argon2.IDKey([]byte(password), salt, h.passes, h.memory, h.threads, keyLen)
		return h.String(), nil
	case SchemePBKDF2:
		h := pbkdf2Hash{iterations: pbkdf2Iterations, salt: salt}
		var err error
		if h.key, err = pbkdf2.Key(sha256.New, password, salt, h.iterations, keyLen); err != nil {
			return "", fmt.Errorf("hashing a password: %w", err)
		}
		return h.String(), nil
	}
	return "", fmt.Errorf("there is no password scheme %q", scheme)
}

// newDecoy returns what costs as much to match as a new hash of the scheme, and
// has no password: its key is random. To compute one would be the longest that a
// start of the service waits for.
func newDecoy(scheme Scheme) (verifier, error) {
	random := make([]byte, saltLen+keyLen)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("making a decoy: %w", err)
	}
	salt, key := random[:saltLen], random[saltLen:]
	switch scheme {
	case SchemeArgon2id:
		return argon2idHash{memory: argonMemoryKiB, passes: argonTime, threads: argonThreads, salt: salt, key: key}, nil
	case SchemePBKDF2:
		return pbkdf2Hash{iterations: pbkdf2Iterations, salt: salt, key: key}, nil
	}
	return nil, fmt.Errorf("there is no password scheme %q", scheme)
}

// normalized is the password as it is hashed: in the normalization form C of
// Unicode, so that it is the same whichever way a keyboard puts é together (RFC
// 8265, section 4.2). The forms KC and KD would also make different characters
// the same, and with them imported hashes unusable.
func normalized(password string) string { return norm.NFC.String(password) }

// argon2idHash is $argon2id$v=19$m=…,t=…,p=…$salt$key (RFC 9106).
type argon2idHash struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

func (h argon2idHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

func (h argon2idHash) matches(password string) bool {
	key := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

func (h argon2idHash) isCurrent(scheme Scheme) bool {
	return scheme == SchemeArgon2id && h.memory == argonMemoryKiB && h.passes == argonTime && h.threads == argonThreads &&
		len(h.salt) >= saltLen && len(h.key) >= keyLen
}

// pbkdf2Hash is PBKDF2-HMAC-SHA256 (RFC 8018), in three ways of writing it.
type pbkdf2Hash struct {
	iterations int
	salt, key  []byte
}

func (h pbkdf2Hash) String() string {
	return fmt.Sprintf("$pbkdf2-sha256$i=%d$%s$%s", h.iterations,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

func (h pbkdf2Hash) matches(password string) bool {
	key, err := pbkdf2.Key(sha256.New, password, h.salt, h.iterations, len(h.key))
	return err == nil && subtle.ConstantTimeCompare(key, h.key) == 1
}

func (h pbkdf2Hash) isCurrent(scheme Scheme) bool {
	return scheme == SchemePBKDF2 && h.iterations == pbkdf2Iterations && len(h.salt) >= saltLen && len(h.key) >= keyLen
}

// bcryptHash is $2b$cost$salt and key. bcrypt knows the first 72 bytes of a
// password alone, so that is what is compared; the hash that replaces it at
// the next sign-in knows all of it.
type bcryptHash struct{ text []byte }

func (h bcryptHash) matches(password string) bool {
	// The library refuses to make a hash of more than 72 bytes, and leaves what
	// is over out when it compares, as other implementations do.
	return bcrypt.CompareHashAndPassword(h.text, []byte(password)) == nil
}

func (h bcryptHash) isCurrent(Scheme) bool { return false }

var errUnknownScheme = errors.New("the password hash is of no scheme that is known here: argon2id, PBKDF2-SHA256 or bcrypt")
