package e2e_test

import (
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellInvitations(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	invited := answer(w.admin.Invitations.Create(ctx, api.InvitationCreate{Email: miaEmail, Role: api.RoleUser})).is(t)
	if !invited.Token.IsNull() || !invited.Invitation.IsMailed || invited.Invitation.State != api.InvitationStatePending {
		t.Errorf("inviting by mail gives %+v", invited)
	}

	token := w.mail.Next(t).Token()

	mistaken := answer(w.admin.Invitations.Create(ctx, api.InvitationCreate{Email: "mya@agency.example", Role: api.RoleUser})).is(t).Invitation
	mistakenToken := w.mail.Next(t).Token()

	same(t, "who is invited", each(answer(w.admin.Invitations.List(ctx, client.InvitationListParams{
		State: []api.InvitationState{api.InvitationStatePending},
	})).is(t).Data, func(i api.Invitation) string { return i.Email }), miaEmail, "mya@agency.example")

	done(w.admin.Invitations.Revoke(ctx, mistaken.ID)).is(t)
	answer(w.anonymous(t).Users.Register(ctx, api.UserRegister{
		Email: mistaken.Email, Password: miaPassword, Name: "Mya", InvitationToken: &mistakenToken,
	})).refused(t, http.StatusForbidden, api.ProblemCodeForbidden)

	mia := answer(w.anonymous(t).Users.Register(ctx, api.UserRegister{
		Email: miaEmail, Password: miaPassword, Name: "Mia Sato", InvitationToken: &token,
	})).is(t)
	if mia == nil || mia.Role != api.RoleUser || mia.EmailVerifiedAt.IsNull() {
		t.Fatalf("who was invited gets %+v", mia)
	}

	w.miaID, w.mia = mia.ID, w.signIn(t, miaEmail, miaPassword)

	states := map[string]api.InvitationState{}
	for _, invitation := range all(t, w.admin.Invitations.All(ctx, client.InvitationListParams{PageSize: 1})) {
		states[invitation.Email] = invitation.State
	}

	if len(states) != 2 || states[miaEmail] != api.InvitationStateAccepted || states[mistaken.Email] != api.InvitationStateRevoked {
		t.Errorf("the invitations are %v", states)
	}
}

// Who is not invited shows that the address is its own.
func tellRegistration(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	anybody := w.anonymous(t)

	const email, password = "noah@elsewhere.example", "nine quiet lanterns"

	if opened := answer(anybody.Users.Register(ctx, api.UserRegister{Email: email, Password: password, Name: "Noah"})).is(t); opened != nil {
		t.Errorf("the account of nobody knows whom is open at once: %+v", opened)
	}

	answer(anybody.Users.Login(ctx, api.Login{Email: email, Password: password})).
		refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	done(anybody.Users.VerifyEmail(ctx, api.EmailVerification{Token: w.mail.Next(t).Token()})).is(t)

	noah := answer(w.signIn(t, email, password).Users.Me(ctx)).is(t)
	if noah.Email != email || noah.Role != api.RoleUser || noah.EmailVerifiedAt.IsNull() {
		t.Errorf("the account is %+v", noah)
	}

	// The administrator came to be by a setting, which shows nothing of the address.
	done(w.admin.Users.RequestEmailVerification(ctx)).is(t)
	done(anybody.Users.VerifyEmail(ctx, api.EmailVerification{Token: w.mail.Next(t).Token()})).is(t)

	if me := answer(w.admin.Users.Me(ctx)).is(t); me.EmailVerifiedAt.IsNull() {
		t.Errorf("the address is not verified: %+v", me)
	}
}

func tellAccounts(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	same(t, "the people", each(answer(w.admin.Users.List(ctx, client.UserListParams{
		Kind: []api.PrincipalKind{api.PrincipalKindHuman}, Sort: "name",
	})).is(t).Data, func(u api.User) string { return u.Email }), adminEmail, miaEmail, "noah@elsewhere.example")

	mia := answer(w.admin.Users.Get(ctx, w.miaID)).is(t)
	changed := answer(w.admin.Users.Update(ctx, mia.ID, api.UserUpdate{
		Title: client.Value("Designer"), Skills: &[]string{"shops", "type"}, CostRate: client.Value(api.CostRate{AmountMinor: 4500, Currency: "EUR"}),
	}, client.IfMatch(mia.Version))).is(t)

	if changed.Title.MustGet() != "Designer" || changed.CostRate.MustGet().AmountMinor != 4500 || changed.Version != mia.Version+1 {
		t.Errorf("the account is %+v", changed)
	}

	// The version of before is stale now.
	answer(w.admin.Users.Update(ctx, mia.ID, api.UserUpdate{Title: client.Null[string]()}, client.IfMatch(mia.Version))).
		refused(t, http.StatusPreconditionFailed, api.ProblemCodeVersionConflict)

	replaced := answer(w.admin.Users.Replace(ctx, mia.ID, api.UserReplace{
		Email: miaEmail, Name: "Mia Sato-Berg", Role: api.RoleUser, WeeklyCapacityMinutes: new(int32(1800)),
	}, client.IfMatch(changed.Version))).is(t)
	if replaced.Name != "Mia Sato-Berg" || !replaced.Title.IsNull() || replaced.WeeklyCapacityMinutes != 1800 {
		t.Errorf("what was left out is still there: %+v", replaced)
	}

	preferences := answer(w.mia.Users.GetPreferences(ctx, mia.ID)).is(t)
	updated := answer(w.mia.Users.UpdatePreferences(ctx, mia.ID, api.UserPreferencesUpdate{
		TimeZone: new("Asia/Tokyo"), WorkingHours: &api.WorkingHoursChange{Friday: &[]api.WorkingPeriod{{From: "09:00", To: "13:00"}}},
	}, client.IfMatch(preferences.Version))).is(t)

	if updated.TimeZone != "Asia/Tokyo" || len(updated.WorkingHours.Friday) != 1 {
		t.Errorf("the preferences are %+v", updated)
	}

	if back := answer(w.mia.Users.ReplacePreferences(ctx, mia.ID, api.UserPreferencesReplace{}, client.IfMatch(updated.Version))).is(t); back.TimeZone != preferences.TimeZone {
		t.Errorf("the time zone is %s, want what it is where nobody says otherwise: %s", back.TimeZone, preferences.TimeZone)
	}

	// Everything that was done to the account, newest first, a page at a time.
	history := actions(all(t, w.admin.Users.AllHistory(ctx, mia.ID, client.UserGetHistoryParams{PageSize: 2})))
	page := answer(w.admin.Users.GetHistory(ctx, mia.ID, client.UserGetHistoryParams{PageSize: 2})).is(t)

	if len(history) < 5 || len(page.Data) != 2 || page.Data[0].Action != history[0] {
		t.Errorf("the history is %v, and begins with %v", history, actions(page.Data))
	}
}

func tellPasswords(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	anybody := w.anonymous(t)

	const changed = "eight brave umbrellas"

	problem := done(w.mia.Users.ChangePassword(ctx, api.PasswordChange{CurrentPassword: "wrong", NewPassword: changed})).
		refused(t, http.StatusUnprocessableEntity, api.ProblemCodeValidationFailed)
	if len(problem.Fields) != 1 || problem.Fields[0].Pointer != "/current_password" {
		t.Errorf("what is wrong is %+v", problem.Fields)
	}

	done(w.mia.Users.ChangePassword(ctx, api.PasswordChange{CurrentPassword: miaPassword, NewPassword: changed})).is(t)
	w.mail.Next(t) // which tells of it
	answer(anybody.Users.Login(ctx, api.Login{Email: miaEmail, Password: changed})).is(t)

	// She forgets it again.
	done(anybody.Users.RequestPasswordReset(ctx, api.PasswordResetRequest{Email: miaEmail})).is(t)
	done(anybody.Users.ResetPassword(ctx, api.PasswordReset{Token: w.mail.Next(t).Token(), Password: miaPassword})).is(t)
	w.mail.Next(t)

	answer(w.mia.Users.Me(ctx)).refused(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	w.mia = w.signIn(t, miaEmail, miaPassword)

	// Guessing makes everybody wait who signs in with the account, until an
	// administrator has it forgotten.
	var refused *client.Error
	for range 20 {
		refused = answer(client.SignIn(ctx, w.proxy.URL, miaEmail, "wrong password", client.WithRetries(0))).failed(t)
		if refused.Status != http.StatusUnauthorized {
			break
		}
	}

	if refused.Code != api.ProblemCodeRateLimited || refused.RetryAfter <= 0 {
		t.Errorf("guessing is answered with %v", refused)
	}

	done(w.admin.Users.Unlock(ctx, w.miaID)).is(t)
	w.signIn(t, miaEmail, miaPassword, client.WithRetries(0))
}
