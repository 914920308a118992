package task_test

import (
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// No interleaving of what changes the graph makes a cycle in it: dependencies
// added and removed, subtasks moved, tasks created below one and behind others.
func TestNoInterleavingMakesACycle(t *testing.T) {
	t.Parallel()
	a := setup(t)
	rapid.Check(t, func(r *rapid.T) {
		const width = 3 // how many change the graph at the same time
		project := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID})
		ids := make([]uuid.UUID, 6)
		for i := range ids {
			ids[i] = factory.Task(t, a.db, &factory.TaskOpts{ProjectID: project.ID}).ID
		}
		drawn := rapid.SampledFrom(ids)
		for range rapid.IntRange(3, 6).Draw(r, "rounds") {
			fns := make([]func() error, width)
			for i := range fns {
				fns[i] = a.drawChange(t, r, project.ID, drawn)
			}
			for _, err := range expect.Together(fns...) {
				switch {
				case err == nil, apperr.Is(err, apperr.DependencyCycle), apperr.Is(err, apperr.AlreadyExists), apperr.Is(err, apperr.NotFound):
				default:
					r.Fatal(err)
				}
			}
		}
		if left := a.cyclicTasks(t); left != 0 {
			r.Fatalf("%d tasks are on a cycle", left)
		}
	})
}

func (a agency) drawChange(t *testing.T, r *rapid.T, projectID uuid.UUID, drawn *rapid.Generator[uuid.UUID]) func() error {
	one, other := drawn.Draw(r, "one"), drawn.Draw(r, "other")
	switch rapid.SampledFrom([]string{"add", "add", "move", "move", "create", "remove"}).Draw(r, "change") {
	case "add":
		return func() error {
			_, err := a.tasks.AddDependency(t.Context(), a.manager, one, other)
			return err
		}
	case "move":
		return func() error {
			_, err := a.tasks.Update(t.Context(), a.manager, one, nil, db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &other})
			return err
		}
	case "create":
		return func() error {
			_, err := a.tasks.Create(t.Context(), a.manager, task.CreateParams{
				ProjectID: projectID, Title: "New", Status: db.TaskStatusTodo, Priority: db.PriorityLow,
				ParentID: &one, PrerequisiteIDs: []uuid.UUID{other},
			})
			return err
		}
	default:
		return func() error { return a.tasks.RemoveDependency(t.Context(), a.manager, one, other) }
	}
}
