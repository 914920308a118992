package timeentry

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

func at(text string) time.Time {
	moment, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return moment
}

func TestBillingAmountIsRoundedHalfUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		minutes int32
		rate    int64
		want    int64
	}{
		"AnHourIsTheRate":       {60, 9500, 9500},
		"HalfAnHour":            {30, 9500, 4750},
		"FreeIsFree":            {1440, 0, 0},
		"JustBelowHalfGoesDown": {1, 29, 0},       // 29/60 = 0.483
		"HalfGoesUp":            {1, 30, 1},       // 30/60 = 0.5
		"AboveHalfGoesUp":       {1, 31, 1},       // 31/60 = 0.517
		"SevenMinutes":          {7, 9500, 1108},  // 66500/60 = 1108.33
		"FiftyMinutes":          {50, 9999, 8333}, // 499950/60 = 8332.5
		"ADayAtTheHighestRate":  {1440, 9007199254740991, 9007199254740991}, // The most that the contract has.
		"TheMostThereIs":        {1440, 375299968947541, 9007199254740984},  // 24 times the rate.
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := BillingAmount(test.minutes, test.rate); got != test.want {
				t.Errorf("%d minutes at %d come to %d, want %d", test.minutes, test.rate, got, test.want)
			}
		})
	}
}

func TestDaysLoseNoTimeAndAddNone(t *testing.T) {
	t.Parallel()
	june := func(day int, minutes int32) Day {
		return Day{SpentOn: time.Date(2026, time.June, day, 0, 0, 0, 0, time.UTC), Minutes: minutes}
	}
	for name, test := range map[string]struct {
		from, to string
		want     []Day
	}{
		"WithinADay":                      {"2026-06-15T10:00:00Z", "2026-06-15T11:30:00Z", []Day{june(15, 90)}},
		"APartOfAMinuteCountsAsOne":       {"2026-06-15T10:00:00Z", "2026-06-15T10:01:00.001Z", []Day{june(15, 2)}},
		"NoTimeAtAllIsAMinute":            {"2026-06-15T10:00:00Z", "2026-06-15T10:00:00Z", []Day{june(15, 1)}},
		"AClockThatWasSetBack":            {"2026-06-15T10:00:00Z", "2026-06-15T09:00:00Z", []Day{june(15, 1)}},
		"ZoneOfTheClockDoesNotCount":      {"2026-06-16T01:00:00+02:00", "2026-06-16T01:30:00+02:00", []Day{june(15, 30)}},
		"PastMidnight":                    {"2026-06-15T23:00:00Z", "2026-06-16T02:00:00Z", []Day{june(15, 60), june(16, 120)}},
		"UntilMidnight":                   {"2026-06-15T23:00:00Z", "2026-06-16T00:00:00Z", []Day{june(15, 60)}},
		"FromMidnightToMidnight":          {"2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z", []Day{june(15, 1440)}},
		"OverThreeDays":                   {"2026-06-14T22:00:00Z", "2026-06-16T01:00:00Z", []Day{june(14, 120), june(15, 1440), june(16, 60)}},
		"RoundedOnceAndNotOnEveryDay":     {"2026-06-15T23:59:30Z", "2026-06-16T00:01:00Z", []Day{june(15, 1), june(16, 1)}},
		"AMinuteAcrossMidnightIsOne":      {"2026-06-15T23:59:30Z", "2026-06-16T00:00:30Z", []Day{june(15, 1)}},
		"ADayInTheMiddleIsNeverTooLong":   {"2026-06-14T23:59:59.5Z", "2026-06-16T00:01:00Z", []Day{june(14, 1), june(15, 1440), june(16, 1)}},
		"LessThanTheRoundingIsLeftOutToo": {"2026-06-14T23:59:59.5Z", "2026-06-16T00:00:00.2Z", []Day{june(14, 1), june(15, 1440)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, Days(at(test.from), at(test.to))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTimeIsTakenUntilTheProjectIsArchived(t *testing.T) {
	t.Parallel()
	for _, status := range db.AllProjectStatusValues() {
		if got, want := takesTime(status), status != "archived"; got != want {
			t.Errorf("a project that is %s takes time: %v", status, got)
		}
	}
}

func TestTimeIsBillableUnlessTheProjectIsInternal(t *testing.T) {
	t.Parallel()
	for _, kind := range db.AllBillingKindValues() {
		project := db.Project{BillingKind: kind}
		if got, want := billable(nil, project), kind != "internal"; got != want {
			t.Errorf("time of a project that is billed as %s is billable: %v", kind, got)
		}
		if !billable(new(true), project) || billable(new(false), project) {
			t.Errorf("what is said counts for nothing in a project that is billed as %s", kind)
		}
	}
}

func TestSpentOnIsTomorrowAtTheLatest(t *testing.T) {
	t.Parallel()
	now := at("2026-06-15T22:30:00Z")
	for name, test := range map[string]struct {
		spentOn string
		want    []apperr.Field
	}{
		"LongAgo":          {"1999-01-01T00:00:00Z", nil},
		"Today":            {"2026-06-15T00:00:00Z", nil},
		"Tomorrow":         {"2026-06-16T00:00:00Z", nil},
		"DayAfterTomorrow": {"2026-06-17T00:00:00Z", []apperr.Field{{Pointer: "/spent_on", Code: "in_future", Detail: "Time cannot be logged ahead; the latest day is 2026-06-16."}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, checkSpentOn(at(test.spentOn), now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdatedTakesTheRateOfItsMoment(t *testing.T) {
	t.Parallel()
	rate := func(minor int64) (*int64, *string) { return &minor, new("EUR") }
	entry := func(billable bool, minor int64) db.TimeEntry {
		e := db.TimeEntry{ID: uuid.Nil, Minutes: 60, Billable: billable, CostRateMinor: new(int64(4000)), CostRateCurrency: new("EUR")}
		if minor > 0 {
			e.BillingRateMinor, e.BillingRateCurrency = rate(minor)
		}
		return e
	}
	paid := db.Project{BillingKind: db.BillingKindTimeAndMaterials}
	paid.HourlyRateMinor, paid.Currency = rate(9500)
	internal := paid
	internal.BillingKind = db.BillingKindInternal
	onlyBudget := db.Project{BillingKind: db.BillingKindFixed, BudgetMinor: new(int64(1)), Currency: new("EUR")}

	for name, test := range map[string]struct {
		before  db.TimeEntry
		params  UpdateParams
		project db.Project
		want    db.TimeEntry
	}{
		"OtherFieldsLeaveTheRate":         {entry(true, 8000), UpdateParams{NoteDoUpdate: true}, paid, entry(true, 8000)},
		"StayingBillableLeavesTheRate":    {entry(true, 8000), UpdateParams{BillableDoUpdate: true, Billable: new(true)}, paid, entry(true, 8000)},
		"StayingBillableWithoutARate":     {entry(true, 0), UpdateParams{BillableDoUpdate: true, Billable: new(true)}, paid, entry(true, 0)},
		"BecomingBillableTakesThePresent": {entry(false, 0), UpdateParams{BillableDoUpdate: true, Billable: new(true)}, paid, entry(true, 9500)},
		"BecomingBillableWithoutARate":    {entry(false, 0), UpdateParams{BillableDoUpdate: true, Billable: new(true)}, onlyBudget, entry(true, 0)},
		"CeasingToBeHasNone":              {entry(true, 8000), UpdateParams{BillableDoUpdate: true, Billable: new(false)}, paid, entry(false, 0)},
		"ReplacedWithoutSayingIsBillable": {entry(false, 0), UpdateParams{BillableDoUpdate: true}, paid, entry(true, 9500)},
		"ReplacedOnAnInternalOneIsNot":    {entry(true, 8000), UpdateParams{BillableDoUpdate: true}, internal, entry(false, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, updated(test.before, test.params, test.project)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
