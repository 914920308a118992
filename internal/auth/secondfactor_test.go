package auth_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

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
		got := slices.DeleteFunc(expect.Events(t, r.db, there.SessionID, user.ID), func(e expect.Event) bool { return e.Action == "session.created" || e.Action == "sign_in.failed" })
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
	for _, old := range e.recovery[6:] { // more would have to wait
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
		// It was set up, three attempts failed, and a recovery code was used.
		if diff := cmp.Diff(want, expect.Events(t, e.db, e.user.ID)[5]); diff != "" {
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

// A request that turns out to be answered elsewhere is no attempt: neither a
// repeat nor one that comes while the first is under way.
func TestARepeatIsNoAttemptAtASecondFactor(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	_, newcomer := r.login(t, r.user(t))
	pending := enrolled{reception: r, user: r.user(t)}
	_, pending.actor = r.login(t, pending.user)
	pending = pending.begin(t)
	active := r.enrol(t)
	r.pass(time.Minute) // to a code that was not used
	for name, attempt := range map[string]func(ctx context.Context) error{
		"begin": func(ctx context.Context) error {
			_, err := r.auth.BeginSecondFactor(ctx, newcomer, password)
			return err
		},
		"confirm": func(ctx context.Context) error {
			_, err := r.auth.ConfirmSecondFactor(ctx, pending.actor, pending.code(t, 0))
			return err
		},
		"replace the codes": func(ctx context.Context) error {
			_, err := r.auth.ReplaceRecoveryCodes(ctx, active.actor, active.code(t, 0))
			return err
		},
		"remove": func(ctx context.Context) error {
			return r.auth.RemoveSecondFactor(ctx, active.actor, password, active.code(t, 0), "")
		},
	} {
		answered := errors.New("the request was answered before")
		ambient := dbx.NewAmbient(r.db, func(context.Context, *db.Queries) error { return answered })
		if err := attempt(ambient.In(t.Context())); !errors.Is(err, answered) {
			t.Errorf("%s: %v", name, err)
		}
		if n := expect.Count(t, r.db, "SELECT coalesce(sum(failures), 0) FROM sign_in_attempts"); n != 0 {
			t.Errorf("%s: %d attempts are counted, want none", name, n)
		}
	}
}
