package auth_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// restart is the same service started again on its database.
func (r reception) restart(t *testing.T) reception {
	t.Helper()
	r.auth = r.replica(t, nil)
	return r
}

func TestRefreshAgain(t *testing.T) {
	t.Parallel()

	t.Run("GivesTheSameSuccessorForTenSeconds", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		first, actor := r.login(t, r.user(t))
		second, err := r.refresh(t, first.Refresh)
		expect.OK(t, err)
		for range 2 {
			r.pass(grace / 2)
			again, err := r.refresh(t, first.Refresh)
			expect.OK(t, err)
			if again.Refresh != second.Refresh || again.Access == second.Access {
				t.Errorf("got %+v, then %+v", second, again)
			}
			if got, err := r.auth.Authenticate(t.Context(), again.Access); err != nil || got != actor {
				t.Errorf("the actor is %+v, %v", got, err)
			}
		}
		if got := expect.Count(t, r.db, "SELECT count(*) FROM refresh_tokens WHERE session_id = $1", actor.SessionID); got != 2 {
			t.Errorf("the session has %d refresh tokens", got)
		}
		r.pass(time.Nanosecond * 1000)
		_, err = r.refresh(t, first.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
		_, err = r.refresh(t, second.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("NotOnceTheSessionHasEnded", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		first, actor := r.login(t, r.user(t))
		_, err := r.refresh(t, first.Refresh)
		expect.OK(t, err)
		expect.OK(t, r.auth.Logout(t.Context(), actor, nil))
		_, err = r.refresh(t, first.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("GivesAnotherInstallationNothing", func(t *testing.T) {
		t.Parallel()
		// The successor follows from the token and the secret: without the secret
		// who has a token that was used does not know the one that is.
		here, there := setup(t, nil), setup(t, func(c *auth.Config) { c.Secret = append([]byte("x"), c.Secret...) })
		token := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		if here.auth.Successor(token) == there.auth.Successor(token) {
			t.Error("the successor does not depend on the secret")
		}
	})

	// An outage that takes the answer along and lasts longer than the grace
	// leaves the client ten seconds from when it can ask again.
	t.Run("AfterAnOutageTheTimeBeginsAnew", func(t *testing.T) {
		t.Parallel()
		for away, recovered := range map[time.Duration]bool{time.Minute: true, 2*time.Minute + time.Second: false} {
			r := setup(t, nil)
			first, _ := r.login(t, r.user(t))
			second, err := r.refresh(t, first.Refresh)
			expect.OK(t, err)
			r.pass(away)
			r = r.restart(t)
			r.pass(grace)
			again, err := r.refresh(t, first.Refresh)
			if recovered {
				expect.OK(t, err)
				if again.Refresh != second.Refresh {
					t.Error("it is another successor")
				}
				r.pass(time.Second)
				_, err = r.refresh(t, first.Refresh)
			}
			expect.Code(t, err, apperr.Unauthenticated)
		}
	})
}

func TestSessionEndsHoweverOftenItIsRefreshed(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *auth.Config) { c.SessionMaxTTL = 36 * time.Hour })
	tokens, actor := r.login(t, r.user(t))
	for range 5 {
		r.pass(7 * time.Hour)
		var err error
		tokens, err = r.refresh(t, tokens.Refresh)
		expect.OK(t, err)
	}
	var expires, ends time.Time
	expect.OK(t, r.db.QueryRow(t.Context(), "SELECT expires_at, ends_at FROM sessions WHERE id = $1", actor.SessionID).Scan(&expires, &ends))
	if diff := cmp.Diff(ends, expires); diff != "" || tokens.AccessTTL != accessTTL {
		t.Errorf("an hour before its end it expires (-end +expiry):\n%s", diff)
	}
	r.pass(time.Hour - time.Minute)
	tokens, err := r.refresh(t, tokens.Refresh)
	expect.OK(t, err)
	if tokens.AccessTTL != time.Minute {
		t.Errorf("a minute before its end an access token lives %v", tokens.AccessTTL)
	}
	r.pass(time.Minute)
	r.wantUnauthenticated(t, tokens.Access)
	_, err = r.auth.Refresh(t.Context(), access.Actor{}, tokens.Refresh)
	expect.Code(t, err, apperr.Unauthenticated)
}
