package task_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// Ana is on two teams, Ben on one of them, Cleo on none.
type people struct {
	agency
	ana, ben, cleo            access.Actor
	site, shop, app           db.Project
	siteTask, shopTask, appID uuid.UUID
}

func setupPeople(t *testing.T) people {
	t.Helper()
	p := people{agency: setup(t)}
	for _, actor := range []*access.Actor{&p.ana, &p.ben, &p.cleo} {
		*actor = factory.Actor(factory.User(t, p.db, nil))
	}
	client := factory.Client(t, p.db, nil)
	project := func(team map[uuid.UUID]db.ProjectMemberRole) db.Project {
		return factory.Project(t, p.db, &factory.ProjectOpts{ManagerID: &p.manager.ID, ClientID: &client.ID, Team: team})
	}
	p.site = project(map[uuid.UUID]db.ProjectMemberRole{p.ana.ID: db.ProjectMemberRoleLead, p.ben.ID: db.ProjectMemberRoleViewer})
	p.shop = project(map[uuid.UUID]db.ProjectMemberRole{p.ana.ID: db.ProjectMemberRoleViewer})
	p.app = project(nil)
	p.siteTask = p.add(t, factory.TaskOpts{ProjectID: p.site.ID, Title: "site 1"}).ID
	p.add(t, factory.TaskOpts{ProjectID: p.site.ID, Title: "site 2", Status: db.TaskStatusDone})
	p.shopTask = p.add(t, factory.TaskOpts{ProjectID: p.shop.ID, Title: "shop 1"}).ID
	// A task of Cleo's that she cannot see any more.
	p.appID = p.add(t, factory.TaskOpts{ProjectID: p.app.ID, Title: "app 1", AssigneeID: &p.cleo.ID, CreatedBy: &p.cleo.ID}).ID
	deleted := p.add(t, factory.TaskOpts{ProjectID: p.site.ID, Title: "site deleted"}).ID
	expect.OK(t, p.tasks.Delete(t.Context(), p.manager, deleted, nil))
	return p
}

func TestListShowsExactlyWhatTheActorCanSee(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	all := []string{"app 1", "shop 1", "site 1", "site 2"}
	for name, test := range map[string]struct {
		actor access.Actor
		want  []string
	}{
		"AnaSeesHerTwoTeams":          {p.ana, []string{"shop 1", "site 1", "site 2"}},
		"BenSeesHisOneAsAViewer":      {p.ben, []string{"site 1", "site 2"}},
		"CleoSeesNotEvenHerOwn":       {p.cleo, nil},
		"ManagerSeesAll":              {p.manager, all},
		"ManagerOfAnotherOneSeesAll":  {p.rival, all},
		"AdminSeesAll":                {p.admin, all},
		"NobodySeesNothing":           {access.Actor{}, nil},
		"UnknownRoleSeesNothing":      {access.Actor{ID: uuid.New(), Role: "owner"}, nil},
		"UserOfTheOtherTeamSeesNoOne": {p.contributor, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.wantTitles(t, test.actor, task.Filter{}, test.want...)
			// By the client, by one of the projects, by a word: never more than that.
			p.wantTitles(t, test.actor, task.Filter{ClientID: p.site.ClientID}, test.want...)
			p.wantTitles(t, test.actor, task.Filter{Q: new("1"), Status: []string{"todo"}}, without(test.want, "site 2")...)
			p.wantTitles(t, test.actor, task.Filter{ProjectIDs: []uuid.UUID{p.app.ID}}, only(test.want, "app 1")...)
			p.wantTitles(t, test.actor, task.Filter{AssigneeIDs: []uuid.UUID{p.cleo.ID}}, only(test.want, "app 1")...)
		})
	}
}

func without(titles []string, gone string) []string {
	var kept []string
	for _, title := range titles {
		if title != gone {
			kept = append(kept, title)
		}
	}
	return kept
}

func only(titles []string, kept string) []string {
	if slices.Contains(titles, kept) {
		return []string{kept}
	}
	return nil
}

// A list says of a task what the task says of itself.
func TestListAndGetAgree(t *testing.T) {
	t.Parallel()
	a := setup(t)
	deleted, cancelled, done := a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID, a.add(t, factory.TaskOpts{Status: db.TaskStatusCancelled}).ID, a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID
	blocked := map[uuid.UUID]bool{
		a.add(t, factory.TaskOpts{After: []uuid.UUID{deleted}}).ID:         true,
		a.add(t, factory.TaskOpts{After: []uuid.UUID{done, cancelled}}).ID: true,
		a.add(t, factory.TaskOpts{After: []uuid.UUID{done}}).ID:            false,
		cancelled: false, done: false,
	}
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted, nil))
	rows, _, err := a.tasks.List(t.Context(), a.viewer, task.Filter{}, page.First(20))
	expect.OK(t, err)
	if len(rows) != len(blocked) {
		t.Errorf("%d tasks are listed, want %d", len(rows), len(blocked))
	}
	for _, row := range rows {
		got, err := a.tasks.Get(t.Context(), a.viewer, row.Task.ID)
		expect.OK(t, err)
		if diff := cmp.Diff(got, row); diff != "" {
			t.Errorf("(-read +listed):\n%s", diff)
		}
		if row.IsBlocked != blocked[row.Task.ID] {
			t.Errorf("task %s, after %v, is blocked: %v", row.Task.ID, row.PrerequisiteIds, row.IsBlocked)
		}
	}
}

// Whoever leaves the team sees its tasks no more, from the next request on.
func TestListFollowsTheTeam(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	_, err := db.New(p.db).ProjectMemberDelete(t.Context(), db.ProjectMemberDeleteParams{ProjectID: p.site.ID, UserID: p.ana.ID})
	expect.OK(t, err)
	p.wantTitles(t, p.ana, task.Filter{}, "shop 1")
	factory.Member(t, p.db, p.app.ID, p.ana.ID, db.ProjectMemberRoleViewer)
	p.wantTitles(t, p.ana, task.Filter{}, "app 1", "shop 1")
}

// What cannot be seen answers every operation as what never was.
func TestUnseenIsAsMissing(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	deleted := p.add(t, factory.TaskOpts{ProjectID: p.site.ID}).ID
	expect.OK(t, p.tasks.Delete(t.Context(), p.manager, deleted, nil))

	operations := map[string]func(actor access.Actor, id uuid.UUID) error{
		"Get": func(actor access.Actor, id uuid.UUID) error {
			_, err := p.tasks.Get(t.Context(), actor, id)
			return err
		},
		"Update": func(actor access.Actor, id uuid.UUID) error {
			_, err := p.tasks.Update(t.Context(), actor, id, new(int64(99)), db.TaskUpdateParams{Title: new("Mine")})
			return err
		},
		"Assign": func(actor access.Actor, id uuid.UUID) error {
			_, err := p.tasks.Assign(t.Context(), actor, id, nil, nil)
			return err
		},
		"SetStatus": func(actor access.Actor, id uuid.UUID) error {
			_, err := p.tasks.SetStatus(t.Context(), actor, id, nil, db.TaskStatusDone, nil)
			return err
		},
		"AddDependency": func(actor access.Actor, id uuid.UUID) error {
			_, err := p.tasks.AddDependency(t.Context(), actor, id, id)
			return err
		},
		"RemoveDependency": func(actor access.Actor, id uuid.UUID) error {
			return p.tasks.RemoveDependency(t.Context(), actor, id, id)
		},
		"Delete": func(actor access.Actor, id uuid.UUID) error { return p.tasks.Delete(t.Context(), actor, id, nil) },
	}
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, test := range []struct {
				why   string
				actor access.Actor
				id    uuid.UUID
			}{
				{"there is none", p.ana, uuid.New()},
				{"it is of another project", p.ana, p.appID},
				{"it is of another project and assigned to the actor", p.cleo, p.appID},
				{"it is deleted", p.ana, deleted},
				{"it is deleted, for an admin", p.admin, deleted},
				{"the actor is nobody", access.Actor{}, p.siteTask},
			} {
				e := expect.Code(t, operation(test.actor, test.id), apperr.NotFound)
				if diff := cmp.Diff(apperr.Missing("task", test.id), e, cmp.FilterPath(func(path cmp.Path) bool { return path.String() == "Cause" }, cmp.Ignore())); diff != "" {
					t.Errorf("because %s (-want +got):\n%s", test.why, diff)
				}
			}
		})
	}
}

// What an actor cannot see changes nothing that it reads: neither rows nor totals.
func TestUnseenChangesNothingThatIsRead(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	read := func() ([]task.Task, page.Info) {
		rows, info, err := p.tasks.List(t.Context(), p.ben, task.Filter{}, page.Request{Size: 1, Sort: "title"})
		expect.OK(t, err)
		return rows, info
	}
	rows, info := read()
	for range 3 {
		p.add(t, factory.TaskOpts{ProjectID: p.shop.ID, Title: "a secret"})
	}
	rowsAfter, infoAfter := read()
	if diff := cmp.Diff(rows, rowsAfter) + cmp.Diff(info, infoAfter); diff != "" {
		t.Error(diff)
	}
}
