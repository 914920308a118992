package auth_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)

	t.Run("OpensASession", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		tokens, err := r.auth.Login(t.Context(), access.Actor{RequestID: "req-1"}, auth.Credentials{Email: user.Email, Password: password}, auth.Device{IP: "192.0.2.7", UserAgent: "curl/8"})
		expect.OK(t, err)
		actor, err := r.auth.Authenticate(t.Context(), tokens.Access)
		expect.OK(t, err)
		if tokens.AccessTTL != accessTTL || len(tokens.Refresh) != 43 { // 256 bits
			t.Errorf("the tokens are %+v", tokens)
		}
		session := actor.SessionID.String()
		want := []expect.Event{{
			ActorID: &user.ID, Credential: "session:" + session, RequestID: new("req-1"),
			Entity: "session", EntityID: actor.SessionID, Action: "session.created",
			Changes: map[string]expect.Change{
				"user_id": {New: user.ID.String()}, "ip": {New: "192.0.2.7"}, "user_agent": {New: "curl/8"},
				"last_used_at": {New: "2026-06-15T12:00:00Z"}, "expires_at": {New: "2026-06-16T12:00:00Z"},
				"ends_at": {New: "2026-09-13T12:00:00Z"},
			},
		}}
		if diff := cmp.Diff(want, expect.Events(t, r.db, actor.SessionID)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})

	t.Run("TokenIsStoredHashedAlone", func(t *testing.T) {
		t.Parallel()
		tokens, actor := r.login(t, r.user(t))
		if got := expect.Count(t, r.db, "SELECT count(*) FROM refresh_tokens WHERE session_id = $1 AND token_hash = sha256($2)", actor.SessionID, []byte(tokens.Refresh)); got != 1 {
			t.Errorf("%d hashes of the token are stored", got)
		}
	})

	t.Run("RefusalsAreAllTheSame", func(t *testing.T) {
		t.Parallel()
		user, withoutPassword := r.user(t), factory.User(t, r.db, nil)
		deleted := r.user(t)
		_, err := r.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", deleted.ID)
		expect.OK(t, err)
		for name, try := range map[string][2]string{
			"wrong password":            {user.Email, "correct hors"},
			"no password sent":          {user.Email, ""},
			"unknown address":           {"nobody@agency.example", password},
			"account without password":  {withoutPassword.Email, password},
			"the same and none is sent": {withoutPassword.Email, ""},
			"deleted account":           {deleted.Email, password},
		} {
			_, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: try[0], Password: try[1]}, auth.Device{})
			want := &apperr.Error{Code: apperr.Unauthenticated, Detail: "The e-mail address and the password do not belong together."}
			if diff := cmp.Diff(want, expect.Code(t, err, apperr.Unauthenticated)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if got := expect.Count(t, r.db, "SELECT count(*) FROM sessions WHERE user_id = ANY($1)", []uuid.UUID{user.ID, withoutPassword.ID, deleted.ID}); got != 0 {
			t.Errorf("%d sessions were opened", got)
		}
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()

	t.Run("ExchangesTheTokenAndProlongsTheSession", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		first, actor := r.login(t, r.user(t))
		r.pass(refreshTTL - time.Minute)
		r.wantUnauthenticated(t, first.Access) // it has ended long ago
		second, err := r.refresh(t, first.Refresh)
		expect.OK(t, err)
		if second.Refresh == first.Refresh || second.Access == first.Access {
			t.Error("a token has stayed the same")
		}
		r.pass(refreshTTL - time.Minute)
		third, err := r.refresh(t, second.Refresh)
		expect.OK(t, err)
		if got, err := r.auth.Authenticate(t.Context(), third.Access); err != nil || got != actor {
			t.Errorf("the actor is %+v, %v, want %+v", got, err, actor)
		}
		r.pass(refreshTTL)
		_, err = r.refresh(t, third.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("ReuseEndsTheSession", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		user := r.user(t)
		stolen, actor := r.login(t, user)
		elsewhere, _ := r.login(t, user)
		current, err := r.refresh(t, stolen.Refresh)
		expect.OK(t, err)
		r.pass(grace + time.Second)
		for range 2 { // the second time there is nothing left to end
			_, err = r.refresh(t, stolen.Refresh)
			expect.Code(t, err, apperr.Unauthenticated)
		}
		r.wantUnauthenticated(t, current.Access)
		_, err = r.refresh(t, current.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
		want := expect.Event{
			ActorID: &user.ID, Credential: "session:" + actor.SessionID.String(), RequestID: new("req-2"),
			Entity: "session", EntityID: actor.SessionID, Action: "session.revoked",
			Changes: map[string]expect.Change{"reason": {New: "refresh_token_reused"}},
		}
		if diff := cmp.Diff([]expect.Event{want}, expect.Events(t, r.db, actor.SessionID)[1:]); diff != "" {
			t.Errorf("events after the sign-in (-want +got):\n%s", diff)
		}
		if _, err := r.refresh(t, elsewhere.Refresh); err != nil {
			t.Errorf("the user's other session has ended too: %v", err)
		}
	})

	t.Run("AnyOlderTokenIsNoticed", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		first, _ := r.login(t, r.user(t))
		current := first
		for range 3 {
			var err error
			current, err = r.refresh(t, current.Refresh)
			expect.OK(t, err)
			r.pass(time.Minute)
		}
		_, err := r.refresh(t, first.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
		r.wantUnauthenticated(t, current.Access)
	})

	t.Run("WhatIsNoRefreshTokenIsRefused", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		tokens, _ := r.login(t, r.user(t))
		want := ""
		for _, token := range []string{"", "x", tokens.Access, tokens.Refresh + "x", tokens.Refresh[1:]} {
			_, err := r.refresh(t, token)
			e := expect.Code(t, err, apperr.Unauthenticated)
			if want == "" {
				want = e.Detail
			}
			if e.Detail != want {
				t.Errorf("the detail is %q, want %q", e.Detail, want)
			}
		}
		if _, err := r.refresh(t, tokens.Refresh); err != nil {
			t.Errorf("the real one is refused: %v", err)
		}
	})
}

func TestLogout(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)

	t.Run("EndsTheSessionAndNoOther", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		here, actor := r.login(t, user)
		there, _ := r.login(t, user)
		actor.RequestID = "req-9"
		for range 2 { // the second time there is nothing left to end
			expect.OK(t, r.auth.Logout(t.Context(), actor, nil))
		}
		r.wantUnauthenticated(t, here.Access)
		_, err := r.refresh(t, here.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
		want := expect.Event{
			ActorID: &user.ID, Credential: "session:" + actor.SessionID.String(), RequestID: new("req-9"),
			Entity: "session", EntityID: actor.SessionID, Action: "session.revoked",
			Changes: map[string]expect.Change{"reason": {New: "logout"}},
		}
		if diff := cmp.Diff([]expect.Event{want}, expect.Events(t, r.db, actor.SessionID)[1:]); diff != "" {
			t.Errorf("events after the sign-in (-want +got):\n%s", diff)
		}
		if _, err := r.auth.Authenticate(t.Context(), there.Access); err != nil {
			t.Errorf("the other session: %v", err)
		}
	})

	t.Run("RefreshTokenEndsItsSessionToo", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		_, actor := r.login(t, user)
		there, _ := r.login(t, user)
		expect.OK(t, r.auth.Logout(t.Context(), actor, &there.Refresh))
		r.wantUnauthenticated(t, there.Access)
	})

	t.Run("SomebodyElsesTokenIsIgnored", func(t *testing.T) {
		t.Parallel()
		mine, actor := r.login(t, r.user(t))
		theirs, _ := r.login(t, r.user(t))
		expect.OK(t, r.auth.Logout(t.Context(), actor, &theirs.Refresh))
		r.wantUnauthenticated(t, mine.Access)
		if _, err := r.auth.Authenticate(t.Context(), theirs.Access); err != nil {
			t.Errorf("their session has ended: %v", err)
		}
	})

	t.Run("UnknownTokenIsIgnored", func(t *testing.T) {
		t.Parallel()
		mine, actor := r.login(t, r.user(t))
		expect.OK(t, r.auth.Logout(t.Context(), actor, new("unknown")))
		r.wantUnauthenticated(t, mine.Access)
	})
}

// A transaction that lost to another is run again, from what it was given.
func TestLogoutOfTwoSessionsEndsBothHoweverOftenItRuns(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	user := r.user(t)
	first, actor := r.login(t, user)
	second, _ := r.login(t, user)
	_, err := dbtest.Owner(t, r.db).Exec(t.Context(), `CREATE SEQUENCE ended;
		GRANT ALL ON SEQUENCE ended TO PUBLIC;
		CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('ended') = 2 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END IF;
			RETURN NEW;
		END $$;
		CREATE TRIGGER lose BEFORE UPDATE OF revoked_at ON sessions FOR EACH ROW EXECUTE FUNCTION lose()`, pgx.QueryExecModeSimpleProtocol)
	expect.OK(t, err)
	expect.OK(t, r.auth.Logout(t.Context(), actor, &second.Refresh))
	r.wantUnauthenticated(t, first.Access)
	r.wantUnauthenticated(t, second.Access)
}
