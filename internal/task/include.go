package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
)

// mostIncluded is how many related records of one kind are read for a task.
const mostIncluded = 100

// Include names the related records to read beside tasks.
type Include struct {
	Subtasks, Prerequisites, Dependents bool
	Assignee, Project                   bool
}

// Related are records that stand in relation to tasks, by the id that names
// them. A map is nil when it was not asked for. What is deleted or what the
// actor cannot see is not in them.
type Related struct {
	// By the id of the task; at most a hundred each, in the order of the project.
	Subtasks, Prerequisites, Dependents map[uuid.UUID][]Task
	// By their own ids.
	Users    map[uuid.UUID]db.User
	Projects map[uuid.UUID]db.Project
}

// Related reads what is asked for beside tasks that the actor can see: one
// statement for each relation, however many tasks there are.
func (s *Service) Related(ctx context.Context, actor access.Actor, tasks []Task, include Include) (Related, error) {
	var found Related
	var ids, projects, users []uuid.UUID
	for _, t := range tasks {
		ids, projects = append(ids, t.Task.ID), append(projects, t.Task.ProjectID)
		if t.Task.AssigneeID != nil {
			users = append(users, *t.Task.AssigneeID)
		}
	}
	q := db.New(s.db)
	if include.Subtasks {
		rows, err := q.TaskListSubtasks(ctx, db.TaskListSubtasksParams{Ids: ids, RowLimit: mostIncluded})
		if err != nil {
			return Related{}, fmt.Errorf("reading subtasks: %w", err)
		}
		found.Subtasks = map[uuid.UUID][]Task{}
		for _, r := range rows {
			found.Subtasks[r.OfID] = append(found.Subtasks[r.OfID], Task{Task: r.Task, IsBlocked: r.IsBlocked, PrerequisiteIds: r.PrerequisiteIds})
		}
	}
	if include.Prerequisites {
		rows, err := q.TaskListPrerequisites(ctx, db.TaskListPrerequisitesParams{Ids: ids, RowLimit: mostIncluded})
		if err != nil {
			return Related{}, fmt.Errorf("reading prerequisites: %w", err)
		}
		found.Prerequisites = map[uuid.UUID][]Task{}
		for _, r := range rows {
			found.Prerequisites[r.OfID] = append(found.Prerequisites[r.OfID], Task{Task: r.Task, IsBlocked: r.IsBlocked, PrerequisiteIds: r.PrerequisiteIds})
		}
	}
	if include.Dependents {
		rows, err := q.TaskListDependents(ctx, db.TaskListDependentsParams{Ids: ids, RowLimit: mostIncluded})
		if err != nil {
			return Related{}, fmt.Errorf("reading dependents: %w", err)
		}
		found.Dependents = map[uuid.UUID][]Task{}
		for _, r := range rows {
			found.Dependents[r.OfID] = append(found.Dependents[r.OfID], Task{Task: r.Task, IsBlocked: r.IsBlocked, PrerequisiteIds: r.PrerequisiteIds})
		}
	}
	if include.Assignee {
		rows, err := q.UserListVisible(ctx, db.UserListVisibleParams{Ids: users, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return Related{}, fmt.Errorf("reading assignees: %w", err)
		}
		found.Users = map[uuid.UUID]db.User{}
		for _, r := range rows {
			found.Users[r.ID] = r
		}
	}
	if include.Project {
		rows, err := q.TaskListProjects(ctx, db.TaskListProjectsParams{Ids: projects, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return Related{}, fmt.Errorf("reading projects: %w", err)
		}
		found.Projects = map[uuid.UUID]db.Project{}
		for _, r := range rows {
			found.Projects[r.ID] = r
		}
	}
	return found, nil
}
