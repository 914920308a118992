package statistics

import (
	"slices"
	"time"
)

const (
	// historyWeeks is how many past weeks a forecast draws from at most: a
	// quarter, which is long enough to have bad weeks in it and short enough
	// to be the same team.
	historyWeeks = 12
	// horizonWeeks is how far a forecast looks: ten years.
	horizonWeeks = 520
	// tolerance makes up for probabilities that are not exact in binary.
	tolerance = 1e-9
)

// history returns how many tasks were completed in each of the last full
// weeks before today's, at most historyWeeks of them and none from before the
// first completion. The days are in order.
func history(days []Day, today time.Time) []int64 {
	thisWeek := weekOf(today)
	var counts []int64
	for _, week := range perWeek(days, Period{}, thisWeek) {
		if week.StartsOn.Before(thisWeek) {
			counts = append(counts, week.Completed)
		}
	}
	return counts[max(0, len(counts)-historyWeeks):]
}

// weeksToFinish returns after how many weeks the open tasks are finished with a
// probability of at least 50 and of 80 percent, when each coming week is as
// productive as one of the past ones, every one of those equally likely. That is
// what a Monte Carlo simulation that draws past weeks with replacement estimates;
// it is computed exactly here, by carrying the distribution of what is left from
// week to week, so that the same facts always give the same date.
// It returns 0 when nothing is open, nothing was ever finished, or the horizon
// comes first.
func weeksToFinish(past []int64, open int64) (p50, p80 int) {
	if open <= 0 || len(past) == 0 || slices.Max(past) <= 0 {
		return 0, 0
	}
	counts, chances := outcomes(past)
	left, next := make([]float64, open+1), make([]float64, open+1)
	left[open] = 1
	finished := 0.0
	for week := 1; week <= horizonWeeks; week++ {
		clear(next)
		for tasks, chance := range left {
			if chance == 0 {
				continue
			}
			for i, count := range counts {
				if rest := int64(tasks) - count; rest > 0 {
					next[rest] += chance * chances[i]
				} else {
					finished += chance * chances[i]
				}
			}
		}
		if p50 == 0 && finished >= 0.5-tolerance {
			p50 = week
		}
		if finished >= 0.8-tolerance {
			return p50, week
		}
		left, next = next, left
	}
	return p50, 0
}

// outcomes returns the counts of past weeks, each once and in order, and how
// likely each is.
func outcomes(past []int64) (counts []int64, chances []float64) {
	sorted := slices.Sorted(slices.Values(past))
	for i, count := range sorted {
		if i == 0 || count != sorted[i-1] {
			counts, chances = append(counts, count), append(chances, 0)
		}
		chances[len(chances)-1] += 1 / float64(len(past))
	}
	return counts, chances
}

// finishDates are the days on which the open tasks are finished with a
// probability of 50 and of 80 percent, nil where there is none.
func finishDates(days []Day, open int64, today time.Time) (p50, p80 *time.Time) {
	in50, in80 := weeksToFinish(history(days, today), open)
	after := func(weeks int) *time.Time {
		if weeks == 0 {
			return nil
		}
		return new(today.AddDate(0, 0, 7*weeks))
	}
	return after(in50), after(in80)
}
