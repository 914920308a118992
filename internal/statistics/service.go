// Package statistics owns the numbers that are counted over projects, users,
// clients and everything that a caller sees. It writes nothing. What it counts
// is read in one snapshot; what is derived from it is computed by pure
// functions.
//
// A period bounds what happens over time: what was completed, how long it
// took, what was logged and earned. It does not bound how things stand: what
// is open, ready, late, budgeted or spent so far.
package statistics

import (
	"math"
	"time"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Service counts. A user's numbers are those of the projects on whose team it
// is; managers and admins have all.
type Service struct {
	db  *dbx.DB
	now func() time.Time
}

// New returns the service. now is the clock by which a task is overdue and a
// forecast begins; nil for the real one.
func New(d *dbx.DB, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: d, now: now}
}

// Period is from one day to another in UTC, both included; nil for no bound.
type Period struct {
	From, To *time.Time
}

// The days that stand for "no bound" in a statement.
var (
	firstDay = time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
)

func (p Period) first() time.Time { return valueOr(p.From, firstDay) }
func (p Period) last() time.Time  { return valueOr(p.To, lastDay) }

// until is the first moment after the period.
func (p Period) until() time.Time { return p.last().AddDate(0, 0, 1) }

func (p Period) contains(day time.Time) bool {
	return !day.Before(p.first()) && !day.After(p.last())
}

// check refuses a period that ends before it begins.
func (p Period) check() error {
	if p.last().Before(p.first()) {
		return apperr.InvalidField("query:to", "before_from", "The period must not end before it begins: send a to that is not before from.")
	}
	return nil
}

// Accuracy is how what was logged on finished tasks compares with what they
// were estimated at: 1 is as estimated, 2 took twice as long. Median and Mean
// are nil without a task that has both.
type Accuracy struct {
	Tasks        int64
	Median, Mean *float64
}

func toAccuracy(tasks int64, median, mean float64) Accuracy {
	if tasks == 0 {
		return Accuracy{}
	}
	return Accuracy{Tasks: tasks, Median: &median, Mean: &mean}
}

// Durations are how long tasks took, in whole minutes: half of them at most
// P50, nine of ten at most P90, between two tasks interpolated. Both are nil
// without a task.
type Durations struct {
	Tasks    int64
	P50, P90 *int64
}

func toDurations(tasks int64, p50, p90 float64) Durations {
	if tasks == 0 {
		return Durations{}
	}
	return Durations{Tasks: tasks, P50: new(int64(math.Round(p50))), P90: new(int64(math.Round(p90)))}
}

// percent is nil where there is no whole to have a part of.
func percent(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(100 * float64(part) / float64(whole))
}

func valueOr[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

// dateOf is the day of a moment, in UTC.
func dateOf(moment time.Time) time.Time {
	year, month, day := moment.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// daysBetween counts the days from one date to a later one.
func daysBetween(from, to time.Time) int64 { return int64(to.Sub(from) / (24 * time.Hour)) }
