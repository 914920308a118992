package project

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
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
// statement for each relation, however many projects there are, in one round
// trip. Teams come in the order in which they joined, tasks by their position,
// of either the first hundred.
func (s *Service) Include(ctx context.Context, projects []db.Project, relations ...Relation) (Included, error) {
	var included Included
	var reads []func(q *db.Queries) error
	if slices.Contains(relations, RelationClient) {
		reads = append(reads, func(q *db.Queries) error { return included.readClients(ctx, q, projects) })
	}
	ids := make([]uuid.UUID, len(projects))
	for i, p := range projects {
		ids[i] = p.ID
	}
	if slices.Contains(relations, RelationTeam) {
		reads = append(reads, func(q *db.Queries) error { return included.readTeam(ctx, q, ids) })
	}
	if slices.Contains(relations, RelationTasks) {
		reads = append(reads, func(q *db.Queries) error { return included.readTasks(ctx, q, ids) })
	}
	if err := dbx.Together(ctx, db.New(s.db), reads...); err != nil {
		return Included{}, err
	}
	return included, nil
}

func (i *Included) readClients(ctx context.Context, q *db.Queries, projects []db.Project) error {
	clients := []uuid.UUID{}
	for _, p := range projects {
		if p.ClientID != nil {
			clients = append(clients, *p.ClientID)
		}
	}
	rows, err := q.ProjectIncludedClients(ctx, clients)
	if err != nil {
		return fmt.Errorf("reading the projects' clients: %w", err)
	}
	i.Clients = map[uuid.UUID]db.Client{}
	for _, row := range rows {
		i.Clients[row.ID] = row
	}
	return nil
}

func (i *Included) readTeam(ctx context.Context, q *db.Queries, projects []uuid.UUID) error {
	rows, err := q.ProjectIncludedTeam(ctx, db.ProjectIncludedTeamParams{Ids: projects, RowLimit: mostIncluded})
	if err != nil {
		return fmt.Errorf("reading the projects' teams: %w", err)
	}
	i.Team = map[uuid.UUID][]db.ProjectMember{}
	for _, row := range rows {
		i.Team[row.ProjectID] = append(i.Team[row.ProjectID], row)
	}
	return nil
}

func (i *Included) readTasks(ctx context.Context, q *db.Queries, projects []uuid.UUID) error {
	rows, err := q.ProjectIncludedTasks(ctx, db.ProjectIncludedTasksParams{Ids: projects, RowLimit: mostIncluded})
	if err != nil {
		return fmt.Errorf("reading the projects' tasks: %w", err)
	}
	i.Tasks = map[uuid.UUID][]db.ProjectIncludedTasksRow{}
	for _, row := range rows {
		i.Tasks[row.Task.ProjectID] = append(i.Tasks[row.Task.ProjectID], row)
	}
	return nil
}
