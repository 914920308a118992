package timeentry

import "time"

// Day is what was worked on one UTC day.
type Day struct {
	SpentOn time.Time
	// Minutes are at most a day's.
	Minutes int32
}

// Days divides what a timer has measured among the UTC days it ran on. The
// whole is rounded up once, to full minutes and to one at least, so that the
// days add up to it and none is longer than a day; a day on which less than
// the rounding was measured is left out.
func Days(from, to time.Time) []Day {
	from, to = from.UTC(), to.UTC()
	if !to.After(from) {
		return []Day{{SpentOn: dateOf(from), Minutes: 1}}
	}
	var days []Day
	counted := int64(0)
	for start := from; start.Before(to); {
		midnight := dateOf(start).Add(day)
		end := midnight
		if to.Before(end) {
			end = to
		}
		total := minutesUp(end.Sub(from))
		if total > counted {
			days = append(days, Day{SpentOn: dateOf(start), Minutes: int32(total - counted)})
		}
		counted, start = total, end
	}
	return days
}

// minutesUp is the duration in full minutes, a part of one counted as one.
func minutesUp(d time.Duration) int64 { return int64((d + time.Minute - 1) / time.Minute) }
