package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// A second factor is set up, signed in with, lost, and required of a role by a
// setting, as a client lives through it.
func TestSecondFactor(t *testing.T) {
	t.Parallel()

	dataDir := newDataDir(t)
	s := start(t, dataDir, admin...)

	const email, password = "ana@agency.example", "correct horse battery"

	ana := s.createUser(t, email, password, "Ana Ruiz")
	phone := s.signedIn(t, email, password)
	laptop := s.signedIn(t, email, password)

	enrolment := answer(laptop.Users.BeginSecondFactor(t.Context(), api.SecondFactorBegin{Password: password})).
		is(t)
	code := func(later time.Duration) string {
		shown, err := totp.GenerateCode(enrolment.Secret, time.Now().Add(later))
		if err != nil {
			t.Fatal(err)
		}

		return shown
	}
	recovery := answer(laptop.Users.ConfirmSecondFactor(t.Context(), api.SecondFactorConfirm{Code: code(0)})).
		is(t).Codes

	answer(laptop.Clients.List(t.Context(), client.ClientListParams{})).is(t)
	answer(phone.Clients.List(t.Context(), client.ClientListParams{})).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	signIn := func(code, recoveryCode string) answered[api.TokenPair] {
		return answer(s.client(t, "").Users.Login(t.Context(), api.Login{
			Email: email, Password: password, Code: code, RecoveryCode: recoveryCode,
		}))
	}

	signIn("", "").refused(t, http.StatusUnauthorized, api.ProblemCodeSecondFactorRequired)

	once := code(30 * time.Second)
	signIn(once, "").is(t)
	signIn(once, "").refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	signIn("", recovery[0]).is(t)
	signIn("", recovery[0]).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	state := answer(laptop.Users.GetSecondFactor(t.Context())).is(t)
	if state.State != api.SecondFactorStateActive || state.RecoveryCodesLeft != 9 || state.IsRequired {
		t.Errorf("the second factor is %+v", state)
	}

	done(laptop.Users.RemoveSecondFactor(t.Context(), api.SecondFactorRemove{Password: password, RecoveryCode: recovery[1]})).
		is(t)
	signIn("", "").is(t)

	// From here on administrators have to have one, and their sessions of before
	// are no exception.
	before := s.signIn(t, adminEmail, adminPassword).AccessToken

	s.stop(t)

	if log := s.stderr.String(); strings.Contains(log, enrolment.Secret) || slices.ContainsFunc(recovery, func(c string) bool { return strings.Contains(log, c) }) {
		t.Error("a secret stands in the log")
	}

	s = start(t, dataDir, append(slices.Clone(admin), "COORDINATOR_REQUIRE_SECOND_FACTOR=admin")...)
	boss := s.client(t, before)

	answer(boss.Users.List(t.Context(), client.UserListParams{})).refused(t, http.StatusForbidden, api.ProblemCodeSecondFactorSetupRequired)
	answer(boss.Users.Me(t.Context())).is(t)

	enrolment = answer(boss.Users.BeginSecondFactor(t.Context(), api.SecondFactorBegin{Password: adminPassword})).
		is(t)
	recovery = answer(boss.Users.ConfirmSecondFactor(t.Context(), api.SecondFactorConfirm{Code: code(0)})).
		is(t).Codes

	answer(boss.Users.List(t.Context(), client.UserListParams{})).is(t)
	done(boss.Users.RemoveSecondFactor(t.Context(), api.SecondFactorRemove{Password: adminPassword, RecoveryCode: recovery[0]})).
		refused(t, http.StatusForbidden, api.ProblemCodeForbidden)
	answer(boss.Users.ReplaceRecoveryCodes(t.Context(), api.RecoveryCodesReplace{Code: code(30 * time.Second)})).
		is(t)

	// Somebody else's is reset by an administrator.
	laptop = s.signedIn(t, email, password)
	enrolment = answer(laptop.Users.BeginSecondFactor(t.Context(), api.SecondFactorBegin{Password: password})).
		is(t)
	answer(laptop.Users.ConfirmSecondFactor(t.Context(), api.SecondFactorConfirm{Code: code(0)})).is(t)
	done(boss.Users.ResetSecondFactor(t.Context(), ana)).is(t)
	answer(laptop.Users.Me(t.Context())).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	s.signIn(t, email, password)

	// The administrator has nobody to ask but who runs the service.
	mustRun(t, []string{"COORDINATOR_DATA_DIR=" + dataDir}, "user", "reset-second-factor", "--email="+adminEmail)
	answer(boss.Users.Me(t.Context())).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	answer(s.client(t, s.signIn(t, adminEmail, adminPassword).AccessToken).Users.List(t.Context(), client.UserListParams{})).
		refused(t, http.StatusForbidden, api.ProblemCodeSecondFactorSetupRequired)

	s.stop(t)
}
