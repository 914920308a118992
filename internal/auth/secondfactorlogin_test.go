package auth_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
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
	return e.signInAt(t, e.auth, code, recoveryCode)
}

// signInAt is signIn at one of several replicas.
func (e enrolled) signInAt(t *testing.T, replica *auth.Service, code, recoveryCode string) (auth.Tokens, error) {
	t.Helper()
	return replica.Login(t.Context(), access.Actor{RequestID: "req-3"}, auth.Credentials{
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
		if diff := cmp.Diff([]expect.Event{want}, expect.Events(t, e.db, e.user.ID)[1:2]); diff != "" {
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

// Ten who send one code at the same moment, which is good for one of them.
func TestACodeIsGoodForOneOfThoseAtOnce(t *testing.T) {
	t.Parallel()
	const count = 10
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
				} else if !apperr.Is(err, apperr.RateLimited) && !apperr.Is(err, apperr.Unavailable) { // as the sixth in vain is, and whoever waits too long for a turn
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

// Two who have both seen that the code was not used, and wait for each other: at
// two replicas, since one lets the sign-ins of an account take turns.
func TestACodeThatTwoHaveFoundUnusedIsGoodForOne(t *testing.T) {
	t.Parallel()
	e := setup(t, nil).enrol(t)
	code := e.code(t, 0)
	errs := make(chan error)
	replicas := []*auth.Service{e.auth, e.replica(t, nil)}
	expect.OK(t, dbx.WithTx(t.Context(), e.db, func(q *db.Queries) error {
		// Changes nothing and holds the row.
		if _, err := q.SecondFactorBegin(t.Context(), db.SecondFactorBeginParams{UserID: e.user.ID, CreatedAt: e.now(), Secret: []byte{}}); err != nil {
			return err
		}
		for _, replica := range replicas {
			go func() {
				_, err := e.signInAt(t, replica, code, "")
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

// Whoever is overtaken by another replica, which renews the hash, looks at the
// password again, and not at the code, which is used by then.
func TestACodeSurvivesARenewalOfTheHashElsewhere(t *testing.T) {
	t.Parallel()
	hashes, renewElsewhere := 0, func() {}
	r := setup(t, func(c *auth.Config) {
		c.OnHash = func() {
			if hashes++; hashes == 2 { // the renewal, after the password was found right
				renewElsewhere()
			}
		}
	})
	e := r.enrol(t)
	current, err := db.New(r.db).UserGetPassword(t.Context(), e.user.ID)
	expect.OK(t, err)
	store := func(hash string) {
		_, err := r.db.Exec(t.Context(), "UPDATE users SET password_hash = $2 WHERE id = $1", e.user.ID, hash)
		expect.OK(t, err)
	}
	for _, codes := range [][2]string{{e.code(t, 0), ""}, {"", e.recovery[0]}} {
		store(factory.PasswordHash(password))
		hashes, renewElsewhere = 0, func() { store(*current) }
		if actor := e.mustSignIn(t, codes[0], codes[1]); actor.SecondFactorDue != "" || hashes != 3 {
			t.Errorf("the session owes %q after %d hashes", actor.SecondFactorDue, hashes)
		}
	}
}
