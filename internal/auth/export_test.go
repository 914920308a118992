package auth

import (
	"time"

	"github.com/google/uuid"
)

// Sign returns an access token of ours that says whatever the test wants.
func (s *Service) Sign(userID, sessionID uuid.UUID) (string, error) {
	now := s.config.Now()
	return s.keys.sign(claims{userID: userID, sessionID: sessionID}, now, now.Add(time.Minute))
}
