package client

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// The relations that [Service.Related] reads.
const (
	Projects = "projects"
	Contacts = "contacts"
)

// Related are the related records of clients, by the client's id; a relation
// that was not asked for is nil.
type Related struct {
	Projects map[uuid.UUID][]db.Project
	Contacts map[uuid.UUID][]db.ClientContact
}

// Related returns the related records of clients that the actor can see, at
// most a hundred of a kind for each: its newest projects as far as the actor
// sees them, and its contacts. It runs one statement for each relation, in one
// round trip.
func (s *Service) Related(ctx context.Context, actor access.Actor, clients []db.Client, relations []string) (Related, error) {
	var related Related
	ids := make([]uuid.UUID, len(clients))
	for i, c := range clients {
		ids[i] = c.ID
	}
	var reads []func(q *db.Queries) error
	if slices.Contains(relations, Projects) {
		reads = append(reads, func(q *db.Queries) error {
			projects, err := q.ClientProjectsPerClient(ctx, db.ClientProjectsPerClientParams{ClientIds: ids, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
			if err != nil {
				return fmt.Errorf("reading the clients' projects: %w", err)
			}
			related.Projects = map[uuid.UUID][]db.Project{}
			for _, p := range projects {
				related.Projects[*p.ClientID] = append(related.Projects[*p.ClientID], p)
			}
			return nil
		})
	}
	if slices.Contains(relations, Contacts) {
		reads = append(reads, func(q *db.Queries) error {
			contacts, err := q.ClientContactsPerClient(ctx, ids)
			if err != nil {
				return fmt.Errorf("reading the clients' contacts: %w", err)
			}
			related.Contacts = map[uuid.UUID][]db.ClientContact{}
			for _, c := range contacts {
				related.Contacts[c.ClientID] = append(related.Contacts[c.ClientID], c)
			}
			return nil
		})
	}
	if err := dbx.Together(ctx, db.New(s.db), reads...); err != nil {
		return Related{}, err
	}
	return related, nil
}
