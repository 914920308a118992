package contract_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// who names somebody in the world by their place in it.
type who string

const (
	anonymous    who = "Anonymous"
	admin        who = "Admin"
	manager      who = "Manager"
	otherManager who = "ManagerOfAnotherProject"
	lead         who = "Lead"
	contributor  who = "Contributor"
	viewer       who = "Viewer"
	agent        who = "Agent"
	outsider     who = "Outsider"
)

// world is a project with a client, a team and two tasks, one of which waits
// for the other, and somebody of every kind in front of it.
type world struct {
	*apitest.API
	t       *testing.T
	people  map[who]db.User
	client  db.Client
	contact db.ClientContact
	project db.Project
	// first has no prerequisite; second waits for it.
	first, second db.Task
	// comment is the agent's, on first.
	comment db.Comment
	// entry is time of the contributor's on first.
	entry db.TimeEntry
	// session is the outsider's.
	session db.Session
	// key is the contributor's, and keyID the id of its row.
	key   string
	keyID uuid.UUID
	// invitation is the manager's.
	invitation db.Invitation
	// webhook is the project's, and delivery a test of it that was delivered.
	webhook, delivery uuid.UUID
	// newcomer is on no team.
	newcomer db.User
}

func newWorld(t *testing.T, opts *apitest.Options) *world {
	t.Helper()
	a := apitest.New(t, opts)
	w := &world{API: a, t: t, people: map[who]db.User{}}
	for as, role := range map[who]db.Role{
		admin: db.RoleAdmin, manager: db.RoleManager, otherManager: db.RoleManager,
		lead: db.RoleUser, contributor: db.RoleUser, viewer: db.RoleUser, outsider: db.RoleUser,
	} {
		w.people[as] = a.User(role)
	}
	w.people[agent] = factory.User(t, a.DB, &factory.UserOpts{Kind: db.PrincipalKindAgent, OwnerID: w.id(manager)})
	w.newcomer = a.User(db.RoleUser)
	w.client = factory.Client(t, a.DB, nil)
	w.contact = factory.Contact(t, a.DB, &factory.ContactOpts{ClientID: w.client.ID})
	w.project = factory.Project(t, a.DB, &factory.ProjectOpts{
		ClientID: &w.client.ID, ManagerID: w.id(manager),
		Team: map[uuid.UUID]db.ProjectMemberRole{
			*w.id(lead):        db.ProjectMemberRoleLead,
			*w.id(contributor): db.ProjectMemberRoleContributor,
			*w.id(viewer):      db.ProjectMemberRoleViewer,
			*w.id(agent):       db.ProjectMemberRoleContributor,
		},
	})
	w.first = factory.Task(t, a.DB, &factory.TaskOpts{ProjectID: w.project.ID, CreatedBy: w.id(contributor)})
	w.second = factory.Task(t, a.DB, &factory.TaskOpts{ProjectID: w.project.ID, After: []uuid.UUID{w.first.ID}})
	w.comment = factory.Comment(t, a.DB, &factory.CommentOpts{TaskID: &w.first.ID, Author: new(w.people[agent])})
	w.entry = factory.TimeEntry(t, a.DB, &factory.TimeEntryOpts{TaskID: w.first.ID, UserID: *w.id(contributor)})
	w.session = factory.Session(t, a.DB, &factory.SessionOpts{UserID: *w.id(outsider)})
	w.key = a.APIKey(w.people[contributor], nil, nil)
	if err := a.DB.QueryRow(t.Context(), "SELECT id FROM api_keys WHERE principal_id = $1", w.id(contributor)).Scan(&w.keyID); err != nil {
		t.Fatal(err)
	}
	w.webhook, w.delivery = factory.Webhook(t, a.DB, apitest.Secret, &w.project.ID)
	w.invitation = factory.Invitation(t, a.DB, &factory.InvitationOpts{By: *w.id(manager)})
	return w
}

// oneTimeToken returns a token as it would have been mailed to the user.
func (w *world) oneTimeToken(user db.User, purpose db.TokenPurpose) string {
	return factory.OneTimeToken(w.t, w.DB, user, purpose)
}

func (w *world) id(as who) *uuid.UUID {
	id := w.people[as].ID
	return &id
}

// request makes the request as somebody, and makes sure that it is one for the
// operation it is to prove something about.
func (w *world) request(t *testing.T, contract *apitest.Contract, operationID string, maker *requestMaker, as who) apitest.Request {
	t.Helper()
	request := (*maker)(w)
	operation := contract.OperationAt(t, request.Method, request.Path)
	if operation == nil || operation.OperationID != operationID {
		t.Fatalf("%s %s is no request for %s", request.Method, request.Path, operationID)
	}
	if as != anonymous && request.Token == "" {
		request.Token = w.Token(w.people[as])
	}
	return request
}

// events counts what has been written to the log of changes, leaving out that
// somebody signed in.
func (w *world) events(t *testing.T) int {
	t.Helper()
	// That somebody was refused at sign-in is an event of its own.
	return expect.EventCount(t, w.DB, "session.created", "sign_in.failed")
}
