package task_test

import (
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// No interleaving orphans a subtask: whatever is created below tasks, moved,
// deleted and restored at the same time, alone and in batches, with the whole
// project among it, no task is left below what is deleted, and every parent
// stands at what a computation from scratch gives.
func TestNoInterleavingOrphansASubtask(t *testing.T) {
	t.Parallel()
	a := setup(t)
	projects := project.New(a.db, nil)
	rapid.Check(t, func(r *rapid.T) {
		inProject := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID}).ID
		var ids []uuid.UUID
		for i := range 6 {
			var parent *uuid.UUID
			if i > 0 {
				parent = rapid.Ptr(rapid.SampledFrom(ids), true).Draw(r, "parent")
			}
			ids = append(ids, factory.Task(t, a.db, &factory.TaskOpts{ProjectID: inProject, ParentID: parent}).ID)
		}
		drawn := rapid.SampledFrom(ids)
		for range rapid.IntRange(2, 4).Draw(r, "rounds") {
			fns := make([]func() error, rapid.IntRange(2, 4).Draw(r, "width"))
			for i := range fns {
				switch rapid.SampledFrom([]string{"work", "work", "work", "work", "batch", "delete project", "restore project"}).Draw(r, "does") {
				case "work":
					fns[i] = a.drawWork(t, r, inProject, drawn)
				case "batch":
					fns[i] = a.drawBatch(t, r, inProject, drawn)
				case "delete project":
					fns[i] = func() error { return projects.Delete(t.Context(), a.manager, inProject, nil) }
				default:
					fns[i] = func() error {
						_, err := projects.Restore(t.Context(), a.manager, inProject)
						return err
					}
				}
			}
			for _, err := range expect.Together(fns...) {
				if err == nil {
					continue
				}
				if e := expect.AnyRefusal(t, err); e.Code == apperr.Internal || e.Code == apperr.Unavailable {
					r.Fatal(err)
				}
			}
			if left := a.orphans(t, inProject); left != 0 {
				r.Fatalf("%d tasks are live below what is not", left)
			}
		}
		tasks := a.readProgress(t, inProject)
		for id, row := range tasks {
			if want, _ := tasks.recompute(id); row.progress != want {
				r.Fatalf("task %s stands at %d, a recomputation gives %d", id, row.progress, want)
			}
		}
	})
}

// drawBatch is a batch that creates below one task and deletes another.
func (a agency) drawBatch(t *testing.T, r *rapid.T, projectID uuid.UUID, drawn *rapid.Generator[uuid.UUID]) func() error {
	one, other, atomic := drawn.Draw(r, "one"), drawn.Draw(r, "other"), rapid.Bool().Draw(r, "atomic")
	inProject := func(item *task.BulkItem) { item.Create.ProjectID = projectID }
	items := []task.BulkItem{
		a.creating("above", func(item *task.BulkItem) { inProject(item); item.Create.ParentID = &one }),
		a.creating("below", func(item *task.BulkItem) { inProject(item); item.ParentRef = "above" }),
		deleting(other),
	}
	return func() error {
		_, err := a.tasks.Bulk(t.Context(), a.manager, items, atomic)
		return err
	}
}

// orphans counts the project's live tasks that stand below a task that is
// deleted, missing or another project's, or in a deleted project.
func (a agency) orphans(t testing.TB, projectID uuid.UUID) int {
	t.Helper()
	return expect.Count(t, a.db, `SELECT count(*) FROM tasks t
		JOIN projects p ON p.id = t.project_id LEFT JOIN tasks parent ON parent.id = t.parent_id AND parent.project_id = t.project_id
		WHERE t.project_id = $1 AND t.deleted_at IS NULL
			AND (p.deleted_at IS NOT NULL OR t.parent_id IS NOT NULL AND (parent.id IS NULL OR parent.deleted_at IS NOT NULL))`, projectID)
}

// The control: a deletion that looks for the subtasks and does not hold the
// project meanwhile leaves one behind, and the test above would find it.
func TestDeletingWithoutTheProjectsLockOrphansASubtask(t *testing.T) {
	t.Parallel()
	a := setup(t)
	parent := a.add(t, factory.TaskOpts{}).ID
	a.add(t, factory.TaskOpts{ParentID: &parent})
	var found []uuid.UUID
	expect.OK(t, a.db.QueryRow(t.Context(), "SELECT array_agg(id) FROM tasks WHERE id = $1 OR parent_id = $1", parent).Scan(&found))
	_, err := a.tasks.Create(t.Context(), a.manager, task.CreateParams{
		ProjectID: a.project.ID, ParentID: &parent, Title: "Meanwhile", Status: db.TaskStatusTodo, Priority: db.PriorityLow,
	})
	expect.OK(t, err)
	_, err = a.db.Exec(t.Context(), "UPDATE tasks SET deleted_at = now(), deletion_id = $2 WHERE id = ANY($1)", found, uuid.New())
	expect.OK(t, err)
	if left := a.orphans(t, a.project.ID); left != 1 {
		t.Errorf("%d tasks are orphans, want the one that was created meanwhile", left)
	}
}
