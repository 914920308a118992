package api_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/oapi-codegen/runtime"

	"github.com/aicoordination/coordinator/internal/tools/gosdk/api"
)

func TestDateIsWrittenAsADay(t *testing.T) {
	t.Parallel()

	type record struct {
		DueDate api.Date         `json:"due_date"`
		ByDay   map[api.Date]int `json:"by_day"`
	}

	day := api.NewDate(2026, time.April, 7)
	written, err := json.Marshal(record{day, map[api.Date]int{day: 3}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"due_date":"2026-04-07","by_day":{"2026-04-07":3}}`; string(written) != want {
		t.Errorf("got %s, want %s", written, want)
	}

	var read record
	if err := json.Unmarshal(written, &read); err != nil {
		t.Fatal(err)
	}
	if read.DueDate != day || read.ByDay[day] != 3 {
		t.Errorf("it is read as %+v", read)
	}
}

func TestParseDateRefuses(t *testing.T) {
	t.Parallel()

	for _, text := range []string{"", "2026-4-7", "2026-02-30", "2026-04-07T00:00:00Z", "07.04.2026", "null"} {
		if day, err := api.ParseDate(text); err == nil {
			t.Errorf("%q is taken for %v", text, day)
		}

		var kept api.Date
		if err := json.Unmarshal([]byte(`"`+text+`"`), &kept); err == nil {
			t.Errorf("%q in JSON is taken for %v", text, kept)
		}
	}
}

func TestWhatIsNoDayIsNotWritten(t *testing.T) {
	t.Parallel()

	for _, day := range []api.Date{
		{},
		{Year: 2026, Month: time.April},
		{Year: 2026, Month: time.April, Day: 31},
		{Year: 2026, Month: 13, Day: 1},
		{Year: 12026, Month: time.April, Day: 7},
	} {
		if written, err := json.Marshal(day); err == nil {
			t.Errorf("%#v is written as %s", day, written)
		}
	}

	if none := (api.Date{}); !none.IsZero() || none.String() != "" {
		t.Errorf("the zero value is %q", none)
	}
}

func TestDateOfAMomentIsThatOfItsPlace(t *testing.T) {
	t.Parallel()

	east := time.FixedZone("east", 9*60*60)
	evening := time.Date(2026, time.April, 7, 20, 0, 0, 0, time.UTC)

	if here, there := api.DateOf(evening), api.DateOf(evening.In(east)); here.String() != "2026-04-07" || there.String() != "2026-04-08" {
		t.Errorf("it is %v in UTC and %v nine hours to the east", here, there)
	}

	day := api.NewDate(2026, time.April, 8)
	if got := day.In(east); !got.Equal(time.Date(2026, time.April, 7, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("the day begins in the east at %v", got)
	}
	if got := api.DateOf(day.Time()); got != day {
		t.Errorf("there and back it is %v", got)
	}
}

func TestDatesAreCountedAndOrdered(t *testing.T) {
	t.Parallel()

	last := api.NewDate(2028, time.February, 28)
	if got := last.AddDays(2); got != api.NewDate(2028, time.March, 1) {
		t.Errorf("two days after %v is %v", last, got)
	}
	if got := api.NewDate(2028, time.March, 1).AddDays(-1); got != api.NewDate(2028, time.February, 29) {
		t.Errorf("the day before March is %v", got)
	}
	if next := last.AddDays(1); !last.Before(next) || !next.After(last) || next.Compare(last.AddDays(1)) != 0 || next.Before(last) {
		t.Errorf("%v and %v are out of order", last, next)
	}
}

// The server reads days from queries, as it does everything else there.
func TestDateIsBoundFromAQuery(t *testing.T) {
	t.Parallel()

	query := url.Values{"from": {"2026-04-07"}, "to": {"tomorrow"}}
	bind := func(name string) (bound *api.Date, err error) {
		err = runtime.BindQueryParameterWithOptions("form", true, false, name, query, &bound, runtime.BindQueryParameterOptions{Type: "string", Format: "date"})

		return bound, err
	}

	if from, err := bind("from"); err != nil || from == nil || *from != api.NewDate(2026, time.April, 7) {
		t.Errorf("from is %v, %v", from, err)
	}
	if to, err := bind("to"); err == nil {
		t.Errorf("tomorrow is taken for %v", to)
	}
	if none, err := bind("none"); err != nil || none != nil {
		t.Errorf("what is not sent is %v, %v", none, err)
	}
}
