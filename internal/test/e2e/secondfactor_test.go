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

	enrolment := answer(laptop.BeginSecondFactorWithResponse(t.Context(), api.SecondFactorBegin{Password: password})).
		is(t, http.StatusCreated).JSON201
	code := func(later time.Duration) string {
		shown, err := totp.GenerateCode(enrolment.Secret, time.Now().Add(later))
		if err != nil {
			t.Fatal(err)
		}

		return shown
	}
	recovery := answer(laptop.ConfirmSecondFactorWithResponse(t.Context(), api.SecondFactorConfirm{Code: code(0)})).
		is(t, http.StatusOK).JSON200.Codes

	answer(laptop.ListClientsWithResponse(t.Context(), nil)).is(t, http.StatusOK)
	answer(phone.ListClientsWithResponse(t.Context(), nil)).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	signIn := func(code, recoveryCode string) answered[*client.LoginResponse] {
		return answer(s.client(t, "").LoginWithResponse(t.Context(), api.Login{
			Email: email, Password: password, Code: code, RecoveryCode: recoveryCode,
		}))
	}

	signIn("", "").refused(t, http.StatusUnauthorized, api.ProblemCodeSecondFactorRequired)

	once := code(30 * time.Second)
	signIn(once, "").is(t, http.StatusOK)
	signIn(once, "").refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	signIn("", recovery[0]).is(t, http.StatusOK)
	signIn("", recovery[0]).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	state := answer(laptop.GetSecondFactorWithResponse(t.Context())).is(t, http.StatusOK).JSON200
	if state.State != api.SecondFactorStateActive || state.RecoveryCodesLeft != 9 || state.IsRequired {
		t.Errorf("the second factor is %+v", state)
	}

	answer(laptop.RemoveSecondFactorWithResponse(t.Context(), api.SecondFactorRemove{Password: password, RecoveryCode: recovery[1]})).
		is(t, http.StatusNoContent)
	signIn("", "").is(t, http.StatusOK)

	// From here on administrators have to have one, and their sessions of before
	// are no exception.
	before := s.signIn(t, adminEmail, adminPassword).AccessToken

	s.stop(t)

	if log := s.stderr.String(); strings.Contains(log, enrolment.Secret) || slices.ContainsFunc(recovery, func(c string) bool { return strings.Contains(log, c) }) {
		t.Error("a secret stands in the log")
	}

	s = start(t, dataDir, append(slices.Clone(admin), "COORDINATOR_REQUIRE_SECOND_FACTOR=admin")...)
	boss := s.client(t, before)

	answer(boss.ListUsersWithResponse(t.Context(), nil)).refused(t, http.StatusForbidden, api.ProblemCodeSecondFactorSetupRequired)
	answer(boss.GetCurrentUserWithResponse(t.Context())).is(t, http.StatusOK)

	enrolment = answer(boss.BeginSecondFactorWithResponse(t.Context(), api.SecondFactorBegin{Password: adminPassword})).
		is(t, http.StatusCreated).JSON201
	recovery = answer(boss.ConfirmSecondFactorWithResponse(t.Context(), api.SecondFactorConfirm{Code: code(0)})).
		is(t, http.StatusOK).JSON200.Codes

	answer(boss.ListUsersWithResponse(t.Context(), nil)).is(t, http.StatusOK)
	answer(boss.RemoveSecondFactorWithResponse(t.Context(), api.SecondFactorRemove{Password: adminPassword, RecoveryCode: recovery[0]})).
		refused(t, http.StatusForbidden, api.ProblemCodeForbidden)
	answer(boss.ReplaceRecoveryCodesWithResponse(t.Context(), api.RecoveryCodesReplace{Code: code(30 * time.Second)})).
		is(t, http.StatusOK)

	// Somebody else's is reset by an administrator.
	laptop = s.signedIn(t, email, password)
	enrolment = answer(laptop.BeginSecondFactorWithResponse(t.Context(), api.SecondFactorBegin{Password: password})).
		is(t, http.StatusCreated).JSON201
	answer(laptop.ConfirmSecondFactorWithResponse(t.Context(), api.SecondFactorConfirm{Code: code(0)})).is(t, http.StatusOK)
	answer(boss.ResetUserSecondFactorWithResponse(t.Context(), ana)).is(t, http.StatusNoContent)
	answer(laptop.GetCurrentUserWithResponse(t.Context())).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	s.signIn(t, email, password)

	// The administrator has nobody to ask but who runs the service.
	mustRun(t, []string{"COORDINATOR_DATA_DIR=" + dataDir}, "user", "reset-second-factor", "--email="+adminEmail)
	answer(boss.GetCurrentUserWithResponse(t.Context())).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	answer(s.client(t, s.signIn(t, adminEmail, adminPassword).AccessToken).ListUsersWithResponse(t.Context(), nil)).
		refused(t, http.StatusForbidden, api.ProblemCodeSecondFactorSetupRequired)

	s.stop(t)
}
