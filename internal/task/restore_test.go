package task_test

import (
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

func TestRestoreBringsBackExactlyTheBatch(t *testing.T) {
	t.Parallel()
	a := setup(t)
	top := a.add(t, factory.TaskOpts{Title: "top"}).ID
	middle := a.add(t, factory.TaskOpts{Title: "middle", ParentID: &top, Status: db.TaskStatusInProgress}).ID
	earlier := a.add(t, factory.TaskOpts{Title: "deleted before", ParentID: &middle}).ID
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, earlier, nil))
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, top, nil))

	restored, err := a.tasks.Restore(t.Context(), a.lead, top)
	expect.OK(t, err)
	if restored.Task.DeletedAt != nil || restored.Task.DeletionID != nil || restored.Task.Version != 4 {
		t.Errorf("restored as %+v", restored.Task)
	}
	a.wantTitles(t, a.admin, task.Filter{}, "top", "middle")
	for _, id := range []uuid.UUID{top, middle} {
		events := expect.Events(t, a.db, id)
		want := expect.Event{
			ActorID: &a.lead.ID, Credential: "anonymous", Entity: "task", EntityID: id, ProjectID: &a.project.ID,
			Action: "task.restored", Changes: map[string]expect.Change{}, Version: new(int64(4)),
		}
		if diff := cmp.Diff(want, events[len(events)-1]); diff != "" {
			t.Errorf("the last event of %s (-want +got):\n%s", id, diff)
		}
	}

	_, err = a.tasks.Restore(t.Context(), a.lead, earlier)
	expect.OK(t, err)
	a.wantTitles(t, a.admin, task.Filter{}, "top", "middle", "deleted before")
}

func TestRestoreOfWhatIsNotDeletedChangesNothing(t *testing.T) {
	t.Parallel()
	a := setup(t)
	live := a.add(t, factory.TaskOpts{})
	before := expect.EventCount(t, a.db)
	restored, err := a.tasks.Restore(t.Context(), a.lead, live.ID)
	expect.OK(t, err)
	if restored.Task.Version != live.Version || expect.EventCount(t, a.db) != before {
		t.Errorf("restored as %+v", restored.Task)
	}
	_, err = a.tasks.Restore(t.Context(), a.admin, uuid.New())
	expect.Code(t, err, apperr.NotFound)
}

func TestRestoreBelowWhatIsDeletedOrClosed(t *testing.T) {
	t.Parallel()
	t.Run("DeletedParent", func(t *testing.T) {
		t.Parallel()
		a := setup(t)
		parent := a.add(t, factory.TaskOpts{}).ID
		child := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, parent, nil))
		_, err := a.tasks.Restore(t.Context(), a.manager, child)
		if diff := cmp.Diff([]uuid.UUID{parent}, expect.Code(t, err, apperr.ParentDeleted).BlockingIDs); diff != "" {
			t.Errorf("in the way (-want +got):\n%s", diff)
		}
	})
	t.Run("ClosedParent", func(t *testing.T) {
		t.Parallel()
		a := setup(t)
		parent := a.add(t, factory.TaskOpts{Status: db.TaskStatusInProgress}).ID
		open := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		done := a.add(t, factory.TaskOpts{ParentID: &parent, Status: db.TaskStatusDone}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, open, nil))
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, done, nil))
		_, err := a.tasks.SetStatus(t.Context(), a.manager, parent, nil, db.TaskStatusDone, nil)
		expect.OK(t, err)
		_, err = a.tasks.Restore(t.Context(), a.manager, open)
		expect.Code(t, err, apperr.ParentClosed)
		_, err = a.tasks.Restore(t.Context(), a.manager, done)
		expect.OK(t, err)
	})
	t.Run("ClosedProject", func(t *testing.T) {
		t.Parallel()
		a := setup(t)
		open := a.add(t, factory.TaskOpts{})
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, open.ID, nil))
		_, err := a.db.Exec(t.Context(), "UPDATE projects SET status = 'archived' WHERE id = $1", a.project.ID)
		expect.OK(t, err)
		_, err = a.tasks.Restore(t.Context(), a.manager, open.ID)
		expect.Code(t, err, apperr.ProjectClosed)
	})
	t.Run("OpenSubtaskOfAClosedTaskInAClosedProject", func(t *testing.T) {
		t.Parallel()
		a := setup(t)
		cancelled := a.add(t, factory.TaskOpts{Status: db.TaskStatusCancelled}).ID
		a.add(t, factory.TaskOpts{ParentID: &cancelled})
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, cancelled, nil))
		_, err := a.db.Exec(t.Context(), "UPDATE projects SET status = 'archived' WHERE id = $1", a.project.ID)
		expect.OK(t, err)
		_, err = a.tasks.Restore(t.Context(), a.manager, cancelled)
		expect.Code(t, err, apperr.ProjectClosed)
	})
	t.Run("DeletedProject", func(t *testing.T) {
		t.Parallel()
		a := setup(t)
		gone := a.add(t, factory.TaskOpts{})
		_, err := a.db.Exec(t.Context(), "UPDATE tasks SET deleted_at = now(), deletion_id = id")
		expect.OK(t, err)
		_, err = a.db.Exec(t.Context(), "UPDATE projects SET deleted_at = now(), deletion_id = id WHERE id = $1", a.project.ID)
		expect.OK(t, err)
		_, err = a.tasks.Restore(t.Context(), a.manager, gone.ID)
		expect.Code(t, err, apperr.ParentDeleted)
		// A member sees no deleted project, and learns nothing of it.
		_, err = a.tasks.Restore(t.Context(), a.lead, gone.ID)
		expect.Refusal(t, err, apperr.Missing("task", gone.ID))
	})
}

func TestWhoeverMayDeleteMayRestore(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, test := range map[string]struct {
		actor access.Actor
		want  apperr.Code
	}{
		"Admin": {a.admin, ""}, "Manager": {a.manager, ""}, "Lead": {a.lead, ""}, "Creator": {a.contributor, ""},
		"Viewer": {a.viewer, apperr.Forbidden}, "ManagerOfAnother": {a.rival, apperr.Forbidden}, "Outsider": {a.outsider, apperr.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			id := a.add(t, factory.TaskOpts{CreatedBy: &a.contributor.ID}).ID
			expect.OK(t, a.tasks.Delete(t.Context(), a.admin, id, nil))
			_, err := a.tasks.Restore(t.Context(), test.actor, id)
			if test.want == "" {
				expect.OK(t, err)
				return
			}
			expect.Code(t, err, test.want)
			if a.row(t, id).DeletedAt == nil {
				t.Error("it was restored all the same")
			}
		})
	}
}

// A restore that meets the deletion of the parent is refused or goes along with
// it; nothing live is left below what is deleted.
func TestRestoreAndDeleteAboveRace(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for range 30 {
		parent := a.add(t, factory.TaskOpts{}).ID
		child := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, child, nil))
		errs := expect.Together(
			func() error { return a.tasks.Delete(t.Context(), a.manager, parent, nil) },
			func() error {
				_, err := a.tasks.Restore(t.Context(), a.manager, child)
				return err
			},
		)
		expect.OK(t, errs[0])
		if errs[1] != nil {
			expect.Code(t, errs[1], apperr.ParentDeleted)
		}
		if a.row(t, child).DeletedAt == nil {
			t.Fatal("a live task is left below a deleted one")
		}
	}
}
