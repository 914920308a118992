package auth

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

const testTTL = 10 * time.Minute

var testSecret = bytes.Repeat([]byte{1}, 32)

// loadKeys are the keys of the database as another replica gets them.
func loadKeys(t testing.TB, d *dbx.DB) *Keys {
	t.Helper()
	keys, err := LoadKeys(t.Context(), d, testSecret, testTTL)
	expect.OK(t, err)
	return keys
}

// live are the rows that sign or verify.
func live(t *testing.T, d *dbx.DB) []db.SigningKey {
	t.Helper()
	rows, err := db.New(d).SigningKeyListLive(t.Context())
	expect.OK(t, err)
	return rows
}

func TestLoadKeys(t *testing.T) {
	t.Parallel()

	t.Run("AreMadeOnceAndKept", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		first, second := loadKeys(t, d), loadKeys(t, d)
		c := claims{userID: uuid.New(), sessionID: uuid.New()}
		token, err := first.sign(t.Context(), db.New(d), c, time.Now(), time.Now().Add(time.Hour))
		expect.OK(t, err)
		if got, err := second.verify(t.Context(), token, time.Now()); err != nil || got.claims != c {
			t.Errorf("after a restart the claims are %v, %v", got, err)
		}
		elsewhere := loadKeys(t, dbx.New(dbtest.Pool(t)))
		if _, err := elsewhere.verify(t.Context(), token, time.Now()); err == nil {
			t.Error("another installation takes the token")
		}
		if got := expect.Count(t, d, "SELECT count(*) FROM events WHERE action = 'signing_key.created' AND credential = 'system'"); got != 1 {
			t.Errorf("%d events tell of a new key", got)
		}
	})

	t.Run("ReplicasThatStartTogetherAgree", func(t *testing.T) {
		t.Parallel()
		for range 10 {
			d := dbx.New(dbtest.Pool(t))
			loaded := make([]*Keys, 4) // what the pool has
			loads := make([]func() error, len(loaded))
			for i := range loads {
				loads[i] = func() (err error) {
					loaded[i], err = LoadKeys(t.Context(), d, testSecret, testTTL)
					return err
				}
			}
			expect.OK(t, errors.Join(expect.Together(loads...)...))
			for _, keys := range loaded {
				if got, want := keys.loaded.Load().signing.kid, live(t, d)[0].KID; got != want {
					t.Fatalf("one signs with %s, and the key is %s", got, want)
				}
			}
		}
	})

	t.Run("AnotherSecretIsRefusedWithAdvice", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		loadKeys(t, d)
		for name, load := range map[string]func() error{
			"start": func() error {
				_, err := LoadKeys(t.Context(), d, bytes.Repeat([]byte{2}, 32), testTTL)
				return err
			},
			"rotation": func() error {
				_, err := RotateKeys(t.Context(), d, bytes.Repeat([]byte{2}, 32), Rotation{Now: time.Now()})
				return err
			},
			"revocation": func() error {
				_, err := RotateKeys(t.Context(), d, bytes.Repeat([]byte{2}, 32), Rotation{Now: time.Now(), Revoke: true})
				return err
			},
		} {
			err := load()
			if err == nil || !strings.Contains(err.Error(), "COORDINATOR_SECRET_KEY") || !strings.Contains(err.Error(), "--secret-lost") {
				t.Errorf("the %s: %v", name, err)
			}
		}
		if got := len(live(t, d)); got != 1 {
			t.Errorf("there are %d keys", got)
		}
	})

	t.Run("StoreNothingThatSignsInPlain", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		private := loadKeys(t, d).loaded.Load().signing.private.Seed()
		row := live(t, d)[0]
		if bytes.Contains(row.SealedJWK, private) || bytes.Contains(row.PublicJWK, []byte(`"d"`)) {
			t.Error("the private key can be read in the row")
		}
		for _, e := range expect.Events(t, d, row.ID) {
			if len(e.Changes) != 1 || e.Changes["kid"].New != row.KID {
				t.Errorf("the event tells %v", e.Changes)
			}
		}
	})

	// Who may write to the database and does not have the secret cannot make a
	// key that verifies.
	t.Run("RowOfSomebodyElseIsRefused", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		keys := loadKeys(t, d)
		theirs, err := newSigningKey()
		expect.OK(t, err)
		public, err := theirs.verifying().encode()
		expect.OK(t, err)
		_, err = d.Exec(t.Context(), "UPDATE signing_keys SET kid = $1, public_jwk = $2", theirs.kid, public)
		expect.OK(t, err)
		token, err := theirs.sign(claims{userID: uuid.New(), sessionID: uuid.New()}, time.Now(), time.Now().Add(time.Minute))
		expect.OK(t, err)
		if _, err := keys.verify(t.Context(), token, time.Now()); err == nil {
			t.Error("a token of their key is taken")
		}
	})

	// Tokens of a replica that lets them live longer are waited for as well.
	t.Run("LongestLifeOfTokensIsNoted", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		for _, ttl := range []time.Duration{time.Hour, 10 * time.Minute} {
			_, err := LoadKeys(t.Context(), d, testSecret, ttl)
			expect.OK(t, err)
			if got := live(t, d)[0].TokenSeconds; got != 3600 {
				t.Errorf("noted are %d seconds", got)
			}
		}
	})
}

// A replica that does not know of a rotation takes the new key all the same,
// however much nonsense it has just been sent, and asks the database for the
// nonsense once a second.
func TestUnknownKeyIsLookedForOnceASecond(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	keys, other := loadKeys(t, d), loadKeys(t, d)
	nonsense := func() {
		stranger, err := newSigningKey()
		expect.OK(t, err)
		token, err := stranger.sign(claims{userID: uuid.New(), sessionID: uuid.New()}, time.Now(), time.Now().Add(time.Minute))
		expect.OK(t, err)
		if _, err := keys.verify(t.Context(), token, time.Now()); err == nil {
			t.Error("a stranger's token is taken")
		}
	}
	begun := time.Now()
	var read []time.Time
	for range 3 {
		nonsense()
		if at := keys.loaded.Load().at; len(read) == 0 || at.After(read[len(read)-1]) {
			read = append(read, at)
		}
	}
	for i, at := range read[1:] {
		if apart := at.Sub(read[i]); apart < keysMinAge {
			t.Errorf("the keys were read again after %v", apart)
		}
	}
	t.Logf("in %v the keys were read %d times", time.Since(begun), len(read))

	_, err := RotateKeys(t.Context(), d, testSecret, Rotation{Now: time.Now()})
	expect.OK(t, err)
	c := claims{userID: uuid.New(), sessionID: uuid.New()}
	token, err := other.sign(t.Context(), db.New(d), c, time.Now(), time.Now().Add(time.Minute))
	expect.OK(t, err)
	if got, err := keys.verify(t.Context(), token, time.Now()); err != nil || got.claims != c {
		t.Errorf("a token of the new key: %v, %v", got, err)
	}
}

func TestKeysAreReadAgainWhenTheyAreOld(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	keys := loadKeys(t, d)
	known := keys.loaded.Load()
	_, err := RotateKeys(t.Context(), d, testSecret, Rotation{Now: time.Now()})
	expect.OK(t, err)
	if _, err := keys.verifier(t.Context(), known.signing.kid); err != nil || keys.loaded.Load() != known {
		t.Errorf("keys that are young were read again: %v", err)
	}
	old := *known
	old.at = time.Now().Add(-keysMaxAge - time.Millisecond)
	keys.loaded.Store(&old)
	if _, err := keys.verifier(t.Context(), known.signing.kid); err != nil || len(keys.loaded.Load().byKID) != 2 {
		t.Errorf("keys that are old were not read again: %v", err)
	}
}
