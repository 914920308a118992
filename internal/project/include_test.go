package project_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestInclude(t *testing.T) {
	t.Parallel()
	a := setup(t)
	client := factory.Client(t, a.db, nil)
	p := a.add(t, factory.ProjectOpts{ClientID: &client.ID})
	first := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID})
	second := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, After: []uuid.UUID{first.ID}})
	_, err := a.db.Exec(t.Context(), "UPDATE tasks SET position = 'Z0' WHERE id = $1", second.ID)
	expect.OK(t, err)
	deleted := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID})
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted.ID, nil))
	factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedByTheRival.ID})
	include := func(t *testing.T, relations ...project.Relation) project.Included {
		t.Helper()
		included, err := a.projects.Include(t.Context(), []db.Project{p, a.managedByTheRival}, relations...)
		expect.OK(t, err)
		return included
	}

	t.Run("WhatWasNotAskedForIsNil", func(t *testing.T) {
		t.Parallel()
		if diff := cmp.Diff(project.Included{}, include(t)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("Client", func(t *testing.T) {
		t.Parallel()
		want := project.Included{Clients: map[uuid.UUID]db.Client{client.ID: client}}
		if diff := cmp.Diff(want, include(t, project.RelationClient)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("TeamInTheOrderOfJoining", func(t *testing.T) {
		t.Parallel()
		members, _, err := a.projects.Members(t.Context(), a.admin, p.ID, page.First(20))
		expect.OK(t, err)
		if diff := cmp.Diff(map[uuid.UUID][]db.ProjectMember{p.ID: members}, include(t, project.RelationTeam).Team); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("LiveTasksByPosition", func(t *testing.T) {
		t.Parallel()
		got := include(t, project.RelationTasks).Tasks[p.ID]
		if len(got) != 2 || got[0].Task.ID != second.ID || got[1].Task.ID != first.ID {
			t.Fatalf("got %+v", got)
		}
		if !got[0].IsBlocked || got[1].IsBlocked || !cmp.Equal(got[0].PrerequisiteIds, []uuid.UUID{first.ID}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("AtMostAHundredOfEach", func(t *testing.T) {
		t.Parallel()
		big := a.add(t, factory.ProjectOpts{})
		for range 101 {
			factory.Task(t, a.db, &factory.TaskOpts{ProjectID: big.ID})
			factory.Member(t, a.db, big.ID, factory.User(t, a.db, nil).ID, db.ProjectMemberRoleViewer)
		}
		included, err := a.projects.Include(t.Context(), []db.Project{big}, project.RelationTasks, project.RelationTeam)
		expect.OK(t, err)
		if len(included.Tasks[big.ID]) != 100 || len(included.Team[big.ID]) != 100 {
			t.Errorf("there are %d tasks and %d members", len(included.Tasks[big.ID]), len(included.Team[big.ID]))
		}
	})
}

// TestIncludeIsAStatementARelation counts what a page of one project and a page
// of a hundred send.
func TestIncludeIsAStatementARelation(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	projects := project.New(d, func() time.Time { return now })
	manager := factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleManager}))
	for range 100 {
		client := factory.Client(t, d, nil)
		p := factory.Project(t, d, &factory.ProjectOpts{ClientID: &client.ID, Team: map[uuid.UUID]db.ProjectMemberRole{manager.ID: db.ProjectMemberRoleLead}})
		factory.Task(t, d, &factory.TaskOpts{ProjectID: p.ID})
	}
	for _, size := range []int{1, 100} {
		sent := statements.During(func() {
			rows, _, err := projects.List(t.Context(), manager, project.Filter{}, page.First(size))
			expect.OK(t, err)
			included, err := projects.Include(t.Context(), rows, project.RelationClient, project.RelationTeam, project.RelationTasks)
			expect.OK(t, err)
			if len(included.Clients) != size || len(included.Team) != size || len(included.Tasks) != size {
				t.Errorf("of %d projects there are %d clients, %d teams and the tasks of %d", size, len(included.Clients), len(included.Team), len(included.Tasks))
			}
		})
		// The page, its count, and one for each relation.
		if len(sent) != 5 {
			t.Errorf("a page of %d sends %d statements: %v", size, len(sent), sent)
		}
	}
}
