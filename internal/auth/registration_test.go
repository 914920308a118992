package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func registered(mode auth.Registration) func(*auth.Config) {
	return func(c *auth.Config) { c.Registration = mode }
}

func (r reception) of(t *testing.T, role db.Role) access.Actor {
	t.Helper()
	return factory.Actor(factory.User(t, r.db, &factory.UserOpts{Role: role}))
}

func (r reception) accept(t *testing.T, email, token string) (db.User, error) {
	t.Helper()
	return r.auth.AcceptInvitation(t.Context(), access.Actor{}, auth.Account{Email: email, Password: password, Name: "Mia", InvitationToken: token})
}

func TestStrangersRegisterOnlyWhereItIsOpen(t *testing.T) {
	t.Parallel()
	for mode, says := range map[auth.Registration]string{
		auth.RegistrationOpen: "", auth.RegistrationInvitation: "takes an invitation", auth.RegistrationClosed: "is closed", "": "is closed",
	} {
		t.Run("Registration"+string(mode), func(t *testing.T) {
			t.Parallel()
			r := setup(t, registered(mode))
			err := r.auth.Register(t.Context(), auth.Account{Email: "eve@agency.example", Password: password, Name: "Eve"})
			if says == "" {
				expect.OK(t, err)
				return
			}
			if e := expect.Code(t, err, apperr.Forbidden); !strings.Contains(e.Detail, says) {
				t.Errorf("the detail is %q", e.Detail)
			}
			_, err = r.accept(t, "eve@agency.example", "no token of ours, but as long as one")
			expect.Code(t, err, apperr.Forbidden)
		})
	}
}

// Who may invite whom: nobody above itself, and where registration is closed
// administrators alone.
func TestWhoMayInvite(t *testing.T) {
	t.Parallel()
	roles := []db.Role{db.RoleUser, db.RoleManager, db.RoleAdmin}
	for mode, want := range map[auth.Registration]string{
		auth.RegistrationOpen:       "manager:user manager:manager admin:user admin:manager admin:admin",
		auth.RegistrationInvitation: "manager:user manager:manager admin:user admin:manager admin:admin",
		auth.RegistrationClosed:     "admin:user admin:manager admin:admin",
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r, _ := withMail(t, registered(mode))
			var allowed []string
			for _, inviter := range roles {
				actor := r.of(t, inviter)
				for _, role := range roles {
					pair := string(inviter) + ":" + string(role)
					_, _, err := r.auth.Invite(t.Context(), actor, strings.ReplaceAll(pair, ":", ".")+"@agency.example", access.Role(role))
					if err == nil {
						allowed = append(allowed, pair)
						continue
					}
					expect.Code(t, err, apperr.Forbidden)
				}
			}
			if got := strings.Join(allowed, " "); got != want {
				t.Errorf("these may: %s\nwant:      %s", got, want)
			}
		})
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, registered(auth.RegistrationInvitation))
	manager := r.of(t, db.RoleManager)
	invited, token, err := r.auth.Invite(t.Context(), manager, " Mia@Agency.Example ", access.RoleManager)
	expect.OK(t, err)
	mailed := box.only(t, r, "invitation")
	if token != "" || mailed.to != "Mia@Agency.Example" || !mailed.expires.Equal(r.now().Add(72*time.Hour)) || !strings.HasSuffix(mailed.text, " manager") {
		t.Errorf("the token is %q and the letter %+v", token, mailed)
	}

	t.Run("IsForItsAddress", func(t *testing.T) {
		_, err := r.accept(t, "eve@agency.example", mailed.token)
		expect.Fields(t, err, "/email not_invited")
	})
	user, err := r.accept(t, "MIA@agency.example", mailed.token)
	expect.OK(t, err)
	if user.Role != db.RoleManager || user.Email != "Mia@Agency.Example" || user.EmailVerifiedAt == nil {
		t.Errorf("the account is %+v", user)
	}
	if got := box.take(t, r); len(got) > 0 {
		t.Errorf("an address that is verified was sent %+v", got)
	}
	t.Run("WorksOnce", func(t *testing.T) {
		_, err := r.accept(t, "mia@agency.example", mailed.token)
		if e := expect.Code(t, err, apperr.Forbidden); !strings.Contains(e.Detail, "used") {
			t.Errorf("the detail is %q", e.Detail)
		}
	})
	t.Run("IsRecordedWithoutItsToken", func(t *testing.T) {
		want := []expect.Event{
			{
				ActorID: &manager.ID, Credential: "anonymous", Entity: "invitation", EntityID: invited.ID, Action: "invitation.created",
				Changes: map[string]expect.Change{
					"email": {New: "Mia@Agency.Example"}, "role": {New: "manager"}, "is_mailed": {New: true},
					"expires_at": {New: r.now().Add(72 * time.Hour).Format(time.RFC3339)},
				},
			},
			{
				Credential: "anonymous", Entity: "invitation", EntityID: invited.ID, Action: "invitation.accepted",
				Changes: map[string]expect.Change{"accepted_at": {New: r.now().Format(time.RFC3339)}, "accepted_by": {New: user.ID.String()}},
			},
		}
		if diff := cmp.Diff(want, expect.Events(t, r.db, invited.ID)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
	t.Run("AnAccountIsAConflict", func(t *testing.T) {
		_, _, err := r.auth.Invite(t.Context(), manager, "mia@agency.EXAMPLE", access.RoleUser)
		expect.Code(t, err, apperr.AlreadyExists)
	})
}

func TestInvitationWithoutMail(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, registered(auth.RegistrationClosed))
	box.undelivered = true
	_, token, err := r.auth.Invite(t.Context(), r.of(t, db.RoleAdmin), "mia@agency.example", access.RoleUser)
	expect.OK(t, err)
	user, err := r.accept(t, "mia@agency.example", token)
	expect.OK(t, err)
	if user.EmailVerifiedAt != nil {
		t.Error("an address is verified that no mail was sent to")
	}
}

// An invitation is worth what its sender may do when it is accepted.
func TestInvitationsThatAreNotValid(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, registered(auth.RegistrationInvitation))
	sql := func(statement string, args ...any) {
		_, err := r.db.Exec(t.Context(), statement, args...)
		expect.OK(t, err)
	}
	for name, test := range map[string]struct {
		inviter, role db.Role
		then          func(inviter access.Actor, id uuid.UUID)
		says          string
	}{
		"Expired": {db.RoleAdmin, db.RoleUser, func(access.Actor, uuid.UUID) { r.pass(72 * time.Hour) }, "has expired"},
		"Revoked": {db.RoleAdmin, db.RoleUser, func(a access.Actor, id uuid.UUID) { expect.OK(t, r.auth.RevokeInvitation(t.Context(), a, id)) }, "taken back"},
		"InviterIsGone": {db.RoleAdmin, db.RoleUser, func(a access.Actor, _ uuid.UUID) {
			sql("UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", a.ID)
		}, "no longer invite"},
		"InviterIsNowLess": {db.RoleAdmin, db.RoleAdmin, func(a access.Actor, _ uuid.UUID) { sql("UPDATE users SET role = 'manager' WHERE id = $1", a.ID) }, "no longer invite"},
		"InviterIsAUser":   {db.RoleManager, db.RoleUser, func(a access.Actor, _ uuid.UUID) { sql("UPDATE users SET role = 'user' WHERE id = $1", a.ID) }, "no longer invite"},
		"Replaced": {db.RoleManager, db.RoleUser, func(a access.Actor, _ uuid.UUID) {
			_, _, err := r.auth.Invite(t.Context(), a, "REPLACED@agency.example", access.RoleUser)
			expect.OK(t, err)
		}, "taken back"},
	} {
		t.Run(name, func(t *testing.T) {
			inviter := r.of(t, test.inviter)
			email := strings.ToLower(name) + "@agency.example"
			invited, _, err := r.auth.Invite(t.Context(), inviter, email, access.Role(test.role))
			expect.OK(t, err)
			token := box.only(t, r, "invitation").token
			test.then(inviter, invited.ID)
			box.take(t, r)
			_, err = r.accept(t, email, token)
			if e := expect.Code(t, err, apperr.Forbidden); !strings.Contains(e.Detail, test.says) {
				t.Errorf("the detail is %q", e.Detail)
			}
		})
	}
	t.Run("ByAManagerWhereRegistrationIsClosedNow", func(t *testing.T) {
		_, _, err := r.auth.Invite(t.Context(), r.of(t, db.RoleManager), "late@agency.example", access.RoleUser)
		expect.OK(t, err)
		token := box.only(t, r, "invitation").token
		closed := r.replica(t, registered(auth.RegistrationClosed))
		_, err = closed.AcceptInvitation(t.Context(), access.Actor{}, auth.Account{Email: "late@agency.example", Password: password, Name: "Late", InvitationToken: token})
		expect.Code(t, err, apperr.Forbidden)
	})
}

func TestInvitationMakesOneAccountUnderParallelAcceptance(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, registered(auth.RegistrationInvitation))
	_, _, err := r.auth.Invite(t.Context(), r.of(t, db.RoleManager), "mia@agency.example", access.RoleUser)
	expect.OK(t, err)
	token := box.only(t, r, "invitation").token
	fns := make([]func() error, 100)
	for i := range fns {
		fns[i] = func() error {
			_, err := r.accept(t, "mia@agency.example", token)
			return err
		}
	}
	made := 0
	for _, err := range expect.Together(fns...) {
		switch {
		case err == nil:
			made++
		case apperr.Is(err, apperr.Unavailable): // It waited too long for its turn to hash.
		default:
			expect.Code(t, err, apperr.Forbidden)
		}
	}
	if got := expect.Count(t, r.db, "SELECT count(*) FROM users WHERE email = 'mia@agency.example'"); made != 1 || got != 1 {
		t.Errorf("%d acceptances of 100 succeeded and there are %d accounts", made, got)
	}
}

// However many invite an address at once, one invitation of it can be accepted.
func TestOneInvitationOfAnAddressIsOpen(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, registered(auth.RegistrationInvitation))
	var fns []func() error
	for range 10 {
		actor := r.of(t, db.RoleManager)
		fns = append(fns, func() error {
			_, _, err := r.auth.Invite(t.Context(), actor, "mia@agency.example", access.RoleUser)
			return err
		})
	}
	made := 0
	for _, err := range expect.Together(fns...) {
		if err == nil {
			made++
			continue
		}
		if e := expect.Code(t, err, apperr.RateLimited); e.RetryAfter != time.Hour {
			t.Errorf("to be tried again after %s", e.RetryAfter)
		}
	}
	worked := 0
	for _, l := range box.take(t, r) {
		if _, err := r.accept(t, "mia@agency.example", l.token); err == nil {
			worked++
		}
	}
	if made != 5 || worked != 1 {
		t.Errorf("of 10 invitations within an hour %d were made, want 5, and %d could be accepted, want 1", made, worked)
	}
}

func TestInvitationsAreTheirSenders(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, registered(auth.RegistrationInvitation))
	admin, one, other := r.of(t, db.RoleAdmin), r.of(t, db.RoleManager), r.of(t, db.RoleManager)
	invite := func(actor access.Actor, email string) uuid.UUID {
		invited, _, err := r.auth.Invite(t.Context(), actor, email, access.RoleUser)
		expect.OK(t, err)
		r.pass(time.Second)
		return invited.ID
	}
	invite(one, "expired@agency.example")
	r.pass(72 * time.Hour)
	box.take(t, r)
	pending := invite(one, "pending@agency.example")
	_ = box.take(t, r)
	accepted := invite(other, "accepted@agency.example")
	_, err := r.accept(t, "accepted@agency.example", box.only(t, r, "invitation").token)
	expect.OK(t, err)
	revoked := invite(admin, "revoked@agency.example")
	expect.OK(t, r.auth.RevokeInvitation(t.Context(), admin, revoked))

	for name, test := range map[string]struct {
		actor  access.Actor
		states []string
		want   string
	}{
		"AdminSeesAll":       {admin, nil, "revoked accepted pending expired"},
		"ManagerSeesItsOwn":  {one, nil, "pending expired"},
		"OtherManager":       {other, nil, "accepted"},
		"Pending":            {admin, []string{auth.InvitationPending}, "pending"},
		"Accepted":           {admin, []string{auth.InvitationAccepted}, "accepted"},
		"ExpiredOrRevoked":   {admin, []string{auth.InvitationExpired, auth.InvitationRevoked}, "revoked expired"},
		"StateOfAnothersOwn": {one, []string{auth.InvitationAccepted}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			rows, info, err := r.auth.ListInvitations(t.Context(), test.actor, test.states, page.Request{Size: 10})
			expect.OK(t, err)
			var got []string
			for _, row := range rows {
				got = append(got, strings.TrimSuffix(row.Email, "@agency.example"))
				if name, _, _ := strings.Cut(row.Email, "@"); name != row.State {
					t.Errorf("%s is %s", row.Email, row.State)
				}
			}
			if strings.Join(got, " ") != test.want || info.Total != int64(len(got)) {
				t.Errorf("listed %v of %d, want %s", got, info.Total, test.want)
			}
		})
	}
	t.Run("Revoking", func(t *testing.T) {
		expect.Code(t, r.auth.RevokeInvitation(t.Context(), other, pending), apperr.NotFound)
		expect.Code(t, r.auth.RevokeInvitation(t.Context(), admin, uuid.New()), apperr.NotFound)
		expect.Code(t, r.auth.RevokeInvitation(t.Context(), admin, accepted), apperr.Conflict)
		before := expect.EventCount(t, r.db)
		expect.OK(t, r.auth.RevokeInvitation(t.Context(), admin, revoked))
		if expect.EventCount(t, r.db) != before {
			t.Error("revoking twice wrote an event")
		}
		expect.OK(t, r.auth.RevokeInvitation(t.Context(), admin, pending))
		events := expect.Events(t, r.db, pending)
		last := events[len(events)-1]
		if last.Action != "invitation.revoked" || last.Changes["revoked_by"].New != admin.ID.String() {
			t.Errorf("the event is %+v", last)
		}
	})
}
