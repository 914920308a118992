package timeentry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// present is the service's clock; it stands still unless a test moves it.
type present struct{ at time.Time }

func (p *present) now() time.Time { return p.at }

// day is a date of June 2026.
func day(d int) time.Time { return time.Date(2026, time.June, d, 0, 0, 0, 0, time.UTC) }

// agency is a database with one active project, a task of it and everybody who
// can stand in some relation to it. An hour is billed at 95 EUR and costs 40 EUR.
type agency struct {
	db    *dbx.DB
	time  *timeentry.Service
	clock *present

	project db.Project
	task    db.Task

	admin access.Actor
	// manager manages the project, rival another one.
	manager, rival access.Actor
	// The project's team, and a user who is not on it.
	lead, contributor, viewer, outsider access.Actor
}

// setup makes an agency at half past ten in the evening of 15 June.
func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	clock := &present{at: time.Date(2026, time.June, 15, 22, 30, 0, 0, time.UTC)}
	someone := func(role db.Role) access.Actor {
		return factory.Actor(factory.User(t, d, &factory.UserOpts{Role: role}))
	}
	a := agency{
		db: d, time: timeentry.New(d, clock.now), clock: clock,
		admin: someone(db.RoleAdmin), manager: someone(db.RoleManager), rival: someone(db.RoleManager),
		lead: someone(db.RoleUser), contributor: someone(db.RoleUser), viewer: someone(db.RoleUser), outsider: someone(db.RoleUser),
	}
	a.exec(t, "UPDATE users SET cost_rate_minor = 4000, cost_rate_currency = 'EUR'")
	a.project = a.projectIn(t, db.ProjectStatusActive)
	a.task = factory.Task(t, d, &factory.TaskOpts{ProjectID: a.project.ID})
	return a
}

// projectIn makes a project of a status with the same manager, team and rate.
func (a agency) projectIn(t *testing.T, status db.ProjectStatus) db.Project {
	t.Helper()
	project := factory.Project(t, a.db, &factory.ProjectOpts{
		ManagerID: &a.manager.ID, Status: status,
		Team: map[uuid.UUID]db.ProjectMemberRole{
			a.lead.ID: db.ProjectMemberRoleLead, a.contributor.ID: db.ProjectMemberRoleContributor, a.viewer.ID: db.ProjectMemberRoleViewer,
		},
	})
	a.exec(t, "UPDATE projects SET hourly_rate_minor = 9500, currency = 'EUR' WHERE id = $1", project.ID)
	return project
}

func (a agency) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	_, err := a.db.Exec(t.Context(), sql, args...)
	expect.OK(t, err)
}

// log logs time of the actor's on the task.
func (a agency) log(t *testing.T, actor access.Actor, params timeentry.LogParams) db.TimeEntry {
	t.Helper()
	if params.Minutes == 0 {
		params.Minutes = 60
	}
	row, err := a.time.Log(t.Context(), actor, a.task.ID, params)
	expect.OK(t, err)
	return row
}

func (a agency) count(t testing.TB, table string) int {
	t.Helper()
	return expect.Count(t, a.db, "SELECT count(*) FROM "+table)
}

// notes returns the notes on the first page of a list, in its order.
func (a agency) notes(t *testing.T, actor access.Actor, filter timeentry.Filter, sort string) []string {
	t.Helper()
	request := page.First(page.MaxSize)
	request.Sort = sort
	rows, info, err := a.time.List(t.Context(), actor, filter, request)
	expect.OK(t, err)
	if int(info.Total) != len(rows) {
		t.Errorf("the total is %d with %d rows", info.Total, len(rows))
	}
	found := []string{}
	for _, row := range rows {
		found = append(found, *row.Note)
	}
	return found
}

// wantNotes fails unless the list holds exactly the entries with these notes, in any order.
func (a agency) wantNotes(t *testing.T, actor access.Actor, filter timeentry.Filter, want ...string) {
	t.Helper()
	got := a.notes(t, actor, filter, "")
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}
