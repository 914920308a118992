package apitest

import (
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/gen/api"
)

// Authenticator is what somebody holds who has begun to set up a second factor.
type Authenticator struct {
	a      *API
	secret string
}

// BeginSecondFactor begins to set up a second factor for whom the token is, whose
// password is Password.
func (a *API) BeginSecondFactor(token string) Authenticator {
	a.t.Helper()
	var enrolment api.SecondFactorEnrolment
	a.Do(Request{
		Method: http.MethodPost, Path: "/api/v1/users/me/second-factor", Token: token, Body: api.SecondFactorBegin{Password: Password},
	}).MustDecode(a.t, http.StatusCreated, &enrolment)
	return Authenticator{a: a, secret: enrolment.Secret}
}

// SetUpSecondFactor sets a second factor up for whom the token is, by the code
// of the present step, and returns the recovery codes too.
func (a *API) SetUpSecondFactor(token string) (Authenticator, []string) {
	a.t.Helper()
	authenticator := a.BeginSecondFactor(token)
	var recovery api.RecoveryCodes
	a.Do(Request{
		Method: http.MethodPost, Path: "/api/v1/users/me/second-factor/confirm", Token: token,
		Body: api.SecondFactorConfirm{Code: authenticator.Code(time.Now())},
	}).MustDecode(a.t, http.StatusOK, &recovery)
	return authenticator, recovery.Codes
}

// Code is what the authenticator shows at the moment.
func (a Authenticator) Code(at time.Time) string {
	a.a.t.Helper()
	code, err := totp.GenerateCode(a.secret, at)
	if err != nil {
		a.a.t.Fatalf("computing a code: %v", err)
	}
	return code
}

// NextCode is what the authenticator shows half a minute from now, which is
// taken already: for whoever has used the present one.
func (a Authenticator) NextCode() string {
	a.a.t.Helper()
	return a.Code(time.Now().Add(30 * time.Second))
}
