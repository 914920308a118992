package task_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestDeleteTakesSubtasksAlong(t *testing.T) {
	t.Parallel()
	a := setup(t)
	top := a.add(t, factory.TaskOpts{Title: "top"}).ID
	middle := a.add(t, factory.TaskOpts{Title: "middle", ParentID: &top}).ID
	bottom := a.add(t, factory.TaskOpts{Title: "bottom", ParentID: &middle, Status: db.TaskStatusDone}).ID
	earlier := a.add(t, factory.TaskOpts{Title: "deleted before", ParentID: &middle}).ID
	a.add(t, factory.TaskOpts{Title: "sibling"})
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, earlier, nil))
	expect.OK(t, a.tasks.Delete(t.Context(), a.lead, top, nil))

	deletion := a.row(t, top).DeletionID
	if deletion == nil {
		t.Fatal("the task is not deleted")
	}
	for _, id := range []uuid.UUID{top, middle, bottom} {
		row := a.row(t, id)
		if row.DeletionID == nil || *row.DeletionID != *deletion || row.DeletedAt == nil || *row.DeletedBy != a.lead.ID {
			t.Errorf("task %s was deleted at %v by %v as %v, want by the lead as %s", id, row.DeletedAt, row.DeletedBy, row.DeletionID, deletion)
		}
		if row.Version != 3 { // made at 1, given its status at 2
			t.Errorf("task %s is at version %d", id, row.Version)
		}
	}
	// What was deleted before stays another batch, so that a restore brings back one.
	if row := a.row(t, earlier); *row.DeletionID == *deletion || *row.DeletedBy != a.manager.ID {
		t.Error("the task that was deleted before has joined the batch")
	}
	a.wantTitles(t, a.admin, task.Filter{}, "sibling")
	a.wantTitles(t, a.admin, task.Filter{ParentID: &top})
	expect.Code(t, a.tasks.Delete(t.Context(), a.lead, top, nil), apperr.NotFound)
}

func TestDeleteKeepsWhatWaited(t *testing.T) {
	t.Parallel()
	a := setup(t)
	c := a.chain(t, 2)
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, c[1], nil))
	read, err := a.tasks.Get(t.Context(), a.manager, c[0])
	expect.OK(t, err)
	if !read.IsBlocked || len(read.PrerequisiteIds) != 1 || read.PrerequisiteIds[0] != c[1] {
		t.Errorf("blocked %v by %v, want by %s", read.IsBlocked, read.PrerequisiteIds, c[1])
	}
}

// A subtask that is added while its parent is deleted goes along or is refused;
// it never stays alone below what is gone.
func TestDeleteAndCreateBelowRace(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for range 40 {
		top := a.add(t, factory.TaskOpts{}).ID
		parent := a.add(t, factory.TaskOpts{ParentID: &top}).ID
		params := a.newTask()
		params.ParentID = &parent
		errs := expect.Together(
			func() error { return a.tasks.Delete(t.Context(), a.manager, top, nil) },
			func() error {
				_, err := a.tasks.Create(t.Context(), a.lead, params)
				return err
			},
		)
		expect.OK(t, errs[0])
		if errs[1] != nil {
			expect.Fields(t, errs[1], "/parent_id not_found")
		}
	}
	a.wantTitles(t, a.admin, task.Filter{})
}

// A parent is not closed while a subtask is added below it, whoever is first.
func TestCloseAndCreateBelowRace(t *testing.T) {
	t.Parallel()
	a := setup(t)
	outcomes := map[string]int{}
	for range 40 {
		parent := a.add(t, factory.TaskOpts{Status: db.TaskStatusInProgress}).ID
		params := a.newTask()
		params.ParentID = &parent
		errs := expect.Together(
			func() error {
				_, err := a.tasks.SetStatus(t.Context(), a.manager, parent, nil, db.TaskStatusDone, nil)
				return err
			},
			func() error {
				_, err := a.tasks.Create(t.Context(), a.lead, params)
				return err
			},
		)
		switch {
		case errs[0] == nil:
			expect.Code(t, errs[1], apperr.ParentClosed)
			outcomes["closed"]++
		case errs[1] == nil:
			expect.Code(t, errs[0], apperr.SubtasksOpen)
			outcomes["created"]++
		default:
			t.Fatal(errs)
		}
	}
	t.Logf("of 40 races %v", outcomes)
}
