package statistics

import (
	"maps"
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

// weeksToFinish returns after how many weeks the open tasks are finished with
// at least the given probability, when each coming week is as productive as
// one of the past ones, every one of those equally likely. That is what a
// Monte Carlo simulation that draws past weeks with replacement estimates; it
// is computed exactly here, by carrying the distribution of what is left from
// week to week, so that the same facts always give the same date.
// It returns false when nothing is open, nothing was ever finished, or the
// horizon comes first.
func weeksToFinish(past []int64, open int64, probability float64) (int, bool) {
	if open <= 0 || len(past) == 0 || slices.Max(past) <= 0 {
		return 0, false
	}
	// Weeks of the same count are one outcome.
	chances := map[int64]float64{}
	for _, count := range past {
		chances[count] += 1 / float64(len(past))
	}
	counts := slices.Sorted(maps.Keys(chances))
	left, next := make([]float64, open+1), make([]float64, open+1)
	left[open] = 1
	finished := 0.0
	for week := 1; week <= horizonWeeks; week++ {
		clear(next)
		for tasks, chance := range left {
			if chance == 0 {
				continue
			}
			for _, count := range counts {
				if rest := int64(tasks) - count; rest > 0 {
					next[rest] += chance * chances[count]
				} else {
					finished += chance * chances[count]
				}
			}
		}
		if finished >= probability-tolerance {
			return week, true
		}
		left, next = next, left
	}
	return 0, false
}

// finishDate is the day on which the open tasks are finished with the given
// probability, nil when there is none.
func finishDate(days []Day, open int64, probability float64, today time.Time) *time.Time {
	weeks, ok := weeksToFinish(history(days, today), open, probability)
	if !ok {
		return nil
	}
	return new(today.AddDate(0, 0, 7*weeks))
}
