package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/seal"
)

const (
	// keysMaxAge is how old the keys in memory may become.
	keysMaxAge = 10 * time.Second
	// keysMinAge is how soon they may be read again because a token names one
	// that is not among them, which anybody can send.
	keysMinAge = time.Second

	sealedKeys seal.Use = "signing-keys"
)

// Keys sign access tokens and verify them. They are in the database, sealed,
// and the same for every replica: one signs, and the one that did before still
// verifies.
type Keys struct {
	db  *dbx.DB
	box *seal.Box
	// loading is held by who reads them; the others use those of before, or wait.
	loading chan struct{}
	loaded  atomic.Pointer[keySet]
	// now is the clock by which they grow old: the real one, since whoever waits
	// for them to be read again does so in real time.
	now func() time.Time
}

// keySet are the keys as they were at a moment.
type keySet struct {
	signing signingKey
	byKID   map[string]signingKey
	// at is when the reading of them began.
	at time.Time
}

// LoadKeys returns the keys of the database, and makes the first one where
// there is none; whoever starts at the same moment gets the same. Tokens of
// this replica live for tokenTTL, which is noted with the key, so that it is
// kept until they have ended. It returns an error that says what to do when the
// keys were sealed under another secret.
func LoadKeys(ctx context.Context, d *dbx.DB, secret []byte, tokenTTL time.Duration) (*Keys, error) {
	box, err := seal.New(secret, sealedKeys)
	if err != nil {
		return nil, err
	}
	k := &Keys{db: d, box: box, loading: make(chan struct{}, 1)}
	k.now = time.Now
	set, err := dbx.WithTxResult(ctx, d, func(q *db.Queries) (*keySet, error) {
		if err := q.SigningKeyLock(ctx); err != nil {
			return nil, fmt.Errorf("locking the signing keys: %w", err)
		}
		at := k.now()
		rows, err := q.SigningKeyListLive(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the signing keys: %w", err)
		}
		if len(rows) == 0 || rows[0].RetiredAt != nil {
			row, err := insertKey(ctx, q, box, tokenTTL, at)
			if err != nil {
				return nil, err
			}
			rows = append([]db.SigningKey{row}, rows...)
		}
		if seconds := ttlSeconds(tokenTTL); rows[0].TokenSeconds < seconds {
			if err := q.SigningKeyProlong(ctx, db.SigningKeyProlongParams{ID: rows[0].ID, TokenSeconds: seconds}); err != nil {
				return nil, fmt.Errorf("noting the life of tokens: %w", err)
			}
		}
		return openKeys(box, rows, at)
	})
	if err != nil {
		return nil, err
	}
	k.loaded.Store(set)
	return k, nil
}

func ttlSeconds(ttl time.Duration) int32 { return int32((ttl + time.Second - 1) / time.Second) }

// insertKey makes a key that signs.
func insertKey(ctx context.Context, q *db.Queries, box *seal.Box, tokenTTL time.Duration, now time.Time) (db.SigningKey, error) {
	key, err := newSigningKey()
	if err != nil {
		return db.SigningKey{}, err
	}
	public, err := key.verifying().encode()
	if err != nil {
		return db.SigningKey{}, err
	}
	private, err := key.encode()
	if err != nil {
		return db.SigningKey{}, err
	}
	row, err := q.SigningKeyInsert(ctx, db.SigningKeyInsertParams{
		ID: uuid.Must(uuid.NewV7()), KID: key.kid, PublicJWK: public, SealedJWK: box.Seal(private, []byte(key.kid)),
		TokenSeconds: ttlSeconds(tokenTTL), CreatedAt: now,
	})
	if err != nil {
		return db.SigningKey{}, fmt.Errorf("inserting a signing key: %w", err)
	}
	return row, recordKey(ctx, q, row.ID, "created", nil, keyState{KID: row.KID})
}

// keyState is what the events of a key tell.
type keyState struct {
	KID       string     `json:"kid"`
	RetiredAt *time.Time `json:"retired_at"`
	DroppedAt *time.Time `json:"dropped_at"`
}

func recordKey(ctx context.Context, q *db.Queries, id uuid.UUID, action string, before, after any) error {
	return event.Record(ctx, q, access.System(), event.Event{Entity: "signing_key", ID: id, Action: action, Before: before, After: after})
}

// errOtherSecret says what to do when the secret key is not the one of the keys.
var errOtherSecret = errors.New("the signing keys in the database were sealed under another secret key: " +
	"start with the COORDINATOR_SECRET_KEY of the other replicas, or with the data directory that has the file keys/secret-key of the first start; " +
	"if that key is lost for good, `coordinator keys rotate --revoke --secret-lost` makes a signing key under the one that is given now")

// openKeys opens the live keys, of which the one that signs is the first.
func openKeys(box *seal.Box, rows []db.SigningKey, at time.Time) (*keySet, error) {
	set := &keySet{byKID: map[string]signingKey{}, at: at}
	for i, row := range rows {
		key, err := openKey(box, row)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			set.signing = key
		}
		set.byKID[key.kid] = key.verifying()
	}
	if set.signing.private == nil {
		return nil, errors.New("the database has no key that signs: restart the service, which makes one")
	}
	return set, nil
}

func openKey(box *seal.Box, row db.SigningKey) (signingKey, error) {
	encoded, err := box.Open(row.SealedJWK, []byte(row.KID))
	if err != nil {
		return signingKey{}, errOtherSecret
	}
	key, err := decodeKey(encoded)
	if err != nil {
		return signingKey{}, fmt.Errorf("opening the signing key %s: %w", row.KID, err)
	}
	if key.kid != row.KID {
		return signingKey{}, fmt.Errorf("the signing key %s is sealed as another one", row.KID)
	}
	return key, nil
}

// verify returns what an access token of ours says that is valid now. That one of
// our own keys is named is asked before anything else; whether it has been
// dropped meanwhile, is asked of the database, together with the session.
func (k *Keys) verify(ctx context.Context, token string, now time.Time) (verified, error) {
	kid, err := kidOf(token)
	if err != nil {
		return verified{}, refusedTokenError{err}
	}
	key, err := k.verifier(ctx, kid)
	if err != nil {
		return verified{}, err
	}
	found, err := key.verify(token, now)
	if err != nil {
		return verified{}, refusedTokenError{err}
	}
	return found, nil
}

// refusedTokenError is why a token is refused, as opposed to not being looked at.
type refusedTokenError struct{ error }

func (r refusedTokenError) Unwrap() error { return r.error }

// verifier returns the key of the id. One that is not known may have been made
// a moment ago, by a rotation: the keys are read again before it is refused.
func (k *Keys) verifier(ctx context.Context, kid string) (signingKey, error) {
	arrived := k.now()
	set := k.loaded.Load()
	if arrived.Sub(set.at) > keysMaxAge {
		set = k.refresh(ctx)
	}
	if key, ok := set.byKID[kid]; ok {
		return key, nil
	}
	set, err := k.since(ctx, arrived)
	if err != nil {
		return signingKey{}, err
	}
	if key, ok := set.byKID[kid]; ok {
		return key, nil
	}
	return signingKey{}, refusedTokenError{errors.New("the token names a key that is none of ours")}
}

// refresh reads the keys again, unless somebody does so already. It returns the
// ones there are when that fails: whether the database answers is found out by
// whatever is read next.
func (k *Keys) refresh(ctx context.Context) *keySet {
	select {
	case k.loading <- struct{}{}:
		defer func() { <-k.loading }()
	default:
		return k.loaded.Load()
	}
	if set, err := k.read(ctx, db.New(k.db)); err == nil {
		return set
	}
	return k.loaded.Load()
}

// since returns keys that were read at the moment or later. They are read once
// a second at the most, so whoever comes too early waits: a token of the newest
// key is not refused because somebody has just sent nonsense.
func (k *Keys) since(ctx context.Context, moment time.Time) (*keySet, error) {
	select {
	case k.loading <- struct{}{}:
		defer func() { <-k.loading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	set := k.loaded.Load()
	if !set.at.Before(moment) {
		return set, nil
	}
	select {
	case <-time.After(set.at.Add(keysMinAge).Sub(k.now())):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return k.read(ctx, db.New(k.db))
}

// read returns the keys as the database has them now. It opens them only when
// they are others than before.
func (k *Keys) read(ctx context.Context, q *db.Queries) (*keySet, error) {
	at := k.now()
	rows, err := q.SigningKeyListLive(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the signing keys: %w", err)
	}
	set := k.loaded.Load()
	if set.has(rows) {
		set = &keySet{signing: set.signing, byKID: set.byKID, at: at}
	} else if set, err = openKeys(k.box, rows, at); err != nil {
		return nil, err
	}
	// One that was read earlier and is finished later does not replace it.
	if k.loaded.Load().at.Before(at) {
		k.loaded.Store(set)
	}
	return set, nil
}

// has tells whether the rows are of these very keys.
func (s *keySet) has(rows []db.SigningKey) bool {
	if len(rows) != len(s.byKID) || rows[0].KID != s.signing.kid {
		return false
	}
	for _, row := range rows {
		if _, ok := s.byKID[row.KID]; !ok {
			return false
		}
	}
	return true
}

// sign returns an access token for the claims that ends at expires. Which key
// signs is asked of the database, in the transaction of q: a key that has been
// retired or dropped signs nothing more, on any replica.
func (k *Keys) sign(ctx context.Context, q *db.Queries, c claims, now, expires time.Time) (string, error) {
	set, err := k.read(ctx, q)
	if err != nil {
		return "", err
	}
	return set.signing.sign(c, now, expires)
}

// PublicKey is a key that verifies tokens: an Ed25519 key, whose X is the
// point as RFC 8037 writes it.
type PublicKey struct {
	KID string
	X   string
}

// PublicKeys returns the keys that verify tokens now, the one that signs first.
func (s *Service) PublicKeys(ctx context.Context) ([]PublicKey, error) {
	set, err := s.keys.read(ctx, db.New(s.db))
	if err != nil {
		return nil, err
	}
	keys := []PublicKey{set.signing.published()}
	for kid, key := range set.byKID {
		if kid != set.signing.kid {
			keys = append(keys, key.published())
		}
	}
	return keys, nil
}

func (k signingKey) published() PublicKey {
	return PublicKey{KID: k.kid, X: base64.RawURLEncoding.EncodeToString(k.public)}
}
