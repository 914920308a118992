package auth_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func requiring(roles ...access.Role) func(*auth.Config) {
	return func(c *auth.Config) { c.SecondFactorRoles = roles }
}

func (r reception) setRole(t *testing.T, id uuid.UUID, role db.Role) {
	t.Helper()
	r.exec(t, "UPDATE users SET role = $2 WHERE id = $1", id, role)
}

// wantDue fails the test unless the session of the token owes this.
func (r reception) wantDue(t *testing.T, token string, want access.SecondFactorDue) {
	t.Helper()
	actor, err := r.auth.Authenticate(t.Context(), token)
	expect.OK(t, err)
	if actor.SecondFactorDue != want {
		t.Errorf("the session owes %q, want %q", actor.SecondFactorDue, want)
	}
}

func TestARoleThatRequiresASecondFactor(t *testing.T) {
	t.Parallel()

	t.Run("TakesEffectWithTheNextRequestAndEndsSo", func(t *testing.T) {
		t.Parallel()
		r := setup(t, requiring(access.RoleManager))
		user := r.user(t)
		tokens, _ := r.login(t, user)
		for range 2 {
			r.wantDue(t, tokens.Access, "")
			r.setRole(t, user.ID, db.RoleManager)
			r.wantDue(t, tokens.Access, access.DueSetUp)
			r.setRole(t, user.ID, db.RoleUser)
		}
		r.wantDue(t, tokens.Access, "")
	})

	t.Run("SessionThatSetsItUpGoesOn", func(t *testing.T) {
		t.Parallel()
		r := setup(t, requiring(access.RoleUser))
		user := r.user(t)
		tokens, actor := r.login(t, user)
		r.wantDue(t, tokens.Access, access.DueSetUp)
		e := enrolled{reception: r, user: user, actor: actor}.begin(t)
		r.wantDue(t, tokens.Access, access.DueSetUp)
		_, err := r.auth.ConfirmSecondFactor(t.Context(), actor, e.code(t, 0))
		expect.OK(t, err)
		r.wantDue(t, tokens.Access, "")
		refreshed, err := r.refresh(t, tokens.Refresh)
		expect.OK(t, err)
		r.wantDue(t, refreshed.Access, "")
	})

	t.Run("ItCannotBeRemoved", func(t *testing.T) {
		t.Parallel()
		r := setup(t, requiring(access.RoleUser))
		e := r.enrol(t)
		expect.Code(t, r.auth.RemoveSecondFactor(t.Context(), e.actor, password, e.code(t, 0), ""), apperr.Forbidden)
		e.wantState(t, auth.SecondFactor{State: auth.SecondFactorActive, Required: true, ConfirmedAt: new(r.now().Add(-step)), RecoveryCodesLeft: 10})
	})

	t.Run("HavingPassedOneThatIsGoneDoesNotCount", func(t *testing.T) {
		t.Parallel()
		r := setup(t, requiring(access.RoleManager))
		e := r.enrol(t)
		tokens, err := e.signIn(t, e.code(t, 0), "")
		expect.OK(t, err)
		actor, err := r.auth.Authenticate(t.Context(), tokens.Access)
		expect.OK(t, err)
		expect.OK(t, r.auth.RemoveSecondFactor(t.Context(), actor, password, "", e.recovery[0]))
		r.wantDue(t, tokens.Access, "")
		r.setRole(t, e.user.ID, db.RoleManager)
		r.wantDue(t, tokens.Access, access.DueSetUp)
	})
}

// A sign-in may have looked at the second factor just before it became active.
func TestASessionOpenedWithoutTheSecondFactorOwesIt(t *testing.T) {
	t.Parallel()
	e := setup(t, nil).enrol(t)
	tokens, err := e.signIn(t, e.code(t, 0), "")
	expect.OK(t, err)
	e.wantDue(t, tokens.Access, "")
	e.exec(t, "UPDATE sessions SET second_factor_at = NULL WHERE user_id = $1", e.user.ID)
	e.wantDue(t, tokens.Access, access.DuePass)
}

func TestAttemptsWithTheSecondFactorAreBounded(t *testing.T) {
	t.Parallel()
	type attempt func(t *testing.T, e enrolled) error
	confirm := func(t *testing.T, e enrolled) error {
		t.Helper()
		_, err := e.auth.ConfirmSecondFactor(t.Context(), e.actor, "wrong")
		return err
	}
	begun := func(t *testing.T) enrolled {
		t.Helper()
		r := setup(t, nil)
		user := r.user(t)
		_, actor := r.login(t, user)
		return enrolled{reception: r, user: user, actor: actor}.begin(t)
	}
	for name, test := range map[string]struct {
		setUp   func(*testing.T) enrolled
		attempt attempt
	}{
		"WrongCodesAtConfirm": {begun, confirm},
		"WrongPasswordsAtBegin": {begun, func(t *testing.T, e enrolled) error {
			t.Helper()
			_, err := e.auth.BeginSecondFactor(t.Context(), e.actor, "wrong")
			return err
		}},
		"WrongCodesAtReplacing": {func(t *testing.T) enrolled { t.Helper(); return setup(t, nil).enrol(t) }, func(t *testing.T, e enrolled) error {
			t.Helper()
			_, err := e.auth.ReplaceRecoveryCodes(t.Context(), e.actor, "wrong")
			return err
		}},
		"WrongPasswordsAtRemoving": {func(t *testing.T) enrolled { t.Helper(); return setup(t, nil).enrol(t) }, func(t *testing.T, e enrolled) error {
			t.Helper()
			return e.auth.RemoveSecondFactor(t.Context(), e.actor, "wrong", "wrong", "")
		}},
		"WrongCodesAtRemoving": {func(t *testing.T) enrolled { t.Helper(); return setup(t, nil).enrol(t) }, func(t *testing.T, e enrolled) error {
			t.Helper()
			return e.auth.RemoveSecondFactor(t.Context(), e.actor, password, "", "wrong")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := test.setUp(t)
			e.auth.WaitForHashes()
			for round := range 2 {
				looked := 0
				for _, err := range expect.Together(slices.Repeat([]func() error{func() error { return test.attempt(t, e) }}, 20)...) {
					if apperr.Is(err, apperr.ValidationFailed) {
						looked++
						continue
					}
					if wait := expect.Code(t, err, apperr.RateLimited).RetryAfter; wait != 15*time.Minute {
						t.Errorf("it is to wait %s", wait)
					}
				}
				if looked != 5 {
					t.Errorf("%d of 20 attempts were looked at", looked)
				}
				if got := expect.Count(t, e.db, "SELECT count(*) FROM events WHERE entity_id = $1 AND changes->'reason'->>'new' = 'second_factor_blocked'", e.user.ID); got != round+1 {
					t.Errorf("%d blocks are recorded after %d", got, round+1)
				}
				if got := expect.Count(t, e.db, "SELECT count(*) FROM events WHERE entity_id = $1 AND changes->'reason'->>'new' LIKE 'wrong_%'", e.user.ID); got != 5*(round+1) {
					t.Errorf("%d failures are recorded after %d", got, 5*(round+1))
				}
				e.pass(15*time.Minute - time.Second)
				if wait := expect.Code(t, test.attempt(t, e), apperr.RateLimited).RetryAfter; wait != time.Second {
					t.Errorf("at the end it is to wait %s", wait)
				}
				e.pass(time.Second)
			}
		})
	}

	t.Run("RightOneBeginsAnew", func(t *testing.T) {
		t.Parallel()
		e := begun(t)
		for range 3 {
			for range 4 {
				expect.Fields(t, confirm(t, e), "/code wrong")
			}
			e.begin(t)
		}
	})

	t.Run("RightOneIsRefusedMeanwhileToo", func(t *testing.T) {
		t.Parallel()
		e := begun(t)
		for range 5 {
			expect.Fields(t, confirm(t, e), "/code wrong")
		}
		_, err := e.auth.ConfirmSecondFactor(t.Context(), e.actor, e.code(t, 0))
		expect.Code(t, err, apperr.RateLimited)
	})
}
