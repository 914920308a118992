// Package api is copied into gen/api: the types of the contract that its generator has none for.
package api

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, without a time or a place. It is written as 2026-04-17. Its zero value
// is no day; two dates are the same day if they are equal by ==.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// NewDate is the day of these three. As with [time.Date], what lies beyond the end of a month is carried
// into the next one.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf is the day of a moment, at its place: that of t.UTC() may be another than that of t.Local().
func DateOf(t time.Time) Date {
	year, month, day := t.Date()

	return Date{Year: year, Month: month, Day: day}
}

// ParseDate reads a day that is written as 2026-04-17.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is no day; write it as 2026-04-17", text)
	}

	return DateOf(t), nil
}

// Time is the beginning of the day in UTC.
func (d Date) Time() time.Time { return d.In(time.UTC) }

// In is the beginning of the day at a place.
func (d Date) In(place *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, place)
}

// AddDays is the day so many days later, or earlier if there are fewer than none.
func (d Date) AddDays(days int) Date { return NewDate(d.Year, d.Month, d.Day+days) }

// Compare returns -1 if d lies before other, 1 if it lies after it, and 0 if it is the same day.
func (d Date) Compare(other Date) int { return d.Time().Compare(other.Time()) }

// Before tells whether d lies before other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After tells whether d lies after other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// IsZero tells whether d is no day, having been set to none.
func (d Date) IsZero() bool { return d == Date{} }

// String is the day as 2026-04-17; what is no day is empty.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}

	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText writes the day as JSON and queries have it. It returns an error for what is not in the
// calendar, such as the zero value and the 31st of April.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// AppendText appends what MarshalText writes.
func (d Date) AppendText(to []byte) ([]byte, error) {
	day := d.Time()
	if DateOf(day) != d || d.Year < 1 || d.Year > 9999 {
		return to, fmt.Errorf("{%d %d %d} is no day of the calendar; set year, month and day", d.Year, int(d.Month), d.Day)
	}

	return day.AppendFormat(to, time.DateOnly), nil
}

// UnmarshalText reads the day as ParseDate does.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed

	return nil
}

// Bind reads the day as UnmarshalText does, and leaves it as it is if the text is empty. The server's
// library calls it for a parameter of a query, where it would otherwise look for the fields.
func (d *Date) Bind(text string) error {
	if text == "" {
		return nil
	}

	return d.UnmarshalText([]byte(text))
}
