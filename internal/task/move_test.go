package task_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// row makes tasks of the project, in this order, and returns their ids by title.
func (a agency) line(t *testing.T, titles ...string) map[string]uuid.UUID {
	t.Helper()
	ids := map[string]uuid.UUID{}
	for _, title := range titles {
		ids[title] = a.add(t, factory.TaskOpts{Title: title}).ID
	}
	return ids
}

func (a agency) order(t *testing.T) string {
	t.Helper()
	return strings.Join(a.titles(t, a.admin, task.Filter{ProjectIDs: []uuid.UUID{a.project.ID}}, "position"), "")
}

func TestMovePutsATaskToItsPlace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before bool
		other  string
		want   string
	}{
		"AfterAnother":     {false, "A", "ACBD"},
		"BeforeAnother":    {true, "B", "ACBD"},
		"AfterTheLast":     {false, "D", "ABDC"},
		"BeforeTheFirst":   {true, "A", "CABD"},
		"First":            {false, "", "CABD"},
		"Last":             {true, "", "ABDC"},
		"WhereItIsAlready": {false, "B", "ABCD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := setup(t)
			ids := a.line(t, "A", "B", "C", "D")
			place := task.Place{Before: test.before}
			if test.other != "" {
				place.ID = new(ids[test.other])
			}
			moved, err := a.tasks.Move(t.Context(), a.contributor, ids["C"], new(int64(2)), place)
			expect.OK(t, err)
			if got := a.order(t); got != test.want {
				t.Errorf("the order is %s, want %s", got, test.want)
			}
			var want []expect.Event
			if test.want != "ABCD" {
				want = append(want, expect.Event{
					ActorID: &a.contributor.ID, Credential: "anonymous", Entity: "task", EntityID: ids["C"], ProjectID: &a.project.ID,
					Action:  "task.moved",
					Changes: map[string]expect.Change{"position": {Old: "", New: moved.Task.Position}}, Version: new(int64(3)),
				})
			}
			got := expect.Events(t, a.db, ids["C"])
			for _, e := range got {
				change := e.Changes["position"]
				change.Old = ""
				e.Changes["position"] = change
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMoveRefuses(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ids := a.line(t, "A", "B")
	elsewhere := factory.Task(t, a.db, nil).ID
	deleted := a.add(t, factory.TaskOpts{}).ID
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted, nil))
	move := func(actor access.Actor, version *int64, place task.Place) error {
		_, err := a.tasks.Move(t.Context(), actor, ids["A"], version, place)
		return err
	}

	expect.Fields(t, move(a.lead, nil, task.Place{ID: new(ids["A"])}), "/after_id itself")
	expect.Fields(t, move(a.lead, nil, task.Place{Before: true, ID: new(ids["A"])}), "/before_id itself")
	expect.Fields(t, move(a.lead, nil, task.Place{ID: &elsewhere}), "/after_id not_found")
	expect.Fields(t, move(a.lead, nil, task.Place{Before: true, ID: &deleted}), "/before_id not_found")
	expect.Code(t, move(a.lead, new(int64(1)), task.Place{ID: new(ids["B"])}), apperr.VersionConflict)
	expect.Code(t, move(a.viewer, new(int64(1)), task.Place{ID: new(ids["B"])}), apperr.Forbidden)
	expect.Code(t, move(a.outsider, nil, task.Place{ID: new(ids["B"])}), apperr.NotFound)
	if got := a.order(t); !strings.HasPrefix(got, "AB") {
		t.Errorf("the order is %s", got)
	}
}

func TestCreatedTasksComeLast(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ids := a.line(t, "A", "B")
	_, err := a.tasks.Move(t.Context(), a.lead, ids["A"], nil, task.Place{Before: true})
	expect.OK(t, err)
	params := a.newTask()
	for _, params.Title = range []string{"C", "D"} {
		_, err := a.tasks.Create(t.Context(), a.lead, params)
		expect.OK(t, err)
	}
	if got := a.order(t); got != "BACD" {
		t.Errorf("the order is %s, want BACD", got)
	}
}

// A deleted task comes back to its place, whatever has been moved there.
func TestRestoredTaskIsWhereItWas(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ids := a.line(t, "A", "B", "C", "D")
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, ids["B"], nil))
	for _, place := range []task.Place{{ID: new(ids["A"])}, {Before: true}, {ID: new(ids["A"])}} {
		_, err := a.tasks.Move(t.Context(), a.lead, ids["D"], nil, place)
		expect.OK(t, err)
	}
	_, err := a.tasks.Restore(t.Context(), a.lead, ids["B"])
	expect.OK(t, err)
	if got := a.order(t); got != "ADBC" {
		t.Errorf("the order is %s, want ADBC", got)
	}
}

// Where there is no room left between two tasks, all are numbered anew and
// keep their order.
func TestTasksAreNumberedAnewWhereThereIsNoRoom(t *testing.T) {
	t.Parallel()
	for name, positions := range map[string][3]string{
		"SamePosition":  {"a5", "a5", "a5"},
		"NoPosition":    {"?", "??", "???"},
		"LongPositions": {"a5" + strings.Repeat("0", 100) + "1", "a5" + strings.Repeat("0", 100) + "2", "a6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := setup(t)
			ids := map[string]uuid.UUID{}
			for i, title := range []string{"A", "B", "C"} {
				ids[title] = a.add(t, factory.TaskOpts{Title: title, Position: positions[i]}).ID
			}
			_, err := a.tasks.Move(t.Context(), a.lead, ids["C"], nil, task.Place{ID: new(ids["A"])})
			expect.OK(t, err)
			if got := a.order(t); got != "ACB" {
				t.Errorf("the order is %s, want ACB", got)
			}
			if longest := expect.Count(t, a.db, "SELECT max(length(position)) FROM tasks WHERE project_id = $1", a.project.ID); longest > 10 {
				t.Errorf("a position has %d characters", longest)
			}
		})
	}
}

func TestSQLAndGoNumberAlike(t *testing.T) {
	t.Parallel()
	a := setup(t)
	// Whole numbers of five digits begin behind those of fewer.
	const fewer = 62 + 62*62 + 62*62*62 + 62*62*62*62
	for _, n := range []int64{0, 1, 61, 62, 3844, 1_000_000, 62*62*62*62*62 - 1} {
		var got string
		expect.OK(t, a.db.QueryRow(t.Context(), "SELECT tasks_nth_position($1)", n).Scan(&got))
		if want := task.NthPosition(fewer + n); got != want {
			t.Errorf("tasks_nth_position(%d) is %q, want %q", n, got, want)
		}
	}
}

// However moves and new tasks race, every task has one place of its own.
func TestOrderIsTotalUnderConcurrentMoves(t *testing.T) {
	t.Parallel()
	a := setup(t)
	var ids []uuid.UUID
	for i := range 8 {
		ids = append(ids, a.add(t, factory.TaskOpts{Title: fmt.Sprint(i)}).ID)
	}
	var writers []func() error
	for i := range 40 {
		if i%4 == 0 {
			writers = append(writers, func() error {
				_, err := a.tasks.Create(t.Context(), a.lead, a.newTask())
				return err
			})
			continue
		}
		// All want to the same two places.
		place := task.Place{ID: &ids[i%2], Before: i%3 == 0}
		writers = append(writers, func() error {
			_, err := a.tasks.Move(t.Context(), a.lead, ids[2+i%6], nil, place)
			return err
		})
	}
	for batch := range slices.Chunk(writers, 8) {
		for _, err := range expect.Together(batch...) {
			expect.OK(t, err)
		}
	}
	all := expect.Count(t, a.db, "SELECT count(*) FROM tasks WHERE project_id = $1", a.project.ID)
	places := expect.Count(t, a.db, "SELECT count(DISTINCT position) FROM tasks WHERE project_id = $1", a.project.ID)
	if all != 18 || places != all {
		t.Errorf("%d tasks have %d places, want 18", all, places)
	}
	if listed := a.titles(t, a.admin, task.Filter{ProjectIDs: []uuid.UUID{a.project.ID}}, "position"); len(listed) != all {
		t.Errorf("%d of %d are listed", len(listed), all)
	}
}

func TestStartedAtIsWhenItFirstWasInProgress(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.TaskOpts{}).ID
	later := task.New(a.db, nil)
	set := func(s *task.Service, status db.TaskStatus) db.Task {
		t.Helper()
		row, err := s.SetStatus(t.Context(), a.lead, id, nil, status, new("So."))
		expect.OK(t, err)
		return row.Task
	}
	if got := set(a.tasks, db.TaskStatusBlocked); got.StartedAt != nil {
		t.Errorf("started at %v before it was", got.StartedAt)
	}
	for _, got := range []db.Task{
		set(a.tasks, db.TaskStatusInProgress), set(later, db.TaskStatusTodo), set(later, db.TaskStatusInProgress),
		set(later, db.TaskStatusDone), set(later, db.TaskStatusInProgress),
	} {
		if got.StartedAt == nil || !got.StartedAt.Equal(now) {
			t.Errorf("%s: started at %v, want %s", got.Status, got.StartedAt, now)
		}
	}
}
