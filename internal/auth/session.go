package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// Why a session was revoked, as the constraint sessions_revoked_reason_known
// lists it.
const (
	reasonLogout          = "logout"
	reasonReused          = "refresh_token_reused"
	reasonRevoked         = "revoked"
	reasonByAdmin         = "revoked_by_admin"
	reasonFactor          = "second_factor_changed"
	reasonPasswordChanged = "password_changed"
	reasonPasswordReset   = "password_reset"
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

// String returns a mask: whoever holds them is signed in.
func (Tokens) String() string { return "(tokens)" }

// Format writes the mask for every verb.
func (t Tokens) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(t.String())) }

// LogValue returns a mask.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Device is where a session was opened from, as the request told.
type Device struct {
	IP        string
	UserAgent string
}

// openSession opens a session of the user, who has proved to be it, by a second
// factor too when passed tells so.
func (s *Service) openSession(ctx context.Context, q *db.Queries, actor access.Actor, userID uuid.UUID, device Device, passed bool) (Tokens, error) {
	now := s.config.Now()
	var passedAt *time.Time
	if passed {
		passedAt = &now
	}
	end := now.Add(s.config.SessionMaxTTL)
	session, err := q.SessionInsert(ctx, db.SessionInsertParams{
		ID: uuid.Must(uuid.NewV7()), UserID: userID,
		CreatedAt: now, ExpiresAt: s.expiry(now, end), EndsAt: end,
		IP: orNil(device.IP), UserAgent: orNil(device.UserAgent), SecondFactorAt: passedAt,
	})
	if err != nil {
		return Tokens{}, fmt.Errorf("inserting a session: %w", err)
	}
	actor.ID, actor.SessionID = userID, session.ID
	err = event.Record(ctx, q, actor, event.Event{Entity: "session", ID: session.ID, Action: "created", After: session})
	if err != nil {
		return Tokens{}, err
	}
	secret := make([]byte, refreshTokenLen)
	if _, err := rand.Read(secret); err != nil {
		return Tokens{}, fmt.Errorf("making a refresh token: %w", err)
	}
	refresh := base64.RawURLEncoding.EncodeToString(secret)
	if err := insertRefreshToken(ctx, q, session.ID, refresh, now); err != nil {
		return Tokens{}, err
	}
	return s.issue(ctx, q, claims{userID: userID, sessionID: session.ID}, refresh, now, session.ExpiresAt)
}

// expiry is when a session that is used now expires unless it is used again.
func (s *Service) expiry(now, end time.Time) time.Time {
	if expires := now.Add(s.config.RefreshTokenTTL); expires.Before(end) {
		return expires
	}
	return end
}

// Logout ends the actor's session; every token issued under it is refused
// from the next request on, as [Service.Authenticate] knows of it. A refresh
// token that is given too ends its own session when that is the actor's, and is
// ignored otherwise.
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
		other := actor // which this may run again with
		other.SessionID = session.ID
		return revoke(ctx, q, other, reasonLogout, now)
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

// issue makes the access token that goes along with a refresh token. It does
// not outlive its session.
func (s *Service) issue(ctx context.Context, q *db.Queries, c claims, refresh string, now, sessionEnd time.Time) (Tokens, error) {
	ttl := min(s.config.AccessTokenTTL, sessionEnd.Sub(now))
	signed, err := s.keys.sign(ctx, q, c, now, now.Add(ttl))
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: signed, Refresh: refresh, AccessTTL: ttl}, nil
}

func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
