package user

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
)

// DefaultWeeks is how far a workload looks ahead unless it is told.
const DefaultWeeks = 4

// Workload is how much of its time a user has promised, as far as the actor
// sees its tasks.
type Workload struct {
	UserID          uuid.UUID
	CapacityMinutes int64
	Weeks           []Week
	// Later is committed after the last of Weeks.
	LaterMinutes int64
	// Unscheduled are the tasks without a due date.
	UnscheduledMinutes, UnscheduledTasks int64
	OverdueTasks                         int64
	// UnestimatedTasks are those of which nobody has said how much is left.
	UnestimatedTasks int64
	OpenTasks        int64
	GeneratedAt      time.Time
}

// Week is an ISO 8601 week.
type Week struct {
	// StartsOn is its Monday.
	StartsOn         time.Time
	CapacityMinutes  int64
	CommittedMinutes int64
	// Tasks are worked on in the week, DueTasks of these are due in it.
	Tasks, DueTasks int64
}

// Name is the week as ISO 8601 writes it, 2026-W48.
func (w Week) Name() string {
	year, week := w.StartsOn.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// FreeMinutes are what is left of the capacity, 0 when the week is overbooked.
func (w Week) FreeMinutes() int64 { return max(0, w.CapacityMinutes-w.CommittedMinutes) }

// Overbooked tells whether more is promised than there is time.
func (w Week) Overbooked() bool { return w.CommittedMinutes > w.CapacityMinutes }

// Workload compares the user's capacity with what its open tasks still ask for,
// over that many weeks from the current one, in UTC. It returns NotFound when
// the actor cannot see the user.
func (s *Service) Workload(ctx context.Context, actor access.Actor, id uuid.UUID, weeks int) (Workload, error) {
	q := db.New(s.db)
	row, err := get(ctx, q, actor, id)
	if err != nil {
		return Workload{}, err
	}
	commitments, err := q.UserListCommitments(ctx, db.UserListCommitmentsParams{UserID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return Workload{}, fmt.Errorf("summing up a user's tasks: %w", err)
	}
	w := spread(commitments, int64(row.WeeklyCapacityMinutes), s.now().UTC(), weeks)
	w.UserID = id
	return w, nil
}

// spread commits what is left of each task evenly to the weeks from the
// current one to that in which it is due; what is overdue, and the minutes that
// do not divide, go to the earliest.
func spread(commitments []db.UserListCommitmentsRow, capacity int64, now time.Time, weeks int) Workload {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	first := monday(today)
	w := Workload{CapacityMinutes: capacity, GeneratedAt: now, Weeks: make([]Week, weeks)}
	for i := range w.Weeks {
		w.Weeks[i] = Week{StartsOn: first.AddDate(0, 0, 7*i), CapacityMinutes: capacity}
	}
	for _, c := range commitments {
		w.OpenTasks += c.Tasks
		w.UnestimatedTasks += c.UnestimatedTasks
		if c.DueDate == nil {
			w.UnscheduledMinutes += c.Minutes
			w.UnscheduledTasks += c.Tasks
			continue
		}
		if c.DueDate.Before(today) {
			w.OverdueTasks += c.Tasks
		}
		// The due week is the last of so many; an overdue task has the current one alone.
		last := max(0, int(monday(*c.DueDate).Sub(first)/(7*24*time.Hour)))
		each, rest := c.Minutes/int64(last+1), c.Minutes%int64(last+1)
		left := c.Minutes
		for i := range min(last+1, weeks) {
			share := each
			if int64(i) < rest {
				share++
			}
			left -= share
			w.Weeks[i].CommittedMinutes += share
			w.Weeks[i].Tasks += c.Tasks
		}
		w.LaterMinutes += left
		if last < weeks && !c.DueDate.Before(first) {
			w.Weeks[last].DueTasks += c.Tasks
		}
	}
	return w
}

// monday is the first day of the date's ISO week.
func monday(date time.Time) time.Time {
	return date.AddDate(0, 0, -(int(date.Weekday())+6)%7)
}
