package statistics

import (
	"time"

	"github.com/aicoordination/coordinator/gen/db"
)

const (
	// burnWeeks is over how many weeks the burn is averaged.
	burnWeeks = 4
	// budgetHorizonDays is how far the end of a budget is looked for: ten years.
	budgetHorizonDays = 3650
)

// Budget is how much of a project's money is used. Time is worth what it is
// billed at: the billable entries at the rates that were copied onto them.
type Budget struct {
	BillingKind db.BillingKind
	// Planned, and what is derived from it, is nil without a budget.
	Planned   *Money
	Remaining *Money
	Used      *float64
	Spent     []Money
	// Burn is what is spent a week in the project's currency, averaged over
	// the last four weeks, or those since the first spending if they are
	// fewer; nil when nothing was spent in them.
	Burn *Money
	// RunsOutOn is the day on which the budget was used up, or will be at this
	// burn; nil when neither has happened within ten years.
	RunsOutOn *time.Time
	Overrun   bool
}

// Spending is what was spent on one day in the currency of the project.
type Spending struct {
	On    time.Time
	Minor int64
}

// toBudget computes the budget from what was spent in each currency, and from
// each day's in that of the project, in order.
func toBudget(project *db.Project, spent []Money, days []Spending, today time.Time) Budget {
	b := Budget{BillingKind: project.BillingKind, Spent: spent}
	if project.Currency == nil {
		return b
	}

	currency := *project.Currency
	burnt, over := burn(days, today)
	if burnt > 0 {
		b.Burn = &Money{Minor: share(burnt, 7, over), Currency: currency}
	}
	if project.BudgetMinor == nil {
		return b
	}

	planned, used := *project.BudgetMinor, int64(0)
	for _, money := range spent {
		if money.Currency == currency {
			used = money.Minor
		}
	}
	b.Planned = &Money{Minor: planned, Currency: currency}
	b.Remaining = &Money{Minor: planned - used, Currency: currency}
	b.Used = percent(used, planned)
	b.Overrun = used > planned
	if b.Overrun {
		b.RunsOutOn = dayOverrun(days, planned)
	} else if burnt > 0 {
		// At burnt ÷ over a day, rounded up: the day on which nothing is left.
		left := (b.Remaining.Minor*over + burnt - 1) / burnt
		if left <= budgetHorizonDays {
			b.RunsOutOn = new(today.AddDate(0, 0, int(left)))
		}
	}
	return b
}

// burn returns what was spent in the last weeks, today included, and over how
// many days that was.
func burn(spending []Spending, today time.Time) (minor, days int64) {
	for _, day := range spending {
		if day.On.After(today) {
			continue
		}
		if days == 0 {
			weeks := (daysBetween(day.On, today) + 7) / 7
			days = 7 * min(weeks, burnWeeks)
		}
		if daysBetween(day.On, today) < days {
			minor += day.Minor
		}
	}
	return minor, days
}

// dayOverrun is the first day after which more had been spent than planned.
func dayOverrun(spending []Spending, planned int64) *time.Time {
	spent := int64(0)
	for _, day := range spending {
		if spent += day.Minor; spent > planned {
			return new(day.On)
		}
	}
	return nil
}
