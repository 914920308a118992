package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellSessions(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	phone, tablet := w.signIn(t, miaEmail, miaPassword, client.WithUserAgent("phone/1")), w.signIn(t, miaEmail, miaPassword)

	sessions := all(t, w.mia.Users.AllSessions(ctx, client.UserListSessionsParams{PageSize: 1}))
	if listed := calling(w.mia.Users.ListSessions(ctx, client.UserListSessionsParams{})).succeeds(t).Data; len(listed) != len(sessions) {
		t.Errorf("there are %d sessions, and %d page by page", len(listed), len(sessions))
	}

	for _, session := range sessions {
		if agent := session.UserAgent; !agent.IsNull() && agent.MustGet() == "phone/1" {
			doing(w.mia.Users.RevokeSession(ctx, session.ID)).succeeds(t)
		}
	}

	isOut := func(c *client.Client) {
		t.Helper()
		calling(c.Users.Me(ctx)).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	}

	isOut(phone)
	calling(tablet.Users.Me(ctx)).succeeds(t)
	doing(w.mia.Users.RevokeOtherSessions(ctx)).succeeds(t)
	isOut(tablet)
	calling(w.mia.Users.Me(ctx)).succeeds(t)

	// A session by hand, as others than this SDK's users do it.
	anybody := w.anonymous(t)
	pair := calling(anybody.Users.Login(ctx, api.Login{Email: miaEmail, Password: miaPassword})).succeeds(t)
	next := calling(anybody.Users.RefreshSession(ctx, api.RefreshRequest{RefreshToken: pair.RefreshToken})).succeeds(t)

	if next.RefreshToken == pair.RefreshToken || next.ExpiresIn <= 0 {
		t.Errorf("refreshing gives %+v", next)
	}

	byHand := calling(client.New(w.proxy.URL, client.WithAPIKey(next.AccessToken))).succeeds(t)
	doing(byHand.Users.Logout(ctx, nil)).succeeds(t)
	isOut(byHand)

	// The administrator ends what is left of them.
	doing(w.admin.Users.RevokeSessions(ctx, w.miaID)).succeeds(t)
	isOut(w.mia)
	w.mia = w.signIn(t, miaEmail, miaPassword)
}

func tellSecondFactor(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	begin := func() (code func(later time.Duration) string) {
		enrolment := calling(w.mia.Users.BeginSecondFactor(ctx, api.SecondFactorBegin{Password: miaPassword})).succeeds(t)

		return func(later time.Duration) string {
			shown, err := totp.GenerateCode(enrolment.Secret, time.Now().Add(later))
			if err != nil {
				t.Fatal(err)
			}

			return shown
		}
	}

	code := begin()
	if codes := calling(w.mia.Users.ConfirmSecondFactor(ctx, api.SecondFactorConfirm{Code: code(0)})).succeeds(t).Codes; len(codes) != 10 {
		t.Errorf("there are %d recovery codes", len(codes))
	}

	// Each code works once: the next one is that of half a minute later.
	recovery := calling(w.mia.Users.ReplaceRecoveryCodes(ctx, api.RecoveryCodesReplace{Code: code(30 * time.Second)})).succeeds(t).Codes

	if state := calling(w.mia.Users.GetSecondFactor(ctx)).succeeds(t); state.State != api.SecondFactorStateActive || state.RecoveryCodesLeft != 10 {
		t.Errorf("the second factor is %+v", state)
	}

	calling(client.SignIn(ctx, w.proxy.URL, miaEmail, miaPassword)).fails(t, http.StatusUnauthorized, api.ProblemCodeSecondFactorRequired)
	w.mia = w.signIn(t, miaEmail, miaPassword, client.WithRecoveryCode(recovery[0]))
	doing(w.mia.Users.RemoveSecondFactor(ctx, api.SecondFactorRemove{Password: miaPassword, RecoveryCode: recovery[1]})).succeeds(t)
	w.mia = w.signIn(t, miaEmail, miaPassword)

	// She sets it up again, and loses it with all its codes.
	code = begin()
	calling(w.mia.Users.ConfirmSecondFactor(ctx, api.SecondFactorConfirm{Code: code(0)})).succeeds(t)
	doing(w.admin.Users.ResetSecondFactor(ctx, w.miaID)).succeeds(t)
	w.mia = w.signIn(t, miaEmail, miaPassword)

	if state := calling(w.mia.Users.GetSecondFactor(ctx)).succeeds(t); state.State == api.SecondFactorStateActive {
		t.Errorf("the second factor is %+v", state)
	}
}
