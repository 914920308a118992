package auth_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// register asks for an account as a stranger.
func (r reception) register(t *testing.T, email, password string) {
	t.Helper()
	expect.OK(t, r.auth.Register(t.Context(), auth.Account{Email: email, Name: "Ana", Password: password}))
}

func (r reception) signIn(t *testing.T, email, password string) error {
	t.Helper()
	_, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: email, Password: password}, auth.Device{})
	return err
}

func TestRegister(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	account := auth.Account{Email: " Ana@Agency.Example ", Name: " Ana ", Password: password, Role: access.RoleAdmin}
	expect.OK(t, r.auth.Register(t.Context(), account))
	mailed := box.only(t, r, "registration")
	if mailed.to != "Ana@Agency.Example" || !mailed.expires.Equal(r.now().Add(15*time.Minute)) {
		t.Errorf("sent %+v", mailed)
	}
	if got := expect.Count(t, r.db, "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM events WHERE entity_type = 'user')"); got != 0 {
		t.Errorf("there are %d accounts and events of them before the mail has come back", got)
	}

	expect.OK(t, r.auth.VerifyEmail(t.Context(), access.Actor{RequestID: "req-1"}, mailed.token))
	user, err := db.New(r.db).UserGetByEmail(t.Context(), "ana@agency.example")
	expect.OK(t, err)
	now := r.now()
	user.EmailVerifiedAt = new(user.EmailVerifiedAt.UTC())
	want := db.User{
		ID: user.ID, Kind: db.PrincipalKindHuman, Email: "Ana@Agency.Example", Name: "Ana", Role: db.RoleUser,
		PasswordHash: user.PasswordHash, EmailVerifiedAt: &now, Version: 1, CreatedAt: user.CreatedAt, UpdatedAt: user.CreatedAt,
		Skills: []string{}, WeeklyCapacityMinutes: 2400, TimeZone: "UTC", Locale: "en",
		WorkingHours: json.RawMessage("{}"), Notifications: json.RawMessage("{}"),
	}
	if diff := cmp.Diff(want, user); diff != "" {
		t.Errorf("whatever role was asked for, (-want +got):\n%s", diff)
	}
	wantEvents := []expect.Event{{
		Credential: "anonymous", RequestID: new("req-1"), Entity: "user", EntityID: user.ID, Action: "user.created", Version: new(int64(1)),
		Changes: map[string]expect.Change{
			"kind": {New: "human"}, "email": {New: "Ana@Agency.Example"}, "name": {New: "Ana"}, "role": {New: "user"},
			"email_verified_at": {New: now.Format(time.RFC3339)},
			"time_zone":         {New: "UTC"}, "locale": {New: "en"}, "weekly_capacity_minutes": {New: float64(2400)},
		},
	}}
	if diff := cmp.Diff(wantEvents, expect.Events(t, r.db, user.ID)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	expect.OK(t, r.signIn(t, "ana@agency.example", password))
	wantNotValid(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, mailed.token))
}

func TestRegisteringATakenAddressChangesNothingAndTellsItsOwner(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	user := r.user(t)
	before := expect.EventCount(t, r.db)
	for range 5 {
		r.register(t, strings.ToUpper(user.Email), otherPassword)
	}
	letters := box.take(t, r)
	if len(letters) != 3 {
		t.Errorf("%d mails within an hour, want 3", len(letters))
	}
	for _, l := range letters {
		if l != (letter{kind: "address_taken", to: user.Email}) {
			t.Errorf("its owner was sent %+v", l)
		}
	}
	after, err := db.New(r.db).UserGetByEmail(t.Context(), user.Email)
	expect.OK(t, err)
	if diff := cmp.Diff(user, after); diff != "" || expect.EventCount(t, r.db) != before {
		t.Errorf("the account has changed (-before +after):\n%s", diff)
	}
	if got := expect.Count(t, r.db, "SELECT count(*) FROM registrations WHERE password_hash IS NOT NULL"); got != 0 {
		t.Errorf("%d passwords are kept that can be of no use", got)
	}
	r.pass(time.Hour + time.Second)
	r.register(t, user.Email, otherPassword)
	box.only(t, r, "address_taken")
}

// Before it is verified, signing in with the password that one has just chosen
// is refused in the same words whether the address was free or taken.
func TestSigningInTellsNoFreeAddress(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	user := r.user(t)
	free := "free@agency.example"
	r.register(t, free, otherPassword)
	mailed := box.only(t, r, "registration")
	r.register(t, user.Email, otherPassword)
	a, b := expect.Code(t, r.signIn(t, free, otherPassword), apperr.Unauthenticated), expect.Code(t, r.signIn(t, user.Email, otherPassword), apperr.Unauthenticated)
	if diff := cmp.Diff(a.Error(), b.Error()); diff != "" {
		t.Errorf("the answers differ:\n%s", diff)
	}
	expect.OK(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, mailed.token))
	expect.OK(t, r.signIn(t, free, otherPassword))
	expect.OK(t, r.signIn(t, user.Email, password))
}

// Whoever registers the address of somebody else, before or after its owner
// does, neither keeps the owner out nor gets in.
func TestNobodySquatsAnAddress(t *testing.T) {
	t.Parallel()
	const address, squatters = "ana@agency.example", "the squatter's password"

	t.Run("TheOwnersTokenOpensTheOwnersAccount", func(t *testing.T) {
		t.Parallel()
		r, box := withMail(t, nil)
		r.register(t, address, squatters)
		squattersMail := box.only(t, r, "registration")
		r.register(t, address, password)
		mailed := box.only(t, r, "registration")
		r.register(t, address, squatters)
		expect.OK(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, mailed.token))
		expect.OK(t, r.signIn(t, address, password))
		expect.Code(t, r.signIn(t, address, squatters), apperr.Unauthenticated)
		wantNotValid(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, squattersMail.token))
		expect.Code(t, r.signIn(t, address, squatters), apperr.Unauthenticated)
	})
	t.Run("AnInvitationWorks", func(t *testing.T) {
		t.Parallel()
		r, box := withMail(t, nil)
		r.register(t, address, squatters)
		squattersMail := box.only(t, r, "registration")
		_, _, err := r.auth.Invite(t.Context(), r.of(t, db.RoleManager), address, access.RoleManager)
		expect.OK(t, err)
		user, err := r.accept(t, address, box.only(t, r, "invitation").token)
		expect.OK(t, err)
		wantNotValid(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, squattersMail.token))
		after, err := db.New(r.db).UserGetByEmail(t.Context(), address)
		expect.OK(t, err)
		if diff := cmp.Diff(user, after); diff != "" {
			t.Errorf("the account has changed (-before +after):\n%s", diff)
		}
	})
}

func TestRegistrationsThatOpenNothing(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	mailed := func(email string) string {
		r.register(t, email, password)
		return box.only(t, r, "registration").token
	}
	t.Run("ClosedSince", func(t *testing.T) {
		token := mailed("closed@agency.example")
		wantNotValid(t, r.replica(t, registered(auth.RegistrationClosed)).VerifyEmail(t.Context(), access.Actor{}, token))
	})
	t.Run("Expired", func(t *testing.T) {
		token := mailed("late@agency.example")
		r.pass(15 * time.Minute)
		wantNotValid(t, r.auth.VerifyEmail(t.Context(), access.Actor{}, token))
	})
	t.Run("ForAnotherPurpose", func(t *testing.T) {
		token := mailed("eve@agency.example")
		wantNotValid(t, r.auth.ResetPassword(t.Context(), access.Actor{}, token, otherPassword))
	})
	t.Run("AreForgotten", func(t *testing.T) {
		r.pass(25 * time.Hour)
		mailed("new@agency.example")
		if got := expect.Count(t, r.db, "SELECT count(*) FROM registrations"); got != 1 {
			t.Errorf("%d registrations are kept, want that of the last day", got)
		}
	})
	if got := expect.Count(t, r.db, "SELECT count(*) FROM users"); got != 0 {
		t.Errorf("there are %d accounts", got)
	}
}

// However many register an address at once, it is mailed three times, and has
// one account whichever of them come back at once.
func TestParallelRegistrationsMakeOneAccount(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	fns := make([]func() error, 50)
	for i := range fns {
		fns[i] = func() error {
			return r.auth.Register(t.Context(), auth.Account{Email: "ana@agency.example", Name: "Ana", Password: fmt.Sprintf("%s %d", password, i)})
		}
	}
	done := 0
	for _, err := range expect.Together(fns...) {
		if err == nil {
			done++
			continue
		}
		// It waited too long for its turn to hash.
		expect.Code(t, err, apperr.Unavailable)
	}
	letters := box.take(t, r)
	if len(letters) != 3 {
		t.Errorf("%d mails after %d registrations, want 3", len(letters), done)
	}
	var verifications []func() error
	for _, l := range letters {
		for range 10 {
			verifications = append(verifications, func() error { return r.auth.VerifyEmail(t.Context(), access.Actor{}, l.token) })
		}
	}
	opened := 0
	for _, err := range expect.Together(verifications...) {
		if err == nil {
			opened++
			continue
		}
		wantNotValid(t, err)
	}
	if got := expect.Count(t, r.db, "SELECT count(*) FROM users"); opened != 1 || got != 1 {
		t.Errorf("%d of the tokens opened an account, and there are %d", opened, got)
	}
}
