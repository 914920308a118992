package auth

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
)

// Recheck returns the actors, which were authenticated earlier, as they would be
// authenticated now: each in its place, and the zero Actor for one whose session or
// key is over or whose account is gone. However many they are, it takes two
// statements. How many projects one sees is left out.
func (s *Service) Recheck(ctx context.Context, actors []access.Actor) ([]access.Actor, error) {
	present := make([]access.Actor, len(actors))
	var sessions db.SessionListActingParams
	var keys []uuid.UUID
	var sessionPlaces []int
	keyPlaces := map[uuid.UUID][]int{}
	for i, actor := range actors {
		switch {
		case actor.SessionID != uuid.Nil:
			sessions.Ids, sessions.Kids = append(sessions.Ids, actor.SessionID), append(sessions.Kids, actor.SigningKey)
			sessionPlaces = append(sessionPlaces, i)
		case actor.APIKeyID != uuid.Nil:
			keys = append(keys, actor.APIKeyID)
			keyPlaces[actor.APIKeyID] = append(keyPlaces[actor.APIKeyID], i)
		}
	}
	now := s.config.Now()
	if len(sessions.Ids) > 0 {
		sessions.Now = now
		rows, err := db.New(s.db).SessionListActing(ctx, sessions)
		if err != nil {
			return nil, fmt.Errorf("reading sessions again: %w", err)
		}
		for _, row := range rows {
			i := sessionPlaces[row.N-1]
			present[i] = actors[i]
			present[i].Role = access.Role(row.Role)
			present[i].SecondFactorDue = s.secondFactorDue(access.Role(row.Role), row.HasSecondFactor, row.PassedSecondFactor)
		}
	}
	if len(keys) > 0 {
		rows, err := db.New(s.db).APIKeyListActing(ctx, db.APIKeyListActingParams{Ids: keys, Now: now})
		if err != nil {
			return nil, fmt.Errorf("reading API keys again: %w", err)
		}
		for _, row := range rows {
			for _, i := range keyPlaces[row.ID] {
				present[i] = actors[i]
				present[i].Role = access.Role(row.Role)
				present[i].Scopes, present[i].Limited = access.NewScopes(row.Scopes), row.Limited
			}
		}
	}
	return present, nil
}
