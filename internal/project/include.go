package project

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// Relation is a kind of record that can be read along with projects.
type Relation string

// The relations, as the contract's ProjectRelation lists them.
const (
	RelationClient Relation = "client"
	RelationTeam   Relation = "team"
	RelationTasks  Relation = "tasks"
)

// mostIncluded is how many records of a relation are read for each project.
const mostIncluded = 100

// Included are the records related to some projects. A map is nil where its
// relation was not asked for.
type Included struct {
	// Clients are by their own id, the others by that of the project.
	Clients map[uuid.UUID]db.Client
	Team    map[uuid.UUID][]db.ProjectMember
	Tasks   map[uuid.UUID][]db.ProjectIncludedTasksRow
}

// Include reads what is related to projects that the actor has been shown: one
// statement for each relation, however many projects there are. Teams come in
// the order in which they joined, tasks by their position, of either the first
// hundred.
func (s *Service) Include(ctx context.Context, projects []db.Project, relations ...Relation) (Included, error) {
	var included Included
	q := db.New(s.db)
	ids := make([]uuid.UUID, len(projects))
	clients := []uuid.UUID{}
	for i, p := range projects {
		ids[i] = p.ID
		if p.ClientID != nil {
			clients = append(clients, *p.ClientID)
		}
	}
	if slices.Contains(relations, RelationClient) {
		rows, err := q.ProjectIncludedClients(ctx, clients)
		if err != nil {
			return Included{}, fmt.Errorf("reading the projects' clients: %w", err)
		}
		included.Clients = map[uuid.UUID]db.Client{}
		for _, row := range rows {
			included.Clients[row.ID] = row
		}
	}
	if slices.Contains(relations, RelationTeam) {
		rows, err := q.ProjectIncludedTeam(ctx, db.ProjectIncludedTeamParams{Ids: ids, RowLimit: mostIncluded})
		if err != nil {
			return Included{}, fmt.Errorf("reading the projects' teams: %w", err)
		}
		included.Team = map[uuid.UUID][]db.ProjectMember{}
		for _, row := range rows {
			included.Team[row.ProjectID] = append(included.Team[row.ProjectID], row)
		}
	}
	if slices.Contains(relations, RelationTasks) {
		rows, err := q.ProjectIncludedTasks(ctx, db.ProjectIncludedTasksParams{Ids: ids, RowLimit: mostIncluded})
		if err != nil {
			return Included{}, fmt.Errorf("reading the projects' tasks: %w", err)
		}
		included.Tasks = map[uuid.UUID][]db.ProjectIncludedTasksRow{}
		for _, row := range rows {
			included.Tasks[row.Task.ProjectID] = append(included.Tasks[row.Task.ProjectID], row)
		}
	}
	return included, nil
}
