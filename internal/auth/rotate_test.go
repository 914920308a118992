package auth

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// rotating is a database with keys, and a moment.
type rotating struct {
	db   *dbx.DB
	keys *Keys
	now  time.Time
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	return &rotating{db: d, keys: loadKeys(t, d), now: time.Now()}
}

func (r *rotating) rotate(t *testing.T, change func(*Rotation)) (db.SigningKey, error) {
	t.Helper()
	rotation := Rotation{Now: r.now}
	if change != nil {
		change(&rotation)
	}
	return RotateKeys(t.Context(), r.db, testSecret, rotation)
}

// token is one of the key that signs now.
func (r *rotating) token(t *testing.T) string {
	t.Helper()
	token, err := r.keys.sign(t.Context(), db.New(r.db), claims{userID: uuid.New(), sessionID: uuid.New()}, r.now, r.now.Add(testTTL))
	expect.OK(t, err)
	return token
}

// takes tells whether a replica takes the token when it has read the keys.
func (r *rotating) takes(t *testing.T, token string) bool {
	t.Helper()
	_, err := r.keys.read(t.Context(), db.New(r.db))
	expect.OK(t, err)
	_, err = r.keys.verify(t.Context(), token, r.now)
	return err == nil
}

// actions are what the events tell of the keys, oldest first.
func (r *rotating) actions(t *testing.T) []string {
	t.Helper()
	rows, err := r.db.Query(t.Context(), "SELECT action FROM events WHERE entity_type = 'signing_key' ORDER BY id")
	expect.OK(t, err)
	defer rows.Close()
	var found []string
	for rows.Next() {
		var action string
		expect.OK(t, rows.Scan(&action))
		found = append(found, strings.TrimPrefix(action, "signing_key."))
	}
	expect.OK(t, rows.Err())
	return found
}

func TestRotateKeys(t *testing.T) {
	t.Parallel()

	t.Run("NewOneSignsAndTheOneBeforeVerifies", func(t *testing.T) {
		t.Parallel()
		r := newRotating(t)
		before := r.token(t)
		row, err := r.rotate(t, nil)
		expect.OK(t, err)
		after := r.token(t)
		if kid, err := kidOf(after); err != nil || kid != row.KID {
			t.Errorf("tokens are of %s, %v", kid, err)
		}
		if !r.takes(t, before) || !r.takes(t, after) {
			t.Error("a token of either is refused")
		}
		if got, want := r.actions(t), []string{"created", "retired", "created"}; !slices.Equal(got, want) {
			t.Errorf("the events are %v", got)
		}
	})

	t.Run("RefusedWhileTokensOfTheOneToGoAreValid", func(t *testing.T) {
		t.Parallel()
		r := newRotating(t)
		_, err := r.rotate(t, nil)
		expect.OK(t, err)
		retiredAt := r.now
		r.now = retiredAt.Add(testTTL) // the clocks may differ by as much as they may
		_, err = r.rotate(t, nil)
		e := expect.Code(t, err, apperr.Conflict)
		if until := retiredAt.Add(testTTL + 2*clockSkew).UTC().Format(time.RFC3339); !strings.Contains(e.Detail, "until "+until) || !strings.Contains(e.Detail, "--revoke") {
			t.Errorf("the detail is %q, want it to say until %s", e.Detail, until)
		}
		if got := len(live(t, r.db)); got != 2 {
			t.Errorf("after the refusal there are %d keys", got)
		}
		r.now = retiredAt.Add(testTTL + 2*clockSkew)
		_, err = r.rotate(t, nil)
		expect.OK(t, err)
		if got, want := r.actions(t), []string{"created", "retired", "created", "dropped", "retired", "created"}; !slices.Equal(got, want) {
			t.Errorf("the events are %v", got)
		}
	})

	t.Run("RevokedOnesVerifyNothing", func(t *testing.T) {
		t.Parallel()
		r := newRotating(t)
		first := r.token(t)
		_, err := r.rotate(t, nil)
		expect.OK(t, err)
		second := r.token(t)
		_, err = r.rotate(t, func(r *Rotation) { r.Revoke = true })
		expect.OK(t, err)
		if r.takes(t, first) || r.takes(t, second) || !r.takes(t, r.token(t)) {
			t.Error("not the token of the new key alone is taken")
		}
		if got := expect.Count(t, r.db, "SELECT count(*) FROM signing_keys WHERE sealed_jwk IS NOT NULL"); got != 1 {
			t.Errorf("%d keys are kept", got)
		}
	})

	// What is retired cannot sign again, whoever gets hold of the secret later.
	t.Run("PrivatePartOfARetiredOneIsForgotten", func(t *testing.T) {
		t.Parallel()
		r := newRotating(t)
		_, err := r.rotate(t, nil)
		expect.OK(t, err)
		for _, row := range live(t, r.db) {
			key, err := openKey(r.keys.box, row)
			expect.OK(t, err)
			if signs := key.private != nil; signs != (row.RetiredAt == nil) {
				t.Errorf("the key %s, retired %v, can sign: %v", row.KID, row.RetiredAt, signs)
			}
		}
	})

	t.Run("LostSecretIsReplaced", func(t *testing.T) {
		t.Parallel()
		r := newRotating(t)
		other := bytes.Repeat([]byte{2}, 32)
		_, err := RotateKeys(t.Context(), r.db, other, Rotation{Now: r.now, Revoke: true, SecretLost: true})
		expect.OK(t, err)
		if _, err := LoadKeys(t.Context(), r.db, other, testTTL); err != nil {
			t.Errorf("under the new secret: %v", err)
		}
		if _, err := LoadKeys(t.Context(), r.db, testSecret, testTTL); err == nil {
			t.Error("the old secret opens the new key")
		}
	})

	t.Run("OfThoseAtOnceOneIsMadeAndTheOthersRefused", func(t *testing.T) {
		t.Parallel()
		r := newRotating(t)
		rotate := func() error {
			_, err := r.rotate(t, nil)
			return err
		}
		made := 0
		for _, err := range expect.Together(rotate, rotate, rotate) {
			if err == nil {
				made++
				continue
			}
			expect.Code(t, err, apperr.Conflict)
		}
		if made != 1 {
			t.Errorf("%d keys were made", made)
		}
	})

	t.Run("BeforeTheFirstStartItMakesTheFirst", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		row, err := RotateKeys(t.Context(), d, testSecret, Rotation{Now: time.Now(), TokenTTL: testTTL})
		expect.OK(t, err)
		if got := loadKeys(t, d).loaded.Load().signing.kid; got != row.KID {
			t.Errorf("the server signs with %s", got)
		}
		keys, err := ListKeys(t.Context(), d)
		if err != nil || len(keys) != 1 || TokensEnd(keys[0]) != nil {
			t.Errorf("listed are %v, %v", keys, err)
		}
	})
}
