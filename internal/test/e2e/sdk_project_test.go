package e2e_test

import (
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellProjects(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	created := calling(w.admin.Projects.Create(ctx, api.ProjectCreate{
		Name: "Web shop", ClientID: client.Value(w.client.ID), StartsOn: client.Value(api.NewDate(2026, time.March, 2)),
		Budget: client.Value(api.Money{AmountMinor: 1_200_000, Currency: "EUR"}),
	})).succeeds(t)
	if created.Status != api.ProjectStatusPlanning || created.StartsOn.MustGet().String() != "2026-03-02" || created.ManagerID.MustGet() != w.adminID {
		t.Errorf("the project is %+v", created)
	}

	replaced := calling(w.admin.Projects.Replace(ctx, created.ID, api.ProjectReplace{
		Name: "Shop", ClientID: client.Value(w.client.ID), ManagerID: client.Value(w.adminID), StartsOn: client.Value(api.NewDate(2026, time.March, 2)),
	}, client.IfMatch(created.Version))).succeeds(t)
	if replaced.Name != "Shop" || !replaced.Budget.IsNull() {
		t.Errorf("what was left out is still there: %+v", replaced)
	}

	updated := calling(w.admin.Projects.Update(ctx, created.ID, api.ProjectUpdate{
		EndsOn: client.Value(api.NewDate(2099, time.December, 31)), Priority: new(api.PriorityHigh),
	}, client.IfMatch(replaced.Version))).succeeds(t)
	active := calling(w.admin.Projects.SetStatus(ctx, created.ID, api.ProjectStatusChange{Status: api.ProjectStatusActive}, client.IfMatch(updated.Version))).succeeds(t)

	if active.Status != api.ProjectStatusActive || active.Priority != api.PriorityHigh || active.EndsOn.MustGet() != api.NewDate(2099, time.December, 31) {
		t.Errorf("the project is %+v", active)
	}

	next := calling(w.admin.Projects.Clone(ctx, created.ID, api.ProjectClone{StartsOn: api.NewDate(2026, time.March, 12), Name: new("Shop, again")})).succeeds(t)
	if next.Status != api.ProjectStatusPlanning || next.EndsOn.MustGet() != api.NewDate(2100, time.January, 10) {
		t.Errorf("ten days later it is %+v", next)
	}

	planned := calling(w.admin.Projects.List(ctx, client.ProjectListParams{Status: []api.ProjectStatus{api.ProjectStatusPlanning}})).succeeds(t).Data
	same(t, "what is planned", each(planned, func(p api.Project) string { return p.ID.String() }), next.ID.String())
	same(t, "all projects", each(all(t, w.admin.Projects.All(ctx, client.ProjectListParams{PageSize: 1, Overdue: new(false)})),
		func(p api.Project) string { return p.ID.String() }), created.ID.String(), next.ID.String())
	same(t, "the client's projects", each(calling(w.admin.Clients.ListProjects(ctx, w.client.ID, client.ClientListProjectsParams{Sort: "name"})).succeeds(t).Data,
		func(p api.Project) string { return p.ID.String() }), created.ID.String(), next.ID.String())

	history := calling(w.admin.Projects.GetHistory(ctx, created.ID, client.ProjectGetHistoryParams{})).succeeds(t).Data
	if len(history) != 4 || history[0].Action != "project.status_changed" {
		t.Errorf("the history is %v", actions(history))
	}

	w.project = *calling(w.admin.Projects.Get(ctx, created.ID, client.ProjectGetParams{Include: []api.ProjectRelation{api.ProjectRelationClient}})).succeeds(t)
	if of := w.project.Included.MustGet().Client.MustGet(); of.ID != w.client.ID {
		t.Errorf("the project is for %+v", of)
	}
}

func tellTeams(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	calling(w.mia.Projects.Get(ctx, w.project.ID, client.ProjectGetParams{})).fails(t, 404, api.ProblemCodeNotFound)

	joined := calling(w.admin.Projects.AddMember(ctx, w.project.ID, w.miaID, &api.ProjectMemberAdd{Role: new(api.ProjectMemberRoleViewer)})).succeeds(t)
	if joined.UserID != w.miaID || joined.Role != api.ProjectMemberRoleViewer {
		t.Errorf("joining gives %+v", joined)
	}

	if lead := calling(w.admin.Projects.SetMemberRole(ctx, w.project.ID, w.miaID, api.ProjectMemberRoleChange{Role: api.ProjectMemberRoleLead})).succeeds(t); lead.Role != api.ProjectMemberRoleLead {
		t.Errorf("the role is %s", lead.Role)
	}

	// The manager leaves the team, if it is on it.
	noah := all(t, w.admin.Users.All(ctx, client.UserListParams{Q: "noah"}))[0]
	calling(w.admin.Projects.AddMember(ctx, w.project.ID, noah.ID, nil)).succeeds(t)
	same(t, "the team", each(calling(w.mia.Projects.ListMembers(ctx, w.project.ID, client.ProjectListMembersParams{})).succeeds(t).Data,
		func(m api.ProjectMember) string { return m.UserID.String() }), w.miaID.String(), noah.ID.String())

	doing(w.admin.Projects.RemoveMember(ctx, w.project.ID, noah.ID)).succeeds(t)
	same(t, "the team", each(all(t, w.mia.Projects.AllMembers(ctx, w.project.ID, client.ProjectListMembersParams{PageSize: 1})),
		func(m api.ProjectMember) string { return m.UserID.String() }), w.miaID.String())
}
