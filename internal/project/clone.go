package project

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// CloneParams are how a copy differs from its source.
type CloneParams struct {
	StartsOn time.Time
	// Name is that of the source where it is nil.
	Name *string
	// ClientID replaces the source's client when ClientIDGiven.
	ClientIDGiven bool
	ClientID      *uuid.UUID
	ManagerID     *uuid.UUID
	// IncludeTeam copies the team, IncludeAssignees who has the tasks, as far
	// as they can be assigned in the copy.
	IncludeTeam, IncludeAssignees bool
}

// Clone copies a project to a new first day. Every date moves along; the tasks
// keep their graph, order and estimates and are open again; cancelled ones are
// left out. It returns NotFound when the actor cannot see the source, and a
// validation error when the client or the manager cannot be taken or a date
// would leave the calendar.
func (s *Service) Clone(ctx context.Context, actor access.Actor, id uuid.UUID, params CloneParams) (Planned, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Planned, error) {
		// Shared with those who change tasks, and against those who change the
		// graph: parents and dependencies are read by different statements, and
		// of two moments they could close a cycle.
		source, err := q.ProjectGetShared(ctx, db.ProjectGetSharedParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return Planned{}, fmt.Errorf("locking the source: %w", dbx.OrMissing(err, "project", id))
		}
		tasks, err := q.ProjectCloneTasks(ctx, id)
		if err != nil {
			return Planned{}, fmt.Errorf("reading the source's tasks: %w", err)
		}
		days, wrong := shift(source, tasks, params.StartsOn)
		if !params.ClientIDGiven {
			params.ClientID = source.ClientID
		}
		if err := checkReferences(ctx, q, actor, params.ClientID, params.ManagerID, wrong...); err != nil {
			return Planned{}, err
		}
		project, err := cloneProject(ctx, q, actor, source, days, params)
		if err != nil {
			return Planned{}, err
		}
		if err := cloneTasks(ctx, q, actor, project, planCopies(tasks), days, params.IncludeAssignees); err != nil {
			return Planned{}, err
		}
		return warn(ctx, q, project)
	})
}

// shift is by how many days the copy's dates lie after those of the source. A
// source without a first day is taken to begin with the earliest date it has.
func shift(source db.Project, tasks []db.ProjectCloneTasksRow, startsOn time.Time) (days int, wrong []apperr.Field) {
	var first, last *time.Time
	see := func(day *time.Time) {
		if day != nil && (first == nil || day.Before(*first)) {
			first = day
		}
		if day != nil && (last == nil || day.After(*last)) {
			last = day
		}
	}
	see(source.EndsOn)
	for _, t := range tasks {
		if isCopied(t) {
			see(t.DueDate)
		}
	}
	if last == nil {
		return 0, nil
	}
	from := first
	if source.StartsOn != nil {
		from = source.StartsOn
	}
	// In seconds, because a Duration ends after 292 years.
	days = int((startsOn.Unix() - from.Unix()) / (24 * 60 * 60))
	if first.AddDate(0, 0, days).Year() < 1 || last.AddDate(0, 0, days).Year() > 9999 {
		wrong = append(wrong, apperr.Field{
			Pointer: "/starts_on", Code: "out_of_range",
			Detail: "With this start a date of the project would lie outside the years 1 to 9999. Take another.",
		})
	}
	return days, wrong
}

func isCopied(t db.ProjectCloneTasksRow) bool { return t.Status != db.TaskStatusCancelled }

func cloneProject(ctx context.Context, q *db.Queries, actor access.Actor, source db.Project, days int, params CloneParams) (db.Project, error) {
	insert := db.ProjectInsertParams{
		ID: uuid.Must(uuid.NewV7()), Name: source.Name, ClientID: params.ClientID, ManagerID: params.ManagerID,
		Description: source.Description, Priority: source.Priority, StartsOn: &params.StartsOn,
		BillingKind: &source.BillingKind, BudgetMinor: source.BudgetMinor, HourlyRateMinor: source.HourlyRateMinor,
		BudgetCurrency: source.Currency, Tags: source.Tags, ActorID: actor.IDOrNil(),
	}
	if params.Name != nil {
		insert.Name = *params.Name
	}
	if source.EndsOn != nil {
		insert.EndsOn = new(source.EndsOn.AddDate(0, 0, days))
	}
	project, err := q.ProjectInsert(ctx, insert)
	if err != nil {
		return db.Project{}, fmt.Errorf("inserting the copy: %w", err)
	}
	if err := record(ctx, q, actor, "created", nil, project); err != nil || !params.IncludeTeam {
		return project, err
	}
	team, err := q.ProjectCloneTeam(ctx, db.ProjectCloneTeamParams{ProjectID: project.ID, SourceID: source.ID, ActorID: actor.IDOrNil()})
	if err != nil {
		return db.Project{}, fmt.Errorf("copying the team: %w", err)
	}
	events := make([]event.Event, len(team))
	for i := range team {
		events[i] = teamEvent(project, "member_added", nil, &team[i])
	}
	return project, event.RecordEach(ctx, q, actor, events)
}

// copies say which task becomes which, below which parent; the nil id is none.
type copies struct {
	sourceIDs, ids, parentIDs []uuid.UUID
	// assigneeIDs are all who have one of them.
	assigneeIDs []uuid.UUID
}

// planCopies gives every task that is copied its id, in the order of the
// source's, which decides between tasks of the same position. Subtasks of a
// cancelled task take its place: they go below the nearest parent that is
// copied, if there is one.
func planCopies(tasks []db.ProjectCloneTasksRow) copies {
	var c copies
	copied := make(map[uuid.UUID]uuid.UUID, len(tasks))
	above := make(map[uuid.UUID]*uuid.UUID, len(tasks))
	for _, t := range tasks {
		above[t.ID] = t.ParentID
		if isCopied(t) {
			copied[t.ID] = uuid.Must(uuid.NewV7())
		}
	}
	for _, t := range tasks {
		if !isCopied(t) {
			continue
		}
		parent := t.ParentID
		for parent != nil && copied[*parent] == uuid.Nil {
			parent = above[*parent]
		}
		parentID := uuid.Nil
		if parent != nil {
			parentID = copied[*parent]
		}
		c.sourceIDs = append(c.sourceIDs, t.ID)
		c.ids = append(c.ids, copied[t.ID])
		c.parentIDs = append(c.parentIDs, parentID)
		if t.AssigneeID != nil {
			c.assigneeIDs = append(c.assigneeIDs, *t.AssigneeID)
		}
	}
	return c
}

func cloneTasks(ctx context.Context, q *db.Queries, actor access.Actor, project db.Project, c copies, days int, withAssignees bool) error {
	if len(c.ids) == 0 {
		return nil
	}
	assignable := []uuid.UUID{}
	if withAssignees {
		var err error
		assignable, err = q.ProjectLockAssignable(ctx, db.ProjectLockAssignableParams{ProjectID: project.ID, Ids: c.assigneeIDs})
		if err != nil {
			return fmt.Errorf("reading who can be assigned: %w", err)
		}
	}
	rows, err := q.ProjectCloneTaskRows(ctx, db.ProjectCloneTaskRowsParams{
		ProjectID: project.ID, SourceIds: c.sourceIDs, Ids: c.ids, ParentIds: c.parentIDs,
		AssignableIds: assignable, Days: int32(days), ActorID: actor.IDOrNil(),
	})
	if err != nil {
		return fmt.Errorf("copying the tasks: %w", err)
	}
	err = q.ProjectCloneDependencies(ctx, db.ProjectCloneDependenciesParams{
		ProjectID: project.ID, SourceIds: c.sourceIDs, Ids: c.ids, ActorID: actor.IDOrNil(),
	})
	if err != nil {
		return fmt.Errorf("copying the dependencies: %w", err)
	}
	events := make([]event.Event, len(rows))
	for i, row := range rows {
		events[i] = event.Event{
			Entity: "task", ID: row.ID, ProjectID: &project.ID, Action: "created", After: row, Version: row.Version,
		}
	}
	return event.RecordEach(ctx, q, actor, events)
}
