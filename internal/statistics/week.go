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
	first, last := period.first(), period.last()
	for len(days) > 0 && days[0].On.Before(first) {
		days = days[1:]
	}
	for len(days) > 0 && days[len(days)-1].On.After(last) {
		days = days[:len(days)-1]
	}
	if len(days) == 0 {
		return []Week{}
	}
	if last.Before(today) {
		today = last
	}
	from, to := weekOf(days[0].On), weekOf(today)
	if latest := weekOf(days[len(days)-1].On); to.Before(latest) {
		to = latest
	}
	count := weeksBetween(from, to) + 1
	if count > maxWeeks {
		from, count = from.Add(time.Duration(count-maxWeeks)*week), maxWeeks
	}
	weeks := make([]Week, count)
	for i := range weeks {
		weeks[i].StartsOn = from.Add(time.Duration(i) * week)
	}
	for _, day := range days {
		if day.On.Before(from) {
			continue
		}
		in := &weeks[weeksBetween(from, day.On)]
		in.Completed += day.Tasks
		in.EstimatedMinutes += day.EstimatedMinutes
	}
	return weeks
}

// week is as long as any, since days are told in UTC.
const week = 7 * 24 * time.Hour

func weeksBetween(from, to time.Time) int { return int(to.Sub(from) / week) }
