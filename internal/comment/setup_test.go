package comment_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// agency is a client with a project and a task. Ana leads the project's team,
// vera views it and scout, an agent, contributes; otto is on no team.
type agency struct {
	db       *dbx.DB
	comments *comment.Service

	managerUser, anaUser, veraUser, ottoUser, scoutUser db.User

	manager, ana, vera, otto, scout access.Actor

	client  db.Client
	project db.Project
	task    db.Task
}

func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	a := agency{
		db: d, comments: comment.New(d, nil),
		managerUser: factory.User(t, d, &factory.UserOpts{Role: db.RoleManager, Name: "Manuel", Email: "manuel@agency.example"}),
		anaUser:     factory.User(t, d, &factory.UserOpts{Name: "Ana", Email: "Ana@agency.example"}),
		veraUser:    factory.User(t, d, &factory.UserOpts{Name: "Vera", Email: "vera@agency.example"}),
		ottoUser:    factory.User(t, d, &factory.UserOpts{Name: "Otto", Email: "otto@agency.example"}),
		scoutUser:   factory.Agent(t, d),
		client:      factory.Client(t, d, nil),
	}
	a.manager, a.ana, a.vera = factory.Actor(a.managerUser), factory.Actor(a.anaUser), factory.Actor(a.veraUser)
	a.otto, a.scout = factory.Actor(a.ottoUser), factory.Actor(a.scoutUser)
	a.project = factory.Project(t, d, &factory.ProjectOpts{
		ClientID: &a.client.ID, ManagerID: &a.manager.ID,
		Team: map[uuid.UUID]db.ProjectMemberRole{
			a.ana.ID: db.ProjectMemberRoleLead, a.vera.ID: db.ProjectMemberRoleViewer, a.scout.ID: db.ProjectMemberRoleContributor,
		},
	})
	a.task = factory.Task(t, d, &factory.TaskOpts{ProjectID: a.project.ID})
	return a
}

func (a agency) onTask() comment.About    { return comment.About{TaskID: &a.task.ID} }
func (a agency) onProject() comment.About { return comment.About{ProjectID: &a.project.ID} }
func (a agency) onClient() comment.About  { return comment.About{ClientID: &a.client.ID} }

// say adds a comment on the task, with a provenance where an agent says it.
func (a agency) say(t *testing.T, actor access.Actor, body string) comment.Comment {
	t.Helper()
	params := comment.CreateParams{About: a.onTask(), Kind: db.CommentKindComment, Body: body}
	if actor.ID == a.scout.ID {
		params.AI = &comment.AI{Provider: "p", Model: "m", Confidence: new(0.8)}
	}
	created, err := a.comments.Create(t.Context(), actor, params)
	expect.OK(t, err)
	return created
}

// wantBodies fails unless the list holds exactly these comments, in this order.
func (a agency) wantBodies(t *testing.T, actor access.Actor, filter comment.Filter, want ...string) {
	t.Helper()
	rows, info, err := a.comments.List(t.Context(), actor, filter, everything(""))
	expect.OK(t, err)
	if int(info.Total) != len(rows) {
		t.Errorf("the total is %d with %d rows", info.Total, len(rows))
	}
	if diff := cmp.Diff(append([]string{}, want...), bodies(rows)); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

func everything(sort string) page.Request {
	return page.Request{Size: page.MaxSize, Sort: sort}
}

func bodies(rows []comment.Comment) []string {
	found := []string{}
	for _, row := range rows {
		found = append(found, row.Body)
	}
	return found
}

func names(c comment.Comment) []string {
	found := []string{}
	for _, m := range c.Mentions {
		if m.Name == nil {
			found = append(found, "?")
			continue
		}
		found = append(found, *m.Name)
	}
	return found
}
