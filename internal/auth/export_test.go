package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// MatchingStep finds the step that a code is of.
var MatchingStep = matchingStep

// Sign returns an access token of ours that says whatever the test wants.
func (s *Service) Sign(ctx context.Context, userID, sessionID uuid.UUID) (string, error) {
	now := s.config.Now()
	return s.keys.sign(ctx, db.New(s.db), claims{userID: userID, sessionID: sessionID}, now, now.Add(time.Minute))
}

// Successor is the refresh token that follows one.
func (s *Service) Successor(refreshToken string) string { return s.successor(refreshToken) }

// KeyWith returns an API key of the parts, with its checksum.
func KeyWith(id, secret string) string {
	text := keyPrefix + id + "_" + secret
	return text + checksum(text)
}

// StopTime has the real time that the service knows stand still.
func (s *Service) StopTime() {
	at := time.Now()
	s.standings.now = func() time.Time { return at }
}

// Wait has the real time that the service knows go on by so much.
func (s *Service) Wait(d time.Duration) {
	before := s.standings.now
	s.standings.now = func() time.Time { return before().Add(d) }
}

// ForgetStandings has the database asked for everybody again.
func (s *Service) ForgetStandings() { s.standings.changes.Add(1) }

// ForgetAll has the service know no credential.
func (s *Service) ForgetAll() {
	s.tokens.young, s.tokens.aged, s.apiKeys.young, s.apiKeys.aged = nil, nil, nil, nil
}

// Remembered is how many credentials the service remembers.
func (s *Service) Remembered() int {
	return len(s.tokens.young) + len(s.tokens.aged) + len(s.apiKeys.young) + len(s.apiKeys.aged)
}

// WaitForTouch returns once it is written that keys were used.
func (s *Service) WaitForTouch() {
	s.touching <- struct{}{}
	<-s.touching
}

// WaitForHashes has everybody wait for a password to be hashed, however slow the
// machine is and however much else runs on it.
func (s *Service) WaitForHashes() { s.passwords.patience = time.Minute }
