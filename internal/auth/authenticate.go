package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// provenToken is an access token that one of our keys has signed, with what the
// database said of its session and of that key. The signature stays right for
// as long as the token is valid; the rest is asked again every second.
type provenToken struct {
	verified
	// since is when it was verified. Before that, by a clock that was put back, it
	// may not have been valid.
	since time.Time
	standing
}

// Authenticate returns who the access token was issued to, with the role held
// now. It returns Unauthenticated when the token is not valid, its key has been
// dropped, its session has ended or its user is gone, without telling which.
//
// What was changed here is known at once; what another process has changed,
// within a second ([standingMaxAge]), for which the database is not asked again.
// ctx must not be one that reads from a replica.
func (s *Service) Authenticate(ctx context.Context, token string) (access.Actor, error) {
	return s.authenticate(ctx, token, false)
}

// AuthenticateAnew is Authenticate for what decides over accounts and credentials:
// what was changed elsewhere is known at once as well. Otherwise whoever has lost
// a right could use that second to make what outlasts it.
func (s *Service) AuthenticateAnew(ctx context.Context, token string) (access.Actor, error) {
	return s.authenticate(ctx, token, true)
}

func (s *Service) authenticate(ctx context.Context, token string, anew bool) (access.Actor, error) {
	now := s.config.Now()
	of := fingerprint(sha256.Sum256([]byte(token)))
	found := s.tokens.get(of)
	if !anew && found != nil && found.isValid(now) && s.standings.counts(found.standing, now) {
		return found.actor, nil
	}
	proven, err := s.prove(ctx, token, found, now)
	if err != nil {
		if found != nil && apperr.Is(err, apperr.Unauthenticated) {
			s.tokens.forget(of)
		}
		return access.Actor{}, err
	}
	s.tokens.put(of, proven)
	return proven.actor, nil
}

// isValid tells whether the token is valid now. For the few seconds beyond in
// which it still is where clocks differ, it is verified every time.
func (t *provenToken) isValid(now time.Time) bool {
	return !now.Before(t.since) && now.Before(t.expires)
}

// prove asks the database about the token's session; and before that verifies
// the token, unless that was found right before and it is valid now.
func (s *Service) prove(ctx context.Context, token string, before *provenToken, now time.Time) (*provenToken, error) {
	var proven provenToken
	if before != nil && before.isValid(now) {
		proven = *before
	} else {
		found, err := s.keys.verify(ctx, token, now)
		if refusal := (refusedTokenError{}); errors.As(err, &refusal) {
			return nil, unauthenticated(err)
		}
		if err != nil {
			return nil, fmt.Errorf("verifying the token: %w", err)
		}
		proven = provenToken{verified: found, since: now}
	}
	asked := s.standings.present()
	// What a transaction has not committed would be remembered though it is undone.
	row, err := db.New(s.db).SessionGetActor(dbx.Apart(ctx), db.SessionGetActorParams{
		ID: proven.sessionID, UserID: proven.userID, KID: proven.kid, Now: now, FewProjects: access.FewProjects,
	})
	if dbx.IsNotFound(err) {
		return nil, unauthenticated(err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the session: %w", err)
	}
	proven.standing = standing{ends: row.ExpiresAt, asked: asked, actor: access.Actor{
		ID: row.ID, Role: access.Role(row.Role), SessionID: proven.sessionID, SigningKey: proven.kid, SeesFewProjects: row.SeesFewProjects,
		SecondFactorDue: s.secondFactorDue(access.Role(row.Role), row.HasSecondFactor, row.PassedSecondFactor),
	}}
	return &proven, nil
}

func unauthenticated(cause error) error {
	e := apperr.New(apperr.Unauthenticated, "The access token is not valid or no longer so. Refresh the session or sign in again.")
	e.Cause = cause
	return e
}
