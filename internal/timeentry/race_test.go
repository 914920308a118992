package timeentry_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

const (
	racers = 20
	rounds = 5
)

// race runs n of them at once, no more at a time than the pool has
// connections, and returns how many succeeded. The others must be refused with
// one of the codes.
func race(t *testing.T, n int, fn func(i int) error, refused ...apperr.Code) int {
	t.Helper()
	slots := make(chan struct{}, 4)
	var fns []func() error
	for i := range n {
		fns = append(fns, func() error {
			slots <- struct{}{}
			defer func() { <-slots }()
			return fn(i)
		})
	}
	won := 0
	for _, err := range expect.Together(fns...) {
		known := err == nil
		for _, code := range refused {
			known = known || apperr.Is(err, code)
		}
		if !known {
			t.Fatal(err)
		}
		if err == nil {
			won++
		}
	}
	return won
}

func TestOfManyStartsAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	a := setup(t)
	var tasks []uuid.UUID
	for range racers {
		tasks = append(tasks, factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID}).ID)
	}
	for range rounds {
		won := race(t, racers, func(i int) error {
			_, err := a.time.StartTimer(t.Context(), a.contributor, tasks[i], timeentry.StartParams{})
			return err
		}, apperr.TimerRunning)
		if won != 1 {
			t.Errorf("%d of %d starts succeeded", won, racers)
		}
		expect.OK(t, a.time.DiscardTimer(t.Context(), a.contributor))
	}
}

// Of many that stop and discard the same timer one gets it: time is neither
// logged twice nor both logged and discarded.
func TestOfManyEndsAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	a := setup(t)
	stopped := 0
	for range rounds {
		a.start(t, a.contributor, timeentry.StartParams{})
		var ends [racers]bool
		won := race(t, racers, func(i int) error {
			if i%2 == 1 {
				return a.time.DiscardTimer(t.Context(), a.contributor)
			}
			_, err := a.time.StopTimer(t.Context(), a.contributor, timeentry.StopParams{})
			ends[i] = err == nil
			return err
		}, apperr.NotFound)
		if won != 1 {
			t.Errorf("%d of %d ends succeeded", won, racers)
		}
		for _, end := range ends {
			if end {
				stopped++
			}
		}
	}
	if n := a.count(t, "time_entries"); n != stopped {
		t.Errorf("%d entries were written by %d stops", n, stopped)
	}
}

func TestOfManyChangesOfOneVersionOneSucceeds(t *testing.T) {
	t.Parallel()
	a := setup(t)
	row := a.log(t, a.contributor, timeentry.LogParams{})
	won := race(t, racers, func(i int) error {
		_, err := a.time.Update(t.Context(), a.contributor, row.ID, new(int64(1)), timeentry.UpdateParams{Minutes: new(int32(100 + i))})
		return err
	}, apperr.VersionConflict)
	if won != 1 {
		t.Errorf("%d of %d changes of version 1 succeeded", won, racers)
	}
}

// Everybody logs on the same task and says how far it is: no entry and no
// version is lost.
func TestManyWhoLogAtOnceAllCount(t *testing.T) {
	t.Parallel()
	a := setup(t)
	parent := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	leaf := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, ParentID: &parent.ID})
	won := race(t, racers, func(i int) error {
		_, err := a.time.Log(t.Context(), a.contributor, leaf.ID, timeentry.LogParams{
			Minutes: 5, Effort: timeentry.Effort{Progress: new(int16(1 + i)), RemainingMinutes: new(int32(i))},
		})
		return err
	})
	if n := a.count(t, "time_entries"); won != racers || n != racers {
		t.Errorf("%d of %d have logged, %d entries are there", won, racers, n)
	}
	found := a.effortOf(t, leaf.ID)
	if found.Version != leaf.Version+racers {
		t.Errorf("version %d became %d", leaf.Version, found.Version)
	}
	a.wantEffort(t, parent.ID, effort{nil, found.Progress, parent.Version})
}

// While a project is archived, time is logged before that or refused.
func TestNoTimeComesInOnceAProjectIsArchived(t *testing.T) {
	t.Parallel()
	a := setup(t)
	archived := 0
	race(t, racers*rounds, func(i int) error {
		if i == racers {
			_, err := a.db.Exec(t.Context(), "UPDATE projects SET status = 'archived' WHERE id = $1", a.project.ID)
			archived = a.count(t, "time_entries")
			return err
		}
		_, err := a.time.Log(t.Context(), a.contributor, a.task.ID, timeentry.LogParams{Minutes: 1})
		return err
	}, apperr.ProjectClosed)
	if n := a.count(t, "time_entries"); n != archived {
		t.Errorf("%d entries became %d after the project was archived", archived, n)
	}
}
