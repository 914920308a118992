package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// Argon2id with 19 MiB and two passes, the first of the equivalent settings of
// the OWASP Password Storage Cheat Sheet: 28 ms on one core.
const (
	argonMemoryKiB = 19 * 1024
	argonTime      = 2
	argonThreads   = 1
	argonSaltLen   = 16
	argonKeyLen    = 32

	// maxHashWait bounds the queue in front of the hashing. Whoever waits
	// longer is told to come back, and reads keep the rest of the machine.
	maxHashWait = 2 * time.Second
)

// passwords hashes and verifies passwords, at most half the cores at a time:
// an unbounded storm of sign-ins would take the service from everybody else.
type passwords struct {
	slots chan struct{}
	// decoy is verified when there is no account, so that an unknown address
	// takes as long as a wrong password.
	decoy string
}

func newPasswords() (*passwords, error) {
	// Any key will do: what it is compared with never matters, only that the
	// comparison costs what every other costs.
	random := make([]byte, argonSaltLen+argonKeyLen)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("making a decoy: %w", err)
	}
	return &passwords{
		slots: make(chan struct{}, max(1, runtime.NumCPU()/2)),
		decoy: phcString(random[:argonSaltLen], random[argonSaltLen:]),
	}, nil
}

func (p *passwords) enter(ctx context.Context) (leave func(), err error) {
	wait, cancel := context.WithTimeout(ctx, maxHashWait)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-wait.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, apperr.New(apperr.Unavailable, "Too many sign-ins are under way. Try again in a few seconds.")
	}
}

// hash is HashPassword within the bound.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return HashPassword(password)
}

// HashPassword returns the PHC string of the password under a fresh salt. It
// takes tens of milliseconds of a core; what serves requests bounds how many
// run at once.
func HashPassword(password string) (string, error) {
	salt := make([]byte, argonSaltLen)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("making a salt: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemoryKiB, argonThreads, argonKeyLen)
	return phcString(salt, key), nil
}

// phcString writes a hash as the PHC string format has it, with the settings
// it was made with.
func phcString(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemoryKiB, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// verify tells whether the password is the one the PHC string was made from.
// A nil hash is an account that does not exist or has no password; it takes
// the same time and never matches.
func (p *passwords) verify(ctx context.Context, hash *string, password string) (bool, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if hash == nil {
		_, err := verifyArgon2id(p.decoy, password)
		return false, err
	}
	return verifyArgon2id(*hash, password)
}

func verifyArgon2id(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("a stored password hash is of an unknown scheme")
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, fmt.Errorf("a stored password hash is of another version of argon2id: %s", parts[2])
	}
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("reading a stored password hash's settings: %w", err)
	}
	salt, err := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("reading a stored password hash's salt: %w", err)
	}
	want, err := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("reading a stored password hash's key: %w", err)
	}
	if len(want) == 0 || passes < 1 || threads < 1 { // argon2 panics on the latter two
		return false, fmt.Errorf("a stored password hash has no key or impossible settings: %s", parts[3])
	}
	key := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(key, want) == 1, nil
}
