package task

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
)

// Filter narrows a list; nil and empty fields do not.
type Filter struct {
	// ProjectIDs, AssigneeIDs, Status, Priority and Tags take a task that has one of the values.
	ProjectIDs  []uuid.UUID
	AssigneeIDs []uuid.UUID
	Status      []string
	Priority    []string
	Tags        []string
	ClientID    *uuid.UUID
	ParentID    *uuid.UUID
	CreatedBy   *uuid.UUID
	Unassigned  *bool
	// DueFrom and DueTo are both inclusive.
	DueFrom *time.Time
	DueTo   *time.Time
	// Overdue is whether the task is open and was due before today.
	Overdue *bool
	// Ready is whether the task is in todo and waits for nothing.
	Ready *bool
	// Blocked is whether the task is open and held up: by its status or by a prerequisite.
	Blocked *bool
	// UpdatedSince is inclusive.
	UpdatedSince *time.Time
	// Q is searched for in the title, in any case.
	Q *string
	// IncludeDeleted shows deleted tasks as well.
	IncludeDeleted bool
}

// List returns a page of the tasks that the actor can see, and how many there
// are. It returns Forbidden when a user asks for deleted ones.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]Task, page.Info, error) {
	if filter.IncludeDeleted && !actor.SeesAll() {
		return nil, page.Info{}, apperr.New(apperr.Forbidden, "Only managers and administrators can list what is deleted.")
	}
	list, err := dbx.NewList(s.db, columns, "t.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	params := db.TaskListParams{
		SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), IncludeDeleted: filter.IncludeDeleted,
		ClientID: filter.ClientID, ParentID: filter.ParentID, CreatedBy: filter.CreatedBy,
		Status: filter.Status, Priority: filter.Priority, Tag: filter.Tags,
		Unassigned: filter.Unassigned, DueFrom: filter.DueFrom, DueTo: filter.DueTo,
		UpdatedSince: filter.UpdatedSince, Q: dbx.Containing(filter.Q),
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	}
	params.ProjectID, params.ProjectIds = oneOrMany(filter.ProjectIDs)
	params.AssigneeID, params.AssigneeIds = oneOrMany(filter.AssigneeIDs)
	params.Ready, params.NotReady = eitherWay(filter.Ready, true)
	params.Blocked, params.NotBlocked = eitherWay(filter.Blocked, true)
	if filter.Overdue != nil {
		params.OverdueOn, params.NotOverdueOn = eitherWay(filter.Overdue, s.now().UTC())
	}
	if params.Ready != nil || params.Blocked != nil || len(filter.Status) > 0 && !slices.ContainsFunc(filter.Status, isClosed) {
		params.Open = new(true)
	}
	if !actor.SeesAll() && actor.SeesFewProjects {
		params.SeenBy = new(actor.ViewerID())
		params.Q, params.QWithin = nil, params.Q
		params.Tag, params.TagWithin = nil, params.Tag
	}
	rows, err := db.New(list).TaskList(ctx, params)
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing tasks: %w", err)
	}
	return rows, list.Info(), nil
}

// oneOrMany tells a filter by one id from one by several, because they are
// different statements; see TaskList.
func oneOrMany(ids []uuid.UUID) (one *uuid.UUID, many []uuid.UUID) {
	if len(ids) == 1 {
		return &ids[0], nil
	}
	return nil, ids
}

// eitherWay tells a filter from its opposite, which are different statements
// too: the first result is the value for one that is asked for, the second for
// its opposite.
func eitherWay[T any](asked *bool, value T) (yes, no *T) {
	switch {
	case asked == nil:
		return nil, nil
	case *asked:
		return &value, nil
	default:
		return nil, &value
	}
}

func isClosed(status string) bool { return !IsOpen(db.TaskStatus(status)) }
