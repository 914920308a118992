package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("EveryFieldIsKept", func(t *testing.T) {
		t.Parallel()
		client := factory.Client(t, a.db, nil)
		created, err := a.projects.Create(t.Context(), a.manager, project.CreateParams{
			Name: "Relaunch", ClientID: &client.ID, ManagerID: &a.rival.ID, Description: new("New site."),
			Priority: db.PriorityHigh, StartsOn: day(1), EndsOn: day(30),
		})
		expect.OK(t, err)
		want := db.Project{
			ID: created.ID, Name: "Relaunch", ClientID: &client.ID, ManagerID: &a.rival.ID, Description: new("New site."),
			Status: db.ProjectStatusPlanning, Priority: db.PriorityHigh, StartsOn: day(1), EndsOn: day(30),
			BillingKind: db.BillingKindTimeAndMaterials, Tags: []string{},
			Version: 1, CreatedAt: created.CreatedAt, CreatedBy: &a.manager.ID, UpdatedAt: created.CreatedAt, UpdatedBy: &a.manager.ID,
		}
		if diff := cmp.Diff(want, created); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
		read, err := a.projects.Get(t.Context(), a.rival, created.ID)
		expect.OK(t, err)
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})

	t.Run("ReferencesAreChecked", func(t *testing.T) {
		t.Parallel()
		deletedClient, deletedManager := factory.Client(t, a.db, nil).ID, factory.User(t, a.db, &factory.UserOpts{Role: db.RoleAdmin}).ID
		for table, id := range map[string]uuid.UUID{"clients": deletedClient, "users": deletedManager} {
			_, err := a.db.Exec(t.Context(), "UPDATE "+table+" SET deleted_at = now(), deletion_id = id WHERE id = $1", id)
			expect.OK(t, err)
		}
		for name, test := range map[string]struct {
			client, manager *uuid.UUID
			want            []string
		}{
			"Neither":        {nil, nil, nil},
			"AdminManages":   {nil, &a.admin.ID, nil},
			"UnknownClient":  {new(uuid.New()), nil, []string{"/client_id not_found"}},
			"DeletedClient":  {&deletedClient, nil, []string{"/client_id not_found"}},
			"UnknownManager": {nil, new(uuid.New()), []string{"/manager_id not_a_manager"}},
			"DeletedManager": {nil, &deletedManager, []string{"/manager_id not_a_manager"}},
			"UserAsManager":  {nil, &a.lead.ID, []string{"/manager_id not_a_manager"}},
			"BothAtOnce":     {&deletedClient, &a.lead.ID, []string{"/client_id not_found", "/manager_id not_a_manager"}},
		} {
			_, err := a.projects.Create(t.Context(), a.manager, project.CreateParams{Name: "New", Priority: db.PriorityLow, ClientID: test.client, ManagerID: test.manager})
			_, updateErr := a.projects.Update(t.Context(), a.admin, a.managedByTheRival.ID, nil, db.ProjectUpdateParams{
				ClientIDDoUpdate: test.client != nil, ClientID: test.client, ManagerIDDoUpdate: test.manager != nil, ManagerID: test.manager,
			})
			if test.want == nil {
				if err != nil || updateErr != nil {
					t.Errorf("%s: %v, %v", name, err, updateErr)
				}
				continue
			}
			expect.Fields(t, err, test.want...)
			expect.Fields(t, updateErr, test.want...)
		}
	})

	t.Run("EndBeforeStartIsRefused", func(t *testing.T) {
		t.Parallel()
		_, err := a.projects.Create(t.Context(), a.manager, project.CreateParams{Name: "New", Priority: db.PriorityLow, StartsOn: day(2), EndsOn: day(1)})
		expect.Fields(t, err, "/ends_on before_start")
		oneDay, err := a.projects.Create(t.Context(), a.manager, project.CreateParams{Name: "New", Priority: db.PriorityLow, StartsOn: day(2), EndsOn: day(2)})
		expect.OK(t, err)
		_, err = a.projects.Update(t.Context(), a.admin, oneDay.ID, nil, db.ProjectUpdateParams{StartsOnDoUpdate: true, StartsOn: day(3)})
		expect.Fields(t, err, "/ends_on before_start")
	})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("NamedFieldsChangeAndNullClears", func(t *testing.T) {
		t.Parallel()
		before := a.add(t, factory.ProjectOpts{StartsOn: day(1), EndsOn: day(30), Priority: db.PriorityLow})
		after, err := a.projects.Update(t.Context(), a.manager, before.ID, &before.Version, db.ProjectUpdateParams{
			Name: new("Renamed"), EndsOnDoUpdate: true, ManagerIDDoUpdate: true,
		})
		expect.OK(t, err)
		want := before
		want.Name, want.EndsOn, want.ManagerID, want.Version = "Renamed", nil, nil, before.Version+1
		want.UpdatedAt, want.UpdatedBy = after.UpdatedAt, &a.manager.ID
		if diff := cmp.Diff(project.Planned{Project: want}, after); diff != "" {
			t.Errorf("updated (-want +got):\n%s", diff)
		}
	})

	t.Run("TheManagerWhoIsNoneNowStaysUntilAnotherIsNamed", func(t *testing.T) {
		t.Parallel()
		former := factory.User(t, a.db, &factory.UserOpts{Role: db.RoleUser})
		row := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &former.ID})
		update := func(manager *uuid.UUID, name string) (project.Planned, error) {
			return a.projects.Update(t.Context(), a.admin, row.ID, nil, db.ProjectUpdateParams{Name: &name, ManagerIDDoUpdate: true, ManagerID: manager})
		}
		same, err := update(&former.ID, row.Name)
		if err != nil || same.Version != row.Version {
			t.Errorf("with the values there it is %+v, %v", same.Project, err)
		}
		_, err = update(&former.ID, "Renamed")
		expect.OK(t, err)
		_, err = update(&a.manager.ID, "Renamed")
		expect.OK(t, err)
		_, err = update(&former.ID, "Renamed")
		expect.Fields(t, err, "/manager_id not_a_manager")
	})

	t.Run("StaleVersionIsRefused", func(t *testing.T) {
		t.Parallel()
		row := a.add(t, factory.ProjectOpts{})
		stale := row.Version - 1
		_, updateErr := a.projects.Update(t.Context(), a.manager, row.ID, &stale, db.ProjectUpdateParams{Name: new("Late")})
		_, statusErr := a.projects.SetStatus(t.Context(), a.manager, row.ID, &stale, project.StatusChange{Status: db.ProjectStatusOnHold})
		for _, err := range []error{updateErr, statusErr, a.projects.Delete(t.Context(), a.manager, row.ID, &stale)} {
			expect.Refusal(t, err, apperr.StaleVersion("project", row.Version, stale))
		}
	})
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	a := setup(t)
	sees := map[string]access.Actor{"rival": a.rival, "lead": a.lead, "contributor": a.contributor, "viewer": a.viewer}
	may := map[string]access.Actor{"admin": a.admin, "manager": a.manager}

	for name, do := range map[string]func(actor access.Actor, p db.Project) error{
		"Update": func(actor access.Actor, p db.Project) error {
			_, err := a.projects.Update(t.Context(), actor, p.ID, nil, db.ProjectUpdateParams{Name: new("Renamed")})
			return err
		},
		"SetStatus": func(actor access.Actor, p db.Project) error {
			_, err := a.projects.SetStatus(t.Context(), actor, p.ID, nil, project.StatusChange{Status: db.ProjectStatusOnHold})
			return err
		},
		"AddMember": func(actor access.Actor, p db.Project) error {
			_, err := a.projects.AddMember(t.Context(), actor, p.ID, a.outsider.ID, db.ProjectMemberRoleViewer)
			return err
		},
		"RemoveMember": func(actor access.Actor, p db.Project) error {
			return a.projects.RemoveMember(t.Context(), actor, p.ID, a.viewer.ID)
		},
		"Delete": func(actor access.Actor, p db.Project) error { return a.projects.Delete(t.Context(), actor, p.ID, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for who, actor := range may {
				if err := do(actor, a.add(t, factory.ProjectOpts{})); err != nil {
					t.Errorf("the %s is refused: %v", who, err)
				}
			}
			for who, actor := range sees {
				if err := do(actor, a.add(t, factory.ProjectOpts{})); !apperr.Is(err, apperr.Forbidden) {
					t.Errorf("the %s, who sees it, gets %v", who, err)
				}
			}
			p := a.add(t, factory.ProjectOpts{})
			for _, actor := range []access.Actor{a.outsider, {}} {
				expect.Refusal(t, do(actor, p), apperr.Missing("project", p.ID))
			}
		})
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	a := setup(t)
	client := factory.Client(t, a.db, nil)
	a.add(t, factory.ProjectOpts{Name: "Late", ClientID: &client.ID, EndsOn: day(14), Priority: db.PriorityUrgent})
	a.add(t, factory.ProjectOpts{Name: "Finished", EndsOn: day(1), Status: db.ProjectStatusCompleted})
	a.add(t, factory.ProjectOpts{Name: "Due today", StartsOn: day(10), EndsOn: day(15), Status: db.ProjectStatusOnHold})
	for name, tags := range map[string][]string{"Late": {"web", "retail"}, "Finished": {"print"}} {
		_, err := a.db.Exec(t.Context(), "UPDATE projects SET tags = $2 WHERE name = $1", name, tags)
		expect.OK(t, err)
	}
	hidden := factory.Project(t, a.db, &factory.ProjectOpts{Name: "Hidden", ClientID: &client.ID, ManagerID: &a.rival.ID})
	deleted := a.add(t, factory.ProjectOpts{Name: "Deleted", ClientID: &client.ID})
	expect.OK(t, a.projects.Delete(t.Context(), a.manager, deleted.ID, nil))

	all := []string{"Due today", "Finished", "Hidden", "Late", "Managed", "Rival's"}
	team := []string{"Due today", "Finished", "Late", "Managed"}
	for name, test := range map[string]struct {
		actor  access.Actor
		filter project.Filter
		want   []string
	}{
		"AdminSeesAll":              {a.admin, project.Filter{}, all},
		"ManagerSeesAll":            {a.rival, project.Filter{}, all},
		"MemberSeesTheTeams":        {a.viewer, project.Filter{}, team},
		"OutsiderSeesNone":          {a.outsider, project.Filter{}, nil},
		"NobodySeesNone":            {access.Actor{}, project.Filter{}, nil},
		"OfAClient":                 {a.admin, project.Filter{ClientID: &client.ID}, []string{"Hidden", "Late"}},
		"OfAClientAsFarAsSeen":      {a.lead, project.Filter{ClientID: &client.ID}, []string{"Late"}},
		"OfAManager":                {a.admin, project.Filter{ManagerID: &a.rival.ID}, []string{"Hidden", "Rival's"}},
		"OfAManagerAsFarAsSeen":     {a.lead, project.Filter{ManagerID: &a.rival.ID}, nil},
		"OfAMember":                 {a.admin, project.Filter{MemberID: &a.lead.ID}, team},
		"Status":                    {a.admin, project.Filter{Status: []string{"on_hold", "completed"}}, []string{"Due today", "Finished"}},
		"EmptyStatusDoesNotNarrow":  {a.viewer, project.Filter{Status: []string{}, Priority: []string{}}, team},
		"Priority":                  {a.admin, project.Filter{Priority: []string{"urgent"}}, []string{"Late"}},
		"Overdue":                   {a.admin, project.Filter{Overdue: new(true)}, []string{"Late"}},
		"NotOverdue":                {a.viewer, project.Filter{Overdue: new(false)}, []string{"Due today", "Finished", "Managed"}},
		"StartsFrom":                {a.admin, project.Filter{StartsFrom: day(10)}, []string{"Due today"}},
		"StartsTo":                  {a.admin, project.Filter{StartsTo: day(9)}, nil},
		"EndsFrom":                  {a.admin, project.Filter{EndsFrom: day(14)}, []string{"Due today", "Late"}},
		"EndsTo":                    {a.admin, project.Filter{EndsTo: day(14)}, []string{"Finished", "Late"}},
		"EndsBetween":               {a.admin, project.Filter{EndsFrom: day(2), EndsTo: day(14)}, []string{"Late"}},
		"AnyOfTheTags":              {a.admin, project.Filter{Tags: []string{"print", "retail", "unknown"}}, []string{"Finished", "Late"}},
		"UnknownTag":                {a.admin, project.Filter{Tags: []string{"WEB"}}, nil},
		"DeletedToo":                {a.rival, project.Filter{ClientID: &client.ID, IncludeDeleted: true}, []string{"Deleted", "Hidden", "Late"}},
		"Word":                      {a.admin, project.Filter{Q: new("LATE")}, []string{"Late"}},
		"WildcardsStandForThemself": {a.admin, project.Filter{Q: new("%")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.wantNames(t, test.actor, test.filter, test.want...)
		})
	}

	t.Run("DeletedOnesAreForManagers", func(t *testing.T) {
		t.Parallel()
		for _, actor := range []access.Actor{a.lead, a.outsider, {}} {
			_, _, err := a.projects.List(t.Context(), actor, project.Filter{IncludeDeleted: true}, page.First(20))
			expect.Code(t, err, apperr.Forbidden)
		}
	})
	t.Run("UnknownSortIsRefused", func(t *testing.T) {
		t.Parallel()
		_, _, err := a.projects.List(t.Context(), a.admin, project.Filter{}, page.Request{Size: 20, Sort: "manager_id"})
		expect.Fields(t, err, "query:sort sort")
	})
	t.Run("EverySortIsAStatement", func(t *testing.T) {
		t.Parallel()
		for _, field := range []string{"name", "status", "priority", "starts_on", "ends_on", "created_at", "updated_at"} {
			for _, sort := range []string{field, "-" + field} {
				rows, _, err := a.projects.List(t.Context(), a.admin, project.Filter{}, page.Request{Size: 20, Sort: sort})
				if err != nil || len(rows) != len(all) {
					t.Errorf("sorted by %s there are %d, %v", sort, len(rows), err)
				}
			}
		}
	})
	t.Run("UnseenIsMissing", func(t *testing.T) {
		t.Parallel()
		for _, id := range []uuid.UUID{hidden.ID, deleted.ID, uuid.New()} {
			_, err := a.projects.Get(t.Context(), a.lead, id)
			expect.Refusal(t, err, apperr.Missing("project", id))
		}
	})
}
