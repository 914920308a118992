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
	if listed := answer(w.mia.Users.ListSessions(ctx, client.UserListSessionsParams{})).is(t).Data; len(listed) != len(sessions) {
		t.Errorf("there are %d sessions, and %d page by page", len(listed), len(sessions))
	}

	for _, session := range sessions {
		if agent := session.UserAgent; !agent.IsNull() && agent.MustGet() == "phone/1" {
			done(w.mia.Users.RevokeSession(ctx, session.ID)).is(t)
		}
	}

	isOut := func(c *client.Client) {
		t.Helper()
		answer(c.Users.Me(ctx)).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	}

	isOut(phone)
	answer(tablet.Users.Me(ctx)).is(t)
	done(w.mia.Users.RevokeOtherSessions(ctx)).is(t)
	isOut(tablet)
	answer(w.mia.Users.Me(ctx)).is(t)

	// A session by hand, as others than this SDK's users do it.
	anybody := w.anonymous(t)
	pair := answer(anybody.Users.Login(ctx, api.Login{Email: miaEmail, Password: miaPassword})).is(t)
	next := answer(anybody.Users.RefreshSession(ctx, api.RefreshRequest{RefreshToken: pair.RefreshToken})).is(t)

	if next.RefreshToken == pair.RefreshToken || next.ExpiresIn <= 0 {
		t.Errorf("refreshing gives %+v", next)
	}

	byHand := answer(client.New(w.proxy.URL, client.WithAPIKey(next.AccessToken))).is(t)
	done(byHand.Users.Logout(ctx, nil)).is(t)
	isOut(byHand)

	// The administrator ends what is left of them.
	done(w.admin.Users.RevokeSessions(ctx, w.miaID)).is(t)
	isOut(w.mia)
	w.mia = w.signIn(t, miaEmail, miaPassword)
}

func tellSecondFactor(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	begin := func() (code func(later time.Duration) string) {
		enrolment := answer(w.mia.Users.BeginSecondFactor(ctx, api.SecondFactorBegin{Password: miaPassword})).is(t)

		return func(later time.Duration) string {
			shown, err := totp.GenerateCode(enrolment.Secret, time.Now().Add(later))
			if err != nil {
				t.Fatal(err)
			}

			return shown
		}
	}

	code := begin()
	if codes := answer(w.mia.Users.ConfirmSecondFactor(ctx, api.SecondFactorConfirm{Code: code(0)})).is(t).Codes; len(codes) != 10 {
		t.Errorf("there are %d recovery codes", len(codes))
	}

	// Each code works once: the next one is that of half a minute later.
	recovery := answer(w.mia.Users.ReplaceRecoveryCodes(ctx, api.RecoveryCodesReplace{Code: code(30 * time.Second)})).is(t).Codes

	if state := answer(w.mia.Users.GetSecondFactor(ctx)).is(t); state.State != api.SecondFactorStateActive || state.RecoveryCodesLeft != 10 {
		t.Errorf("the second factor is %+v", state)
	}

	answer(client.SignIn(ctx, w.proxy.URL, miaEmail, miaPassword)).refused(t, http.StatusUnauthorized, api.ProblemCodeSecondFactorRequired)
	w.mia = w.signIn(t, miaEmail, miaPassword, client.WithRecoveryCode(recovery[0]))
	done(w.mia.Users.RemoveSecondFactor(ctx, api.SecondFactorRemove{Password: miaPassword, RecoveryCode: recovery[1]})).is(t)
	w.mia = w.signIn(t, miaEmail, miaPassword)

	// She sets it up again, and loses it with all its codes.
	code = begin()
	answer(w.mia.Users.ConfirmSecondFactor(ctx, api.SecondFactorConfirm{Code: code(0)})).is(t)
	done(w.admin.Users.ResetSecondFactor(ctx, w.miaID)).is(t)
	w.mia = w.signIn(t, miaEmail, miaPassword)

	if state := answer(w.mia.Users.GetSecondFactor(ctx)).is(t); state.State == api.SecondFactorStateActive {
		t.Errorf("the second factor is %+v", state)
	}
}
