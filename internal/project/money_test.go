package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestMoneyOfAProject(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p, err := a.projects.Create(t.Context(), a.manager, project.CreateParams{
		Name: "Shop", Priority: db.PriorityLow, ManagerID: &a.manager.ID,
		BillingKind: db.BillingKindFixed, Budget: &project.Money{Minor: 500_000, Currency: "EUR"}, Tags: []string{" web ", "web"},
	})
	expect.OK(t, err)
	if p.BillingKind != db.BillingKindFixed || *p.BudgetMinor != 500_000 || *p.Currency != "EUR" || p.HourlyRateMinor != nil || len(p.Tags) != 1 {
		t.Errorf("created %+v", p)
	}
	// money is what the project has afterwards.
	type money struct {
		Budget, Rate *int64
		Currency     *string
	}
	update := func(t *testing.T, params db.ProjectUpdateParams, want money) {
		t.Helper()
		got, err := a.projects.Update(t.Context(), a.manager, p.ID, nil, params)
		expect.OK(t, err)
		if diff := cmp.Diff(want, money{got.BudgetMinor, got.HourlyRateMinor, got.Currency}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	number := func(n int64) *int64 { return &n }

	t.Run("CurrenciesThatDifferAreRefused", func(t *testing.T) {
		_, err := a.projects.Update(t.Context(), a.manager, p.ID, nil, db.ProjectUpdateParams{
			HourlyRateDoUpdate: true, HourlyRateMinor: number(1), HourlyRateCurrency: new("USD"),
		})
		expect.Fields(t, err, "/hourly_rate/currency currency_mismatch")
		_, err = a.projects.Create(t.Context(), a.manager, project.CreateParams{
			Name: "New", Priority: db.PriorityLow, ManagerID: &a.lead.ID,
			Budget: &project.Money{Minor: -1, Currency: "EUR"}, HourlyRate: &project.Money{Minor: 1, Currency: "USD"},
			ExternalID: new("1"),
		})
		expect.Fields(t, err, "/budget/amount_minor minimum", "/hourly_rate/currency currency_mismatch",
			"/external_source required", "/manager_id not_a_manager")
	})
	t.Run("CurrencyStaysWithAnAmount", func(t *testing.T) {
		update(t, db.ProjectUpdateParams{HourlyRateDoUpdate: true, HourlyRateMinor: number(90), HourlyRateCurrency: new("EUR")},
			money{number(500_000), number(90), new("EUR")})
		update(t, db.ProjectUpdateParams{BudgetDoUpdate: true}, money{nil, number(90), new("EUR")})
	})
	t.Run("OnlyAmountMayTakeAnotherCurrency", func(t *testing.T) {
		update(t, db.ProjectUpdateParams{HourlyRateDoUpdate: true, HourlyRateMinor: number(80), HourlyRateCurrency: new("CHF")},
			money{nil, number(80), new("CHF")})
	})
	t.Run("NoAmountHasNoCurrency", func(t *testing.T) {
		update(t, db.ProjectUpdateParams{HourlyRateDoUpdate: true}, money{})
	})
}

func TestExternalReference(t *testing.T) {
	t.Parallel()
	a := setup(t)
	create := func(id string) (db.Project, error) {
		return a.projects.Create(t.Context(), a.manager, project.CreateParams{
			Name: "Imported", Priority: db.PriorityLow, ManagerID: &a.manager.ID, ExternalSource: new("hubspot"), ExternalID: &id,
		})
	}
	first, err := create("1")
	expect.OK(t, err)

	t.Run("TakenByALiveProjectIsAConflict", func(t *testing.T) {
		_, err := create("1")
		refusal := expect.Code(t, err, apperr.AlreadyExists)
		if refusal.Fields[0].Pointer != "/external_id" {
			t.Errorf("got %+v", refusal.Fields)
		}
		_, err = a.projects.Update(t.Context(), a.manager, a.managedBy.ID, nil, db.ProjectUpdateParams{
			ExternalSourceDoUpdate: true, ExternalSource: new("hubspot"), ExternalIDDoUpdate: true, ExternalID: new("1"),
		})
		expect.Code(t, err, apperr.AlreadyExists)
	})
	t.Run("HalfOfItIsRefused", func(t *testing.T) {
		for _, test := range []struct {
			params db.ProjectUpdateParams
			want   string
		}{
			{db.ProjectUpdateParams{ExternalIDDoUpdate: true}, "/external_id required"},
			{db.ProjectUpdateParams{ExternalSourceDoUpdate: true}, "/external_source required"},
		} {
			_, err := a.projects.Update(t.Context(), a.manager, first.ID, nil, test.params)
			expect.Fields(t, err, test.want)
		}
	})
	t.Run("RestoringIntoATakenOneIsAConflict", func(t *testing.T) {
		task := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: first.ID}).ID
		expect.OK(t, a.projects.Delete(t.Context(), a.manager, first.ID, nil))
		heir, err := create("1")
		expect.OK(t, err)
		_, err = a.projects.Restore(t.Context(), a.manager, first.ID)
		expect.Code(t, err, apperr.AlreadyExists)
		if a.deletionOf(t, "tasks", task) == nil {
			t.Error("a task of it is back all the same")
		}
		_, err = a.projects.Update(t.Context(), a.manager, heir.ID, nil, db.ProjectUpdateParams{ExternalSourceDoUpdate: true, ExternalIDDoUpdate: true})
		expect.OK(t, err)
		_, err = a.projects.Restore(t.Context(), a.manager, first.ID)
		expect.OK(t, err)
	})
}
