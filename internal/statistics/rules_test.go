package statistics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// day is a day of June 2026, which begins on a Monday.
func day(d int) time.Time { return time.Date(2026, time.June, d, 0, 0, 0, 0, time.UTC) }

func TestWeekOfIsTheMonday(t *testing.T) {
	t.Parallel()
	for d, monday := range map[int]int{1: 1, 3: 1, 7: 1, 8: 8, 14: 8, 15: 15, 0: -6} {
		if got := weekOf(day(d)); !got.Equal(day(monday)) {
			t.Errorf("the week of %s begins on %s", day(d), got)
		}
	}
}

func TestPerWeek(t *testing.T) {
	t.Parallel()
	days := []Day{{day(2), 1, 10}, {day(7), 2, 20}, {day(17), 4, 40}}
	first, empty, third := Week{day(1), 3, 30}, Week{StartsOn: day(8)}, Week{day(15), 4, 40}
	for name, test := range map[string]struct {
		period Period
		today  time.Time
		want   []Week
	}{
		"WeeksBetweenAreIncluded":       {Period{}, day(17), []Week{first, empty, third}},
		"UntilToday":                    {Period{}, day(22), []Week{first, empty, third, {StartsOn: day(22)}}},
		"UntilTheEndOfThePeriod":        {Period{To: new(day(14))}, day(22), []Week{first, empty}},
		"OnlyDaysOfThePeriod":           {Period{From: new(day(3)), To: new(day(7))}, day(22), []Week{{day(1), 2, 20}}},
		"FromTheFirstWithSomething":     {Period{From: new(day(8))}, day(17), []Week{third}},
		"APeriodWithoutAnythingIsEmpty": {Period{From: new(day(8)), To: new(day(14))}, day(17), []Week{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, perWeek(days, test.period, test.today)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("TheLatestAtMost", func(t *testing.T) {
		t.Parallel()
		weeks := perWeek([]Day{{On: day(1).AddDate(-20, 0, 0), Tasks: 1}}, Period{}, day(1))
		if len(weeks) != maxWeeks || !weeks[maxWeeks-1].StartsOn.Equal(day(1)) {
			t.Errorf("%d weeks until %s", len(weeks), weeks[len(weeks)-1].StartsOn)
		}
	})
}

// In each case the past weeks are equally likely to come again. Of two weeks
// with 2 and 4 tasks, two coming weeks finish 4, 6, 6 or 8: six tasks with a
// probability of 3/4; three finish at least six for certain.
func TestWeeksToFinish(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		past     []int64
		open     int64
		p50, p80 int
	}{
		"EveryWeekTheSame":          {[]int64{5}, 10, 2, 2},
		"ARestTakesAWholeWeek":      {[]int64{5}, 11, 3, 3},
		"TwoKindsOfWeeks":           {[]int64{2, 4}, 6, 2, 3},
		"ExactlyHalf":               {[]int64{1, 3}, 3, 1, 3},    // 1/2; then 3/4; then 3 at least.
		"ThirdsAddUp":               {[]int64{0, 0, 1}, 1, 2, 4}, // 1/3, 5/9, 19/27 = 0.70, 65/81 = 0.80.
		"NothingIsOpen":             {[]int64{5}, 0, 0, 0},
		"NothingWasEverFinished":    {[]int64{0, 0}, 3, 0, 0},
		"NoHistory":                 {nil, 3, 0, 0},
		"BeyondTheHorizon":          {[]int64{1}, 521, 0, 0},
		"OnTheHorizon":              {[]int64{1}, 520, 520, 520},
		"MoreThanAWeeksWorthAtOnce": {[]int64{9}, 2, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if p50, p80 := weeksToFinish(test.past, test.open); p50 != test.p50 || p80 != test.p80 {
				t.Errorf("weeksToFinish = %d and %d, want %d and %d", p50, p80, test.p50, test.p80)
			}
		})
	}
}

// Today is Wednesday, 17 June. The week of 1 June had 2, that of 8 June 4; that
// of today does not count, it is not over.
func TestFinishDate(t *testing.T) {
	t.Parallel()
	days := []Day{{On: day(3), Tasks: 2}, {On: day(8), Tasks: 1}, {On: day(14), Tasks: 3}, {On: day(16), Tasks: 100}}
	if diff := cmp.Diff([]int64{2, 4}, history(days, day(17))); diff != "" {
		t.Error(diff)
	}
	p50, p80 := finishDates(days, 6, day(17))
	if p50 == nil || !p50.Equal(day(17+14)) || p80 == nil || !p80.Equal(day(17+21)) {
		t.Errorf("with one half on %v, with four fifths on %v", p50, p80)
	}
	if p50, p80 := finishDates(days[3:], 6, day(17)); p50 != nil || p80 != nil {
		t.Errorf("without a full week on %v and %v", p50, p80)
	}
	if got := history([]Day{{On: day(1).AddDate(-1, 0, 0), Tasks: 9}}, day(17)); len(got) != historyWeeks || got[0] != 0 {
		t.Errorf("the history of a year without anything is %v", got)
	}
}

func TestCriticalPath(t *testing.T) {
	t.Parallel()
	id := func(n byte) uuid.UUID { return uuid.UUID{15: n} }
	type tasks = []OpenTask
	type waits = []Wait
	for name, test := range map[string]struct {
		tasks   tasks
		waits   waits
		minutes int64
		want    []uuid.UUID
	}{
		"NoTasks":              {nil, nil, 0, []uuid.UUID{}},
		"NothingKnownToRemain": {tasks{{ID: id(1)}, {ID: id(2)}}, waits{{TaskID: id(2), PrerequisiteID: id(1)}}, 0, []uuid.UUID{}},
		"OneTask":              {tasks{{ID: id(1), RemainingMinutes: 5}}, nil, 5, []uuid.UUID{id(1)}},
		"TheLongestOfTwoWays": {
			// 3 waits for 1 and 2, 4 for 3: 2, 3, 4 take 20+5+1.
			tasks{{ID: id(1), RemainingMinutes: 10}, {ID: id(2), RemainingMinutes: 20}, {ID: id(3), RemainingMinutes: 5}, {ID: id(4), RemainingMinutes: 1}},
			waits{{TaskID: id(3), PrerequisiteID: id(1)}, {TaskID: id(3), PrerequisiteID: id(2)}, {TaskID: id(4), PrerequisiteID: id(3)}},
			26,
			[]uuid.UUID{id(2), id(3), id(4)},
		},
		"AParentWaitsForItsSubtasks": {
			tasks{{ID: id(1), RemainingMinutes: 10}, {ID: id(2), ParentID: id(1), RemainingMinutes: 20}, {ID: id(3), ParentID: id(1), RemainingMinutes: 30}},
			nil, 40,
			[]uuid.UUID{id(3), id(1)},
		},
		"ThroughPrerequisitesAndParents": {
			tasks{{ID: id(1), RemainingMinutes: 10}, {ID: id(2), ParentID: id(1), RemainingMinutes: 20}, {ID: id(3), RemainingMinutes: 7}},
			waits{{TaskID: id(3), PrerequisiteID: id(1)}},
			37,
			[]uuid.UUID{id(2), id(1), id(3)},
		},
		"AnUnknownOneInBetweenIsNamed": {
			tasks{{ID: id(1), RemainingMinutes: 10}, {ID: id(2)}, {ID: id(3), RemainingMinutes: 1}},
			waits{{TaskID: id(2), PrerequisiteID: id(1)}, {TaskID: id(3), PrerequisiteID: id(2)}},
			11,
			[]uuid.UUID{id(1), id(2), id(3)},
		},
		"AParentThatIsNotOpenIsNone": {tasks{{ID: id(2), ParentID: id(1), RemainingMinutes: 20}}, nil, 20, []uuid.UUID{id(2)}},
		"OfEqualWaysTheLowerIDs": {
			tasks{{ID: id(1), RemainingMinutes: 5}, {ID: id(2), RemainingMinutes: 5}, {ID: id(3), RemainingMinutes: 5}},
			waits{{TaskID: id(3), PrerequisiteID: id(1)}, {TaskID: id(3), PrerequisiteID: id(2)}},
			10,
			[]uuid.UUID{id(1), id(3)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(CriticalPath{Minutes: test.minutes, TaskIDs: test.want}, criticalPath(test.tasks, test.waits)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestShareIsRoundedHalfUp(t *testing.T) {
	t.Parallel()
	for _, test := range [][4]int64{
		{1000, 1, 3, 333},
		{1000, 2, 3, 667},
		{1, 1, 2, 1},
		{3, 1, 2, 2},
		{100, 0, 7, 0},
		{100, 7, 7, 100},
		{100, 1, 0, 0},
		{maxMinor, 999_999_999, 1_000_000_000, 9007199245733792},
		{maxMinor, 60, 1, maxMinor},
		{maxMinor, maxMinor, 1, maxMinor},
	} {
		if got := share(test[0], test[1], test[2]); got != test[3] {
			t.Errorf("%d × %d ÷ %d = %d, want %d", test[0], test[1], test[2], got, test[3])
		}
	}
}

// spendingIn is a day's spending with its currency.
type spendingIn struct {
	day      Spending
	currency string
}

func spent(on time.Time, currency string, minor int64) spendingIn {
	return spendingIn{Spending{On: on, Minor: minor}, currency}
}

// inCurrencies adds up what was spent in each currency, and picks the days in euros.
func inCurrencies(spending []spendingIn) (sums []Money, days []Spending) {
	in := amounts{}
	for _, s := range spending {
		if in.add(s.day.Minor, &s.currency); s.currency == "EUR" {
			days = append(days, s.day)
		}
	}
	return in.list(), days
}

func TestToBudget(t *testing.T) {
	t.Parallel()
	type spending = []spendingIn
	type result struct {
		remaining, burn *int64
		used            *float64
		runsOutOn       *time.Time
		overrun         bool
	}
	project := func(budget *int64) db.Project { return db.Project{Currency: new("EUR"), BudgetMinor: budget} }
	for name, test := range map[string]struct {
		project  db.Project
		spending spending
		want     result
	}{
		"NothingSpent": {project(new(int64(100))), nil, result{remaining: new(int64(100)), used: new(0.)}},
		"NoBudget":     {project(nil), spending{spent(day(17), "EUR", 70)}, result{burn: new(int64(70))}},
		"NoCurrency":   {db.Project{}, spending{spent(day(17), "EUR", 70)}, result{}},
		// 0 of 0 is no share; nothing is left from today on, and 1 is too much.
		"ABudgetOfNothing":        {project(new(int64(0))), nil, result{remaining: new(int64(0))}},
		"ABudgetOfNothingOverrun": {project(new(int64(0))), spending{spent(day(16), "EUR", 7)}, result{remaining: new(int64(-7)), burn: new(int64(7)), runsOutOn: new(day(16)), overrun: true}},
		// 7 in the one week since yesterday is 1 a day: 93 days.
		"InTheFirstWeek": {project(new(int64(100))), spending{spent(day(16), "EUR", 7)}, result{remaining: new(int64(93)), burn: new(int64(7)), used: new(7.), runsOutOn: new(day(17 + 93))}},
		// Of the last four weeks, from 21 May: 28, 7 a week; what was before counts as spent.
		"OnlyTheLastFourWeeksBurn": {project(new(int64(1000))), spending{spent(day(-30), "EUR", 900), spent(day(-10), "EUR", 28)}, result{remaining: new(int64(72)), burn: new(int64(7)), used: new(92.8), runsOutOn: new(day(17 + 72))}},
		"NoBurnInThem":             {project(new(int64(1000))), spending{spent(day(-11), "EUR", 900)}, result{remaining: new(int64(100)), used: new(90.)}},
		"JustUsedUpIsNoOverrun":    {project(new(int64(7))), spending{spent(day(17), "EUR", 7)}, result{remaining: new(int64(0)), burn: new(int64(7)), used: new(100.), runsOutOn: new(day(17))}},
		"OverrunOnTheDayItWas":     {project(new(int64(10))), spending{spent(day(1), "EUR", 10), spent(day(2), "EUR", 1), spent(day(3), "EUR", 9)}, result{remaining: new(int64(-10)), burn: new(int64(7)), used: new(200.), runsOutOn: new(day(2)), overrun: true}},
		"OtherCurrenciesAreApart":  {project(new(int64(10))), spending{spent(day(16), "USD", 99)}, result{remaining: new(int64(10)), used: new(0.)}},
		"NotWithinTenYears":        {project(new(int64(1_000_000))), spending{spent(day(17), "EUR", 7)}, result{remaining: new(int64(999_993)), burn: new(int64(7)), used: new(.0007)}},
		"TimeOfTomorrowIsNoBurn":   {project(new(int64(10))), spending{spent(day(18), "EUR", 7)}, result{remaining: new(int64(3)), used: new(70.)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sums, days := inCurrencies(test.spending)
			b := toBudget(&test.project, sums, days, day(17))
			minor := func(m *Money) *int64 {
				if m == nil {
					return nil
				}
				return &m.Minor
			}
			got := result{remaining: minor(b.Remaining), burn: minor(b.Burn), used: b.Used, runsOutOn: b.RunsOutOn, overrun: b.Overrun}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
