package user

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
)

// However much is due whenever, each minute is committed once, and no week
// before the last one that a task has gets less of it than a later one.
func TestEveryMinuteIsCommittedOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		today := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 800).Draw(t, "today"))
		weeks := rapid.IntRange(1, 26).Draw(t, "weeks")
		var commitments []db.UserListCommitmentsRow
		var total int64
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			c := db.UserListCommitmentsRow{Tasks: 1, Minutes: rapid.Int64Range(0, 5000).Draw(t, "minutes")}
			if rapid.Bool().Draw(t, "scheduled") {
				c.DueDate = new(today.Truncate(24*time.Hour).AddDate(0, 0, rapid.IntRange(-60, 400).Draw(t, "due")))
			}
			total += c.Minutes
			commitments = append(commitments, c)
		}
		w := spread(commitments, 2400, today, weeks)
		sum := w.LaterMinutes + w.UnscheduledMinutes
		for i, week := range w.Weeks {
			sum += week.CommittedMinutes
			if week.StartsOn.Weekday() != time.Monday {
				t.Fatalf("week %d begins on %s", i, week.StartsOn.Weekday())
			}
			if i > 0 && week.CommittedMinutes > w.Weeks[i-1].CommittedMinutes {
				t.Fatalf("week %d has more than the one before: %+v", i, w.Weeks)
			}
		}
		if sum != total {
			t.Fatalf("%d of %d minutes are committed", sum, total)
		}
	})
}
