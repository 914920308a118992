package timeentry

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Include names the related records to read beside entries.
type Include struct{ Task, User bool }

// Related are records that stand in relation to entries, by their own ids. A
// map is nil when it was not asked for. What is deleted or what the actor
// cannot see is not in them.
type Related struct {
	Tasks map[uuid.UUID]db.TimeEntryListTasksRow
	Users map[uuid.UUID]db.User
}

// Related reads what is asked for beside entries that the actor can see: one
// statement for each relation, however many entries there are, in one round trip.
func (s *Service) Related(ctx context.Context, actor access.Actor, entries []db.TimeEntry, include Include) (Related, error) {
	var found Related
	tasks, users := make([]uuid.UUID, len(entries)), make([]uuid.UUID, len(entries))
	for i, e := range entries {
		tasks[i], users[i] = e.TaskID, e.UserID
	}
	var reads []func(q *db.Queries) error
	if include.Task {
		reads = append(reads, func(q *db.Queries) error {
			rows, err := q.TimeEntryListTasks(ctx, tasks)
			if err != nil {
				return fmt.Errorf("reading the entries' tasks: %w", err)
			}
			found.Tasks = map[uuid.UUID]db.TimeEntryListTasksRow{}
			for _, row := range rows {
				found.Tasks[row.Task.ID] = row
			}
			return nil
		})
	}
	if include.User {
		reads = append(reads, func(q *db.Queries) error {
			rows, err := q.UserListVisible(ctx, db.UserListVisibleParams{Ids: users, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
			if err != nil {
				return fmt.Errorf("reading whose time it is: %w", err)
			}
			found.Users = map[uuid.UUID]db.User{}
			for _, row := range rows {
				found.Users[row.ID] = row
			}
			return nil
		})
	}
	if err := dbx.Together(ctx, db.New(s.db), reads...); err != nil {
		return Related{}, err
	}
	return found, nil
}
