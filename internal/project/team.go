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
	"github.com/aicoordination/coordinator/internal/page"
)

// Members returns a page of the project's team, in the order in which they
// joined, and how many they are. It returns NotFound when the actor cannot see
// the project.
func (s *Service) Members(ctx context.Context, actor access.Actor, projectID uuid.UUID, request page.Request) ([]db.ProjectMember, page.Info, error) {
	if _, err := s.Get(ctx, actor, projectID); err != nil {
		return nil, page.Info{}, err
	}
	list, err := dbx.NewList(s.db, nil, "", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).ProjectMemberList(ctx, db.ProjectMemberListParams{
		ProjectID: projectID, RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing a team: %w", err)
	}
	return rows, list.Info(), nil
}

// AddMember puts somebody on the project's team. It returns NotFound when
// there is no such user or the actor cannot see the project, Forbidden when it
// does not manage it, and AlreadyExists when the user is on the team.
func (s *Service) AddMember(ctx context.Context, actor access.Actor, projectID, userID uuid.UUID, role db.ProjectMemberRole) (db.ProjectMember, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.ProjectMember, error) {
		project, err := lock(ctx, q, actor, projectID, nil)
		if err != nil {
			return db.ProjectMember{}, err
		}
		if _, err := q.UserLockSeen(ctx, db.UserLockSeenParams{ID: userID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()}); err != nil {
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

// SetMemberRole gives a member another role; the one it has already changes
// nothing. Who can no longer be assigned is taken off the open tasks. Errors
// are those of RemoveMember.
func (s *Service) SetMemberRole(ctx context.Context, actor access.Actor, projectID, userID uuid.UUID, role db.ProjectMemberRole) (db.ProjectMember, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.ProjectMember, error) {
		project, before, err := lockMember(ctx, q, actor, projectID, userID)
		if err != nil || before.Role == role {
			return before, err
		}
		after, err := q.ProjectMemberUpdateRole(ctx, db.ProjectMemberUpdateRoleParams{ProjectID: projectID, UserID: userID, Role: role})
		if err != nil {
			return db.ProjectMember{}, fmt.Errorf("changing a team member's role: %w", err)
		}
		if err := recordTeam(ctx, q, actor, project, "member_role_changed", &before, &after); err != nil {
			return db.ProjectMember{}, err
		}
		return after, unassignUnlessAble(ctx, q, actor, projectID, userID, access.MemberRole(role))
	})
}

// lockMember returns a member of the team of a project that the actor manages,
// with the project locked.
func lockMember(ctx context.Context, q *db.Queries, actor access.Actor, projectID, userID uuid.UUID) (db.Project, db.ProjectMember, error) {
	project, err := lock(ctx, q, actor, projectID, nil)
	if err != nil {
		return db.Project{}, db.ProjectMember{}, err
	}
	member, err := q.ProjectMemberGet(ctx, db.ProjectMemberGetParams{ProjectID: projectID, UserID: userID})
	if dbx.IsNotFound(err) {
		return db.Project{}, db.ProjectMember{}, apperr.New(apperr.NotFound, "User %s is not on the team of this project.", userID)
	}
	if err != nil {
		return db.Project{}, db.ProjectMember{}, fmt.Errorf("reading a team member: %w", err)
	}
	return project, member, nil
}

// RemoveMember takes somebody off the project's team, and off its open tasks
// unless they can be assigned without being on the team: a task would otherwise
// wait for who no longer sees it. It returns NotFound when the user is not on
// the team.
func (s *Service) RemoveMember(ctx context.Context, actor access.Actor, projectID, userID uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		project, member, err := lockMember(ctx, q, actor, projectID, userID)
		if err != nil {
			return err
		}
		if _, err := q.ProjectMemberDelete(ctx, db.ProjectMemberDeleteParams{ProjectID: projectID, UserID: userID}); err != nil {
			return fmt.Errorf("deleting a team member: %w", err)
		}
		if err := recordTeam(ctx, q, actor, project, "member_removed", &member, nil); err != nil {
			return err
		}
		return unassignUnlessAble(ctx, q, actor, projectID, userID, "")
	})
}

// unassignUnlessAble takes somebody off the project's open tasks who, with
// that place on the team, could not be assigned to them now.
func unassignUnlessAble(ctx context.Context, q *db.Queries, actor access.Actor, projectID, userID uuid.UUID, place access.MemberRole) error {
	role, err := q.UserGetRole(ctx, userID)
	if err != nil && !dbx.IsNotFound(err) {
		return fmt.Errorf("reading the user: %w", err)
	}
	if err == nil && access.CanBeAssigned(access.Role(role), place) {
		return nil
	}
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
	return event.Record(ctx, q, actor, teamEvent(project, action, before, after))
}

func teamEvent(project db.Project, action string, before, after *db.ProjectMember) event.Event {
	return event.Event{
		Entity: "project", ID: project.ID, ProjectID: &project.ID, Action: action,
		Before: placeOf(before), After: placeOf(after), Version: project.Version,
	}
}
