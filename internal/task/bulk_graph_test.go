package task_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestACycleInABatchIsRefusedWithItsPath(t *testing.T) {
	t.Parallel()
	a := setup(t)
	// One that exists waits for another.
	start := a.add(t, factory.TaskOpts{})
	end := a.add(t, factory.TaskOpts{After: []uuid.UUID{start.ID}})
	cycle := "dependency_cycle"
	for name, test := range map[string]struct {
		items []task.BulkItem
		want  []string
		path  string
	}{
		"OnItself":        {[]task.BulkItem{a.creating("a", after("a"))}, []string{"/items/0 " + cycle}, "item 0 (a) → item 0 (a)."},
		"BelowItself":     {[]task.BulkItem{a.creating("a", below("a"))}, []string{"/items/0 " + cycle}, "item 0 (a) → item 0 (a)."},
		"ThreeInARing":    {[]task.BulkItem{a.creating("a", after("b")), a.creating("b", after("c")), a.creating("c", after("a"))}, []string{"/items/0 " + cycle, "/items/1 " + cycle, "/items/2 " + cycle}, ""},
		"BelowOneAnother": {[]task.BulkItem{a.creating("a", below("b")), a.creating("b", below("a"))}, []string{"/items/0 " + cycle, "/items/1 " + cycle}, ""},
		// A parent waits for its subtasks.
		"BehindItsParent": {[]task.BulkItem{a.creating("a", nil), a.creating("b", func(i *task.BulkItem) { i.ParentRef, i.PrerequisiteRefs = "a", []string{"a"} })}, []string{"/items/0 " + cycle, "/items/1 " + cycle}, ""},
		// Below start and behind end, which waits for start.
		"ThroughTasksThatExist": {[]task.BulkItem{a.creating("fine", nil), a.creating("a", func(i *task.BulkItem) {
			i.Create.ParentID, i.Create.PrerequisiteIDs = &start.ID, []uuid.UUID{end.ID}
		})}, []string{"/items/1 " + cycle}, ""},
		"ThroughBoth": {[]task.BulkItem{
			a.creating("a", func(i *task.BulkItem) { i.Create.ParentID, i.PrerequisiteRefs = &start.ID, []string{"b"} }),
			a.creating("b", func(i *task.BulkItem) { i.Create.PrerequisiteIDs = []uuid.UUID{end.ID} }),
		}, []string{"/items/0 " + cycle, "/items/1 " + cycle}, fmt.Sprintf("task %s → item 0 (a) → item 1 (b) → task %s → task %s.", start.ID, end.ID, start.ID)},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := a.wantRefused(t, a.manager, test.items, apperr.DependencyCycle, test.want...)
			if detail := refusal.Fields[0].Detail; !strings.Contains(detail, test.path) {
				t.Errorf("the detail is %q, which does not tell of %q", detail, test.path)
			}
			results, err := a.tasks.Bulk(t.Context(), a.manager, append(test.items, a.creating("apart", nil)), false)
			expect.OK(t, err)
			if got, failed := strings.Count(statusesOf(results), "failed"), len(test.want); got != failed {
				t.Errorf("%d items failed, want %d", got, failed)
			}
		})
	}
	if left := a.cyclicTasks(t); left != 0 {
		t.Errorf("%d tasks are on a cycle", left)
	}
}

// A batch and a single operation each add half of a cycle.
func TestABatchAndASingleAddNeverCloseACycle(t *testing.T) {
	t.Parallel()
	a := setup(t)
	won := 0
	const pairs = 40
	for range pairs {
		one, other := a.add(t, factory.TaskOpts{}).ID, a.add(t, factory.TaskOpts{}).ID
		errs := expect.Together(
			func() error {
				_, err := a.tasks.AddDependency(t.Context(), a.manager, one, other)
				return err
			},
			func() error { // other waits for its new subtask, and that for one
				_, err := a.tasks.Bulk(t.Context(), a.manager, []task.BulkItem{a.creating("", func(i *task.BulkItem) {
					i.Create.ParentID, i.Create.PrerequisiteIDs = &other, []uuid.UUID{one}
				})}, true)
				return err
			},
		)
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				expect.Code(t, err, apperr.DependencyCycle)
			}
		}
	}
	if won != pairs {
		t.Errorf("%d of %d halves were added, want %d", won, 2*pairs, pairs)
	}
	if left := a.cyclicTasks(t); left != 0 {
		t.Errorf("%d tasks are on a cycle", left)
	}
}

// Both lock their projects in the same order, whatever the order of the items.
func TestBatchesOverTheSameProjectsDoNotDeadlock(t *testing.T) {
	t.Parallel()
	a := setup(t)
	other := a.projectIn(t, db.ProjectStatusActive)
	inOther := a.creating("", func(i *task.BulkItem) { i.Create.ProjectID = other.ID })
	var fns []func() error
	for i := range 12 {
		items := []task.BulkItem{a.creating("", nil), inOther}
		if i%2 == 0 {
			slices.Reverse(items)
		}
		fns = append(fns, func() error {
			_, err := a.tasks.Bulk(t.Context(), a.manager, items, true)
			return err
		})
	}
	for _, err := range expect.Together(fns[:4]...) {
		expect.OK(t, err)
	}
}

// A plan of 500 tasks with its graph: ten epics of which each has parts, whose
// tasks wait for up to three earlier ones of the same part.
func TestBulkOf500(t *testing.T) {
	t.Parallel()
	a := setup(t)
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	boss := factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin}))
	worker := factory.User(t, d, nil)
	project := factory.Project(t, d, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{worker.ID: db.ProjectMemberRoleContributor}})
	existing := factory.Task(t, d, &factory.TaskOpts{ProjectID: project.ID})
	tasks := task.New(d, nil)

	const total = 500
	items, dependencies := make([]task.BulkItem, total), 0
	for i := range items {
		items[i] = a.creating(fmt.Sprintf("t%d", i), func(item *task.BulkItem) {
			item.Create.ProjectID, item.Create.AssigneeID = project.ID, &worker.ID
			item.Create.Title = fmt.Sprintf("Prepare part %d of the relaunch", i)
			item.Create.Description = new(strings.Repeat("What is to be done, in some detail. ", 5))
			item.Create.EstimateMinutes = new(int32(30 + i%7*15))
			if i >= 10 {
				item.ParentRef = fmt.Sprintf("t%d", i%10)
			} else {
				item.Create.ParentID = &existing.ID
			}
			for back := 10; back <= 30 && i-back >= 10; back += 10 {
				item.PrerequisiteRefs = append(item.PrerequisiteRefs, fmt.Sprintf("t%d", i-back))
				dependencies++
			}
		})
	}
	slices.Reverse(items) // so that every reference is one forwards
	measure := func() (took time.Duration, sent int) {
		began := time.Now()
		sent = len(statements.During(func() {
			_, err := tasks.Bulk(t.Context(), boss, items, true)
			expect.OK(t, err)
		}))
		return time.Since(began), sent
	}
	first, sent := measure()
	best := first
	for range 2 {
		took, _ := measure()
		best = min(best, took)
	}
	t.Logf("%d tasks with %d dependencies in one transaction of %d statements: %v at first, %v at best", total, dependencies, sent, first, best)
	if got := expect.Count(t, d, "SELECT count(*) FROM task_dependencies"); got != 3*dependencies {
		t.Errorf("there are %d dependencies, want %d", got, 3*dependencies)
	}
	if sent > 20 {
		t.Errorf("it took %d statements", sent)
	}
	// A machine that runs other tests at the same time is given room.
	if best > 3*time.Second {
		t.Errorf("it took %v", best)
	}
}
