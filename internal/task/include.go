package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// mostIncluded is how many related records of one kind are read for a task.
const mostIncluded = 100

// Include names the related records to read beside tasks.
type Include struct {
	Subtasks, Prerequisites, Dependents bool
	Assignee, Project                   bool
}

// Related are records that stand in relation to tasks. What is deleted or what
// the actor cannot see is not among them. What was not asked for is nil.
type Related struct {
	// By the id of the task; at most a hundred each, in the order of the project.
	Subtasks, Prerequisites, Dependents map[uuid.UUID][]Task
	// Each once.
	Users    []db.User
	Projects []db.Project
}

// User returns the user with the id, nil where it is none of them. They are a
// page's at most.
func (r *Related) User(id uuid.UUID) *db.User {
	for i := range r.Users {
		if r.Users[i].ID == id {
			return &r.Users[i]
		}
	}
	return nil
}

// Project returns the project with the id, nil where it is none of them.
func (r *Related) Project(id uuid.UUID) *db.Project {
	for i := range r.Projects {
		if r.Projects[i].ID == id {
			return &r.Projects[i]
		}
	}
	return nil
}

// relatedTask is a row of the tasks that stand in relation to others.
type relatedTask struct {
	of   uuid.UUID
	task Task
}

// Related reads what is asked for beside tasks that the actor can see: one
// statement for each relation, however many tasks there are, and all of them in
// one round trip.
func (s *Service) Related(ctx context.Context, actor access.Actor, tasks []Task, include Include) (Related, error) {
	var found Related
	ids, projects, users := make([]uuid.UUID, len(tasks)), make([]uuid.UUID, len(tasks)), []uuid.UUID(nil)
	for i, t := range tasks {
		ids[i], projects[i] = t.Task.ID, t.Task.ProjectID
		if t.Task.AssigneeID != nil {
			users = append(users, *t.Task.AssigneeID)
		}
	}
	reads := found.readTasks(ctx, ids, include)
	if include.Assignee {
		reads = append(reads, func(q *db.Queries) error { return found.readUsers(ctx, q, actor, users) })
	}
	if include.Project {
		reads = append(reads, func(q *db.Queries) error { return found.readProjects(ctx, q, actor, projects) })
	}
	if err := dbx.Together(ctx, db.New(s.db), reads...); err != nil {
		return Related{}, err
	}
	return found, nil
}

// GetRelated is [Service.Get] with what is asked for beside the task, in one
// round trip: the project and the assignee come with the task's own statement.
func (s *Service) GetRelated(ctx context.Context, actor access.Actor, id uuid.UUID, include Include) (Task, Related, error) {
	if !include.Subtasks && !include.Prerequisites && !include.Dependents {
		return getWith(ctx, db.New(s.db), actor, id, include)
	}
	return s.getBesideTasks(ctx, actor, id, include)
}

// getBesideTasks is GetRelated where other tasks are asked for.
func (s *Service) getBesideTasks(ctx context.Context, actor access.Actor, id uuid.UUID, include Include) (Task, Related, error) {
	var (
		row           Task
		found, beside Related
	)
	// Whoever does not see the task gets its error, and nothing of what was read beside it.
	reads := append([]func(q *db.Queries) error{func(q *db.Queries) (err error) {
		row, beside, err = getWith(ctx, q, actor, id, include)
		return err
	}}, found.readTasks(ctx, []uuid.UUID{id}, include)...)
	if err := dbx.Together(ctx, db.New(s.db), reads...); err != nil {
		return Task{}, Related{}, err
	}
	found.Users, found.Projects = beside.Users, beside.Projects
	return row, found, nil
}

// readTasks are the functions that read the related tasks that are asked for.
func (r *Related) readTasks(ctx context.Context, ids []uuid.UUID, include Include) []func(q *db.Queries) error {
	var reads []func(q *db.Queries) error
	if include.Subtasks {
		reads = append(reads, func(q *db.Queries) error {
			rows, err := q.TaskListSubtasks(ctx, db.TaskListSubtasksParams{Ids: ids, RowLimit: mostIncluded})
			if err != nil {
				return fmt.Errorf("reading subtasks: %w", err)
			}
			r.Subtasks = byTask(rows, func(row *db.TaskListSubtasksRow) relatedTask {
				return relatedTask{row.OfID, Task{Task: row.Task, IsBlocked: row.IsBlocked, PrerequisiteIds: row.PrerequisiteIds}}
			})
			return nil
		})
	}
	if include.Prerequisites {
		reads = append(reads, func(q *db.Queries) error {
			rows, err := q.TaskListPrerequisites(ctx, db.TaskListPrerequisitesParams{Ids: ids, RowLimit: mostIncluded})
			if err != nil {
				return fmt.Errorf("reading prerequisites: %w", err)
			}
			r.Prerequisites = byTask(rows, func(row *db.TaskListPrerequisitesRow) relatedTask {
				return relatedTask{row.OfID, Task{Task: row.Task, IsBlocked: row.IsBlocked, PrerequisiteIds: row.PrerequisiteIds}}
			})
			return nil
		})
	}
	if include.Dependents {
		reads = append(reads, func(q *db.Queries) error {
			rows, err := q.TaskListDependents(ctx, db.TaskListDependentsParams{Ids: ids, RowLimit: mostIncluded})
			if err != nil {
				return fmt.Errorf("reading dependents: %w", err)
			}
			r.Dependents = byTask(rows, func(row *db.TaskListDependentsRow) relatedTask {
				return relatedTask{row.OfID, Task{Task: row.Task, IsBlocked: row.IsBlocked, PrerequisiteIds: row.PrerequisiteIds}}
			})
			return nil
		})
	}
	return reads
}

// byTask groups rows, which are in order, by the task that they stand in relation to.
func byTask[R any](rows []R, of func(row *R) relatedTask) map[uuid.UUID][]Task {
	found := map[uuid.UUID][]Task{}
	for i := range rows {
		related := of(&rows[i])
		found[related.of] = append(found[related.of], related.task)
	}
	return found
}

func (r *Related) readUsers(ctx context.Context, q *db.Queries, actor access.Actor, ids []uuid.UUID) error {
	rows, err := q.UserListVisible(ctx, db.UserListVisibleParams{Ids: ids, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return fmt.Errorf("reading assignees: %w", err)
	}
	r.Users = rows
	return nil
}

func (r *Related) readProjects(ctx context.Context, q *db.Queries, actor access.Actor, ids []uuid.UUID) error {
	rows, err := q.TaskListProjects(ctx, db.TaskListProjectsParams{Ids: ids, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return fmt.Errorf("reading projects: %w", err)
	}
	r.Projects = rows
	return nil
}

// getWith reads a task, with its project and assignee where they are asked for.
func getWith(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, include Include) (Task, Related, error) {
	var found Related
	if !include.Assignee && !include.Project {
		row, err := get(ctx, q, actor, id)
		return row, found, err
	}
	row, err := q.TaskGetRelated(ctx, db.TaskGetRelatedParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return Task{}, found, fmt.Errorf("reading a task with what is related to it: %w", dbx.OrMissing(err, "task", id))
	}
	if include.Project {
		found.Projects = []db.Project{}
		if row.Project.DeletedAt == nil {
			found.Projects = []db.Project{row.Project}
		}
	}
	if include.Assignee {
		found.Users = []db.User{}
		if row.AssigneeID != nil {
			found.Users = []db.User{assigneeOf(&row)}
		}
	}
	return Task{Task: row.Task, IsBlocked: row.IsBlocked, PrerequisiteIds: row.PrerequisiteIds}, found, nil
}

// assigneeOf is whom the task is assigned to, as far as the statement reads it.
func assigneeOf(row *db.TaskGetRelatedRow) db.User {
	return db.User{
		ID: *row.AssigneeID, Kind: row.AssigneeKind, OwnerID: row.AssigneeOwnerID,
		Email: row.AssigneeEmail, EmailVerifiedAt: row.AssigneeEmailVerifiedAt, Name: row.AssigneeName, Role: row.AssigneeRole,
		Title: row.AssigneeTitle, Skills: row.AssigneeSkills, WeeklyCapacityMinutes: row.AssigneeWeeklyCapacityMinutes,
		CostRateMinor: row.AssigneeCostRateMinor, CostRateCurrency: row.AssigneeCostRateCurrency,
		TimeZone: row.AssigneeTimeZone, Locale: row.AssigneeLocale, Version: row.AssigneeVersion,
		CreatedAt: row.AssigneeCreatedAt, CreatedBy: row.AssigneeCreatedBy,
		UpdatedAt: row.AssigneeUpdatedAt, UpdatedBy: row.AssigneeUpdatedBy,
	}
}
