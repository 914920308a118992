package task_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// oppositePairs is how many pairs of opposite dependencies race.
const oppositePairs = 200

// cyclicTasks returns how many tasks of the database wait, through others, for
// themselves. A task waits for its prerequisites, a parent for its subtasks.
// It walks in its own way, so that a mistake of the service's is not repeated.
func (a agency) cyclicTasks(t testing.TB) int {
	t.Helper()
	rows, err := a.db.Query(t.Context(), `SELECT task_id, prerequisite_id FROM task_dependencies
		UNION ALL SELECT parent_id, id FROM tasks WHERE parent_id IS NOT NULL`)
	expect.OK(t, err)
	defer rows.Close()
	waits, awaitedBy := map[uuid.UUID]int{}, map[uuid.UUID][]uuid.UUID{}
	for rows.Next() {
		var waiting, awaited uuid.UUID
		expect.OK(t, rows.Scan(&waiting, &awaited))
		waits[waiting]++
		waits[awaited] += 0
		awaitedBy[awaited] = append(awaitedBy[awaited], waiting)
	}
	expect.OK(t, rows.Err())
	// What waits for nothing is taken away until nothing more can be (Kahn).
	// What is left is on a cycle or behind one.
	var free []uuid.UUID
	for id, count := range waits {
		if count == 0 {
			free = append(free, id)
		}
	}
	left := len(waits)
	for ; len(free) > 0; left-- {
		for _, id := range awaitedBy[free[0]] {
			if waits[id]--; waits[id] == 0 {
				free = append(free, id)
			}
		}
		free = free[1:]
	}
	return left
}

func TestOppositeDependenciesNeverMakeACycle(t *testing.T) {
	t.Parallel()
	a := setup(t)
	var won, refused atomic.Int64
	for range oppositePairs {
		one, other := a.add(t, factory.TaskOpts{}).ID, a.add(t, factory.TaskOpts{}).ID
		add := func(id, prerequisite uuid.UUID) func() error {
			return func() error {
				_, err := a.tasks.AddDependency(t.Context(), a.manager, id, prerequisite)
				return err
			}
		}
		for _, err := range expect.Together(add(one, other), add(other, one)) {
			switch {
			case err == nil:
				won.Add(1)
			case apperr.Is(err, apperr.DependencyCycle):
				refused.Add(1)
			default:
				t.Fatal(err)
			}
		}
		if won.Load() != refused.Load() {
			t.Fatalf("%d dependencies were added and %d refused", won.Load(), refused.Load())
		}
	}
	if won.Load() != oppositePairs {
		t.Errorf("%d dependencies were added, want %d", won.Load(), oppositePairs)
	}
	if left := a.cyclicTasks(t); left != 0 {
		t.Errorf("%d tasks are on a cycle", left)
	}
	t.Logf("%d pairs raced: %d added, %d refused, no cycle", oppositePairs, won.Load(), refused.Load())
}

// All pairs at once, over the same tasks of one project.
func TestOppositeDependenciesAllAtOnceNeverMakeACycle(t *testing.T) {
	t.Parallel()
	a := setup(t)
	var ids []uuid.UUID
	for range 10 {
		ids = append(ids, a.add(t, factory.TaskOpts{}).ID)
	}
	slots := make(chan struct{}, 4) // what the pool has
	var fns []func() error
	for i, id := range ids {
		for _, prerequisite := range slices.Concat(ids[:i], ids[i+1:]) {
			fns = append(fns, func() error {
				slots <- struct{}{}
				defer func() { <-slots }()
				_, err := a.tasks.AddDependency(t.Context(), a.manager, id, prerequisite)
				return err
			})
		}
	}
	added := 0
	for _, err := range expect.Together(fns...) {
		if err == nil {
			added++
		} else if !apperr.Is(err, apperr.DependencyCycle) {
			t.Fatal(err)
		}
	}
	// Every two tasks are then in an order, whichever came first.
	if want := len(ids) * (len(ids) - 1) / 2; added != want {
		t.Errorf("%d dependencies were added, want %d", added, want)
	}
	if left := a.cyclicTasks(t); left != 0 {
		t.Errorf("%d tasks are on a cycle", left)
	}
}

// Two that each add half of a cycle, and lock no task in common.
func TestOppositeMovesAndCreationsNeverMakeACycle(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, opposite := range map[string]func(one, other uuid.UUID) func() error{
		// One parent is moved below the other's subtask.
		"Moves": func(one, other uuid.UUID) func() error {
			below := a.add(t, factory.TaskOpts{ParentID: &other}).ID
			return func() error {
				_, err := a.tasks.Update(t.Context(), a.manager, one, nil, db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &below})
				return err
			}
		},
		// A subtask is created below the one and behind the other.
		"Creations": func(one, other uuid.UUID) func() error {
			params := a.newTask()
			params.ParentID, params.PrerequisiteIDs = &one, []uuid.UUID{other}
			return func() error {
				_, err := a.tasks.Create(t.Context(), a.manager, params)
				return err
			}
		},
	} {
		for range oppositePairs / 4 {
			one, other := a.add(t, factory.TaskOpts{}).ID, a.add(t, factory.TaskOpts{}).ID
			won := 0
			for _, err := range expect.Together(opposite(one, other), opposite(other, one)) {
				if err == nil {
					won++
				} else if !apperr.Is(err, apperr.DependencyCycle) {
					t.Fatal(err)
				}
			}
			if won != 1 {
				t.Fatalf("%s: %d of 2 succeed", name, won)
			}
		}
	}
	if left := a.cyclicTasks(t); left != 0 {
		t.Errorf("%d tasks are on a cycle", left)
	}
}

// The control: the same statements without the project's lock, where both look
// before either writes. If this made no cycle, the tests above would prove nothing.
func TestOppositeDependenciesWithoutTheLockDoMakeACycle(t *testing.T) {
	t.Parallel()
	a := setup(t)
	cycles := 0
	for range oppositePairs {
		one, other := a.add(t, factory.TaskOpts{}).ID, a.add(t, factory.TaskOpts{}).ID
		var looked sync.WaitGroup
		looked.Add(2)
		add := func(id, prerequisite uuid.UUID) func() error {
			return func() error { return a.addWithoutLock(t.Context(), &looked, id, prerequisite) }
		}
		for _, err := range expect.Together(add(one, other), add(other, one)) {
			expect.OK(t, err)
		}
		if a.waitFor(t, one, other) && a.waitFor(t, other, one) {
			cycles++
		}
	}
	if cycles == 0 {
		t.Error("the race was lost by nobody: it is none")
	}
	if left := a.cyclicTasks(t); left != 2*cycles {
		t.Errorf("the check finds %d tasks on cycles, want %d", left, 2*cycles)
	}
	t.Logf("%d pairs raced without the lock: %d cycles", oppositePairs, cycles)
}

func (a agency) addWithoutLock(ctx context.Context, looked *sync.WaitGroup, id, prerequisite uuid.UUID) error {
	return dbx.WithTx(ctx, a.db, func(q *db.Queries) error {
		waits, err := q.TaskListWaits(ctx, prerequisite)
		looked.Done()
		if err != nil || len(waits) > 0 {
			return err
		}
		looked.Wait()
		_, err = q.TaskDependencyInsert(ctx, db.TaskDependencyInsertParams{ProjectID: a.project.ID, TaskID: id, PrerequisiteID: prerequisite})
		return err
	})
}

func (a agency) waitFor(t *testing.T, id, prerequisite uuid.UUID) bool {
	t.Helper()
	read, err := a.tasks.Get(t.Context(), a.manager, id)
	expect.OK(t, err)
	return slices.Contains(read.PrerequisiteIds, prerequisite)
}

// A hundred writers send the version they have read; exactly one of those who
// read the same version gets through, so that no edit is lost.
func TestOfAHundredEditsOfOneVersionOneWins(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.TaskOpts{}).ID
	const writers, rounds = 100, 3
	slots := make(chan struct{}, 4)
	for round := range rounds {
		version := a.row(t, id).Version
		var fns []func() error
		for writer := range writers {
			fns = append(fns, func() error {
				slots <- struct{}{}
				defer func() { <-slots }()
				_, err := a.tasks.Update(t.Context(), a.contributor, id, &version, db.TaskUpdateParams{Title: new(fmt.Sprintf("By %d in %d", writer, round))})
				return err
			})
		}
		won := 0
		for _, err := range expect.Together(fns...) {
			if err == nil {
				won++
			} else {
				expect.Code(t, err, apperr.VersionConflict)
			}
		}
		if won != 1 {
			t.Errorf("%d of %d writers of version %d got through", won, writers, version)
		}
		if got := a.row(t, id).Version; got != version+1 {
			t.Errorf("version %d became %d", version, got)
		}
	}
}
