package auth_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

const step = 30 * time.Second

// enrolled is somebody who has an active second factor.
type enrolled struct {
	reception
	user     db.User
	actor    access.Actor
	secret   string
	recovery []string
}

// enrol sets a second factor up. The code that confirms it is of the present
// step, so the clock goes on by one.
func (r reception) enrol(t *testing.T) enrolled {
	t.Helper()
	user := r.user(t)
	_, actor := r.login(t, user)
	actor.RequestID = "req-2"
	e := enrolled{reception: r, user: user, actor: actor}.begin(t)
	var err error
	e.recovery, err = r.auth.ConfirmSecondFactor(t.Context(), actor, e.code(t, 0))
	expect.OK(t, err)
	r.pass(step)
	return e
}

// begin is e with a secret that waits to be confirmed.
func (e enrolled) begin(t *testing.T) enrolled {
	t.Helper()
	enrolment, err := e.auth.BeginSecondFactor(t.Context(), e.actor, password)
	expect.OK(t, err)
	e.secret = enrolment.Secret
	return e
}

// code is what the authenticator shows that many steps from now.
func (e enrolled) code(t *testing.T, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(e.secret, e.now().Add(time.Duration(steps)*step))
	expect.OK(t, err)
	return code
}

func (e enrolled) signIn(t *testing.T, code, recoveryCode string) (auth.Tokens, error) {
	t.Helper()
	return e.auth.Login(t.Context(), access.Actor{RequestID: "req-3"}, auth.Credentials{
		Email: e.user.Email, Password: password, Code: code, RecoveryCode: recoveryCode,
	}, auth.Device{})
}

func (e enrolled) mustSignIn(t *testing.T, code, recoveryCode string) access.Actor {
	t.Helper()
	tokens, err := e.signIn(t, code, recoveryCode)
	expect.OK(t, err)
	actor, err := e.auth.Authenticate(t.Context(), tokens.Access)
	expect.OK(t, err)
	return actor
}

func TestSigningInWithASecondFactor(t *testing.T) {
	t.Parallel()

	t.Run("TakesACodeOnce", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		_, err := e.signIn(t, "", "")
		expect.Code(t, err, apperr.SecondFactorRequired)
		code := e.code(t, 0)
		if actor := e.mustSignIn(t, code, ""); actor.SecondFactorDue != "" {
			t.Errorf("the session owes %q", actor.SecondFactorDue)
		}
		_, err = e.signIn(t, code, "")
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("CodeThatConfirmedItSignsNobodyIn", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		_, err := e.signIn(t, e.code(t, -1), "") // the clock is one step after it
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("PasswordIsNeededAllTheSame", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		_, err := e.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: e.user.Email, Password: "wrong", Code: e.code(t, 0)}, auth.Device{})
		expect.Code(t, err, apperr.Unauthenticated)
		e.mustSignIn(t, e.code(t, 0), "") // which has not used the code up
	})

	t.Run("CodesOfTheNeighbouringStepsAreTaken", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		for steps, isTaken := range map[int]bool{-3: false, -2: false, -1: true, 0: true, 1: true, 2: false, 3: false} {
			e := r.enrol(t)
			r.pass(4 * step) // away from the code that confirmed it
			if _, err := e.signIn(t, e.code(t, steps), ""); (err == nil) != isTaken {
				t.Errorf("a code of %+d steps from now: %v", steps, err)
			}
		}
	})

	t.Run("EarlierStepThanTheLastUsedIsRefused", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		e.pass(4 * step)
		e.mustSignIn(t, e.code(t, 1), "")
		for _, steps := range []int{-1, 0, 1} {
			_, err := e.signIn(t, e.code(t, steps), "")
			expect.Code(t, err, apperr.Unauthenticated)
		}
		e.pass(step)
		e.mustSignIn(t, e.code(t, 1), "")
	})

	t.Run("TakesARecoveryCodeOnceHoweverItIsTyped", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		actor := e.mustSignIn(t, "", "  "+e.recovery[3][:9]+" "+e.recovery[3][9:])
		_, err := e.signIn(t, "", e.recovery[3])
		expect.Code(t, err, apperr.Unauthenticated)
		_, err = e.signIn(t, "", "aaaaaa-aaaaaa-aaaaaa-aaaaaa")
		expect.Code(t, err, apperr.Unauthenticated)
		found, err := e.auth.SecondFactor(t.Context(), actor)
		expect.OK(t, err)
		if found.RecoveryCodesLeft != 9 {
			t.Errorf("%d recovery codes are left", found.RecoveryCodesLeft)
		}
		want := expect.Event{
			ActorID: &e.user.ID, Credential: "anonymous", RequestID: new("req-3"), Entity: "user", EntityID: e.user.ID,
			Action: "user.recovery_code_used", Changes: map[string]expect.Change{"recovery_codes_left": {Old: 10.0, New: 9.0}},
		}
		if diff := cmp.Diff([]expect.Event{want}, expect.Events(t, e.db, e.user.ID)[1:]); diff != "" {
			t.Errorf("events after setting up (-want +got):\n%s", diff)
		}
	})

	t.Run("SomebodyElsesCodesAreRefused", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		mine, theirs := r.enrol(t), r.enrol(t)
		_, err := mine.signIn(t, "", theirs.recovery[0])
		expect.Code(t, err, apperr.Unauthenticated)
		_, err = mine.signIn(t, theirs.code(t, 0), "")
		expect.Code(t, err, apperr.Unauthenticated)
	})

	t.Run("SecretOfAnotherRowDoesNotOpen", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		mine, theirs := r.enrol(t), r.enrol(t)
		_, err := r.db.Exec(t.Context(), "UPDATE second_factors SET secret = (SELECT secret FROM second_factors WHERE user_id = $1) WHERE user_id = $2", mine.user.ID, theirs.user.ID)
		expect.OK(t, err)
		theirs.secret = mine.secret
		if _, err := theirs.signIn(t, theirs.code(t, 0), ""); err == nil {
			t.Error("a secret that was copied to another user's row signs in")
		}
	})
}

// Fifty who send one code at the same moment, which is good for one of them.
func TestACodeIsGoodForOneOfThoseAtOnce(t *testing.T) {
	t.Parallel()
	const count = 50
	for name, credentials := range map[string]func(*testing.T, enrolled) (code, recoveryCode string){
		"Code":         func(t *testing.T, e enrolled) (string, string) { t.Helper(); return e.code(t, 0), "" },
		"RecoveryCode": func(_ *testing.T, e enrolled) (string, string) { return "", e.recovery[0] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t, nil).enrol(t)
			code, recoveryCode := credentials(t, e)
			before := e.sessions(t)
			succeeded := 0
			for _, err := range expect.Together(slices.Repeat([]func() error{func() error {
				_, err := e.signIn(t, code, recoveryCode)
				return err
			}}, count)...) {
				if err == nil {
					succeeded++
				} else {
					expect.Code(t, err, apperr.Unauthenticated)
				}
			}
			if opened := e.sessions(t) - before; succeeded != 1 || opened != 1 {
				t.Errorf("%d of %d succeeded, %d sessions were opened", succeeded, count, opened)
			}
			t.Logf("%d of %d succeeded", succeeded, count)
		})
	}
}

// Two who have both seen that the code was not used, and wait for each other.
func TestACodeThatTwoHaveFoundUnusedIsGoodForOne(t *testing.T) {
	t.Parallel()
	e := setup(t, nil).enrol(t)
	code := e.code(t, 0)
	errs := make(chan error)
	expect.OK(t, dbx.WithTx(t.Context(), e.db, func(q *db.Queries) error {
		// Changes nothing and holds the row.
		if _, err := q.SecondFactorBegin(t.Context(), db.SecondFactorBeginParams{UserID: e.user.ID, CreatedAt: e.now(), Secret: []byte{}}); err != nil {
			return err
		}
		for range 2 {
			go func() {
				_, err := e.signIn(t, code, "")
				errs <- err
			}()
		}
		for expect.Count(t, e.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") < 2 {
			if t.Context().Err() != nil {
				return t.Context().Err()
			}
		}
		return nil
	}))
	succeeded := 0
	for range 2 {
		if err := <-errs; err == nil {
			succeeded++
		} else {
			expect.Code(t, err, apperr.Unauthenticated)
		}
	}
	if succeeded != 1 {
		t.Errorf("%d of 2 succeeded", succeeded)
	}
}

func (e enrolled) sessions(t *testing.T) int {
	t.Helper()
	return expect.Count(t, e.db, "SELECT count(*) FROM sessions WHERE user_id = $1", e.user.ID)
}

func TestSettingUpASecondFactor(t *testing.T) {
	t.Parallel()

	t.Run("CountsOnceItIsConfirmed", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		user := r.user(t)
		_, actor := r.login(t, user)
		elsewhere, there := r.login(t, user)
		e := enrolled{reception: r, user: user, actor: actor}
		e.wantState(t, auth.SecondFactor{State: auth.SecondFactorNone})
		replaced := e.begin(t)
		e = e.begin(t)
		e.wantState(t, auth.SecondFactor{State: auth.SecondFactorPending})
		e.mustSignIn(t, "", "") // the password alone does still

		_, err := r.auth.ConfirmSecondFactor(t.Context(), actor, replaced.code(t, 0))
		expect.Fields(t, err, "/code wrong")
		actor.RequestID = "req-2"
		codes, err := r.auth.ConfirmSecondFactor(t.Context(), actor, e.code(t, 0))
		expect.OK(t, err)
		slices.Sort(codes)
		if len(slices.Compact(codes)) != 10 || len(codes[0]) != 27 {
			t.Errorf("the recovery codes are %q", []string(codes))
		}
		e.wantState(t, auth.SecondFactor{State: auth.SecondFactorActive, ConfirmedAt: new(r.now()), RecoveryCodesLeft: 10})
		_, err = e.signIn(t, "", "")
		expect.Code(t, err, apperr.SecondFactorRequired)

		r.wantUnauthenticated(t, elsewhere.Access)
		session := "session:" + actor.SessionID.String()
		want := []expect.Event{{
			ActorID: &user.ID, Credential: session, RequestID: new("req-2"), Entity: "session", EntityID: there.SessionID,
			Action: "session.revoked", Changes: map[string]expect.Change{"reason": {New: "second_factor_changed"}},
		}, {
			ActorID: &user.ID, Credential: session, RequestID: new("req-2"), Entity: "user", EntityID: user.ID,
			Action: "user.second_factor_added", Changes: map[string]expect.Change{"recovery_codes_left": {New: 10.0}},
		}}
		got := slices.DeleteFunc(expect.Events(t, r.db, there.SessionID, user.ID), func(e expect.Event) bool { return e.Action == "session.created" })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})

	t.Run("IsRefusedWhereItMakesNoSense", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		_, nobody := r.login(t, r.user(t))
		e := r.enrol(t)
		for name, attempt := range map[string]func() error{
			"begin what is active":     func() error { _, err := r.auth.BeginSecondFactor(t.Context(), e.actor, password); return err },
			"confirm what is active":   func() error { _, err := r.auth.ConfirmSecondFactor(t.Context(), e.actor, e.code(t, 0)); return err },
			"confirm what is not":      func() error { _, err := r.auth.ConfirmSecondFactor(t.Context(), nobody, "000000"); return err },
			"replace codes of nothing": func() error { _, err := r.auth.ReplaceRecoveryCodes(t.Context(), nobody, "000000"); return err },
			"remove nothing":           func() error { return r.auth.RemoveSecondFactor(t.Context(), nobody, password, "000000", "") },
		} {
			t.Run(name, func(t *testing.T) {
				for range 6 { // which no limit of attempts counts
					expect.Code(t, attempt(), apperr.Conflict)
				}
			})
		}
	})

	t.Run("OfThoseWhoConfirmAtOnceOneDoes", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		user := r.user(t)
		_, actor := r.login(t, user)
		e := enrolled{reception: r, user: user, actor: actor}.begin(t)
		code, confirmed := e.code(t, 0), 0
		for _, err := range expect.Together(slices.Repeat([]func() error{func() error {
			_, err := r.auth.ConfirmSecondFactor(t.Context(), actor, code)
			return err
		}}, 5)...) {
			if err == nil {
				confirmed++
			} else {
				expect.Code(t, err, apperr.Conflict)
			}
		}
		if left := expect.Count(t, r.db, "SELECT count(*) FROM recovery_codes WHERE user_id = $1", user.ID); confirmed != 1 || left != 10 {
			t.Errorf("%d have confirmed it, there are %d recovery codes", confirmed, left)
		}
	})

	t.Run("NothingReadableIsStored", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		e.mustSignIn(t, "", e.recovery[0])
		for _, secret := range append([]string{e.secret}, e.recovery...) {
			got := expect.Count(t, e.db, `SELECT (SELECT count(*) FROM second_factors f WHERE position($1::bytea in f.secret) > 0)
				+ (SELECT count(*) FROM events e WHERE position($2 in e.changes::text) > 0)
				+ (SELECT count(*) FROM recovery_codes c WHERE position($1::bytea in c.code_hash) > 0)`, []byte(secret), secret)
			if got != 0 {
				t.Errorf("a secret stands in %d rows", got)
			}
		}
	})
}

func (e enrolled) wantState(t *testing.T, want auth.SecondFactor) {
	t.Helper()
	got, err := e.auth.SecondFactor(t.Context(), e.actor)
	expect.OK(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the second factor (-want +got):\n%s", diff)
	}
}

func TestReplacingRecoveryCodes(t *testing.T) {
	t.Parallel()
	e := setup(t, nil).enrol(t)
	e.mustSignIn(t, "", e.recovery[0])
	code := e.code(t, 0)
	codes, err := e.auth.ReplaceRecoveryCodes(t.Context(), e.actor, code)
	expect.OK(t, err)
	_, err = e.auth.ReplaceRecoveryCodes(t.Context(), e.actor, code)
	expect.Fields(t, err, "/code wrong")
	for _, old := range e.recovery {
		_, err := e.signIn(t, "", old)
		expect.Code(t, err, apperr.Unauthenticated)
	}
	e.mustSignIn(t, "", codes[0])
	want := expect.Event{
		ActorID: &e.user.ID, Credential: e.actor.Credential(), RequestID: new("req-2"), Entity: "user", EntityID: e.user.ID,
		Action: "user.recovery_codes_replaced", Changes: map[string]expect.Change{"recovery_codes_left": {Old: 9.0, New: 10.0}},
	}
	if diff := cmp.Diff(want, expect.Events(t, e.db, e.user.ID)[2]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestRemovingASecondFactor(t *testing.T) {
	t.Parallel()

	t.Run("TakesThePasswordAndACode", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		expect.Fields(t, e.auth.RemoveSecondFactor(t.Context(), e.actor, password, "", ""), "/code required")
		expect.Fields(t, e.auth.RemoveSecondFactor(t.Context(), e.actor, "wrong", e.code(t, 0), ""), "/password wrong")
		expect.Fields(t, e.auth.RemoveSecondFactor(t.Context(), e.actor, password, e.code(t, 3), ""), "/code wrong")
		expect.Fields(t, e.auth.RemoveSecondFactor(t.Context(), e.actor, password, "", "wrong"), "/recovery_code wrong")
		elsewhere, err := e.signIn(t, "", e.recovery[0])
		expect.OK(t, err)
		expect.OK(t, e.auth.RemoveSecondFactor(t.Context(), e.actor, password, e.code(t, 0), ""))
		e.wantState(t, auth.SecondFactor{State: auth.SecondFactorNone})
		e.wantUnauthenticated(t, elsewhere.Access)
		e.mustSignIn(t, "", "")
		want := expect.Event{
			ActorID: &e.user.ID, Credential: e.actor.Credential(), RequestID: new("req-2"), Entity: "user", EntityID: e.user.ID,
			Action: "user.second_factor_removed", Changes: map[string]expect.Change{"recovery_codes_left": {Old: 9.0}},
		}
		if diff := cmp.Diff(want, expect.Events(t, e.db, e.user.ID)[2]); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})

	t.Run("RecoveryCodeWillDo", func(t *testing.T) {
		t.Parallel()
		e := setup(t, nil).enrol(t)
		expect.OK(t, e.auth.RemoveSecondFactor(t.Context(), e.actor, password, "", e.recovery[9]))
	})
}

func TestResettingASecondFactor(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	admin := access.Actor{ID: r.user(t).ID, Role: access.RoleAdmin, RequestID: "req-9"}
	e := r.enrol(t)
	tokens, err := e.signIn(t, e.code(t, 0), "")
	expect.OK(t, err)

	expect.Code(t, r.auth.ResetSecondFactor(t.Context(), access.Actor{ID: e.user.ID, Role: access.RoleAdmin}, e.user.ID), apperr.Forbidden)
	expect.Code(t, r.auth.ResetSecondFactor(t.Context(), admin, uuid.New()), apperr.NotFound)
	for range 2 { // the second time there is nothing left
		expect.OK(t, r.auth.ResetSecondFactor(t.Context(), admin, e.user.ID))
	}
	r.wantUnauthenticated(t, tokens.Access)
	if open := expect.Count(t, r.db, "SELECT count(*) FROM sessions WHERE user_id = $1 AND revoked_at IS NULL", e.user.ID); open != 0 {
		t.Errorf("%d sessions are open", open)
	}
	want := expect.Event{
		ActorID: &admin.ID, Credential: "anonymous", RequestID: new("req-9"), Entity: "user", EntityID: e.user.ID,
		Action: "user.second_factor_removed", Changes: map[string]expect.Change{"recovery_codes_left": {Old: 10.0}},
	}
	if diff := cmp.Diff([]expect.Event{want}, expect.Events(t, r.db, e.user.ID)[1:]); diff != "" {
		t.Errorf("events after setting up (-want +got):\n%s", diff)
	}
	e.mustSignIn(t, "", "")

	t.Run("OneThatWasOnlyBegunGoesWithoutATrace", func(t *testing.T) {
		e.actor = e.mustSignIn(t, "", "")
		e.begin(t)
		expect.OK(t, r.auth.ResetSecondFactor(t.Context(), admin, e.user.ID))
		e.wantState(t, auth.SecondFactor{State: auth.SecondFactorNone})
		if got := len(expect.Events(t, r.db, e.user.ID)); got != 2 {
			t.Errorf("there are %d events", got)
		}
	})
}
