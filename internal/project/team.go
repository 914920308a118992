package project

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// AddMember puts somebody on the project's team. It returns NotFound when
// there is no such user or the actor cannot see the project, Forbidden when it
// does not manage it, and AlreadyExists when the user is on the team.
func (s *Service) AddMember(ctx context.Context, actor access.Actor, projectID, userID uuid.UUID, role db.ProjectMemberRole) (db.ProjectMember, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.ProjectMember, error) {
		project, err := lock(ctx, q, actor, projectID, nil)
		if err != nil {
			return db.ProjectMember{}, err
		}
		if _, err := q.UserGetRole(ctx, userID); err != nil {
			return db.ProjectMember{}, fmt.Errorf("reading the user: %w", dbx.OrMissing(err, "user", userID))
		}
		member, err := q.ProjectMemberInsert(ctx, db.ProjectMemberInsertParams{
			ProjectID: projectID, UserID: userID, Role: role, ActorID: actor.IDOrNil(),
		})
		if err != nil {
			return db.ProjectMember{}, fmt.Errorf("inserting a team member: %w", err)
		}
		return member, recordTeam(ctx, q, actor, project, "member_added", nil, &member)
	})
}

// RemoveMember takes somebody off the project's team, and off its open tasks
// unless they can be assigned without being on the team: a task would otherwise
// wait for who no longer sees it. It returns NotFound when the user is not on
// the team.
func (s *Service) RemoveMember(ctx context.Context, actor access.Actor, projectID, userID uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		project, err := lock(ctx, q, actor, projectID, nil)
		if err != nil {
			return err
		}
		member, err := q.ProjectMemberGet(ctx, db.ProjectMemberGetParams{ProjectID: projectID, UserID: userID})
		if dbx.IsNotFound(err) {
			return apperr.New(apperr.NotFound, "User %s is not on the team of this project.", userID)
		}
		if err != nil {
			return fmt.Errorf("reading a team member: %w", err)
		}
		if _, err := q.ProjectMemberDelete(ctx, db.ProjectMemberDeleteParams{ProjectID: projectID, UserID: userID}); err != nil {
			return fmt.Errorf("deleting a team member: %w", err)
		}
		if err := recordTeam(ctx, q, actor, project, "member_removed", &member, nil); err != nil {
			return err
		}
		role, err := q.UserGetRole(ctx, userID)
		if err != nil && !dbx.IsNotFound(err) {
			return fmt.Errorf("reading the user: %w", err)
		}
		if err == nil && access.CanBeAssigned(access.Role(role), "") {
			return nil
		}
		return unassign(ctx, q, actor, projectID, userID)
	})
}

func unassign(ctx context.Context, q *db.Queries, actor access.Actor, projectID, userID uuid.UUID) error {
	tasks, err := q.TaskUnassignByMember(ctx, db.TaskUnassignByMemberParams{
		ProjectID: projectID, UserID: userID, ActorID: actor.IDOrNil(),
	})
	if err != nil {
		return fmt.Errorf("unassigning the member's tasks: %w", err)
	}
	var changed []event.Affected
	for _, t := range tasks {
		changed = append(changed, event.Affected{ID: t.ID, ProjectID: projectID, Version: t.Version})
	}
	return event.RecordMany(ctx, q, actor, "task", "assigned", map[string]event.Change{"assignee_id": {Old: userID}}, changed)
}

// place is what the event of a change of the team tells: who, as what.
type place struct {
	UserID *uuid.UUID            `json:"user_id"`
	Role   *db.ProjectMemberRole `json:"role"`
}

func placeOf(member *db.ProjectMember) place {
	if member == nil {
		return place{}
	}
	return place{UserID: &member.UserID, Role: &member.Role}
}

func recordTeam(ctx context.Context, q *db.Queries, actor access.Actor, project db.Project, action string, before, after *db.ProjectMember) error {
	return event.Record(ctx, q, actor, event.Event{
		Entity: "project", ID: project.ID, ProjectID: &project.ID, Action: action,
		Before: placeOf(before), After: placeOf(after), Version: project.Version,
	})
}
