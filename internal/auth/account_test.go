package auth_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	if has, err := auth.HasAdmin(t.Context(), d); err != nil || has {
		t.Errorf("an empty database has an administrator: %v, %v", has, err)
	}
	factory.User(t, d, &factory.UserOpts{Role: db.RoleManager})
	if has, err := auth.HasAdmin(t.Context(), d); err != nil || has {
		t.Errorf("a manager is taken for an administrator: %v, %v", has, err)
	}
	admin, err := auth.CreateAccount(t.Context(), d, access.System(), auth.Passwords{}, auth.Account{Email: "root@agency.example", Name: "Root", Password: password, Role: access.RoleAdmin})
	expect.OK(t, err)
	if admin.Role != db.RoleAdmin || admin.CreatedBy != nil {
		t.Errorf("the account is %+v", admin)
	}
	want := []expect.Event{{
		Credential: "system", Entity: "user", EntityID: admin.ID, Action: "user.created", Version: new(int64(1)),
		Changes: map[string]expect.Change{
			"kind": {New: "human"}, "email": {New: "root@agency.example"}, "name": {New: "Root"}, "role": {New: "admin"},
			"time_zone": {New: "UTC"}, "locale": {New: "en"}, "weekly_capacity_minutes": {New: float64(2400)},
		},
	}}
	if diff := cmp.Diff(want, expect.Events(t, d, admin.ID)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}

	// A deleted one still tells that this was not the first start.
	_, err = d.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", admin.ID)
	expect.OK(t, err)
	if has, err := auth.HasAdmin(t.Context(), d); err != nil || !has {
		t.Errorf("a used database has an administrator: %v, %v", has, err)
	}
}

// What a session may do follows its user, with the next request.
func TestAuthenticateFollowsTheUser(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)

	t.Run("HowManyProjectsItSees", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		tokens, _ := r.login(t, user)
		join := func(teams int) {
			r.exec(t, `WITH made AS (INSERT INTO projects (id, name) SELECT gen_random_uuid(), 'Project' FROM generate_series(1, $2::int) RETURNING id)
				INSERT INTO project_members (project_id, user_id) SELECT id, $1 FROM made`, user.ID, teams)
		}
		for _, teams := range []int{access.FewProjects, 1} {
			join(teams)
			actor, err := r.auth.Authenticate(t.Context(), tokens.Access)
			expect.OK(t, err)
			if actor.SeesFewProjects != (teams > 1) {
				t.Errorf("with %d more it sees few: %v", teams, actor.SeesFewProjects)
			}
		}
	})

	t.Run("RoleOfNow", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		tokens, actor := r.login(t, user)
		if want := (access.Actor{ID: user.ID, Role: access.RoleUser, SessionID: actor.SessionID, SigningKey: actor.SigningKey, SeesFewProjects: true}); actor != want || actor.SessionID == uuid.Nil || actor.SigningKey == "" {
			t.Errorf("the actor is %+v, want %+v", actor, want)
		}
		for _, role := range []access.Role{access.RoleAdmin, access.RoleManager, access.RoleUser} {
			r.exec(t, "UPDATE users SET role = $2::text::role WHERE id = $1", user.ID, string(role))
			if actor, err := r.auth.Authenticate(t.Context(), tokens.Access); err != nil || actor.Role != role {
				t.Errorf("made %s it acts as %s, %v", role, actor.Role, err)
			}
		}
	})

	t.Run("DeletedUserIsNobody", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		tokens, _ := r.login(t, user)
		r.exec(t, "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", user.ID)
		r.wantUnauthenticated(t, tokens.Access)
		_, err := r.refresh(t, tokens.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
		_, err = r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: password}, auth.Device{})
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("SessionIsTheUsersOwn", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		_, mine := r.login(t, user)
		_, theirs := r.login(t, r.user(t))
		for session, valid := range map[uuid.UUID]bool{mine.SessionID: true, theirs.SessionID: false, uuid.New(): false} {
			token, err := r.auth.Sign(t.Context(), user.ID, session)
			expect.OK(t, err)
			if !valid {
				r.wantUnauthenticated(t, token)
				continue
			}
			actor, err := r.auth.Authenticate(t.Context(), token)
			expect.OK(t, err)
			if actor.ID != user.ID {
				t.Errorf("the actor is %+v", actor)
			}
		}
	})

	t.Run("WhyIsNotTold", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		tokens, actor := r.login(t, user)
		expect.OK(t, r.auth.Logout(t.Context(), actor, nil))
		_, ended := r.auth.Authenticate(t.Context(), tokens.Access)
		_, forged := r.auth.Authenticate(t.Context(), tokens.Access+"x")
		_, none := r.auth.Authenticate(t.Context(), "")
		want := expect.Code(t, ended, apperr.Unauthenticated).Detail
		for _, err := range []error{forged, none} {
			if e := expect.Code(t, err, apperr.Unauthenticated); e.Detail != want {
				t.Errorf("the detail is %q, want %q", e.Detail, want)
			}
		}
	})
}
