package project_test

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
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// now is what the services take for the present.
var now = time.Date(2026, time.June, 15, 22, 30, 0, 0, time.UTC)

// day is a date of June 2026.
func day(d int) *time.Time {
	return new(time.Date(2026, time.June, d, 0, 0, 0, 0, time.UTC))
}

type agency struct {
	db       *dbx.DB
	projects *project.Service
	tasks    *task.Service

	admin, manager, rival        access.Actor
	lead, contributor, viewer    access.Actor
	outsider                     access.Actor
	managedBy, managedByTheRival db.Project
}

func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	clock := func() time.Time { return now }
	someone := func(role db.Role) access.Actor {
		return factory.Actor(factory.User(t, d, &factory.UserOpts{Role: role}))
	}
	a := agency{
		db: d, projects: project.New(d, clock), tasks: task.New(d, clock),
		admin: someone(db.RoleAdmin), manager: someone(db.RoleManager), rival: someone(db.RoleManager),
		lead: someone(db.RoleUser), contributor: someone(db.RoleUser), viewer: someone(db.RoleUser), outsider: someone(db.RoleUser),
	}
	a.managedBy = a.add(t, factory.ProjectOpts{Name: "Managed"})
	a.managedByTheRival = factory.Project(t, d, &factory.ProjectOpts{Name: "Rival's", ManagerID: &a.rival.ID})
	return a
}

// add makes a project of the manager's, with the team.
func (a agency) add(t *testing.T, opts factory.ProjectOpts) db.Project {
	t.Helper()
	if opts.ManagerID == nil {
		opts.ManagerID = &a.manager.ID
	}
	opts.Team = map[uuid.UUID]db.ProjectMemberRole{
		a.lead.ID: db.ProjectMemberRoleLead, a.contributor.ID: db.ProjectMemberRoleContributor, a.viewer.ID: db.ProjectMemberRoleViewer,
	}
	return factory.Project(t, a.db, &opts)
}

// wantNames fails unless the list holds exactly these projects, in any order.
func (a agency) wantNames(t *testing.T, actor access.Actor, filter project.Filter, want ...string) {
	t.Helper()
	rows, info, err := a.projects.List(t.Context(), actor, filter, page.Request{Size: page.MaxSize})
	expect.OK(t, err)
	if int(info.Total) != len(rows) {
		t.Errorf("the total is %d with %d rows", info.Total, len(rows))
	}
	got := []string{}
	for _, row := range rows {
		got = append(got, row.Name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}
