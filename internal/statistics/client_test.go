package statistics_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func eur(minor int64) statistics.Money { return statistics.Money{Minor: minor, Currency: "EUR"} }

func usd(minor int64) statistics.Money { return statistics.Money{Minor: minor, Currency: "USD"} }

// portfolio is a client with seven projects; ana is on the first alone.
type portfolio struct {
	agency
	client uuid.UUID
	first  uuid.UUID
}

func setupPortfolio(t *testing.T) portfolio {
	t.Helper()
	a := setup(t)
	client := factory.Client(t, a.db, nil).ID
	project := func(opts projectOpts) uuid.UUID {
		opts.client = &client
		return a.newProject(t, opts)
	}
	first := project(projectOpts{name: "Shop", billing: "fixed", budget: 100000, currency: "EUR"})
	factory.Member(t, a.db, first, a.ana.ID, db.ProjectMemberRoleContributor)
	a.newTask(t, task{project: first, completed: on(-11), estimate: 60})
	a.newTask(t, task{project: first, completed: on(10), estimate: 120})
	a.newTask(t, task{project: first, estimate: 120, due: on(1)})
	a.log(t, entry{project: first, on: june(-11), minutes: 60, cost: 3000, costCurrency: "EUR"})
	a.log(t, entry{project: first, on: june(10), minutes: 90, cost: 3001, costCurrency: "EUR"})

	hourly := project(projectOpts{billing: "time_and_materials", budget: 50000, currency: "USD"})
	a.log(t, entry{project: hourly, on: june(10), minutes: 45, rate: 10001, rateCurrency: "USD", cost: 2000, costCurrency: "EUR"})
	a.log(t, entry{project: hourly, on: june(11), minutes: 15, rate: 10001, rateCurrency: "USD", cost: 2000, costCurrency: "EUR", internal: true})

	retainer := project(projectOpts{status: "completed", billing: "retainer", budget: 1000, currency: "EUR"})
	a.newTask(t, task{project: retainer, completed: at(0, 23)})
	a.newTask(t, task{project: retainer, completed: on(1)})
	a.newTask(t, task{project: retainer})

	planned := project(projectOpts{status: "planning", billing: "fixed", budget: 5000, currency: "EUR"})
	a.newTask(t, task{project: planned, completed: on(2), estimate: 5})
	dropped := project(projectOpts{status: "cancelled", billing: "fixed", budget: 9999, currency: "EUR"})
	a.newTask(t, task{project: dropped, completed: on(2), estimate: 5})
	inhouse := project(projectOpts{billing: "internal", budget: 700, currency: "EUR"})
	a.log(t, entry{project: inhouse, on: june(12), minutes: 30, rate: 6000, rateCurrency: "EUR", cost: 1000, costCurrency: "EUR"})
	project(projectOpts{status: "on_hold"})

	a.event(t, a.mona.ID, june(1), "client", client, nil)
	a.event(t, a.mona.ID, june(2), "project", first, &first)
	a.event(t, a.mona.ID, june(3), "project", dropped, &dropped)
	return portfolio{agency: a, client: client, first: first}
}

// The client's projects on 17 June:
//
//	          status     billing   budget        earned until May       earned in June           labour in May  in June
//	shop      active     fixed     1000.00 EUR   60 of 300 min: 200.00  120 of 300 min: 400.00   30.00 EUR      45.02 EUR
//	hourly    active     t & m      500.00 USD                          45 min × 100.01: 75.01                  15.00 + 5.00 EUR
//	retainer  completed  retainer    10.00 EUR   1 of 3 tasks: 3.33     2 of 3: 6.67, so 3.34
//	planned   planning   fixed       50.00 EUR   nothing: it is not yet owed
//	dropped   cancelled  fixed       99.99 EUR   nothing: it is not owed
//	inhouse   active     internal     7.00 EUR   nothing: nobody pays for it                      5.00 EUR
//	held      on hold    t & m            -
//
// 90 minutes at 30.01 EUR are 45.015, rounded up 45.02; 45 at 100.01 USD are
// 75.0075, rounded 75.01. In the shop 120 minutes are open and overdue.
// Contracted: 1000.00 + 10.00 + 7.00 = 1017.00 EUR and 500.00 USD. In planning:
// 50.00 EUR.
//
// In May:  recognised 203.33 EUR, cost 30.00, margin 173.33; one hour: 203.33.
// In June: recognised 403.34 EUR and 75.01 USD, cost 70.02 EUR, so that 333.32
// EUR and 75.01 USD are left. For EUR 90 + 30 minutes were worked, which makes
// 201.67 an hour; for USD 45 + 15, which makes 75.01.
// In all: recognised 606.67 EUR and 75.01 USD, cost 100.02 EUR, margin 506.65
// EUR; for EUR 180 minutes were worked: 202.22 (606.67 / 3 = 202.2233) an hour.
func TestAClientIsWorthWhatIsWorkedOutByHand(t *testing.T) {
	t.Parallel()
	p := setupPortfolio(t)
	got := must[statistics.Client](t)(p.count.Client(t.Context(), p.mona, p.client, statistics.Period{}))

	may := statistics.Results{
		LoggedMinutes: 60, BillableMinutes: 60, Recognised: []statistics.Money{eur(20333)},
		LabourCost: []statistics.Money{eur(3000)}, Margin: []statistics.Money{eur(17333)}, HourlyRate: []statistics.Money{eur(20333)},
	}
	june := statistics.Results{
		LoggedMinutes: 180, BillableMinutes: 165, Recognised: []statistics.Money{eur(40334), usd(7501)},
		LabourCost: []statistics.Money{eur(7002)}, Margin: []statistics.Money{eur(33332), usd(7501)}, HourlyRate: []statistics.Money{eur(20167), usd(7501)},
	}
	equal(t, "the results", statistics.Results{
		LoggedMinutes: 240, BillableMinutes: 225, Recognised: []statistics.Money{eur(60667), usd(7501)},
		LabourCost: []statistics.Money{eur(10002)}, Margin: []statistics.Money{eur(50665), usd(7501)}, HourlyRate: []statistics.Money{eur(20222), usd(7501)},
	}, got.Results)
	equal(t, "by month", []statistics.ClientMonth{
		{StartsOn: time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC), Results: may}, {StartsOn: *on(1), Results: june},
	}, got.Months)
	equal(t, "contracted", []statistics.Money{eur(101700), usd(50000)}, got.Contracted)
	equal(t, "the pipeline", []statistics.Money{eur(5000)}, got.Pipeline)
	equal(t, "the projects", map[db.ProjectStatus]int64{"active": 3, "completed": 1, "planning": 1, "cancelled": 1, "on_hold": 1}, got.ProjectsByStatus)
	equal(t, "the number of projects", int64(7), got.Projects)
	equal(t, "open and overdue tasks", [2]int64{2, 1}, [2]int64{got.OpenTasks, got.OverdueTasks})
	equal(t, "the first and last activity", []*time.Time{on(1), on(3)}, []*time.Time{got.FirstActivityAt, got.LastActivityAt})

	recognised := [][]statistics.Money{}
	for _, project := range got.ByProject {
		recognised = append(recognised, project.Results.Recognised)
	}
	equal(t, "recognised by project", [][]statistics.Money{{eur(60000)}, {usd(7501)}, {eur(667)}, {}, {}, {}, {}}, recognised)

	inJune := must[statistics.Client](t)(p.count.Client(t.Context(), p.mona, p.client, during(1, 30)))
	equal(t, "the results of June", june, inJune.Results)
	equal(t, "the months of June", 1, len(inJune.Months))
	equal(t, "contracted, whatever the period", got.Contracted, inJune.Contracted)
}

// Ana sees the shop alone, and not what people cost.
func TestAClientIsCountedOverWhatTheCallerSees(t *testing.T) {
	t.Parallel()
	p := setupPortfolio(t)
	count := func() statistics.Client {
		return must[statistics.Client](t)(p.count.Client(t.Context(), p.ana, p.client, statistics.Period{}))
	}
	got := count()
	equal(t, "the results", statistics.Results{LoggedMinutes: 150, BillableMinutes: 150, Recognised: []statistics.Money{eur(60000)}}, got.Results)
	equal(t, "contracted", []statistics.Money{eur(100000)}, got.Contracted)
	equal(t, "the pipeline", []statistics.Money{}, got.Pipeline)
	equal(t, "the projects", map[db.ProjectStatus]int64{"active": 1}, got.ProjectsByStatus)
	equal(t, "the last activity", on(2), got.LastActivityAt)

	foreign := p.foreignProject(t)
	p.exec(t, "UPDATE projects SET client_id = $2 WHERE id = $1", foreign, p.client)
	equal(t, "with and without another project", got, count())

	p.deleteProject(t, p.first)
	_, err := p.count.Client(t.Context(), p.ana, p.client, statistics.Period{})
	expect.Code(t, err, apperr.NotFound)
	_, err = p.count.Client(t.Context(), p.otto, p.client, statistics.Period{})
	expect.Code(t, err, apperr.NotFound)
	all := must[statistics.Client](t)(p.count.Client(t.Context(), p.mona, p.client, statistics.Period{}))
	equal(t, "contracted once the shop is deleted", []statistics.Money{eur(101700 - 100000 + 777700), usd(50000)}, all.Contracted)
}

func TestAClientWithoutAnythingDividesByNothing(t *testing.T) {
	t.Parallel()
	a := setup(t)
	client := factory.Client(t, a.db, nil).ID
	nothing := []statistics.Money{}
	got := must[statistics.Client](t)(a.count.Client(t.Context(), a.mona, client, statistics.Period{}))
	equal(t, "the statistics", statistics.Client{
		ClientID: client, GeneratedAt: now, ProjectsByStatus: map[db.ProjectStatus]int64{},
		Contracted: nothing, Pipeline: nothing,
		Results: statistics.Results{Recognised: nothing, LabourCost: nothing, Margin: nothing, HourlyRate: nothing},
		Months:  []statistics.ClientMonth{}, ByProject: []statistics.ClientProject{},
	}, got)
}

// Amounts are rounded half up entry by entry: the ones in the table, and two
// halves make two and not one.
func TestAmountsAreRoundedEntryByEntry(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, test := range []struct {
		minutes int32
		rate    int64
		want    int64
	}{
		{60, 9950, 9950},
		{1, 29, 0},
		{1, 30, 1},
		{1, 89, 1},
		{1, 90, 2},
		{30, 1, 1},
		{29, 1, 0},
		{1440, 0, 0},
		{1440, 9007199254740991, 216172782113783784},
	} {
		var got int64
		expect.OK(t, a.db.QueryRow(t.Context(), "SELECT amount_of($1, $2)::bigint", test.minutes, test.rate).Scan(&got))
		if got != test.want {
			t.Errorf("%d minutes at %d come to %d, want %d", test.minutes, test.rate, got, test.want)
		}
	}
	for range 2 {
		a.log(t, entry{on: june(2), minutes: 30, rate: 1, rateCurrency: "EUR"})
	}
	got := must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, a.project, statistics.Period{}))
	equal(t, "spent", []statistics.Money{eur(2)}, got.Budget.Spent)
}
