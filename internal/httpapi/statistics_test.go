package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// 60 minutes billed at 90.00 EUR and paid at 40.00 leave 50.00. Who is no
// manager is told what was earned, and neither cost nor margin.
func TestWhatLabourCostsIsToldToManagers(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	manager, user := a.User(db.RoleManager), a.User(db.RoleUser)
	client := factory.Client(t, a.DB, nil)
	project := factory.Project(t, a.DB, &factory.ProjectOpts{ClientID: &client.ID, Team: map[uuid.UUID]db.ProjectMemberRole{user.ID: db.ProjectMemberRoleViewer}})
	task := factory.Task(t, a.DB, &factory.TaskOpts{ProjectID: project.ID})
	_, err := a.DB.Exec(t.Context(), `INSERT INTO time_entries (id, project_id, task_id, user_id, spent_on, minutes, billable,
			billing_rate_minor, billing_rate_currency, cost_rate_minor, cost_rate_currency)
		VALUES ($1, $2, $3, $4, '2026-06-01', 60, true, 9000, 'EUR', 4000, 'EUR')`, uuid.New(), project.ID, task.ID, user.ID)
	expect.OK(t, err)

	results := func(who db.User) api.RevenueStatistics {
		var got api.ClientStatistics
		a.Do(apitest.Request{
			Method: http.MethodGet, Token: a.Token(who),
			Path: "/api/v1/clients/" + client.ID.String() + "/statistics?from=2026-06-01&to=2026-06-01",
		}).MustDecode(t, http.StatusOK, &got)
		return got.Results
	}
	eur := func(minor int64) []api.Money { return []api.Money{{AmountMinor: minor, Currency: "EUR"}} }
	told := results(manager)
	got := [][]api.Money{told.Recognised, told.LabourCost.MustGet(), told.Margin.MustGet(), told.EffectiveHourlyRate.MustGet()}
	if diff := cmp.Diff([][]api.Money{eur(9000), eur(4000), eur(5000), eur(9000)}, got); diff != "" {
		t.Errorf("for a manager (-want +got):\n%s", diff)
	}
	hidden := results(user)
	if diff := cmp.Diff(eur(9000), hidden.Recognised); diff != "" {
		t.Errorf("for a user (-want +got):\n%s", diff)
	}
	if !hidden.LabourCost.IsNull() || !hidden.Margin.IsNull() || !hidden.EffectiveHourlyRate.IsNull() {
		t.Errorf("a user is told what labour costs: %+v", hidden)
	}
}
