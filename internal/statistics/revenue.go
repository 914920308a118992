package statistics

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// month is the first day of the day's month.
func month(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// contracted are the statuses of projects whose budget the client owes.
var contracted = []db.ProjectStatus{
	db.ProjectStatusActive, db.ProjectStatusOnHold, db.ProjectStatusCompleted, db.ProjectStatusArchived,
}

// ledger is what one project, one month or the whole client comes to.
type ledger struct {
	recognised amounts
	cost       amounts
	// effort are the minutes by the currency in which they are paid for: that
	// of their rate, or the project's.
	effort                   amounts
	minutes, billableMinutes int64
}

func newLedger() *ledger {
	return &ledger{recognised: amounts{}, cost: amounts{}, effort: amounts{}}
}

// hourly is what an hour of the work has earned, in each currency in which
// there was work.
func (l *ledger) hourly() []Money {
	rates := amounts{}
	for currency, minutes := range l.effort {
		if minutes > 0 {
			rates[currency] = share(l.recognised[currency], 60, minutes)
		}
	}
	return rates.list()
}

// ledgers are the client's, each project's and each month's.
type ledgers struct {
	total     *ledger
	byProject map[uuid.UUID]*ledger
	byMonth   map[time.Time]*ledger
}

// settle enters what was earned and what it cost in the period.
//
//   - Of fixed and retainer projects under contract the budget is earned as the
//     tasks are done: budget × completion.
//   - Of time and materials the billable time is earned, at the rates that were
//     copied onto it.
//   - Of internal projects nothing is.
func settle(projects []db.StatisticsClientProjectsRow, completed []db.StatisticsClientCompletedRow, logged []db.StatisticsClientTimeRow, period Period) ledgers {
	l := ledgers{total: newLedger(), byProject: map[uuid.UUID]*ledger{}, byMonth: map[time.Time]*ledger{}}
	byID := map[uuid.UUID]db.StatisticsClientProjectsRow{}
	for _, p := range projects {
		byID[p.ID] = p
		l.byProject[p.ID] = newLedger()
	}
	for _, p := range projects {
		if !earnsByCompletion(p) {
			continue
		}
		for on, minor := range earned(p, completed, period) {
			for _, into := range l.of(p.ID, month(on)) {
				into.recognised.add(minor, p.Currency)
			}
		}
	}
	for _, t := range logged {
		project := byID[t.ProjectID]
		currency := t.BillingRateCurrency
		if currency == nil {
			currency = project.Currency
		}
		for _, into := range l.of(t.ProjectID, t.MonthStartsOn) {
			into.minutes += t.Minutes
			into.billableMinutes += t.BillableMinutes
			into.cost.add(t.CostMinor, t.CostRateCurrency)
			into.effort.add(t.Minutes, currency)
			if project.BillingKind == db.BillingKindTimeAndMaterials && t.BillableMinutes > 0 {
				into.recognised.add(t.BilledMinor, t.BillingRateCurrency)
			}
		}
	}
	return l
}

// of are the ledgers into which something of the project and month is entered.
func (l ledgers) of(project uuid.UUID, month time.Time) []*ledger {
	if l.byMonth[month] == nil {
		l.byMonth[month] = newLedger()
	}
	return []*ledger{l.total, l.byProject[project], l.byMonth[month]}
}

func (l ledgers) months() []time.Time {
	var months []time.Time
	for month := range l.byMonth {
		months = append(months, month)
	}
	slices.SortFunc(months, time.Time.Compare)
	return months
}

func earnsByCompletion(p db.StatisticsClientProjectsRow) bool {
	return (p.BillingKind == db.BillingKindFixed || p.BillingKind == db.BillingKindRetainer) &&
		p.BudgetMinor != nil && slices.Contains(contracted, p.Status)
}

// earned returns what the project earned on each day of the period on which
// tasks were completed. The completion is weighted by the estimates, or by the
// number of tasks where none has an estimate. Each day earns the difference
// between the rounded sums before and after it, so that days add up to the
// whole without an error. The completed days of all projects are in order.
func earned(p db.StatisticsClientProjectsRow, completed []db.StatisticsClientCompletedRow, period Period) map[time.Time]int64 {
	days := map[time.Time]int64{}
	whole := p.EstimatedMinutes
	if whole == 0 {
		whole = p.CountedTasks
	}
	done, sum := int64(0), int64(0)
	for _, day := range completed {
		if day.ProjectID != p.ID {
			continue
		}
		if p.EstimatedMinutes > 0 {
			done += day.EstimatedMinutes
		} else {
			done += day.Tasks
		}
		before := sum
		sum = share(*p.BudgetMinor, done, whole)
		if period.contains(day.CompletedOn) {
			days[day.CompletedOn] += sum - before
		}
	}
	return days
}
