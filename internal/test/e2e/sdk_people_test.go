package e2e_test

import (
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellInvitations(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	invited := calling(w.admin.Invitations.Create(ctx, api.InvitationCreate{Email: miaEmail, Role: api.RoleUser})).succeeds(t)
	if !invited.Token.IsNull() || !invited.Invitation.IsMailed || invited.Invitation.State != api.InvitationStatePending {
		t.Errorf("inviting by mail gives %+v", invited)
	}

	token := w.mail.Next(t).Token()

	mistaken := calling(w.admin.Invitations.Create(ctx, api.InvitationCreate{Email: "mya@agency.example", Role: api.RoleUser})).succeeds(t).Invitation
	mistakenToken := w.mail.Next(t).Token()

	same(t, "who is invited", each(calling(w.admin.Invitations.List(ctx, client.InvitationListParams{
		State: []api.InvitationState{api.InvitationStatePending},
	})).succeeds(t).Data, func(i api.Invitation) string { return i.Email }), miaEmail, "mya@agency.example")

	doing(w.admin.Invitations.Revoke(ctx, mistaken.ID)).succeeds(t)
	calling(w.anonymous(t).Users.Register(ctx, api.UserRegister{
		Email: mistaken.Email, Password: miaPassword, Name: "Mya", InvitationToken: &mistakenToken,
	})).fails(t, http.StatusForbidden, api.ProblemCodeForbidden)

	mia := calling(w.anonymous(t).Users.Register(ctx, api.UserRegister{
		Email: miaEmail, Password: miaPassword, Name: "Mia Sato", InvitationToken: &token,
	})).succeeds(t)
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

	if opened := calling(anybody.Users.Register(ctx, api.UserRegister{Email: email, Password: password, Name: "Noah"})).succeeds(t); opened != nil {
		t.Errorf("the account of nobody knows whom is open at once: %+v", opened)
	}

	calling(anybody.Users.Login(ctx, api.Login{Email: email, Password: password})).
		fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	doing(anybody.Users.VerifyEmail(ctx, api.EmailVerification{Token: w.mail.Next(t).Token()})).succeeds(t)

	noah := calling(w.signIn(t, email, password).Users.Me(ctx)).succeeds(t)
	if noah.Email != email || noah.Role != api.RoleUser || noah.EmailVerifiedAt.IsNull() {
		t.Errorf("the account is %+v", noah)
	}

	// The administrator came to be by a setting, which shows nothing of the address.
	doing(w.admin.Users.RequestEmailVerification(ctx)).succeeds(t)
	doing(anybody.Users.VerifyEmail(ctx, api.EmailVerification{Token: w.mail.Next(t).Token()})).succeeds(t)

	if me := calling(w.admin.Users.Me(ctx)).succeeds(t); me.EmailVerifiedAt.IsNull() {
		t.Errorf("the address is not verified: %+v", me)
	}
}

func tellAccounts(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	same(t, "the people", each(calling(w.admin.Users.List(ctx, client.UserListParams{
		Kind: []api.PrincipalKind{api.PrincipalKindHuman}, Sort: "name",
	})).succeeds(t).Data, func(u api.User) string { return u.Email }), adminEmail, miaEmail, "noah@elsewhere.example")

	mia := calling(w.admin.Users.Get(ctx, w.miaID)).succeeds(t)
	changed := calling(w.admin.Users.Update(ctx, mia.ID, api.UserUpdate{
		Title: client.Value("Designer"), Skills: []string{"shops", "type"}, CostRate: client.Value(api.CostRate{AmountMinor: 4500, Currency: "EUR"}),
	}, client.IfMatch(mia.Version))).succeeds(t)

	if changed.Title.MustGet() != "Designer" || changed.CostRate.MustGet().AmountMinor != 4500 || changed.Version != mia.Version+1 {
		t.Errorf("the account is %+v", changed)
	}

	// The version of before is stale now.
	calling(w.admin.Users.Update(ctx, mia.ID, api.UserUpdate{Title: client.Null[string]()}, client.IfMatch(mia.Version))).
		fails(t, http.StatusPreconditionFailed, api.ProblemCodeVersionConflict)

	replaced := calling(w.admin.Users.Replace(ctx, mia.ID, api.UserReplace{
		Email: miaEmail, Name: "Mia Sato-Berg", Role: api.RoleUser, WeeklyCapacityMinutes: new(int32(1800)),
	}, client.IfMatch(changed.Version))).succeeds(t)
	if replaced.Name != "Mia Sato-Berg" || !replaced.Title.IsNull() || replaced.WeeklyCapacityMinutes != 1800 {
		t.Errorf("what was left out is still there: %+v", replaced)
	}

	preferences := calling(w.mia.Users.GetPreferences(ctx, mia.ID)).succeeds(t)
	updated := calling(w.mia.Users.UpdatePreferences(ctx, mia.ID, api.UserPreferencesUpdate{
		TimeZone: new("Asia/Tokyo"), WorkingHours: &api.WorkingHoursChange{Friday: []api.WorkingPeriod{{From: "09:00", To: "13:00"}}},
	}, client.IfMatch(preferences.Version))).succeeds(t)

	if updated.TimeZone != "Asia/Tokyo" || len(updated.WorkingHours.Friday) != 1 {
		t.Errorf("the preferences are %+v", updated)
	}

	if back := calling(w.mia.Users.ReplacePreferences(ctx, mia.ID, api.UserPreferencesReplace{}, client.IfMatch(updated.Version))).succeeds(t); back.TimeZone != preferences.TimeZone {
		t.Errorf("the time zone is %s, want what it is where nobody says otherwise: %s", back.TimeZone, preferences.TimeZone)
	}

	// Everything that was done to the account, newest first, a page at a time.
	history := actions(all(t, w.admin.Users.AllHistory(ctx, mia.ID, client.UserGetHistoryParams{PageSize: 2})))
	page := calling(w.admin.Users.GetHistory(ctx, mia.ID, client.UserGetHistoryParams{PageSize: 2})).succeeds(t)

	if len(history) < 5 || len(page.Data) != 2 || page.Data[0].Action != history[0] {
		t.Errorf("the history is %v, and begins with %v", history, actions(page.Data))
	}
}

func tellPasswords(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	anybody := w.anonymous(t)

	const changed = "eight brave umbrellas"

	problem := doing(w.mia.Users.ChangePassword(ctx, api.PasswordChange{CurrentPassword: "wrong", NewPassword: changed})).
		fails(t, http.StatusUnprocessableEntity, api.ProblemCodeValidationFailed)
	if len(problem.Fields) != 1 || problem.Fields[0].Pointer != "/current_password" {
		t.Errorf("what is wrong is %+v", problem.Fields)
	}

	doing(w.mia.Users.ChangePassword(ctx, api.PasswordChange{CurrentPassword: miaPassword, NewPassword: changed})).succeeds(t)
	w.mail.Next(t) // which tells of it
	calling(anybody.Users.Login(ctx, api.Login{Email: miaEmail, Password: changed})).succeeds(t)

	// She forgets it again.
	doing(anybody.Users.RequestPasswordReset(ctx, api.PasswordResetRequest{Email: miaEmail})).succeeds(t)
	doing(anybody.Users.ResetPassword(ctx, api.PasswordReset{Token: w.mail.Next(t).Token(), Password: miaPassword})).succeeds(t)
	w.mail.Next(t)

	calling(w.mia.Users.Me(ctx)).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	w.mia = w.signIn(t, miaEmail, miaPassword)

	// Guessing makes everybody wait who signs in with the account, until an
	// administrator has it forgotten.
	var guessed error
	for range 20 {
		_, guessed = client.SignIn(ctx, w.proxy.URL, miaEmail, "wrong password", client.WithRetries(0))
		if !client.HasCode(guessed, api.ProblemCodeUnauthenticated) {
			break
		}
	}

	if limited := doing(guessed).fails(t, http.StatusTooManyRequests, api.ProblemCodeRateLimited); limited.RetryAfter <= 0 {
		t.Errorf("guessing is answered with %v", limited)
	}

	doing(w.admin.Users.Unlock(ctx, w.miaID)).succeeds(t)
	w.signIn(t, miaEmail, miaPassword, client.WithRetries(0))
}
