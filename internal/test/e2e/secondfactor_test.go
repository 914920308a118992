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

	enrolment := calling(laptop.Users.BeginSecondFactor(t.Context(), api.SecondFactorBegin{Password: password})).
		succeeds(t)
	code := func(later time.Duration) string {
		shown, err := totp.GenerateCode(enrolment.Secret, time.Now().Add(later))
		if err != nil {
			t.Fatal(err)
		}

		return shown
	}
	recovery := calling(laptop.Users.ConfirmSecondFactor(t.Context(), api.SecondFactorConfirm{Code: code(0)})).
		succeeds(t).Codes

	calling(laptop.Clients.List(t.Context(), client.ClientListParams{})).succeeds(t)
	calling(phone.Clients.List(t.Context(), client.ClientListParams{})).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	signIn := func(code, recoveryCode string) outcome[api.TokenPair] {
		return calling(s.client(t, "").Users.Login(t.Context(), api.Login{
			Email: email, Password: password, Code: code, RecoveryCode: recoveryCode,
		}))
	}

	signIn("", "").fails(t, http.StatusUnauthorized, api.ProblemCodeSecondFactorRequired)

	once := code(30 * time.Second)
	signIn(once, "").succeeds(t)
	signIn(once, "").fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	signIn("", recovery[0]).succeeds(t)
	signIn("", recovery[0]).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)

	state := calling(laptop.Users.GetSecondFactor(t.Context())).succeeds(t)
	if state.State != api.SecondFactorStateActive || state.RecoveryCodesLeft != 9 || state.IsRequired {
		t.Errorf("the second factor is %+v", state)
	}

	doing(laptop.Users.RemoveSecondFactor(t.Context(), api.SecondFactorRemove{Password: password, RecoveryCode: recovery[1]})).
		succeeds(t)
	signIn("", "").succeeds(t)

	// From here on administrators have to have one, and their sessions of before
	// are no exception.
	before := s.signIn(t, adminEmail, adminPassword).AccessToken

	s.stop(t)

	if log := s.stderr.String(); strings.Contains(log, enrolment.Secret) || slices.ContainsFunc(recovery, func(c string) bool { return strings.Contains(log, c) }) {
		t.Error("a secret stands in the log")
	}

	s = start(t, dataDir, append(slices.Clone(admin), "COORDINATOR_REQUIRE_SECOND_FACTOR=admin")...)
	boss := s.client(t, before)

	calling(boss.Users.List(t.Context(), client.UserListParams{})).fails(t, http.StatusForbidden, api.ProblemCodeSecondFactorSetupRequired)
	calling(boss.Users.Me(t.Context())).succeeds(t)

	enrolment = calling(boss.Users.BeginSecondFactor(t.Context(), api.SecondFactorBegin{Password: adminPassword})).
		succeeds(t)
	recovery = calling(boss.Users.ConfirmSecondFactor(t.Context(), api.SecondFactorConfirm{Code: code(0)})).
		succeeds(t).Codes

	calling(boss.Users.List(t.Context(), client.UserListParams{})).succeeds(t)
	doing(boss.Users.RemoveSecondFactor(t.Context(), api.SecondFactorRemove{Password: adminPassword, RecoveryCode: recovery[0]})).
		fails(t, http.StatusForbidden, api.ProblemCodeForbidden)
	calling(boss.Users.ReplaceRecoveryCodes(t.Context(), api.RecoveryCodesReplace{Code: code(30 * time.Second)})).
		succeeds(t)

	// Somebody else's is reset by an administrator.
	laptop = s.signedIn(t, email, password)
	enrolment = calling(laptop.Users.BeginSecondFactor(t.Context(), api.SecondFactorBegin{Password: password})).
		succeeds(t)
	calling(laptop.Users.ConfirmSecondFactor(t.Context(), api.SecondFactorConfirm{Code: code(0)})).succeeds(t)
	doing(boss.Users.ResetSecondFactor(t.Context(), ana)).succeeds(t)
	calling(laptop.Users.Me(t.Context())).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	s.signIn(t, email, password)

	// The administrator has nobody to ask but who runs the service.
	mustRun(t, []string{"COORDINATOR_DATA_DIR=" + dataDir}, "user", "reset-second-factor", "--email="+adminEmail)
	calling(boss.Users.Me(t.Context())).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	calling(s.client(t, s.signIn(t, adminEmail, adminPassword).AccessToken).Users.List(t.Context(), client.UserListParams{})).
		fails(t, http.StatusForbidden, api.ProblemCodeSecondFactorSetupRequired)

	s.stop(t)
}
