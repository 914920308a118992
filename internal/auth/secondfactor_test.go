package auth_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// enrolled is somebody who has an active second factor.
type enrolled struct {
	reception
	user     db.User
	actor    access.Actor
	secret   string
	recovery []string
}

// enrol sets a second factor up. The code that confirms it is of the step now,
// so the clock goes on by one.
func (r reception) enrol(t *testing.T) enrolled {
	t.Helper()
	user := r.user(t)
	_, actor := r.login(t, user)
	enrolment, err := r.auth.BeginSecondFactor(t.Context(), actor, password)
	expect.OK(t, err)
	e := enrolled{reception: r, user: user, actor: actor, secret: enrolment.Secret}
	e.recovery, err = r.auth.ConfirmSecondFactor(t.Context(), actor, e.code(t, 0))
	expect.OK(t, err)
	r.pass(30 * time.Second)
	return e
}

// code is what the authenticator shows that many steps from now.
func (e enrolled) code(t *testing.T, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(e.secret, e.now().Add(time.Duration(steps)*30*time.Second))
	expect.OK(t, err)
	return code
}

func (e enrolled) signIn(t *testing.T, code, recoveryCode string) (auth.Tokens, error) {
	t.Helper()
	return e.auth.Login(t.Context(), access.Actor{RequestID: "req-3"}, auth.Credentials{
		Email: e.user.Email, Password: password, Code: code, RecoveryCode: recoveryCode,
	}, auth.Device{})
}

func (e enrolled) mustSignIn(t *testing.T, code, recoveryCode string) access.Actor {
	t.Helper()
	tokens, err := e.signIn(t, code, recoveryCode)
	expect.OK(t, err)
	actor, err := e.auth.Authenticate(t.Context(), tokens.Access)
	expect.OK(t, err)
	return actor
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()

	t.Run("SignsInWithACodeOnce", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		_, err := e.signIn(t, "", "")
		expect.Code(t, err, apperr.SecondFactorRequired)
		code := e.code(t, 0)
		if actor := e.mustSignIn(t, code, ""); actor.SecondFactorDue != "" {
			t.Errorf("the session owes %q", actor.SecondFactorDue)
		}
		_, err = e.signIn(t, code, "")
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("SignsInWithARecoveryCodeOnce", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		e.mustSignIn(t, "", e.recovery[3])
		_, err := e.signIn(t, "", e.recovery[3])
		expect.Code(t, err, apperr.Unauthenticated)
		found, err := e.auth.SecondFactor(t.Context(), e.actor)
		expect.OK(t, err)
		if found.RecoveryCodesLeft != 9 {
			t.Errorf("%d recovery codes are left", found.RecoveryCodesLeft)
		}
		_ = slices.Clone(e.recovery)
		_ = cmp.Diff
		_ = factory.User
	})
}
