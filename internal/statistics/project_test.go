package statistics_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// How the project stands on 17 June. W is what the task waits for; a task is
// ready when it is to do and waits for nothing that is not done. What remains
// is what was said, or else the estimate less what was logged.
//
//	   status       priority  due  minutes  said  logged  W        ready  held up  late  remains
//	A  done         high       1      60
//	B  done         medium    10      30
//	C  in_progress  urgent    16     120            50    A                      late     70
//	D  todo         medium    17      90     30           A, B     x                          30
//	E  todo         low        3       -                  C               x      late      0
//	F  todo         medium     -      45                  I               x                   45
//	G  blocked      high      20      15            40                    x                    0
//	H  backlog      low        -       -     25           deleted         x                   25
//	I  cancelled    urgent     2     500
//	J  in_review    medium    30       -                                                       0
//
// Ten in all: backlog 1, todo 3, in progress 1, in review 1, blocked 1, done 2,
// cancelled 1; low 2, medium 4, high 2, urgent 2.
// Done are 2 of the 9 that are not cancelled: 22.2 %. Of their estimates
// (60+30+120+90+45+15 = 360 minutes) 90 are done: 25 %.
// 70+30+45+25 = 170 minutes remain, 70 of them in the longest chain: C, after
// which E can be done in no known time. The other chains are D, F and H.
// Logged are 50+40, and 10 on the task that is deleted: 100.
// Open and assigned are C and D to ana; otto, who left the team, has G.
func TestAProjectStandsAsWorkedOutByHand(t *testing.T) {
	t.Parallel()
	a := setup(t)
	taskA := a.newTask(t, task{status: "done", priority: "high", due: on(1), estimate: 60})
	taskB := a.newTask(t, task{status: "done", due: on(10), estimate: 30})
	taskC := a.newTask(t, task{status: "in_progress", priority: "urgent", due: on(16), estimate: 120, logged: 50, assignee: a.ana.ID, after: []uuid.UUID{taskA}})
	a.newTask(t, task{due: on(17), estimate: 90, remaining: new(int32(30)), assignee: a.ana.ID, after: []uuid.UUID{taskA, taskB}})
	a.newTask(t, task{priority: "low", due: on(3), after: []uuid.UUID{taskC}})
	taskI := a.newTask(t, task{status: "cancelled", priority: "urgent", due: on(2), estimate: 500})
	a.newTask(t, task{estimate: 45, after: []uuid.UUID{taskI}})
	a.newTask(t, task{status: "blocked", priority: "high", due: on(20), estimate: 15, logged: 40, assignee: a.otto.ID})
	deleted := a.newTask(t, task{status: "done", priority: "urgent", due: on(1), estimate: 1000, logged: 10})
	a.newTask(t, task{status: "backlog", priority: "low", remaining: new(int32(25)), after: []uuid.UUID{deleted}})
	a.newTask(t, task{status: "in_review", due: on(30)})
	a.deleteTask(t, deleted)

	for who, actor := range map[string]access.Actor{"a member": a.ana, "a manager": a.mona} {
		got := must[statistics.Project](t)(a.count.Project(t.Context(), actor, a.project, statistics.Period{}))
		equal(t, "the tasks for "+who, statistics.TaskCounts{
			Total: 10, Backlog: 1, Todo: 3, InProgress: 1, InReview: 1, Blocked: 1, Done: 2, Cancelled: 1,
			Low: 2, Medium: 4, High: 2, Urgent: 2,
			Ready: 1, HeldUp: 4, Overdue: 2, EstimatedMinutes: 360, DoneMinutes: 90,
		}, got.Tasks)
		equal(t, "completed", 100*2/9., *got.Completed)
		equal(t, "completed by weight", 25., *got.Weighted)
		equal(t, "remaining", int64(170), got.RemainingMinutes)
		equal(t, "the critical path", statistics.CriticalPath{Minutes: 70, TaskIDs: []uuid.UUID{taskC}}, got.Schedule.CriticalPath)
		equal(t, "logged", statistics.Time{Minutes: 100, BillableMinutes: 100}, got.Logged)
		equal(t, "the members", []statistics.Member{
			{UserID: a.ana.ID, OpenTasks: 2, LoggedMinutes: 100}, {UserID: a.otto.ID, OpenTasks: 1},
		}, got.Members)
	}
}

// What happened in the project.
//
//	   created  started  completed    cycle   lead      estimate  logged  ratio
//	K   1 June   2 June    3 June     1 day   2 days       60       90     1.5
//	L   1 June   8 June   10 June     2 days  9 days      100      100     1
//	M   9 June     -      10 June       -     1 day         -       30      -
//	P  11 June  14 June   16 June     2 days  5 days      200      100     0.5
//	O   1 May    1 May    31 May     30 days  30 days      10      100    10
//
// From 1 to 16 June, which leaves O out:
// cycle times 1440, 2880, 2880: the median is 2880 and so is all above it.
// Lead times 1440, 2880, 7200, 12960: the median is (2880+7200)/2 = 5040, and
// the 90th percentile, at 0.9×3 = 2.7, 7200 + 0.7×5760 = 11232.
// Ratios 0.5, 1, 1.5: median and mean are 1.
// Logged are 90+100+30+100 = 320.
// Week of 1 June: K; of 8 June: L and M; of 15 June: P.
// Without a period O's week, that of 25 May, comes before, and
// ratios are 0.5, 1, 1.5, 10: the median is 1.25, the mean 13/4 = 3.25.
func TestWhatHappenedInAProjectIsAsWorkedOutByHand(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.newTask(t, task{created: on(1), started: on(2), completed: on(3), estimate: 60, logged: 90})
	a.newTask(t, task{created: on(1), started: on(8), completed: on(10), estimate: 100, logged: 100})
	a.newTask(t, task{created: on(9), completed: on(10), logged: 30})
	a.newTask(t, task{created: on(11), started: on(14), completed: on(16), estimate: 200, logged: 100})
	a.newTask(t, task{created: on(-30), started: on(-30), completed: on(0), estimate: 10, logged: 100})
	// Neither counts: it is not done, and it is deleted.
	a.newTask(t, task{status: "in_progress", started: on(1), estimate: 10})
	a.deleteTask(t, a.newTask(t, task{created: on(1), started: on(1), completed: on(9), estimate: 10}))

	got := must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, a.project, during(1, 16)))
	equal(t, "the period", during(1, 16), got.Period)
	equal(t, "generated at", now, got.GeneratedAt)
	equal(t, "cycle times", statistics.Durations{Tasks: 3, P50: new(int64(2880)), P90: new(int64(2880))}, got.Cycle)
	equal(t, "lead times", statistics.Durations{Tasks: 4, P50: new(int64(5040)), P90: new(int64(11232))}, got.Lead)
	equal(t, "the accuracy", statistics.Accuracy{Tasks: 3, Median: new(1.), Mean: new(1.)}, got.Accuracy)
	equal(t, "logged", int64(320), got.Logged.Minutes)
	inJune := []statistics.Week{
		{StartsOn: june(1), Completed: 1, EstimatedMinutes: 60},
		{StartsOn: june(8), Completed: 2, EstimatedMinutes: 100},
		{StartsOn: june(15), Completed: 1, EstimatedMinutes: 200},
	}
	equal(t, "the throughput", inJune, got.Throughput)

	all := must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, a.project, statistics.Period{}))
	equal(t, "the throughput without a period", append([]statistics.Week{{StartsOn: june(-6), Completed: 1, EstimatedMinutes: 10}}, inJune...), all.Throughput)
	equal(t, "the accuracy without a period", statistics.Accuracy{Tasks: 4, Median: new(1.25), Mean: new(3.25)}, all.Accuracy)

	// How things stand is the same whatever the period.
	equal(t, "the tasks", all.Tasks, got.Tasks)
	equal(t, "the schedule", all.Schedule, got.Schedule)
}

// What an import has brought in was created here after it was completed there.
//
//	   created  started  completed    cycle    lead
//	A  16 June   2 June    5 June     3 days   3 days
//	B  16 June     -       5 June       -        -
//	C  16 June   9 June    5 June       -        -
func TestATaskOfAnotherSystemDoesNotTakeLessThanNoTime(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.newTask(t, task{created: on(16), started: on(2), completed: on(5), estimate: 10})
	a.newTask(t, task{created: on(16), completed: on(5), estimate: 10})
	a.newTask(t, task{created: on(16), started: on(9), completed: on(5), estimate: 10})

	got := must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, a.project, during(1, 16)))
	threeDays := statistics.Durations{Tasks: 1, P50: new(int64(3 * 1440)), P90: new(int64(3 * 1440))}
	equal(t, "cycle times", threeDays, got.Cycle)
	equal(t, "lead times", threeDays, got.Lead)
}

// The budget is 1,000.00 EUR. The billable time:
//
//	 2 June   90 minutes at 60.00 EUR an hour:                       90.00
//	10 June  100 minutes at 60.01 EUR: 100 × 6001 / 60 = 10001.67 → 100.02
//	11 June   30 minutes at  1.01 USD: 50.5 →                         0.51
//
// which makes 190.02 EUR and 0.51 USD. What is not billable, and what has no
// rate, does not count. 809.98 EUR are left; 19.002 % are used.
// Since the first spending 15 days have gone by, which makes three weeks:
// 190.02 / 3 = 63.34 EUR are burnt a week. At 190.02 in 21 days 809.98 last
// 80998 × 21 / 19002 = 89.5 days: 90 days after 17 June is 15 September.
func TestABudgetIsUsedAsWorkedOutByHand(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p := a.newProject(t, projectOpts{budget: 100000, currency: "EUR"}, a.ana)
	a.log(t, entry{project: p, on: june(2), minutes: 90, rate: 6000, rateCurrency: "EUR"})
	a.log(t, entry{project: p, on: june(10), minutes: 100, rate: 6001, rateCurrency: "EUR"})
	a.log(t, entry{project: p, on: june(11), minutes: 30, rate: 101, rateCurrency: "USD"})
	a.log(t, entry{project: p, on: june(11), minutes: 500, rate: 9000, rateCurrency: "EUR", internal: true})
	a.log(t, entry{project: p, on: june(11), minutes: 500})

	for _, period := range []statistics.Period{{}, during(20, 30)} {
		got := must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, p, period))
		equal(t, "the budget", statistics.Budget{
			BillingKind: "time_and_materials",
			Planned:     &statistics.Money{Minor: 100000, Currency: "EUR"},
			Spent:       []statistics.Money{{Minor: 19002, Currency: "EUR"}, {Minor: 51, Currency: "USD"}},
			Remaining:   &statistics.Money{Minor: 80998, Currency: "EUR"},
			Used:        new(19.002),
			Burn:        &statistics.Money{Minor: 6334, Currency: "EUR"},
			RunsOutOn:   new(time.Date(2026, time.September, 15, 0, 0, 0, 0, time.UTC)),
		}, got.Budget)
	}
}

func TestAnEmptyProjectDividesByNothing(t *testing.T) {
	t.Parallel()
	a := setup(t)
	got := must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, a.project, statistics.Period{}))
	equal(t, "the statistics", statistics.Project{
		ProjectID: a.project, GeneratedAt: now, Throughput: []statistics.Week{},
		Budget:   statistics.Budget{BillingKind: "time_and_materials", Spent: []statistics.Money{}},
		Schedule: statistics.Schedule{CriticalPath: statistics.CriticalPath{TaskIDs: []uuid.UUID{}}},
		Members:  []statistics.Member{{UserID: a.ana.ID}},
	}, got)
}

func TestACancelledTaskIsNoPartOfTheWhole(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.newTask(t, task{status: "cancelled", estimate: 60})
	got := must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, a.project, statistics.Period{}))
	if got.Completed != nil || got.Weighted != nil {
		t.Errorf("completed are %v and %v percent of nothing", got.Completed, got.Weighted)
	}
}

func TestAProjectThatCannotBeSeenIsNotFound(t *testing.T) {
	t.Parallel()
	a := setup(t)
	_, err := a.count.Project(t.Context(), a.otto, a.project, statistics.Period{})
	expect.Code(t, err, apperr.NotFound)
	_, err = a.count.Project(t.Context(), a.ana, uuid.New(), statistics.Period{})
	expect.Code(t, err, apperr.NotFound)
	a.deleteProject(t, a.project)
	_, err = a.count.Project(t.Context(), a.mona, a.project, statistics.Period{})
	expect.Code(t, err, apperr.NotFound)
}

func TestAnotherProjectChangesNothing(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.newTask(t, task{completed: on(3), estimate: 60, logged: 90})
	count := func() statistics.Project {
		return must[statistics.Project](t)(a.count.Project(t.Context(), a.ana, a.project, statistics.Period{}))
	}
	before := count()
	a.foreignProject(t)
	equal(t, "with and without another project", before, count())
}

// foreignProject has everything that a statistic counts, some of it ana's.
func (a agency) foreignProject(t *testing.T) uuid.UUID {
	t.Helper()
	p := a.newProject(t, projectOpts{billing: "fixed", budget: 777700, currency: "EUR"})
	done := a.newTask(t, task{project: p, assignee: a.ana.ID, created: on(1), started: on(2), completed: on(4), due: on(1), estimate: 7, logged: 7})
	a.newTask(t, task{project: p, assignee: a.ana.ID, status: "in_progress", due: on(2), estimate: 70, logged: 7, after: []uuid.UUID{done}})
	a.newTask(t, task{project: p, due: on(18)})
	a.log(t, entry{project: p, on: june(16), minutes: 70, rate: 7000, rateCurrency: "EUR", cost: 700, costCurrency: "EUR"})
	a.event(t, a.ana.ID, now, "project", p, &p)
	return p
}

func TestAPeriodThatEndsBeforeItBeginsIsRefused(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ctx, wrong := t.Context(), during(2, 1)
	_, err := a.count.Project(ctx, a.ana, a.project, wrong)
	expect.Fields(t, err, "query:to before_from")
	_, err = a.count.User(ctx, a.ana, a.ana.ID, wrong)
	expect.Fields(t, err, "query:to before_from")
	_, err = a.count.Client(ctx, a.ana, uuid.New(), wrong)
	expect.Fields(t, err, "query:to before_from")
	_, err = a.count.Overview(ctx, a.ana, wrong)
	expect.Fields(t, err, "query:to before_from")
}
