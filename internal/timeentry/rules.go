package timeentry

import (
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

const day = 24 * time.Hour

// mostMinor is the most that the contract lets an amount be.
const mostMinor = 1<<53 - 1

// BillingAmount is what the minutes come to at the hourly rate, in the same
// minor unit, rounded half up and mostMinor at most.
func BillingAmount(minutes int32, ratePerHour int64) int64 {
	// The whole units of a minute first: the product of the largest rate and a
	// day's minutes does not fit into 64 bits.
	m := int64(minutes)
	return min(ratePerHour/60*m+(ratePerHour%60*m+30)/60, mostMinor)
}

// takesTime tells whether time can be written, changed or deleted in a project
// of the status. Late time comes in after a project is completed or cancelled;
// what is archived is accounted for.
func takesTime(status db.ProjectStatus) bool { return status != db.ProjectStatusArchived }

// billableByDefault tells whether time is billable where nobody says so.
func billableByDefault(kind db.BillingKind) bool { return kind != db.BillingKindInternal }

// dateOf is the UTC day of the moment.
func dateOf(at time.Time) time.Time { return at.UTC().Truncate(day) }

// checkSpentOn refuses a day that has come nowhere: where the clock is furthest
// ahead of UTC it is tomorrow already.
func checkSpentOn(spentOn, now time.Time) []apperr.Field {
	latest := dateOf(now).Add(day)
	if !spentOn.After(latest) {
		return nil
	}
	return []apperr.Field{{
		Pointer: "/spent_on", Code: "in_future",
		Detail: "Time cannot be logged ahead; the latest day is " + latest.Format(time.DateOnly) + ".",
	}}
}

// UpdateParams name the fields to change; the zero value changes nothing.
type UpdateParams struct {
	Minutes *int32
	SpentOn *time.Time

	NoteDoUpdate bool
	Note         *string
	// Nil stands for what the project's billing kind says.
	BillableDoUpdate bool
	Billable         *bool

	ExternalSourceDoUpdate bool
	ExternalSource         *string
	ExternalIDDoUpdate     bool
	ExternalID             *string
}

// updated is the entry as the params make it. The rate is the project's present
// one when the entry becomes billable, none when it ceases to be, and otherwise
// stays what it was when the entry was written.
func updated(entry db.TimeEntry, params UpdateParams, project db.Project) db.TimeEntry {
	if params.Minutes != nil {
		entry.Minutes = *params.Minutes
	}
	if params.SpentOn != nil {
		entry.SpentOn = *params.SpentOn
	}
	if params.NoteDoUpdate {
		entry.Note = params.Note
	}
	if params.ExternalSourceDoUpdate {
		entry.ExternalSource = params.ExternalSource
	}
	if params.ExternalIDDoUpdate {
		entry.ExternalID = params.ExternalID
	}
	if !params.BillableDoUpdate {
		return entry
	}
	was := entry.Billable
	entry.Billable = billable(params.Billable, project)
	if entry.Billable != was {
		entry.BillingRateMinor, entry.BillingRateCurrency = billingRate(entry.Billable, project)
	}
	return entry
}

func billable(asked *bool, project db.Project) bool {
	if asked == nil {
		return billableByDefault(project.BillingKind)
	}
	return *asked
}

// billingRate is what an hour of the project is billed at now: nothing where
// the time is not billable or the project has no rate. A project that has a
// currency need not have a rate.
func billingRate(billable bool, project db.Project) (minor *int64, currency *string) {
	if !billable || project.HourlyRateMinor == nil {
		return nil, nil
	}
	return project.HourlyRateMinor, project.Currency
}
