package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

const (
	// lastUsedEvery is how exactly it is kept when a key was last used.
	lastUsedEvery = time.Minute
	// useRecordedEvery is how often an event tells that a key is used.
	useRecordedEvery = time.Hour
	// maxTouch bounds writing that a key was used.
	maxTouch = 5 * time.Second
)

// provenKey is an API key that was good when the database was last asked.
type provenKey struct {
	standing
	// used is when the use of it was last written, as far as is known here: by the
	// service's clock, in nanoseconds since 1970.
	used atomic.Int64
}

// AuthenticateAPIKey returns who the API key acts for, with the rights that its
// principal has now as far as the key has them too. It returns Unauthenticated
// when the key is none, was revoked or has expired, or its principal is gone or
// an agent whose owner is, without telling which. It knows of changes as
// [Service.Authenticate] does.
func (s *Service) AuthenticateAPIKey(ctx context.Context, key, ip string) (access.Actor, error) {
	return s.authenticateAPIKey(ctx, key, ip, false)
}

// AuthenticateAPIKeyAnew is to AuthenticateAPIKey what [Service.AuthenticateAnew]
// is to Authenticate.
func (s *Service) AuthenticateAPIKeyAnew(ctx context.Context, key, ip string) (access.Actor, error) {
	return s.authenticateAPIKey(ctx, key, ip, true)
}

func (s *Service) authenticateAPIKey(ctx context.Context, key, ip string, anew bool) (access.Actor, error) {
	now := s.config.Now()
	of := fingerprint(sha256.Sum256([]byte(key)))
	found := s.apiKeys.get(of)
	if anew || found == nil || !s.standings.counts(found.standing, now) {
		proven, err := s.proveKey(ctx, key, now)
		if err != nil {
			if found != nil && apperr.Is(err, apperr.Unauthenticated) {
				s.apiKeys.forget(of)
			}
			return access.Actor{}, err
		}
		s.apiKeys.put(of, proven)
		found = proven
	}
	if now.UnixNano()-found.used.Load() >= int64(lastUsedEvery) && s.touch(ctx, found.actor, ip, now) {
		found.used.Store(now.UnixNano())
	}
	return found.actor, nil
}

// proveKey asks the database for whom the key acts, if its secret is right.
func (s *Service) proveKey(ctx context.Context, key string, now time.Time) (*provenKey, error) {
	publicID, hash, err := parseAPIKey(key)
	if err != nil {
		return nil, keyRefused(err)
	}
	asked := s.standings.present()
	row, err := db.New(s.db).APIKeyGetActor(dbx.Apart(ctx), db.APIKeyGetActorParams{PublicID: publicID, Now: now, FewProjects: access.FewProjects})
	if dbx.IsNotFound(err) {
		return nil, keyRefused(err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the API key: %w", err)
	}
	if subtle.ConstantTimeCompare(row.SecretHash, hash[:]) != 1 {
		return nil, keyRefused(errors.New("the secret of an API key is wrong"))
	}
	proven := &provenKey{standing: standing{ends: row.ExpiresAt, asked: asked, actor: access.Actor{
		ID: row.PrincipalID, Role: access.Role(row.Role), APIKeyID: row.ID,
		Scopes: access.NewScopes(row.Scopes), Limited: row.Limited, SeesFewProjects: row.SeesFewProjects,
		IsAgent: row.IsAgent, RequiresIfMatch: row.RequireIfMatch,
	}}}
	if row.LastUsedAt != nil {
		proven.used.Store(row.LastUsedAt.UnixNano())
	}
	return proven, nil
}

// touch notes that a key is used, without its request waiting for it. What one
// request does not write, because another is about to or the database is busy,
// a later one will. It tells whether it is being written.
func (s *Service) touch(ctx context.Context, actor access.Actor, ip string, now time.Time) bool {
	select {
	case s.touching <- struct{}{}:
	default:
		return false
	}
	ctx, cancel := context.WithTimeout(dbx.Apart(context.WithoutCancel(ctx)), maxTouch)
	go func() {
		defer func() { <-s.touching }()
		defer cancel()
		defer s.logPanic(ctx)
		// There is nobody to tell of an error; the next request tries again.
		_ = noteUse(ctx, s.db, actor, ip, now)
	}()
	return true
}

// logPanic keeps a fault beside a request from ending the process with all that
// it serves.
func (s *Service) logPanic(ctx context.Context) {
	if value := recover(); value != nil {
		s.config.Logger.ErrorContext(ctx, "panic while noting that an API key is used", "error", value, "stack", string(debug.Stack()))
	}
}

func noteUse(ctx context.Context, d *dbx.DB, actor access.Actor, ip string, now time.Time) error {
	return dbx.WithTx(ctx, d, func(q *db.Queries) error {
		tells, err := q.APIKeyTouch(ctx, db.APIKeyTouchParams{
			ID: actor.APIKeyID, IP: orNil(ip), Now: now, MinuteAgo: now.Add(-lastUsedEvery), HourAgo: now.Add(-useRecordedEvery),
		})
		if err != nil {
			return fmt.Errorf("noting that an API key is used: %w", err)
		}
		if len(tells) == 0 || !tells[0] {
			return nil
		}
		return event.Record(ctx, q, actor, event.Event{
			Entity: "api_key", ID: actor.APIKeyID, Action: "used", Before: use{}, After: use{IP: orNil(ip)},
		})
	})
}

// use is what the event of a used key tells.
type use struct {
	IP *string `json:"ip"`
}

func keyRefused(cause error) error {
	e := apperr.New(apperr.Unauthenticated, "The API key is not valid or no longer so. Ask whoever made it for another.")
	e.Cause = cause
	return e
}

// keyEvent is what the events of a key tell of it: everything but the key.
type keyEvent struct {
	Name           string      `json:"name"`
	PrincipalID    uuid.UUID   `json:"principal_id"`
	Scopes         []string    `json:"scopes"`
	RequireIfMatch bool        `json:"require_if_match"`
	ProjectIDs     []uuid.UUID `json:"project_ids"`
	ClientIDs      []uuid.UUID `json:"client_ids"`
	ExpiresAt      time.Time   `json:"expires_at"`
	RevokedAt      *time.Time  `json:"revoked_at"`
}
