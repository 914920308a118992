package statistics

import "time"

// maxWeeks is the most weeks that are listed, the latest ones: ten years.
const maxWeeks = 520

// Day is what was completed on one day.
type Day struct {
	On               time.Time
	Tasks            int64
	EstimatedMinutes int64
}

// Week is what was completed in an ISO week, which begins on a Monday.
type Week struct {
	StartsOn         time.Time
	Completed        int64
	EstimatedMinutes int64
}

// weekOf is the Monday of the day's ISO week.
func weekOf(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// perWeek adds up the days of the period by week: every week from the first
// with something completed to that of today or of the period's end, whichever
// is earlier, also those between in which nothing was. The days are in order.
func perWeek(days []Day, period Period, today time.Time) []Week {
	weeks := []Week{}
	fill := func(until time.Time) {
		for len(weeks) > 0 && weeks[len(weeks)-1].StartsOn.Before(until) {
			weeks = append(weeks, Week{StartsOn: weeks[len(weeks)-1].StartsOn.AddDate(0, 0, 7)})
		}
	}
	for _, day := range days {
		if !period.contains(day.On) {
			continue
		}
		week := weekOf(day.On)
		fill(week)
		if len(weeks) == 0 {
			weeks = append(weeks, Week{StartsOn: week})
		}
		last := &weeks[len(weeks)-1]
		last.Completed += day.Tasks
		last.EstimatedMinutes += day.EstimatedMinutes
	}
	end := today
	if period.last().Before(end) {
		end = period.last()
	}
	fill(weekOf(end))
	return weeks[max(0, len(weeks)-maxWeeks):]
}
