package comment

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// About is what a comment is about; one of the three is set.
type About struct {
	TaskID    *uuid.UUID
	ProjectID *uuid.UUID
	ClientID  *uuid.UUID
}

func aboutOf(row db.Comment) About {
	return About{TaskID: row.TaskID, ProjectID: row.ProjectID, ClientID: row.ClientID}
}

// same tells whether the comment is about the same.
func (a About) same(row db.Comment) bool {
	return equal(a.TaskID, row.TaskID) && equal(a.ProjectID, row.ProjectID) && equal(a.ClientID, row.ClientID)
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// orMissing turns "no row" into the not_found of what the comment is about.
func (a About) orMissing(err error) error {
	entity, id := a.named()
	return dbx.OrMissing(err, entity, id)
}

func (a About) named() (entity string, id uuid.UUID) {
	switch {
	case a.TaskID != nil:
		return "task", *a.TaskID
	case a.ProjectID != nil:
		return "project", *a.ProjectID
	default:
		return "client", *a.ClientID
	}
}

// target is what a comment is about, as far as the rules need to know it.
type target struct {
	// projectID is the project or the task's project; nil for a client.
	projectID *uuid.UUID
	clientID  *uuid.UUID
	managerID *uuid.UUID
}

// findTarget reads what a comment is about. The error satisfies
// dbx.IsNotFound when the actor cannot see it. It is not locked: should it be
// deleted meanwhile, its comments are invisible with it.
func findTarget(ctx context.Context, q *db.Queries, actor access.Actor, about About) (target, error) {
	switch {
	case about.TaskID != nil:
		row, err := q.CommentTaskTarget(ctx, db.CommentTaskTargetParams{ID: *about.TaskID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return target{}, fmt.Errorf("reading the task: %w", err)
		}
		return target{projectID: &row.ProjectID, managerID: row.ManagerID}, nil
	case about.ProjectID != nil:
		row, err := q.CommentProjectTarget(ctx, db.CommentProjectTargetParams{ID: *about.ProjectID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return target{}, fmt.Errorf("reading the project: %w", err)
		}
		return target{projectID: &row.ProjectID, managerID: row.ManagerID}, nil
	default:
		id, err := q.CommentClientTarget(ctx, db.CommentClientTargetParams{ID: *about.ClientID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return target{}, fmt.Errorf("reading the client: %w", err)
		}
		return target{clientID: &id}, nil
	}
}
