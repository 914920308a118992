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

// KeyWith returns an API key of the parts, with its checksum.
func KeyWith(id, secret string) string {
	text := keyPrefix + id + "_" + secret
	return text + checksum(text)
}

// WaitForTouch returns once it is written that keys were used.
func (s *Service) WaitForTouch() {
	s.touching <- struct{}{}
	<-s.touching
}
