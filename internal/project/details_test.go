package project

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

func TestAmountsAreInOneCurrency(t *testing.T) {
	t.Parallel()
	euros, none := db.Project{BudgetMinor: new(int64(100)), Currency: new("EUR")}, db.Project{}
	both := db.Project{BudgetMinor: new(int64(100)), HourlyRateMinor: new(int64(1)), Currency: new("EUR")}
	of := func(minor int64, currency string) moneyChange {
		return (&Money{Minor: minor, Currency: currency}).change()
	}
	kept, cleared := moneyChange{}, (*Money)(nil).change()
	for name, test := range map[string]struct {
		before       db.Project
		budget, rate moneyChange
		want         []string
	}{
		"None":                       {none, cleared, cleared, nil},
		"OneAlone":                   {none, of(1, "USD"), cleared, nil},
		"BothAlike":                  {none, of(1, "USD"), of(0, "USD"), nil},
		"BothDiffer":                 {none, of(1, "USD"), of(1, "EUR"), []string{"/hourly_rate/currency currency_mismatch"}},
		"RateDiffersFromTheBudget":   {euros, kept, of(1, "USD"), []string{"/hourly_rate/currency currency_mismatch"}},
		"BudgetDiffersFromTheRate":   {both, of(1, "USD"), kept, []string{"/budget/currency currency_mismatch"}},
		"OnlyAmountTakesAnother":     {euros, of(1, "USD"), kept, nil},
		"BothTakeAnother":            {both, of(1, "USD"), of(1, "USD"), nil},
		"OneTakesAnotherOneIsGone":   {both, of(1, "USD"), cleared, nil},
		"BelowZero":                  {none, of(-1, "USD"), of(-1, "USD"), []string{"/budget/amount_minor minimum", "/hourly_rate/amount_minor minimum"}},
		"BelowZeroAndAnotherAtOnce":  {both, of(-1, "USD"), kept, []string{"/budget/amount_minor minimum", "/budget/currency currency_mismatch"}},
		"NothingChangesAndNoneIsBad": {both, kept, kept, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, field := range checkMoney(test.before, test.budget, test.rate) {
				got = append(got, field.Pointer+" "+field.Code)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTagsAreTrimmedAndDifferent(t *testing.T) {
	t.Parallel()
	got := trimTags([]string{" web", "Web", "web ", "b c"})
	if diff := cmp.Diff([]string{"web", "Web", "b c"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := trimTags(nil); got == nil || len(got) != 0 {
		t.Errorf("no tags are %#v", got)
	}
}

func TestShift(t *testing.T) {
	t.Parallel()
	on := func(year int, month time.Month, d int) *time.Time {
		return new(time.Date(year, month, d, 0, 0, 0, 0, time.UTC))
	}
	due := func(days ...*time.Time) []db.ProjectCloneTasksRow {
		var rows []db.ProjectCloneTasksRow
		for _, d := range days {
			rows = append(rows, db.ProjectCloneTasksRow{DueDate: d})
		}
		return rows
	}
	cancelled := []db.ProjectCloneTasksRow{{DueDate: on(2026, 1, 1), Status: db.TaskStatusCancelled}}
	for name, test := range map[string]struct {
		source   db.Project
		tasks    []db.ProjectCloneTasksRow
		startsOn *time.Time
		want     int
		refused  bool
	}{
		"FromTheFirstDay":               {db.Project{StartsOn: on(2026, 1, 1), EndsOn: on(2026, 2, 1)}, due(on(2025, 12, 1)), on(2026, 1, 8), 7, false},
		"Backwards":                     {db.Project{StartsOn: on(2026, 1, 8), EndsOn: on(2026, 2, 1)}, nil, on(2026, 1, 1), -7, false},
		"AcrossALeapDay":                {db.Project{StartsOn: on(2028, 2, 28), EndsOn: on(2028, 3, 1)}, nil, on(2029, 2, 28), 366, false},
		"WithoutAFirstDayEarliestDue":   {db.Project{EndsOn: on(2026, 2, 1)}, due(on(2026, 1, 5), nil, on(2026, 1, 3)), on(2026, 1, 10), 7, false},
		"WithoutAFirstDayTheEnd":        {db.Project{EndsOn: on(2026, 2, 1)}, due(nil), on(2026, 2, 3), 2, false},
		"CancelledTasksDoNotCount":      {db.Project{}, append(cancelled, due(on(2026, 1, 3))...), on(2026, 1, 4), 1, false},
		"NoDates":                       {db.Project{}, due(nil), on(2026, 1, 10), 0, false},
		"NothingToMove":                 {db.Project{StartsOn: on(1, 1, 1)}, nil, on(9999, 12, 31), 0, false},
		"OverCenturies":                 {db.Project{StartsOn: on(1500, 1, 1), EndsOn: on(1500, 1, 2)}, nil, on(2500, 1, 1), 365243, false},
		"PastTheLastYearIsRefused":      {db.Project{StartsOn: on(2026, 1, 1)}, due(on(2026, 1, 2)), on(9999, 12, 31), 2912442, true},
		"BeforeTheFirstYearIsRefused":   {db.Project{StartsOn: on(2026, 1, 2)}, due(on(2026, 1, 1)), on(1, 1, 1), -739617, true},
		"LastDayOfTheCalendarIsAllowed": {db.Project{StartsOn: on(2026, 1, 1), EndsOn: on(2026, 1, 1)}, nil, on(9999, 12, 31), 2912442, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, wrong := shift(test.source, test.tasks, *test.startsOn)
			if got != test.want || (len(wrong) > 0) != test.refused {
				t.Errorf("got %d days and %v, want %d", got, wrong, test.want)
			}
		})
	}
}

func TestSubtasksOfWhatIsLeftOutMoveUp(t *testing.T) {
	t.Parallel()
	id := func(n byte) uuid.UUID { return uuid.UUID{15: n} }
	below := func(n, parent byte, status db.TaskStatus) db.ProjectCloneTasksRow {
		row := db.ProjectCloneTasksRow{ID: id(n), Status: status}
		if parent != 0 {
			row.ParentID = new(id(parent))
		}
		return row
	}
	// 1 ← 2 (cancelled) ← 3 (cancelled) ← 4; 5 (cancelled) ← 6; 7 below one that is deleted.
	c := planCopies([]db.ProjectCloneTasksRow{
		below(1, 0, "done"), below(2, 1, "cancelled"), below(3, 2, "cancelled"), below(4, 3, "todo"),
		below(5, 0, "cancelled"), below(6, 5, "todo"), below(7, 99, "todo"),
	})
	if diff := cmp.Diff([]uuid.UUID{id(1), id(4), id(6), id(7)}, c.sourceIDs); diff != "" {
		t.Fatalf("what is copied (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uuid.UUID{uuid.Nil, c.ids[0], uuid.Nil, uuid.Nil}, c.parentIDs); diff != "" {
		t.Errorf("their parents (-want +got):\n%s", diff)
	}
}
