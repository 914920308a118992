package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/seal"
)

// Rotation says how signing keys are rotated.
type Rotation struct {
	// Revoke drops the keys there are at once, for one that has leaked: their
	// tokens are refused within a second, and clients have to refresh.
	Revoke bool
	// SecretLost takes it that nobody can open the keys there are; it goes
	// along with Revoke.
	SecretLost bool
	// TokenTTL is the life of tokens where there is no key yet.
	TokenTTL time.Duration
	Now      time.Time
}

// RotateKeys makes a new key, which signs from now on, and retires the one that
// did: it verifies until the next rotation. The one retired before is dropped,
// which is refused with Conflict while tokens of it are valid. It returns the
// new key.
func RotateKeys(ctx context.Context, d *dbx.DB, secret []byte, r Rotation) (db.SigningKey, error) {
	box, err := seal.New(secret, sealedKeys)
	if err != nil {
		return db.SigningKey{}, err
	}
	return dbx.WithTxResult(ctx, d, func(q *db.Queries) (db.SigningKey, error) {
		if err := q.SigningKeyLock(ctx); err != nil {
			return db.SigningKey{}, fmt.Errorf("locking the signing keys: %w", err)
		}
		rows, err := q.SigningKeyListLive(ctx)
		if err != nil {
			return db.SigningKey{}, fmt.Errorf("reading the signing keys: %w", err)
		}
		ttl := r.TokenTTL
		// The one retired before goes first, to make room for the next.
		for _, row := range slices.Backward(rows) {
			if row.RetiredAt == nil {
				ttl = time.Duration(row.TokenSeconds) * time.Second
			}
			if err := r.replace(ctx, q, box, row); err != nil {
				return db.SigningKey{}, err
			}
		}
		return insertKey(ctx, q, box, ttl, r.Now)
	})
}

// replace retires a key that signs and drops one that is retired.
func (r Rotation) replace(ctx context.Context, q *db.Queries, box *seal.Box, row db.SigningKey) error {
	var key signingKey
	if !r.SecretLost {
		// Also where it is not needed, so that nobody rotates under a secret that
		// no replica has.
		var err error
		if key, err = openKey(box, row); err != nil {
			return err
		}
	}
	before := keyState{KID: row.KID, RetiredAt: row.RetiredAt}
	if row.RetiredAt == nil && !r.Revoke {
		return retire(ctx, q, box, row, key, r.Now)
	}
	if end := TokensEnd(row); !r.Revoke && r.Now.Before(*end) {
		return apperr.New(apperr.Conflict, "Tokens of the key %s, which this would drop, are valid until %s. Rotate after that, or end them at once with --revoke.",
			row.KID, end.UTC().Format(time.RFC3339))
	}
	if err := q.SigningKeyDrop(ctx, db.SigningKeyDropParams{ID: row.ID, Now: r.Now}); err != nil {
		return fmt.Errorf("dropping a signing key: %w", err)
	}
	after := keyState{KID: row.KID, RetiredAt: row.RetiredAt, DroppedAt: &r.Now}
	if row.RetiredAt == nil {
		after.RetiredAt = &r.Now
		return recordKey(ctx, q, row.ID, "retired", before, after)
	}
	return recordKey(ctx, q, row.ID, "dropped", before, after)
}

// retire seals the public part in place of the private one: nobody needs to be
// able to sign with it any more.
func retire(ctx context.Context, q *db.Queries, box *seal.Box, row db.SigningKey, key signingKey, now time.Time) error {
	public, err := key.verifying().encode()
	if err != nil {
		return err
	}
	err = q.SigningKeyRetire(ctx, db.SigningKeyRetireParams{ID: row.ID, Now: now, SealedJWK: box.Seal(public, []byte(row.KID))})
	if err != nil {
		return fmt.Errorf("retiring a signing key: %w", err)
	}
	return recordKey(ctx, q, row.ID, "retired", keyState{KID: row.KID}, keyState{KID: row.KID, RetiredAt: &now})
}

// TokensEnd is when the last token of a key that is retired ends, nil for one
// that still signs. The clocks of who signed it and of who verifies it may
// differ from the one that it was retired by.
func TokensEnd(row db.SigningKey) *time.Time {
	if row.RetiredAt == nil {
		return nil
	}
	end := row.RetiredAt.Add(time.Duration(row.TokenSeconds)*time.Second + 2*clockSkew)
	return &end
}

// ListKeys returns every key there was, newest first.
func ListKeys(ctx context.Context, d *dbx.DB) ([]db.SigningKey, error) {
	rows, err := db.New(d).SigningKeyList(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the signing keys: %w", err)
	}
	return rows, nil
}
