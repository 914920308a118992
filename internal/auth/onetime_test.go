package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

const otherPassword = "another good password"

func (r reception) wantLogin(t *testing.T, user db.User, password string, works bool) {
	t.Helper()
	_, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: password}, auth.Device{})
	if works {
		expect.OK(t, err)
		return
	}
	expect.Code(t, err, apperr.Unauthenticated)
}

func wantNotValid(t *testing.T, err error) {
	t.Helper()
	expect.Fields(t, err, "/token not_valid")
}

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	user := r.user(t)
	first, _ := r.login(t, user)
	second, _ := r.login(t, user)
	_, other := r.login(t, r.user(t))

	expect.OK(t, r.auth.RequestPasswordReset(t.Context(), strings.ToUpper(user.Email)))
	mailed := box.only(t, r, "password_reset")
	if mailed.to != user.Email || !mailed.expires.Equal(r.now().Add(15*time.Minute)) {
		t.Errorf("the letter is %+v", mailed)
	}
	expect.OK(t, r.auth.ResetPassword(t.Context(), access.Actor{RequestID: "req-9"}, mailed.token, otherPassword))

	r.wantLogin(t, user, password, false)
	r.wantLogin(t, user, otherPassword, true)
	for _, tokens := range []auth.Tokens{first, second} {
		r.wantUnauthenticated(t, tokens.Access)
		_, err := r.refresh(t, tokens.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
	}
	if got := expect.Count(t, r.db, "SELECT count(*) FROM sessions WHERE revoked_reason = 'password_reset'"); got != 2 {
		t.Errorf("%d sessions were ended by it, want those two", got)
	}
	if got := expect.Count(t, r.db, "SELECT count(*) FROM sessions WHERE id = $1 AND revoked_at IS NULL", other.SessionID); got != 1 {
		t.Error("somebody else's session was ended")
	}
	if told := box.only(t, r, "notice"); told.to != user.Email || !strings.Contains(told.text, "was reset") {
		t.Errorf("the user is told %+v", told)
	}
	var events []expect.Event
	for _, e := range expect.Events(t, r.db, user.ID) {
		if e.Action == "user.password_reset" {
			events = append(events, e)
		}
	}
	want := []expect.Event{{
		ActorID: &user.ID, Credential: "anonymous", RequestID: new("req-9"), Entity: "user", EntityID: user.ID, Action: "user.password_reset", Version: new(int64(2)),
		Changes: map[string]expect.Change{"email_verified_at": {New: r.now().Format(time.RFC3339)}},
	}}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events, which hold no hash (-want +got):\n%s", diff)
	}
}

// What a token cannot be used for, each time with a token that works otherwise.
func TestTokensThatAreNotValid(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	reset := func(t *testing.T, user db.User) string {
		expect.OK(t, r.auth.RequestPasswordReset(t.Context(), user.Email))
		return box.only(t, r, "password_reset").token
	}
	verification := func(t *testing.T, user db.User) string {
		expect.OK(t, r.auth.RequestEmailVerification(t.Context(), factory.Actor(user)))
		return box.only(t, r, "email_verification").token
	}
	refused := func(t *testing.T, token string) {
		t.Helper()
		before := expect.EventCount(t, r.db)
		wantNotValid(t, r.auth.ResetPassword(t.Context(), access.Actor{}, token, otherPassword))
		wantNotValid(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, token))
		if expect.EventCount(t, r.db) != before {
			t.Error("a refused token wrote an event")
		}
		if got := box.take(t, r); len(got) > 0 {
			t.Errorf("a refused token had %+v written", got)
		}
	}

	t.Run("ForAnotherPurpose", func(t *testing.T) {
		user := r.user(t)
		wantNotValid(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, reset(t, user)))
		wantNotValid(t, r.auth.ResetPassword(t.Context(), access.Actor{}, verification(t, user), otherPassword))
		_, err := r.auth.AcceptInvitation(t.Context(), access.Actor{}, auth.Account{Email: user.Email, Password: password, Name: "x", InvitationToken: reset(t, user)})
		expect.Code(t, err, apperr.Forbidden)
		// And no session's token is one of these.
		tokens, _ := r.login(t, user)
		refused(t, tokens.Refresh)
		refused(t, tokens.Access)
	})
	t.Run("Used", func(t *testing.T) {
		user := r.user(t)
		token := reset(t, user)
		expect.OK(t, r.auth.ResetPassword(t.Context(), access.Actor{}, token, otherPassword))
		box.take(t, r)
		refused(t, token)
		user = r.user(t)
		token = verification(t, user)
		expect.OK(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, token))
		refused(t, token)
	})
	t.Run("ReplacedByALaterOne", func(t *testing.T) {
		user := r.user(t)
		first := reset(t, user)
		second := reset(t, user)
		refused(t, first)
		expect.OK(t, r.auth.ResetPassword(t.Context(), access.Actor{}, second, otherPassword))
		box.take(t, r)
	})
	t.Run("SentToAnAddressOfBefore", func(t *testing.T) {
		user := r.user(t)
		token := reset(t, user)
		_, err := r.db.Exec(t.Context(), "UPDATE users SET email = 'moved@agency.example' WHERE id = $1", user.ID)
		expect.OK(t, err)
		refused(t, token)
	})
	t.Run("OfADeletedUser", func(t *testing.T) {
		user := r.user(t)
		token := reset(t, user)
		_, err := r.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", user.ID)
		expect.OK(t, err)
		refused(t, token)
	})
	t.Run("Unknown", func(t *testing.T) { refused(t, "no token of ours, but as long as one") })
	t.Run("OlderThanAQuarterOfAnHour", func(t *testing.T) {
		one, two := r.user(t), r.user(t)
		for _, token := range []string{reset(t, one), verification(t, two)} {
			defer refused(t, token)
		}
		inTime := reset(t, r.user(t))
		r.pass(15*time.Minute - time.Second)
		expect.OK(t, r.auth.ResetPassword(t.Context(), access.Actor{}, inTime, otherPassword))
		box.take(t, r)
		r.pass(time.Second)
	})
}

func TestTokensWorkOnceUnderParallelUse(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	once := func(t *testing.T, use func() error) {
		t.Helper()
		fns := make([]func() error, 50)
		for i := range fns {
			fns[i] = use
		}
		succeeded := 0
		for _, err := range expect.Together(fns...) {
			switch {
			case err == nil:
				succeeded++
			case apperr.Is(err, apperr.Unavailable): // It waited too long for its turn to hash.
			default:
				wantNotValid(t, err)
			}
		}
		if succeeded != 1 {
			t.Errorf("a token worked %d times of 50", succeeded)
		}
	}
	t.Run("PasswordReset", func(t *testing.T) {
		user := r.user(t)
		expect.OK(t, r.auth.RequestPasswordReset(t.Context(), user.Email))
		token := box.only(t, r, "password_reset").token
		once(t, func() error { return r.auth.ResetPassword(t.Context(), access.Actor{}, token, otherPassword) })
		box.only(t, r, "notice")
		if got := expect.Count(t, r.db, "SELECT count(*) FROM events WHERE action = 'user.password_reset'"); got != 1 {
			t.Errorf("there are %d events of it", got)
		}
	})
	t.Run("EmailVerification", func(t *testing.T) {
		user := r.user(t)
		expect.OK(t, r.auth.RequestEmailVerification(t.Context(), factory.Actor(user)))
		token := box.only(t, r, "email_verification").token
		once(t, func() error { return r.auth.VerifyEmail(t.Context(), access.Actor{}, token) })
		if got := expect.Count(t, r.db, "SELECT count(*) FROM events WHERE action = 'user.email_verified'"); got != 1 {
			t.Errorf("there are %d events of it", got)
		}
	})
}

func TestPasswordResetIsForPeopleWithAnAccount(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	agent := factory.User(t, r.db, &factory.UserOpts{Kind: db.PrincipalKindAgent})
	gone := r.user(t)
	_, err := r.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", gone.ID)
	expect.OK(t, err)
	for _, email := range []string{agent.Email, gone.Email, "nobody@agency.example"} {
		expect.OK(t, r.auth.RequestPasswordReset(t.Context(), email))
		if got := box.take(t, r); len(got) > 0 {
			t.Errorf("%s was sent %+v", email, got)
		}
	}
}

// Nobody fills somebody's mailbox through us, and nobody learns that it is full.
func TestMailsToAnAddressAreBounded(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	user := r.user(t)
	ask := func() []letter {
		fns := make([]func() error, 20)
		for i := range fns {
			fns[i] = func() error { return r.auth.RequestPasswordReset(t.Context(), user.Email) }
		}
		for _, err := range expect.Together(fns...) {
			expect.OK(t, err)
		}
		return box.take(t, r)
	}
	sent := ask()
	if len(sent) != 3 {
		t.Errorf("%d mails were sent within an hour, want 3", len(sent))
	}
	if again := ask(); len(again) != 0 {
		t.Errorf("%d more were sent", len(again))
	}
	// Another purpose is counted by itself.
	expect.OK(t, r.auth.RequestEmailVerification(t.Context(), factory.Actor(user)))
	box.only(t, r, "email_verification")
	// The last one that was sent works although more were asked for.
	worked := 0
	for _, l := range sent {
		if r.auth.ResetPassword(t.Context(), access.Actor{}, l.token, otherPassword) == nil {
			worked++
		}
	}
	if worked != 1 {
		t.Errorf("%d of the three tokens worked, want the last", worked)
	}
	box.take(t, r)
	r.pass(time.Hour + time.Second)
	if later := ask(); len(later) != 3 {
		t.Errorf("%d mails were sent an hour later, want 3", len(later))
	}
	r.pass(25 * time.Hour)
	ask()
	if got := expect.Count(t, r.db, "SELECT count(*) FROM one_time_tokens WHERE user_id = $1", user.ID); got != 3 {
		t.Errorf("%d tokens are kept, want those of the last hour", got)
	}
}

func TestEmailVerification(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	// Without mail, an invitation does not show whose the address is.
	box.undelivered = true
	_, token, err := r.auth.Invite(t.Context(), r.of(t, db.RoleAdmin), "ana@agency.example", access.RoleUser)
	expect.OK(t, err)
	box.take(t, r)
	registered, err := r.accept(t, "ana@agency.example", token)
	expect.OK(t, err)
	mailed := box.only(t, r, "email_verification")
	if registered.EmailVerifiedAt != nil || mailed.to != "ana@agency.example" {
		t.Errorf("registered %+v and sent %+v", registered, mailed)
	}
	expect.OK(t, r.auth.VerifyEmail(t.Context(), access.Actor{RequestID: "req-3"}, mailed.token))
	verified, err := db.New(r.db).UserGetByEmail(t.Context(), registered.Email)
	expect.OK(t, err)
	if verified.EmailVerifiedAt == nil || !verified.EmailVerifiedAt.Equal(r.now()) || verified.Version != 2 {
		t.Errorf("the user is %+v", verified)
	}
	events := expect.Events(t, r.db, registered.ID)
	want := expect.Event{
		ActorID: &registered.ID, Credential: "anonymous", RequestID: new("req-3"), Entity: "user", EntityID: registered.ID, Action: "user.email_verified", Version: new(int64(2)),
		Changes: map[string]expect.Change{"email_verified_at": {New: r.now().Format(time.RFC3339)}},
	}
	if diff := cmp.Diff(want, events[len(events)-1]); diff != "" {
		t.Errorf("the event (-want +got):\n%s", diff)
	}
	// There is nothing to verify any more.
	expect.OK(t, r.auth.RequestEmailVerification(t.Context(), factory.Actor(registered)))
	if got := box.take(t, r); len(got) > 0 {
		t.Errorf("a verified address was sent %+v", got)
	}
}
