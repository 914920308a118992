package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// refreshTokenLen is the length of a refresh token in bytes.
	refreshTokenLen = 32
	// refreshGrace is how long after its use a refresh token still gets what it
	// got: the answer may have been lost, or two windows of a client refresh at
	// the same time.
	refreshGrace = 10 * time.Second
	// outage is how long the service may have been away for a client that lost
	// its answer by that to come back: nobody could ask again meanwhile.
	outage = 2 * time.Minute
)

// Refresh exchanges a refresh token for new tokens of its session. It is used
// once; for ten seconds more it gets the same refresh token again, and a fresh
// access token. Used later than that it has been copied by somebody: the whole
// session ends. It returns Unauthenticated in every case of refusal.
func (s *Service) Refresh(ctx context.Context, actor access.Actor, refreshToken string) (Tokens, error) {
	// A refusal is no error of the transaction: what it writes about a reused
	// token must be committed.
	tokens, err := dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (*Tokens, error) {
		return s.refresh(ctx, q, actor, refreshToken)
	})
	if err != nil {
		return Tokens{}, err
	}
	if tokens == nil {
		return Tokens{}, apperr.New(apperr.Unauthenticated, "The refresh token is not valid or no longer so. Sign in again.")
	}
	return *tokens, nil
}

// refresh returns nil when the token is refused.
func (s *Service) refresh(ctx context.Context, q *db.Queries, actor access.Actor, refreshToken string) (*Tokens, error) {
	hash := sha256.Sum256([]byte(refreshToken))
	session, err := q.SessionGetByRefreshToken(ctx, hash[:])
	if err == nil && session.UsedAt == nil {
		// The lock is only for who may be the first: those who come after it read
		// what it has done, and do not wait for each other.
		var locked db.SessionGetByRefreshTokenForUpdateRow
		locked, err = q.SessionGetByRefreshTokenForUpdate(ctx, hash[:])
		session = db.SessionGetByRefreshTokenRow(locked)
	}
	if dbx.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the session: %w", err)
	}
	now := s.config.Now()
	if session.RevokedAt != nil || session.UserDeletedAt != nil || !session.ExpiresAt.After(now) {
		return nil, nil
	}
	actor.ID, actor.SessionID = session.UserID, session.ID
	successor := s.successor(refreshToken)
	switch {
	case session.UsedAt == nil:
		session.ExpiresAt = s.expiry(now, session.EndsAt)
		if err := rotate(ctx, q, session, hash[:], successor, now); err != nil {
			return nil, err
		}
	case now.After(graceEnd(*session.UsedAt, s.startedAt)):
		return nil, revoke(ctx, q, actor, reasonReused, now)
	}
	tokens, err := s.issue(ctx, q, claims{userID: session.UserID, sessionID: session.ID}, successor, now, session.ExpiresAt)
	return &tokens, err
}

// graceEnd is until when a token that was used at the moment gets its
// successor again. Where the service has come back in the meantime, it counts
// from then: whoever lost the answer as it went could not ask earlier.
func graceEnd(usedAt, startedAt time.Time) time.Time {
	if usedAt.Before(startedAt) && startedAt.Sub(usedAt) <= outage {
		usedAt = startedAt
	}
	return usedAt.Add(refreshGrace)
}

// successor is the token that follows. It is derived under the secret key, so
// that it can be handed out again and is stored nowhere.
func (s *Service) successor(refreshToken string) string {
	return base64.RawURLEncoding.EncodeToString(s.refreshing.Sum([]byte(refreshToken)))
}

func rotate(ctx context.Context, q *db.Queries, session db.SessionGetByRefreshTokenRow, hash []byte, successor string, now time.Time) error {
	if err := q.RefreshTokenMarkUsed(ctx, db.RefreshTokenMarkUsedParams{TokenHash: hash, Now: now}); err != nil {
		return fmt.Errorf("marking the refresh token used: %w", err)
	}
	if err := q.SessionTouch(ctx, db.SessionTouchParams{ID: session.ID, Now: now, ExpiresAt: session.ExpiresAt}); err != nil {
		return fmt.Errorf("prolonging the session: %w", err)
	}
	return insertRefreshToken(ctx, q, session.ID, successor, now)
}

// insertRefreshToken stores the token's hash.
func insertRefreshToken(ctx context.Context, q *db.Queries, sessionID uuid.UUID, token string, now time.Time) error {
	hash := sha256.Sum256([]byte(token))
	err := q.RefreshTokenInsert(ctx, db.RefreshTokenInsertParams{TokenHash: hash[:], SessionID: sessionID, IssuedAt: now})
	if err != nil {
		return fmt.Errorf("storing the refresh token: %w", err)
	}
	return nil
}
