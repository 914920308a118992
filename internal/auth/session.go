package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// Why a session was revoked.
const (
	reasonLogout          = "logout"
	reasonReused          = "refresh_token_reused"
	reasonPasswordChanged = "password_changed"
)

// Tokens are what a client holds of a session.
type Tokens struct {
	Access  string
	Refresh string
	// Device marks the device as one that has signed in; empty for a pair that
	// is refreshed.
	Device string
	// AccessTTL is how long the access token is valid.
	AccessTTL time.Duration
}

// Device is where a session was opened from, as the request told.
type Device struct {
	IP        string
	UserAgent string
}

// Refresh exchanges a refresh token, once, for new tokens of its session. A
// token that was exchanged before has been copied by somebody: the whole
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
	session, err := q.SessionGetByRefreshTokenForUpdate(ctx, hash[:])
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
	if session.UsedAt != nil {
		return nil, revoke(ctx, q, actor, reasonReused, now)
	}
	if err := q.RefreshTokenMarkUsed(ctx, db.RefreshTokenMarkUsedParams{TokenHash: hash[:], Now: now}); err != nil {
		return nil, fmt.Errorf("marking the refresh token used: %w", err)
	}
	if err := q.SessionTouch(ctx, db.SessionTouchParams{ID: session.ID, Now: now, ExpiresAt: now.Add(s.config.RefreshTokenTTL)}); err != nil {
		return nil, fmt.Errorf("prolonging the session: %w", err)
	}
	tokens, err := s.issue(ctx, q, claims{userID: session.UserID, sessionID: session.ID}, now)
	return &tokens, err
}

// Logout ends the actor's session; every token issued under it is refused
// from the next request on. A refresh token that is given too ends its own
// session when that is the actor's, and is ignored otherwise.
func (s *Service) Logout(ctx context.Context, actor access.Actor, refreshToken *string) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		now := s.config.Now()
		if err := revoke(ctx, q, actor, reasonLogout, now); err != nil || refreshToken == nil {
			return err
		}
		hash := sha256.Sum256([]byte(*refreshToken))
		session, err := q.SessionGetByRefreshTokenForUpdate(ctx, hash[:])
		if dbx.IsNotFound(err) || (err == nil && session.UserID != actor.ID) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the session: %w", err)
		}
		actor.SessionID = session.ID
		return revoke(ctx, q, actor, reasonLogout, now)
	})
}

func revoke(ctx context.Context, q *db.Queries, actor access.Actor, reason string, now time.Time) error {
	changed, err := q.SessionRevoke(ctx, db.SessionRevokeParams{ID: actor.SessionID, Reason: reason, Now: now})
	if err != nil {
		return fmt.Errorf("revoking the session: %w", err)
	}
	if changed == 0 {
		return nil
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "session", ID: actor.SessionID, Action: "revoked",
		Before: revocation{}, After: revocation{Reason: &reason},
	})
}

// revocation is what the event of a revoked session tells.
type revocation struct {
	Reason *string `json:"reason"`
}

func (s *Service) issue(ctx context.Context, q *db.Queries, c claims, now time.Time) (Tokens, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return Tokens{}, fmt.Errorf("making a refresh token: %w", err)
	}
	refresh := base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(refresh))
	err := q.RefreshTokenInsert(ctx, db.RefreshTokenInsertParams{TokenHash: hash[:], SessionID: c.sessionID, IssuedAt: now})
	if err != nil {
		return Tokens{}, fmt.Errorf("storing the refresh token: %w", err)
	}
	signed, err := s.keys.sign(c, now, now.Add(s.config.AccessTokenTTL))
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: signed, Refresh: refresh, AccessTTL: s.config.AccessTokenTTL}, nil
}

func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
