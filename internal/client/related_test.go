package client_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestRelatedAreThoseTheActorSees(t *testing.T) {
	t.Parallel()
	a := setup(t)
	mine := factory.Project(t, a.db, &factory.ProjectOpts{
		Name: "Mine", ClientID: &a.seen.ID, Team: map[uuid.UUID]db.ProjectMemberRole{a.member.ID: db.ProjectMemberRoleViewer},
	})
	factory.Project(t, a.db, &factory.ProjectOpts{Name: "Foreign", ClientID: &a.seen.ID})
	gone := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &a.seen.ID})
	expect.OK(t, db.New(a.db).ProjectDelete(t.Context(), db.ProjectDeleteParams{ID: gone.ID, DeletionID: uuid.New()}))
	first := factory.Contact(t, a.db, &factory.ContactOpts{ClientID: a.seen.ID})
	primary := factory.Contact(t, a.db, &factory.ContactOpts{ClientID: a.seen.ID, IsPrimary: true})
	for range 120 {
		factory.Contact(t, a.db, &factory.ContactOpts{ClientID: a.seen.ID})
	}

	related := func(actor access.Actor, relations ...string) client.Related {
		t.Helper()
		found, err := a.clients.Related(t.Context(), actor, []db.Client{a.seen}, relations)
		expect.OK(t, err)
		return found
	}
	names := func(found client.Related) []string {
		var names []string
		for _, p := range found.Projects[a.seen.ID] {
			names = append(names, p.Name)
		}
		return names
	}
	all := names(related(a.manager, client.Projects))
	if len(all) != 3 || all[0] != "Foreign" || all[1] != mine.Name {
		t.Errorf("the manager sees %q, the newest first", all)
	}
	if got := names(related(a.member, client.Projects)); !cmp.Equal(got, []string{"Mine", all[2]}) {
		t.Errorf("the member sees %q", got)
	}
	contacts := related(a.member, client.Contacts).Contacts[a.seen.ID]
	if len(contacts) != 100 || contacts[0].ID != primary.ID || contacts[1].ID != first.ID {
		t.Errorf("there are %d contacts, the first %v", len(contacts), contacts[0])
	}
	if none := related(a.manager); none.Projects != nil || none.Contacts != nil {
		t.Errorf("what was not asked for is %+v", none)
	}
}

func TestRelatedOfAPageAreOneStatementEach(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	clients := client.New(d)
	manager := factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleManager}))
	for range page.MaxSize {
		c := factory.Client(t, d, nil)
		factory.Project(t, d, &factory.ProjectOpts{ClientID: &c.ID})
		factory.Contact(t, d, &factory.ContactOpts{ClientID: c.ID})
	}
	read := func(size int) int {
		return len(statements.During(func() {
			rows, _, err := clients.List(t.Context(), manager, client.Filter{}, page.First(size))
			expect.OK(t, err)
			related, err := clients.Related(t.Context(), manager, rows, []string{client.Projects, client.Contacts})
			expect.OK(t, err)
			if len(rows) != size || len(related.Projects) != size || len(related.Contacts) != size {
				t.Errorf("%d clients have %d and %d of the relations", len(rows), len(related.Projects), len(related.Contacts))
			}
		}))
	}
	// The page, its count and the two relations.
	for _, size := range []int{1, page.MaxSize} {
		if sent := read(size); sent != 4 {
			t.Errorf("a page of %d takes %d statements, want 4", size, sent)
		}
	}
}
