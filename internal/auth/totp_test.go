package auth_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// The vectors of RFC 6238, appendix B, for SHA-1. They have eight digits, of
// which codes of six are the last.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	t.Parallel()
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // "12345678901234567890" in base32
	for seconds, code := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		now := time.Unix(seconds, 0)
		got, err := totp.GenerateCodeCustom(secret, now, totp.ValidateOpts{Period: 30, Digits: otp.DigitsEight, Algorithm: otp.AlgorithmSHA1})
		if err != nil || got != code {
			t.Errorf("at %d the code is %s, %v, want %s", seconds, got, err, code)
		}
		step, ok, err := auth.MatchingStep(secret, code[2:], now, nil)
		if err != nil || !ok || step != seconds/30 {
			t.Errorf("at %d the code %s is of step %d, %v, %v, want %d", seconds, code[2:], step, ok, err, seconds/30)
		}
		if step, ok, _ := auth.MatchingStep(secret, code[2:], now, new(seconds/30)); ok {
			t.Errorf("at %d the code %s is taken for step %d after it was used", seconds, code[2:], step)
		}
	}
}

func TestSecretsOfTheSecondFactorDoNotPrint(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	for _, secret := range []any{auth.Enrolment{Secret: "hunter2", URI: "otpauth://hunter2"}, auth.RecoveryCodes{"hunter2"}} {
		logger.Info("made", "secret", secret)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb, secret)
		}
	}
	if strings.Contains(log.String(), "hunter2") || strings.Contains(log.String(), "68756e74657232") {
		t.Errorf("printed: %s", log.String())
	}
}

func TestAnAuthenticatorReadsTheURI(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	user := r.user(t)
	_, actor := r.login(t, user)
	enrolment, err := r.auth.BeginSecondFactor(t.Context(), actor, password)
	expect.OK(t, err)
	key, err := otp.NewKeyFromURL(enrolment.URI)
	expect.OK(t, err)
	if key.Type() != "totp" || key.Issuer() != "Coordinator" || key.AccountName() != user.Email || key.Secret() != enrolment.Secret ||
		key.Period() != 30 || key.Digits() != otp.DigitsSix || key.Algorithm() != otp.AlgorithmSHA1 || len(enrolment.Secret) != 32 {
		t.Errorf("the URI is %s", enrolment.URI)
	}
}
