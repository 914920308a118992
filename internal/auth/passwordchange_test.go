package auth_test

import (
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

const replacement = "seven stray balloons"

func TestChangePassword(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)

	t.Run("EndsTheOtherSessions", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		here, actor := r.login(t, user)
		there, elsewhere := r.login(t, user)
		somebody, _ := r.login(t, r.user(t))
		expect.OK(t, r.auth.ChangePassword(t.Context(), actor, password, replacement))
		r.wantUnauthenticated(t, there.Access)
		_, err := r.refresh(t, there.Refresh)
		expect.Code(t, err, apperr.Unauthenticated)
		for _, tokens := range []auth.Tokens{here, somebody} {
			if _, err := r.auth.Authenticate(t.Context(), tokens.Access); err != nil {
				t.Errorf("another session has ended: %v", err)
			}
		}
		if _, code := r.try(t, user.Email, password, ""); code != apperr.Unauthenticated {
			t.Errorf("with the old password the answer is %q", code)
		}
		if _, code := r.try(t, user.Email, replacement, ""); code != "" {
			t.Errorf("with the new password the answer is %q", code)
		}
		credential := "session:" + actor.SessionID.String()
		want := []expect.Event{
			{ActorID: &user.ID, Credential: credential, Entity: "user", EntityID: user.ID, Action: "user.password_changed", Changes: map[string]expect.Change{}},
			{ActorID: &user.ID, Credential: credential, Entity: "session", EntityID: elsewhere.SessionID, Action: "session.revoked", Changes: map[string]expect.Change{"reason": {New: "password_changed"}}},
		}
		got := slices.Concat(expect.Events(t, r.db, user.ID)[:1], expect.Events(t, r.db, elsewhere.SessionID)[1:])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})

	t.Run("TakesTheCurrentPassword", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		_, actor := r.login(t, user)
		for range 10 {
			err := r.auth.ChangePassword(t.Context(), actor, "wrong", replacement)
			if e := expect.Code(t, err, apperr.ValidationFailed); len(e.Fields) != 1 || e.Fields[0].Pointer != "/current_password" || e.Fields[0].Code != "wrong" {
				t.Errorf("the mistakes are %v", e.Fields)
			}
			r.pass(17 * time.Second)
		}
		// A stolen session does not get to guess on, and neither keeps the owner out.
		expect.Code(t, r.auth.ChangePassword(t.Context(), actor, password, replacement), apperr.AccountLocked)
		if _, code := r.try(t, user.Email, password, ""); code != "" {
			t.Errorf("signing in is answered with %q", code)
		}
		expect.OK(t, r.auth.Unlock(t.Context(), access.System(), user.ID))
		expect.OK(t, r.auth.ChangePassword(t.Context(), actor, password, replacement))
	})

	t.Run("KeepsThePolicy", func(t *testing.T) {
		t.Parallel()
		_, actor := r.login(t, r.user(t))
		for wrong, code := range map[string]string{"short": "too_short", "password1234": "common", "coordinator!": "personal", strings.Repeat("long", 33): "too_long"} {
			err := r.auth.ChangePassword(t.Context(), actor, password, wrong)
			if e := expect.Code(t, err, apperr.ValidationFailed); len(e.Fields) != 1 || e.Fields[0].Pointer != "/new_password" || e.Fields[0].Code != code {
				t.Errorf("%s: the mistakes are %v", wrong, e.Fields)
			}
		}
	})

	// A sign-in with the old password that is under way either loses, or has its
	// session ended: none outlives the change.
	t.Run("NoSessionOutlivesIt", func(t *testing.T) {
		t.Parallel()
		for range 8 {
			user := r.user(t)
			_, actor := r.login(t, user)
			var opened atomic.Pointer[auth.Tokens]
			login := func() error {
				tokens, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: password}, home)
				if err == nil {
					opened.Store(&tokens)
				}
				return nil
			}
			change := func() error { return r.auth.ChangePassword(t.Context(), actor, password, replacement) }
			for _, err := range expect.Together(login, change) {
				expect.OK(t, err)
			}
			if tokens := opened.Load(); tokens != nil {
				r.wantUnauthenticated(t, tokens.Access)
			}
		}
	})
}

func TestHashesOfOtherSystemsAreRenewedOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		hash, password string
		scheme         auth.Scheme
		parallel       int
	}{
		"Argon2idOfOtherSettings": {factory.PasswordHash(password), password, auth.SchemeArgon2id, 4},
		"PBKDF2":                  {"$pbkdf2-sha256$29000$c2l4dGVlbiBieXRlcyBvZg$nYFaqUIIhX0QSAh7lGCZ9dn88DE9fhLt2Mz1eGXpoUs", "correct horse battery", auth.SchemeArgon2id, 4},
		"PBKDF2OfDjango":          {"pbkdf2_sha256$10000$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=", "lètmein", auth.SchemeArgon2id, 3},
		"Bcrypt":                  {"$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u", "a", auth.SchemeArgon2id, 4},
		"BcryptToPBKDF2":          {"$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u", "a", auth.SchemePBKDF2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var hashes atomic.Int64
			r := setup(t, func(c *auth.Config) { c.Passwords.Scheme, c.OnHash = test.scheme, func() { hashes.Add(1) } })
			_, err := dbtest.Owner(t, r.db).Exec(t.Context(), `CREATE TABLE renewals (hash text);
				GRANT ALL ON renewals TO PUBLIC;
				CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO renewals VALUES (NEW.password_hash); RETURN NEW; END $$;
				CREATE TRIGGER note AFTER UPDATE OF password_hash ON users FOR EACH ROW EXECUTE FUNCTION note()`, pgx.QueryExecModeSimpleProtocol)
			expect.OK(t, err)
			user := factory.User(t, r.db, &factory.UserOpts{PasswordHash: &test.hash})
			logins := make([]func() error, test.parallel)
			for i := range logins {
				logins[i] = func() error { return r.persist(t, user, test.password, "") }
			}
			for _, err := range expect.Together(logins...) {
				expect.OK(t, err)
			}
			if got := expect.Count(t, r.db, "SELECT count(*) FROM sessions WHERE user_id = $1", user.ID); got != test.parallel {
				t.Errorf("%d sessions were opened", got)
			}
			prefix := map[auth.Scheme]string{auth.SchemeArgon2id: "$argon2id$v=19$m=19456,t=2,p=1$", auth.SchemePBKDF2: "$pbkdf2-sha256$i=600000$"}[test.scheme]
			if got := expect.Count(t, r.db, "SELECT count(*) FROM renewals WHERE starts_with(hash, $1)", prefix); got != 1 {
				t.Errorf("the hash was renewed %d times", got)
			}
			if got := expect.Count(t, r.db, "SELECT count(*) FROM renewals"); got != 1 {
				t.Errorf("the hash was written %d times", got)
			}
			renewed, err := db.New(r.db).UserGetPassword(t.Context(), user.ID)
			expect.OK(t, err)
			if _, code := r.try(t, user.Email, test.password+"x", ""); code != apperr.Unauthenticated || !strings.HasPrefix(*renewed, prefix) {
				t.Errorf("another password gets %q; the hash is %s", code, *renewed)
			}
			t.Logf("%d parallel sign-ins: 1 renewal, %d hashes computed", test.parallel, hashes.Load())
		})
	}
}

// persist signs in as a client does that comes back when it is told to.
func (r reception) persist(t *testing.T, user db.User, password, deviceToken string) error {
	t.Helper()
	for {
		_, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: password, DeviceToken: deviceToken}, home)
		if !apperr.Is(err, apperr.Unavailable) {
			return err
		}
	}
}

// However many try at once, and over however many replicas: no more hashes are
// computed than the limit allows.
func TestParallelFailuresComputeFewHashes(t *testing.T) {
	t.Parallel()
	attempts := 200
	if os.Getenv("COORDINATOR_SIGN_IN_STORM") != "" {
		attempts = 1000
	}
	var hashes atomic.Int64
	r := setup(t, counting(&hashes))
	replica := r.replica(t, counting(&hashes))
	user := r.user(t)
	known, code := r.try(t, user.Email, password, "")
	if code != "" {
		t.Fatalf("signing in is answered with %q", code)
	}
	hashes.Store(0)
	var codes [3]atomic.Int64
	var tries []func() error
	for i := range attempts {
		service := []*auth.Service{r.auth, replica}[i%2]
		tries = append(tries, func() error {
			_, err := service.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: "wrong"}, auth.Device{IP: "203.0.113.9"})
			for j, code := range []apperr.Code{apperr.Unauthenticated, apperr.RateLimited, apperr.Unavailable} {
				if apperr.Is(err, code) {
					codes[j].Add(1)
					return nil
				}
			}
			return err
		})
	}
	tries = append(tries, func() error {
		return r.persist(t, user, password, known.Device)
	})
	for _, err := range expect.Together(tries...) {
		expect.OK(t, err)
	}
	// One of them is the owner's.
	computed := hashes.Load() - 1
	if computed > 10 || computed != codes[0].Load() {
		t.Errorf("%d hashes were computed for %d answers of a wrong password", computed, codes[0].Load())
	}
	t.Logf("%d parallel wrong sign-ins on two replicas: %d hashes computed, limit 10; %d refused for now, %d for the crowd; the owner signed in from its device",
		attempts, computed, codes[1].Load(), codes[2].Load())
}

// A mail that resets the password is worth nothing once its user has changed it.
func TestAChangedPasswordIsNotResetByAnEarlierMail(t *testing.T) {
	t.Parallel()
	r, box := withMail(t, nil)
	user := r.user(t)
	_, actor := r.login(t, user)
	expect.OK(t, r.auth.RequestPasswordReset(t.Context(), user.Email))
	mailed := box.only(t, r, "password_reset")
	expect.OK(t, r.auth.ChangePassword(t.Context(), actor, password, replacement))
	wantNotValid(t, r.auth.ResetPassword(t.Context(), access.Actor{}, mailed.token, otherPassword))
	r.wantLogin(t, user, replacement, true)
}
