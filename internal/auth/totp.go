package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	// totpIssuer is what an authenticator calls this service.
	totpIssuer = "Coordinator"
	// totpPeriod is how long a code is shown, in seconds.
	totpPeriod = 30
	// totpSkew is by how many steps the authenticator's clock may be off, each
	// way: RFC 6238, section 5.2, advises one for delays of the network.
	totpSkew = 1
	// totpSecretLen is the length of SHA-1's output, as RFC 4226 recommends.
	totpSecretLen = 20

	recoveryCodeCount = 10
	// recoveryCodeLen is in bytes: 120 bits, which nobody guesses and which a
	// fast hash therefore keeps safe, and 24 letters of base32.
	recoveryCodeLen   = 15
	recoveryCodeGroup = 6
)

// Enrolment is what an authenticator is set up with. It is a secret: however
// it is printed or logged, none of it appears.
type Enrolment struct {
	// Secret is in base32.
	Secret string
	// URI holds the secret as authenticators read it, otpauth://totp/….
	URI string
}

// String returns a mask.
func (Enrolment) String() string { return "(secret)" }

// Format writes the mask for every verb.
func (e Enrolment) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(e.String())) }

// LogValue returns a mask.
func (e Enrolment) LogValue() slog.Value { return slog.StringValue(e.String()) }

// RecoveryCodes sign in when the authenticator is lost, each of them once.
// However they are printed or logged, none of them appears.
type RecoveryCodes []string

// String returns a mask.
func (RecoveryCodes) String() string { return "(recovery codes)" }

// Format writes the mask for every verb.
func (c RecoveryCodes) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(c.String())) }

// LogValue returns a mask.
func (c RecoveryCodes) LogValue() slog.Value { return slog.StringValue(c.String()) }

// newEnrolment makes a secret for the account.
func newEnrolment(account string) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: totpIssuer, AccountName: account, Period: totpPeriod, SecretSize: totpSecretLen,
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("making a secret for an authenticator: %w", err)
	}
	return Enrolment{Secret: key.Secret(), URI: key.URL()}, nil
}

// totpStep is the number of the step that the moment is in.
func totpStep(now time.Time) int64 { return now.Unix() / totpPeriod }

// matchingStep returns the step after the last used one, at most one step away
// from now, whose code this is. ok is false when there is none.
func matchingStep(secret, code string, now time.Time, lastUsed *int64) (step int64, ok bool, err error) {
	present := totpStep(now)
	for candidate := present - totpSkew; candidate <= present+totpSkew; candidate++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("computing a code: %w", err)
		}
		isUsed := lastUsed != nil && candidate <= *lastUsed
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && !isUsed && !ok {
			step, ok = candidate, true
		}
	}
	return step, ok, nil
}

// newRecoveryCodes makes codes, in groups that can be read and typed, and the
// hashes that are stored of them.
func newRecoveryCodes() (codes RecoveryCodes, hashes [][]byte, err error) {
	for range recoveryCodeCount {
		random := make([]byte, recoveryCodeLen)
		if _, err := rand.Read(random); err != nil {
			return nil, nil, fmt.Errorf("making recovery codes: %w", err)
		}
		letters := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))
		var groups []string
		for ; letters != ""; letters = letters[recoveryCodeGroup:] {
			groups = append(groups, letters[:recoveryCodeGroup])
		}
		code := strings.Join(groups, "-")
		codes, hashes = append(codes, code), append(hashes, recoveryCodeHash(code))
	}
	return codes, hashes, nil
}

// recoveryCodeHash is what is stored of a code, however somebody types it.
func recoveryCodeHash(code string) []byte {
	letters := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	hash := sha256.Sum256([]byte(letters))
	return hash[:]
}
