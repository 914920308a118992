package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestAddMember(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("SeesTheProjectFromThenOn", func(t *testing.T) {
		t.Parallel()
		user := factory.Actor(factory.User(t, a.db, nil))
		a.wantNames(t, user, project.Filter{})
		member, err := a.projects.AddMember(t.Context(), a.manager, a.managedBy.ID, user.ID, db.ProjectMemberRoleViewer)
		expect.OK(t, err)
		want := db.ProjectMember{
			ProjectID: a.managedBy.ID, UserID: user.ID, Role: db.ProjectMemberRoleViewer, CreatedAt: member.CreatedAt, CreatedBy: &a.manager.ID,
		}
		if diff := cmp.Diff(want, member); diff != "" {
			t.Error(diff)
		}
		a.wantNames(t, user, project.Filter{}, "Managed")
	})

	t.Run("TwiceIsRefused", func(t *testing.T) {
		t.Parallel()
		_, err := a.projects.AddMember(t.Context(), a.manager, a.managedBy.ID, a.viewer.ID, db.ProjectMemberRoleLead)
		expect.Code(t, err, apperr.AlreadyExists)
	})

	t.Run("UnknownUserIsMissing", func(t *testing.T) {
		t.Parallel()
		id := uuid.New()
		_, err := a.projects.AddMember(t.Context(), a.manager, a.managedBy.ID, id, db.ProjectMemberRoleLead)
		expect.Refusal(t, err, apperr.Missing("user", id))
	})
}

// Who leaves the team leaves its open tasks, and keeps the finished ones.
func TestRemoveMember(t *testing.T) {
	t.Parallel()
	a := setup(t)
	assigned := map[db.TaskStatus]db.Task{}
	for _, status := range []db.TaskStatus{"backlog", "todo", "in_progress", "in_review", "blocked", "done", "cancelled"} {
		assigned[status] = factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedBy.ID, Status: status, AssigneeID: &a.contributor.ID})
	}
	others := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedBy.ID, AssigneeID: &a.lead.ID})
	elsewhere := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.add(t, factory.ProjectOpts{}).ID, AssigneeID: &a.contributor.ID})

	expect.OK(t, a.projects.RemoveMember(t.Context(), a.manager, a.managedBy.ID, a.contributor.ID))
	for status, before := range assigned {
		after, err := a.tasks.Get(t.Context(), a.manager, before.ID)
		expect.OK(t, err)
		closed := status == "done" || status == "cancelled"
		if kept := after.Task.AssigneeID != nil; kept != closed {
			t.Errorf("the task that is %s is assigned to %v", status, after.Task.AssigneeID)
		}
		events := expect.Events(t, a.db, before.ID)
		if closed {
			if len(events) != 0 || after.Task.Version != before.Version {
				t.Errorf("the task that is %s has changed: %v", status, events)
			}
			continue
		}
		want := []expect.Event{{
			ActorID: &a.manager.ID, Credential: "anonymous", Entity: "task", EntityID: before.ID, ProjectID: &a.managedBy.ID, Action: "task.assigned",
			Changes: map[string]expect.Change{"assignee_id": {Old: a.contributor.ID.String()}}, Version: new(before.Version + 1),
		}}
		if diff := cmp.Diff(want, events); diff != "" {
			t.Errorf("events of the task that is %s (-want +got):\n%s", status, diff)
		}
	}
	for _, before := range []db.Task{others, elsewhere} {
		if after, err := a.tasks.Get(t.Context(), a.manager, before.ID); err != nil || !cmp.Equal(after.Task, before) {
			t.Errorf("another task has changed: %v, %v", after.Task, err)
		}
	}
	_, err := a.tasks.Get(t.Context(), a.contributor, others.ID)
	expect.Code(t, err, apperr.NotFound)
	expect.Code(t, a.projects.RemoveMember(t.Context(), a.manager, a.managedBy.ID, a.contributor.ID), apperr.NotFound)
}

// A task is never given to somebody who leaves the team at the same moment.
func TestRemoveMemberWhileAssigning(t *testing.T) {
	t.Parallel()
	a := setup(t)
	kept := 0
	const races = 40
	for range races {
		p := a.add(t, factory.ProjectOpts{})
		row := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID})
		errs := expect.Together(
			func() error { return a.projects.RemoveMember(t.Context(), a.manager, p.ID, a.contributor.ID) },
			func() error {
				_, err := a.tasks.Assign(t.Context(), a.lead, row.ID, nil, &a.contributor.ID)
				return err
			},
		)
		removeErr, assignErr := errs[0], errs[1]
		expect.OK(t, removeErr)
		if assignErr != nil {
			expect.Fields(t, assignErr, "/assignee_id not_a_member")
		} else {
			kept++
		}
		after, err := a.tasks.Get(t.Context(), a.manager, row.ID)
		expect.OK(t, err)
		if after.Task.AssigneeID != nil {
			t.Fatal("the task is assigned to who is not on the team")
		}
	}
	t.Logf("of %d races %d were won by assigning", races, kept)
}
