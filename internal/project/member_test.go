package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestSetMemberRole(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.managedBy.ID
	task := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: id, AssigneeID: &a.contributor.ID})

	t.Run("SameRoleChangesNothing", func(t *testing.T) {
		before := expect.EventCount(t, a.db)
		member, err := a.projects.SetMemberRole(t.Context(), a.manager, id, a.contributor.ID, db.ProjectMemberRoleContributor)
		expect.OK(t, err)
		if member.Role != db.ProjectMemberRoleContributor || expect.EventCount(t, a.db) != before {
			t.Errorf("got %+v and %d events", member, expect.EventCount(t, a.db)-before)
		}
	})
	t.Run("LeadKeepsTheTasks", func(t *testing.T) {
		member, err := a.projects.SetMemberRole(t.Context(), a.manager, id, a.contributor.ID, db.ProjectMemberRoleLead)
		expect.OK(t, err)
		if member.Role != db.ProjectMemberRoleLead || a.assignee(t, task.ID) == nil {
			t.Errorf("got %+v and the assignee %v", member, a.assignee(t, task.ID))
		}
		events := expect.Events(t, a.db, id)
		want := expect.Event{
			ActorID: &a.manager.ID, Credential: "anonymous", Entity: "project", EntityID: id, ProjectID: &id,
			Action: "project.member_role_changed", Version: &a.managedBy.Version,
			Changes: map[string]expect.Change{"role": {Old: "contributor", New: "lead"}},
		}
		if diff := cmp.Diff(want, events[len(events)-1]); diff != "" {
			t.Errorf("the last event (-want +got):\n%s", diff)
		}
	})
	t.Run("ViewerIsTakenOffTheTasks", func(t *testing.T) {
		_, err := a.projects.SetMemberRole(t.Context(), a.manager, id, a.contributor.ID, db.ProjectMemberRoleViewer)
		expect.OK(t, err)
		if assignee := a.assignee(t, task.ID); assignee != nil {
			t.Errorf("the task is still assigned to %v", assignee)
		}
	})
	t.Run("WhoIsNotOnTheTeamIsNotFound", func(t *testing.T) {
		_, err := a.projects.SetMemberRole(t.Context(), a.manager, id, a.rival.ID, db.ProjectMemberRoleLead)
		expect.Code(t, err, apperr.NotFound)
	})
	t.Run("OnlyWhoManages", func(t *testing.T) {
		_, err := a.projects.SetMemberRole(t.Context(), a.rival, id, a.lead.ID, db.ProjectMemberRoleViewer)
		expect.Code(t, err, apperr.Forbidden)
	})
}

// A manager can be assigned without being on the team, and so keeps the tasks.
func TestManagerWhoLeavesTheTeamKeepsTheTasks(t *testing.T) {
	t.Parallel()
	a := setup(t)
	factory.Member(t, a.db, a.managedBy.ID, a.rival.ID, db.ProjectMemberRoleContributor)
	task := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedBy.ID, AssigneeID: &a.rival.ID})
	expect.OK(t, a.projects.RemoveMember(t.Context(), a.manager, a.managedBy.ID, a.rival.ID))
	if assignee := a.assignee(t, task.ID); assignee == nil || *assignee != a.rival.ID {
		t.Errorf("the task is assigned to %v", assignee)
	}
}

func (a agency) assignee(t *testing.T, id uuid.UUID) (assignee *uuid.UUID) {
	t.Helper()
	expect.OK(t, a.db.QueryRow(t.Context(), "SELECT assignee_id FROM tasks WHERE id = $1", id).Scan(&assignee))
	return assignee
}

func TestMembers(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p := factory.Project(t, a.db, nil)
	order := []uuid.UUID{a.viewer.ID, a.lead.ID, a.contributor.ID}
	for _, id := range order {
		factory.Member(t, a.db, p.ID, id, db.ProjectMemberRoleViewer)
	}
	for _, actor := range []access.Actor{a.admin, a.rival, a.viewer} {
		var got []uuid.UUID
		for number := 1; number <= 2; number++ {
			members, info, err := a.projects.Members(t.Context(), actor, p.ID, page.Request{Number: &number, Size: 2})
			expect.OK(t, err)
			if info.Total != 3 || info.TotalPages != 2 {
				t.Errorf("the page is %+v", info)
			}
			for _, m := range members {
				got = append(got, m.UserID)
			}
		}
		if diff := cmp.Diff(order, got); diff != "" {
			t.Errorf("the team (-want +got):\n%s", diff)
		}
	}
	_, _, err := a.projects.Members(t.Context(), a.outsider, p.ID, page.First(2))
	expect.Code(t, err, apperr.NotFound)
}
