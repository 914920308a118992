package task_test

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
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// now is what the service takes for the present: late in the evening of 15 June.
var now = time.Date(2026, time.June, 15, 22, 30, 0, 0, time.UTC)

// day is a date of June 2026.
func day(d int) *time.Time {
	return new(time.Date(2026, time.June, d, 0, 0, 0, 0, time.UTC))
}

// agency is a database with one active project and everybody who can stand in
// some relation to it.
type agency struct {
	db      *dbx.DB
	tasks   *task.Service
	project db.Project

	admin access.Actor
	// manager manages the project, rival another one.
	manager, rival access.Actor
	// The project's team, and a user who is not on it.
	lead, contributor, viewer, outsider access.Actor
}

func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	someone := func(role db.Role) access.Actor {
		return factory.Actor(factory.User(t, d, &factory.UserOpts{Role: role}))
	}
	a := agency{
		db: d, tasks: task.New(d, func() time.Time { return now }),
		admin: someone(db.RoleAdmin), manager: someone(db.RoleManager), rival: someone(db.RoleManager),
		lead: someone(db.RoleUser), contributor: someone(db.RoleUser), viewer: someone(db.RoleUser), outsider: someone(db.RoleUser),
	}
	a.project = factory.Project(t, d, &factory.ProjectOpts{ManagerID: &a.manager.ID, Team: a.team()})
	factory.Project(t, d, &factory.ProjectOpts{ManagerID: &a.rival.ID})
	return a
}

func (a agency) team() map[uuid.UUID]db.ProjectMemberRole {
	return map[uuid.UUID]db.ProjectMemberRole{
		a.lead.ID: db.ProjectMemberRoleLead, a.contributor.ID: db.ProjectMemberRoleContributor, a.viewer.ID: db.ProjectMemberRoleViewer,
	}
}

// add makes a task of the project.
func (a agency) add(t *testing.T, opts factory.TaskOpts) db.Task {
	t.Helper()
	if opts.ProjectID == uuid.Nil {
		opts.ProjectID = a.project.ID
	}
	return factory.Task(t, a.db, &opts)
}

// projectIn makes a project of a status with the same manager and team.
func (a agency) projectIn(t *testing.T, status db.ProjectStatus) db.Project {
	t.Helper()
	return factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID, Team: a.team(), Status: status})
}

// titles returns the titles on the first page of a list, in its order.
func (a agency) titles(t *testing.T, actor access.Actor, filter task.Filter, sort string) []string {
	t.Helper()
	rows, info, err := a.tasks.List(t.Context(), actor, filter, page.Request{Size: page.MaxSize, Sort: sort})
	expect.OK(t, err)
	if int(info.Total) != len(rows) {
		t.Errorf("the total is %d with %d rows", info.Total, len(rows))
	}
	found := []string{}
	for _, row := range rows {
		found = append(found, row.Task.Title)
	}
	return found
}

// wantTitles fails unless the list holds exactly these tasks, in any order.
func (a agency) wantTitles(t *testing.T, actor access.Actor, filter task.Filter, want ...string) {
	t.Helper()
	got := a.titles(t, actor, filter, "")
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

// row reads a task as it is stored, deleted or not.
func (a agency) row(t *testing.T, id uuid.UUID) db.Task {
	t.Helper()
	var r db.Task
	err := a.db.QueryRow(t.Context(), `SELECT id, project_id, parent_id, status, status_reason, assignee_id, completed_at, version, deleted_at, deleted_by, deletion_id
		FROM tasks WHERE id = $1`, id).Scan(&r.ID, &r.ProjectID, &r.ParentID, &r.Status, &r.StatusReason, &r.AssigneeID, &r.CompletedAt, &r.Version, &r.DeletedAt, &r.DeletedBy, &r.DeletionID)
	expect.OK(t, err)
	return r
}
