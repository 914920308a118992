package timeentry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

// people has Ana on two teams, Ben on one of them, Cleo on none any more.
type people struct {
	agency
	ana, ben, cleo  access.Actor
	site, shop, app db.Project
	task            map[string]uuid.UUID
}

// setupPeople logs time in three projects of two clients:
//
//	entry    project  client  user  day  minutes  billable
//	site 1   site     one     Ana    14      60   x
//	site 2   site     one     Ben    15      30
//	site 3   site     one     Ana    16     120   x, on a task that is deleted
//	shop 1   shop     two     Cleo   15      45   x
//	app 1    app      two     Cleo   12      90
//
// and a sixth in a project that is deleted.
func setupPeople(t *testing.T) people {
	t.Helper()
	p := people{agency: setup(t), task: map[string]uuid.UUID{}}
	for _, actor := range []*access.Actor{&p.ana, &p.ben, &p.cleo} {
		*actor = factory.Actor(factory.User(t, p.db, nil))
	}
	one, two := factory.Client(t, p.db, nil).ID, factory.Client(t, p.db, nil).ID
	project := func(client uuid.UUID, team map[uuid.UUID]db.ProjectMemberRole) db.Project {
		return factory.Project(t, p.db, &factory.ProjectOpts{ManagerID: &p.manager.ID, ClientID: &client, Team: team})
	}
	p.site = project(one, map[uuid.UUID]db.ProjectMemberRole{p.ana.ID: db.ProjectMemberRoleLead, p.ben.ID: db.ProjectMemberRoleContributor})
	p.shop = project(two, map[uuid.UUID]db.ProjectMemberRole{p.ana.ID: db.ProjectMemberRoleViewer})
	p.app = project(two, nil)
	deleted := project(one, map[uuid.UUID]db.ProjectMemberRole{p.ana.ID: db.ProjectMemberRoleLead})
	log := func(note string, project db.Project, user access.Actor, day time.Time, minutes int32, billable bool) {
		task := factory.Task(t, p.db, &factory.TaskOpts{ProjectID: project.ID}).ID
		p.task[note] = task
		factory.TimeEntry(t, p.db, &factory.TimeEntryOpts{
			TaskID: task, UserID: user.ID, Note: &note, SpentOn: day, Minutes: minutes, Billable: billable,
		})
	}
	log("site 1", p.site, p.ana, day(14), 60, true)
	log("site 2", p.site, p.ben, day(15), 30, false)
	log("site 3", p.site, p.ana, day(16), 120, true)
	log("shop 1", p.shop, p.cleo, day(15), 45, true)
	log("app 1", p.app, p.cleo, day(12), 90, false)
	log("deleted 1", deleted, p.ana, day(15), 10, true)
	p.exec(t, "UPDATE tasks SET deleted_at = now(), deletion_id = id WHERE id = $1", p.task["site 3"])
	p.exec(t, "UPDATE projects SET deleted_at = now(), deletion_id = id WHERE id = $1", deleted.ID)
	return p
}

func TestListShowsExactlyWhatTheActorCanSee(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	all := []string{"app 1", "shop 1", "site 1", "site 2", "site 3"}
	for name, test := range map[string]struct {
		actor access.Actor
		want  []string
	}{
		"AnaSeesHerTwoTeams":         {p.ana, []string{"shop 1", "site 1", "site 2", "site 3"}},
		"BenSeesHisOne":              {p.ben, []string{"site 1", "site 2", "site 3"}},
		"CleoSeesNotEvenHerOwn":      {p.cleo, nil},
		"OutsiderSeesNothing":        {p.outsider, nil},
		"ManagerSeesAll":             {p.manager, all},
		"ManagerOfAnotherOneSeesAll": {p.rival, all},
		"AdminSeesAll":               {p.admin, all},
		"NobodySeesNothing":          {access.Actor{}, nil},
		"UnknownRoleSeesNothing":     {access.Actor{ID: uuid.New(), Role: "owner"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.wantNotes(t, test.actor, timeentry.Filter{}, test.want...)
			// By project, client or user: never more than that.
			seen := func(prefixes ...string) []string {
				var kept []string
				for _, note := range test.want {
					if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(note, prefix) }) {
						kept = append(kept, note)
					}
				}
				return kept
			}
			p.wantNotes(t, test.actor, timeentry.Filter{ProjectID: &p.shop.ID}, seen("shop")...)
			p.wantNotes(t, test.actor, timeentry.Filter{ClientID: p.shop.ClientID}, seen("shop", "app")...)
			p.wantNotes(t, test.actor, timeentry.Filter{UserIDs: []uuid.UUID{p.cleo.ID}}, seen("shop", "app")...)
			p.wantNotes(t, test.actor, timeentry.Filter{TaskID: new(p.task["app 1"])}, seen("app")...)
		})
	}
}

func TestFiltersNarrowTheList(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	for name, test := range map[string]struct {
		filter timeentry.Filter
		want   []string
	}{
		"Task":           {timeentry.Filter{TaskID: new(p.task["site 2"])}, []string{"site 2"}},
		"DeletedTask":    {timeentry.Filter{TaskID: new(p.task["site 3"])}, []string{"site 3"}},
		"Project":        {timeentry.Filter{ProjectID: &p.site.ID}, []string{"site 1", "site 2", "site 3"}},
		"Client":         {timeentry.Filter{ClientID: p.app.ClientID}, []string{"app 1", "shop 1"}},
		"User":           {timeentry.Filter{UserIDs: []uuid.UUID{p.ana.ID}}, []string{"site 1", "site 3"}},
		"EitherUser":     {timeentry.Filter{UserIDs: []uuid.UUID{p.ana.ID, p.ben.ID}}, []string{"site 1", "site 2", "site 3"}},
		"From":           {timeentry.Filter{From: new(day(15))}, []string{"shop 1", "site 2", "site 3"}},
		"To":             {timeentry.Filter{To: new(day(14))}, []string{"app 1", "site 1"}},
		"FromAndTo":      {timeentry.Filter{From: new(day(14)), To: new(day(14))}, []string{"site 1"}},
		"Billable":       {timeentry.Filter{Billable: new(true)}, []string{"shop 1", "site 1", "site 3"}},
		"NotBillable":    {timeentry.Filter{Billable: new(false)}, []string{"app 1", "site 2"}},
		"AreAndedTogeth": {timeentry.Filter{ProjectID: &p.site.ID, UserIDs: []uuid.UUID{p.ana.ID}, Billable: new(true), To: new(day(15))}, []string{"site 1"}},
		"NothingMatches": {timeentry.Filter{ProjectID: &p.app.ID, UserIDs: []uuid.UUID{p.ana.ID}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.wantNotes(t, p.admin, test.filter, test.want...)
		})
	}
}

func TestListIsInTheOrderAskedFor(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	for sort, want := range map[string][]string{
		// Of a day the entry that was written last comes first.
		"":                  {"site 3", "shop 1", "site 2", "site 1", "app 1"},
		"-spent_on":         {"site 3", "shop 1", "site 2", "site 1", "app 1"},
		"spent_on":          {"app 1", "site 1", "site 2", "shop 1", "site 3"},
		"created_at":        {"site 1", "site 2", "site 3", "shop 1", "app 1"},
		"-minutes":          {"site 3", "app 1", "site 1", "shop 1", "site 2"},
		"-spent_on,minutes": {"site 3", "site 2", "shop 1", "site 1", "app 1"},
	} {
		t.Run(sort, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, p.notes(t, p.admin, timeentry.Filter{}, sort)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	_, _, err := p.time.List(t.Context(), p.admin, timeentry.Filter{}, page.Request{Size: 20, Sort: "cost_rate"})
	expect.Code(t, err, apperr.ValidationFailed)
}

// A walk along the cursors meets every entry once, one or two at a time.
func TestCursorsMeetEachEntryOnce(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	for _, sort := range []string{"", "spent_on", "-minutes", "-spent_on,created_at"} {
		want := p.notes(t, p.ana, timeentry.Filter{}, sort)
		request := page.Request{Size: 2, Sort: sort}
		var walked []string
		for range want {
			rows, info, err := p.time.List(t.Context(), p.ana, timeentry.Filter{}, request)
			expect.OK(t, err)
			for _, row := range rows {
				walked = append(walked, *row.Note)
			}
			if request.Cursor = info.NextCursor; !info.HasMore {
				break
			}
		}
		if diff := cmp.Diff(want, walked); diff != "" {
			t.Errorf("by %q (-listed +walked):\n%s", sort, diff)
		}
	}
}

// What an actor cannot see changes nothing that it reads: neither rows nor totals.
func TestUnseenChangesNothingThatIsRead(t *testing.T) {
	t.Parallel()
	p := setupPeople(t)
	read := func() ([]db.TimeEntry, page.Info) {
		rows, info, err := p.time.List(t.Context(), p.ben, timeentry.Filter{}, page.First(1))
		expect.OK(t, err)
		return rows, info
	}
	rows, info := read()
	for range 3 {
		factory.TimeEntry(t, p.db, &factory.TimeEntryOpts{TaskID: p.task["shop 1"], UserID: p.ben.ID, SpentOn: day(16)})
	}
	rowsAfter, infoAfter := read()
	if diff := cmp.Diff(rows, rowsAfter) + cmp.Diff(info, infoAfter); diff != "" {
		t.Error(diff)
	}
}
