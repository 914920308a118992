package auth_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

var home = auth.Device{IP: "192.0.2.7", UserAgent: "Firefox"}

// try signs in with a password and whatever device token, and returns the code
// of the refusal; empty where there was none.
func (r reception) try(t *testing.T, email, password, deviceToken string) (auth.Tokens, apperr.Code) {
	t.Helper()
	tokens, err := r.auth.Login(t.Context(), access.Actor{RequestID: "req-7"}, auth.Credentials{Email: email, Password: password, DeviceToken: deviceToken}, home)
	if err == nil {
		return tokens, ""
	}
	for _, code := range []apperr.Code{apperr.Unauthenticated, apperr.RateLimited, apperr.AccountLocked} {
		if apperr.Is(err, code) {
			return auth.Tokens{}, code
		}
	}
	t.Fatalf("signing in gives %v", err)
	return auth.Tokens{}, ""
}

// lock fails as often as it takes to lock the account.
func (r reception) lock(t *testing.T, email, deviceToken string) {
	t.Helper()
	for i := range 10 {
		if _, code := r.try(t, email, "wrong", deviceToken); code != apperr.Unauthenticated {
			t.Fatalf("failure %d is answered with %q", i+1, code)
		}
		r.pass(16 * time.Second)
	}
}

func counting(hashes *atomic.Int64) func(*auth.Config) {
	return func(c *auth.Config) { c.OnHash = func() { hashes.Add(1) } }
}

func TestFailuresAreCounted(t *testing.T) {
	t.Parallel()

	t.Run("WhetherOrNotThereIsAnAccount", func(t *testing.T) {
		t.Parallel()
		var hashes atomic.Int64
		r := setup(t, counting(&hashes))
		user, without := r.user(t), factory.User(t, r.db, nil)
		deleted := r.user(t)
		_, err := r.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", deleted.ID)
		expect.OK(t, err)
		var want []string
		for _, email := range []string{user.Email, without.Email, deleted.Email, "nobody@agency.example"} {
			begin, got := hashes.Load(), []string{}
			for range 12 {
				_, code := r.try(t, email, "wrong", "")
				got = append(got, string(code))
				_, code = r.try(t, email, "wrong", "")
				got = append(got, string(code))
				r.pass(17 * time.Second)
			}
			computed := hashes.Load() - begin
			got = append(got, fmt.Sprintf("%d hashes", computed))
			if want == nil {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s is told apart (-known +this):\n%s", email, diff)
			}
			if computed != 10 {
				t.Errorf("%d hashes were computed", computed)
			}
			r.pass(time.Hour)
		}
	})

	t.Run("HoweverTheAddressIsTyped", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		factory.User(t, r.db, &factory.UserOpts{Email: "Ana@Agency.example", PasswordHash: new(factory.PasswordHash(password))})
		r.lock(t, "ana@agency.example", "")
		for _, email := range []string{"ANA@agency.example", "Ana@Agency.example"} {
			if _, code := r.try(t, email, password, ""); code != apperr.AccountLocked {
				t.Errorf("%s gets %q", email, code)
			}
		}
	})

	t.Run("TheLockEnds", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		user := r.user(t)
		r.lock(t, user.Email, "")
		_, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: password}, home)
		if e := expect.Code(t, err, apperr.AccountLocked); e.RetryAfter != 15*time.Minute-16*time.Second {
			t.Errorf("it is to be tried again after %v", e.RetryAfter)
		}
		r.pass(15 * time.Minute)
		if _, code := r.try(t, user.Email, password, ""); code != "" {
			t.Errorf("after it the answer is %q", code)
		}
	})

	t.Run("SuccessBeginsAnew", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		user := r.user(t)
		for range 3 {
			for range 4 {
				if _, code := r.try(t, user.Email, "wrong", ""); code != apperr.Unauthenticated {
					t.Fatalf("the answer is %q", code)
				}
			}
			if _, code := r.try(t, user.Email, password, ""); code != "" {
				t.Fatalf("with the right password the answer is %q", code)
			}
		}
	})

	t.Run("ByTheClientsAddressToo", func(t *testing.T) {
		t.Parallel()
		r := setup(t, func(c *auth.Config) { c.MaxAttemptsPerAddress = 5 })
		user := r.user(t)
		for range 20 { // successes are no failures
			if _, code := r.try(t, user.Email, password, ""); code != "" {
				t.Fatalf("the answer is %q", code)
			}
		}
		for i := range 5 {
			if _, code := r.try(t, fmt.Sprintf("nobody%d@agency.example", i), "wrong", ""); code != apperr.Unauthenticated {
				t.Fatalf("the answer is %q", code)
			}
		}
		if _, code := r.try(t, user.Email, password, ""); code != apperr.RateLimited {
			t.Errorf("the answer is %q", code)
		}
		elsewhere := auth.Device{IP: "198.51.100.1"}
		if _, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: password}, elsewhere); err != nil {
			t.Errorf("from another address: %v", err)
		}
		r.pass(15 * time.Minute)
		if _, code := r.try(t, user.Email, password, ""); code != "" {
			t.Errorf("after the window the answer is %q", code)
		}
	})

	// All of a /64 is one subscriber's, who has 2^64 addresses to guess from.
	t.Run("ByTheClientsNetworkWhereItHasOne", func(t *testing.T) {
		t.Parallel()
		r := setup(t, func(c *auth.Config) { c.MaxAttemptsPerAddress = 2 })
		for _, test := range []struct {
			ip   string
			want apperr.Code
		}{
			{"2001:db8:1:2::1", apperr.Unauthenticated},
			{"2001:db8:1:2:ffff::9", apperr.Unauthenticated},
			{"2001:db8:1:2::3", apperr.RateLimited},
			{"2001:db8:1:3::1", apperr.Unauthenticated},
		} {
			_, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: test.ip + "@agency.example", Password: "wrong"}, auth.Device{IP: test.ip})
			expect.Code(t, err, test.want)
		}
	})

	// Who has left does not see the answer, and could be guessing all the same.
	t.Run("AndRecordedForWhoHasLeft", func(t *testing.T) {
		t.Parallel()
		ctx, leave := context.WithCancel(t.Context())
		r := setup(t, func(c *auth.Config) { c.OnHash = leave })
		user := r.user(t)
		_, err := r.auth.Login(ctx, access.Actor{}, auth.Credentials{Email: user.Email, Password: "wrong"}, home)
		expect.Code(t, err, apperr.Unauthenticated)
		if got := expect.Events(t, r.db, user.ID); len(got) != 1 || got[0].Action != "sign_in.failed" {
			t.Errorf("the events are %+v", got)
		}
	})

	// What is remembered tells who reads the database nothing, and does not grow.
	t.Run("NothingTypedIsStored", func(t *testing.T) {
		t.Parallel()
		r := setup(t, nil)
		for i := range 30 {
			r.try(t, fmt.Sprintf("nobody%d@agency.example", i), "wrong", "")
			r.pass(time.Minute)
		}
		if got := expect.Count(t, r.db, "SELECT count(*) FROM sign_in_attempts"); got > 17 {
			t.Errorf("%d counters are kept", got)
		}
		if got := expect.Count(t, r.db, "SELECT count(*) FROM sign_in_attempts a WHERE a::text LIKE '%nobody%' OR a::text LIKE '%192.0.2%'"); got != 0 {
			t.Errorf("%d counters tell of whom they are", got)
		}
	})
}

func TestKnownDevice(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)

	t.Run("IsNotLockedOutByStrangers", func(t *testing.T) {
		t.Parallel()
		user, other := r.user(t), r.user(t)
		known, code := r.try(t, user.Email, password, "")
		if code != "" || known.Device == "" {
			t.Fatalf("the tokens are %+v, %q", known, code)
		}
		r.lock(t, user.Email, "")
		if _, code := r.try(t, user.Email, password, ""); code != apperr.AccountLocked {
			t.Errorf("a new device gets %q", code)
		}
		again, code := r.try(t, user.Email, password, known.Device)
		if code != "" {
			t.Errorf("the known device gets %q", code)
		}
		// Its success leaves the strangers where they are.
		if _, code := r.try(t, user.Email, "wrong", ""); code != apperr.AccountLocked {
			t.Errorf("a stranger gets %q", code)
		}
		if _, code := r.try(t, user.Email, password, again.Device); code != "" {
			t.Errorf("with the newer token it gets %q", code)
		}
		// To another account the device is as unknown as any.
		r.lock(t, other.Email, "")
		if _, code := r.try(t, other.Email, password, known.Device); code != apperr.AccountLocked {
			t.Errorf("another account's owner gets %q", code)
		}
	})

	t.Run("HasACounterOfItsOwn", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		stolen, _ := r.try(t, user.Email, password, "")
		r.lock(t, user.Email, stolen.Device)
		if _, code := r.try(t, user.Email, password, stolen.Device); code != apperr.AccountLocked {
			t.Errorf("the device gets %q", code)
		}
		if _, code := r.try(t, user.Email, password, ""); code != "" {
			t.Errorf("another device gets %q", code)
		}
	})

	t.Run("IsForgottenWithThePassword", func(t *testing.T) {
		t.Parallel()
		const replacement = "another correct horse"
		user := r.user(t)
		known, _ := r.try(t, user.Email, password, "")
		actor, err := r.auth.Authenticate(t.Context(), known.Access)
		expect.OK(t, err)
		expect.OK(t, r.auth.ChangePassword(t.Context(), actor, password, replacement))
		r.lock(t, user.Email, "")
		if _, code := r.try(t, user.Email, replacement, known.Device); code != apperr.AccountLocked {
			t.Errorf("a device of the former password gets %q", code)
		}
	})

	t.Run("OpensNothing", func(t *testing.T) {
		t.Parallel()
		user := r.user(t)
		known, _ := r.try(t, user.Email, password, "")
		r.wantUnauthenticated(t, known.Device)
		_, err := r.refresh(t, known.Device)
		expect.Code(t, err, apperr.Unauthenticated)
		refreshed, err := r.refresh(t, known.Refresh)
		expect.OK(t, err)
		if refreshed.Device != "" {
			t.Error("a refresh makes a device known")
		}
	})
}

func TestUnlock(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	admin := factory.Actor(factory.User(t, r.db, &factory.UserOpts{Role: db.RoleAdmin}))
	user := r.user(t)
	known, _ := r.try(t, user.Email, password, "")
	r.lock(t, user.Email, "")
	r.lock(t, user.Email, known.Device)
	for range 2 { // the second time there is nothing left to forget
		expect.OK(t, r.auth.Unlock(t.Context(), admin, user.ID))
	}
	for _, device := range []string{"", known.Device} {
		if _, code := r.try(t, user.Email, password, device); code != "" {
			t.Errorf("the answer is %q", code)
		}
	}
	var unlocked []expect.Event
	for _, e := range expect.Events(t, r.db, user.ID) {
		if e.Entity == "user" {
			unlocked = append(unlocked, e)
		}
	}
	want := []expect.Event{{ActorID: &admin.ID, Credential: "anonymous", Entity: "user", EntityID: user.ID, Action: "user.unlocked", Version: new(int64(1)), Changes: map[string]expect.Change{}}}
	if diff := cmp.Diff(want, unlocked); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	expect.Code(t, r.auth.Unlock(t.Context(), admin, uuid.New()), apperr.NotFound)
}

func TestFailedSignInsAreEvents(t *testing.T) {
	t.Parallel()
	r := setup(t, nil)
	user := r.user(t)
	unreadable := factory.User(t, r.db, &factory.UserOpts{PasswordHash: new("md5$5f4dcc3b5aa765d61d8327deb882cf99")})
	r.try(t, "nobody@agency.example", password, "")
	r.try(t, unreadable.Email, password, "")
	r.lock(t, user.Email, "")
	r.try(t, user.Email, password, "") // refused, and no event
	reasons := func(id uuid.UUID) (found []any) {
		for _, e := range expect.Events(t, r.db, id) {
			if e.Action != "sign_in.failed" || e.ActorID != nil || e.Credential != "anonymous" || len(e.Changes) != 1 {
				t.Errorf("an event is %+v", e)
			}
			found = append(found, e.Changes["reason"].New)
		}
		return found
	}
	for id, want := range map[uuid.UUID][]any{
		uuid.Nil:      {"unknown_account"},
		unreadable.ID: {"unreadable_hash"},
		user.ID:       append(slices.Repeat([]any{"wrong_password"}, 10), "account_locked"),
	} {
		if diff := cmp.Diff(want, reasons(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

// Refusals wait for their time; they hold no slot meanwhile, and end with who asks.
func TestRefusalsTakeTheirTime(t *testing.T) {
	t.Parallel()
	const least = 300 * time.Millisecond
	r := setup(t, func(c *auth.Config) { c.RefusalTime = least })
	user := r.user(t)
	for range 5 {
		begin := time.Now()
		if _, code := r.try(t, user.Email, "wrong", ""); code == "" || time.Since(begin) < least {
			t.Errorf("after %v the answer is %q", time.Since(begin), code)
		}
	}
	begin := time.Now()
	if _, code := r.try(t, user.Email, "wrong", ""); code != apperr.RateLimited || time.Since(begin) < least {
		t.Errorf("after %v the answer is %q", time.Since(begin), code)
	}
	const together = 40
	begin = time.Now()
	tries := make([]func() error, together)
	for i := range tries {
		tries[i] = func() error {
			_, err := r.auth.Login(t.Context(), access.Actor{}, auth.Credentials{Email: user.Email, Password: "wrong"}, home)
			return err
		}
	}
	for _, err := range expect.Together(tries...) {
		expect.Code(t, err, apperr.RateLimited)
	}
	if took := time.Since(begin); took > together/2*least {
		t.Errorf("%d refusals took %v: they wait for each other", together, took)
	}
}
