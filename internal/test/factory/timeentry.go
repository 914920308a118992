package factory

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// TimeEntryOpts are what a test may want of an entry of time; the zero value is
// an hour on 15 June 2026 that is not billable, of a user and on a task of its own.
type TimeEntryOpts struct {
	TaskID      uuid.UUID
	UserID      uuid.UUID
	SpentOn     time.Time
	Minutes     int32
	Note        *string
	Billable    bool
	BillingRate *int64
	CostRate    *int64
	// Currency is that of both rates; EUR unless it says otherwise.
	Currency       string
	ExternalSource *string
	ExternalID     *string
}

// TimeEntry makes an entry of time, with the rates that it is given and no others.
func TimeEntry(t testing.TB, d *dbx.DB, opts *TimeEntryOpts) db.TimeEntry {
	t.Helper()
	if opts == nil {
		opts = &TimeEntryOpts{}
	}
	params := db.TimeEntryInsertParams{
		ID: uuid.Must(uuid.NewV7()), TaskID: opts.TaskID, UserID: opts.UserID,
		SpentOn: or(opts.SpentOn, time.Date(2026, time.June, 15, 0, 0, 0, 0, time.UTC)), Minutes: or(opts.Minutes, 60),
		Note: opts.Note, Billable: opts.Billable, BillingRateMinor: opts.BillingRate, CostRateMinor: opts.CostRate,
		ExternalSource: opts.ExternalSource, ExternalID: opts.ExternalID,
	}
	if params.TaskID == uuid.Nil {
		params.TaskID = Task(t, d, nil).ID
	}
	if params.UserID == uuid.Nil {
		params.UserID = User(t, d, nil).ID
	}
	currency := or(opts.Currency, "EUR")
	if params.BillingRateMinor != nil {
		params.BillingRateCurrency = &currency
	}
	if params.CostRateMinor != nil {
		params.CostRateCurrency = &currency
	}
	q := db.New(d)
	projectID, err := q.TaskGetProject(t.Context(), params.TaskID)
	params.ProjectID = must(t, projectID, err)
	row, err := q.TimeEntryInsert(t.Context(), params)
	return must(t, row, err)
}

// Timer starts the user's timer on a task.
func Timer(t testing.TB, d *dbx.DB, userID, taskID uuid.UUID, startedAt time.Time) db.Timer {
	t.Helper()
	q := db.New(d)
	projectID, err := q.TaskGetProject(t.Context(), taskID)
	row, err := q.TimerInsert(t.Context(), db.TimerInsertParams{
		UserID: userID, ProjectID: must(t, projectID, err), TaskID: taskID, Billable: true, StartedAt: startedAt,
	})
	return must(t, row, err)
}
