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

// After any sequence of operations, some of them at the same time, every task
// stands at what a computation from scratch gives.
func TestStoredProgressIsAlwaysThatOfARecomputation(t *testing.T) {
	t.Parallel()
	a := setup(t)
	rapid.Check(t, func(r *rapid.T) {
		project := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID})
		ids := make([]uuid.UUID, 7)
		for i := range ids {
			ids[i] = a.create(t, task.CreateParams{ProjectID: project.ID})
		}
		for range rapid.IntRange(4, 10).Draw(r, "rounds") {
			fns := make([]func() error, rapid.IntRange(1, 3).Draw(r, "width"))
			for i := range fns {
				fns[i] = a.drawWork(t, r, project.ID, rapid.SampledFrom(ids))
			}
			for _, err := range expect.Together(fns...) {
				if err == nil {
					continue
				}
				if e := expect.AnyRefusal(t, err); e.Code == apperr.Internal || e.Code == apperr.Unavailable {
					r.Fatal(err)
				}
			}
		}
		tasks := a.readProgress(t, project.ID)
		for id, row := range tasks {
			if want, _ := tasks.recompute(id); row.progress != want {
				r.Fatalf("task %s stands at %d, a recomputation gives %d", id, row.progress, want)
			}
		}
	})
}

func (a agency) drawWork(t *testing.T, r *rapid.T, projectID uuid.UUID, drawn *rapid.Generator[uuid.UUID]) func() error {
	one, other := drawn.Draw(r, "one"), drawn.Draw(r, "other")
	percent := rapid.Int16Range(0, 100).Draw(r, "percent")
	estimate := rapid.Ptr(rapid.Int32Range(1, 9), true).Draw(r, "estimate")
	status := rapid.SampledFrom([]db.TaskStatus{"todo", "in_progress", "in_progress", "done", "done", "cancelled", "backlog"}).Draw(r, "status")
	update := func(params db.TaskUpdateParams) func() error {
		return func() error {
			_, err := a.tasks.Update(t.Context(), a.manager, one, nil, params)
			return err
		}
	}
	switch rapid.SampledFrom([]string{"progress", "estimate", "move", "move", "root", "status", "status", "create", "delete", "restore"}).Draw(r, "work") {
	case "progress":
		return update(db.TaskUpdateParams{ProgressDoUpdate: true, Progress: &percent})
	case "estimate":
		return update(db.TaskUpdateParams{EstimateMinutesDoUpdate: true, EstimateMinutes: estimate})
	case "move":
		return update(db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &other})
	case "root":
		return update(db.TaskUpdateParams{ParentIDDoUpdate: true})
	case "status":
		return func() error {
			_, err := a.tasks.SetStatus(t.Context(), a.manager, one, nil, status, new("Drawn."))
			return err
		}
	case "create":
		return func() error {
			_, err := a.tasks.Create(t.Context(), a.manager, task.CreateParams{
				ProjectID: projectID, Title: "New", Status: db.TaskStatusTodo, Priority: db.PriorityLow,
				ParentID: &one, Progress: percent, EstimateMinutes: estimate,
			})
			return err
		}
	case "delete":
		return func() error { return a.tasks.Delete(t.Context(), a.manager, one, nil) }
	default:
		return func() error {
			_, err := a.tasks.Restore(t.Context(), a.manager, one)
			return err
		}
	}
}

type progressRow struct {
	parent          *uuid.UUID
	status          db.TaskStatus
	estimate        *int
	progress, given int
}

// progressRows are a project's live tasks.
type progressRows map[uuid.UUID]progressRow

func (a agency) readProgress(t testing.TB, projectID uuid.UUID) progressRows {
	t.Helper()
	rows, err := a.db.Query(t.Context(), `SELECT id, parent_id, status, estimate_minutes, progress, given_progress
		FROM tasks WHERE project_id = $1 AND deleted_at IS NULL`, projectID)
	expect.OK(t, err)
	defer rows.Close()
	found := progressRows{}
	for rows.Next() {
		var id uuid.UUID
		var row progressRow
		expect.OK(t, rows.Scan(&id, &row.parent, &row.status, &row.estimate, &row.progress, &row.given))
		found[id] = row
	}
	expect.OK(t, rows.Err())
	return found
}

// recompute returns a task's progress and weight, 0 where it has none, from
// nothing but what is given. It is written anew, so that a mistake of the
// package's is not repeated.
func (all progressRows) recompute(id uuid.UUID) (percent, weight int) {
	row := all[id]
	var percents, known []int
	sum := 0
	unknown := 0
	for below, other := range all {
		if other.parent == nil || *other.parent != id || other.status == db.TaskStatusCancelled {
			continue
		}
		p, w := all.recompute(below)
		percents, known = append(percents, p), append(known, w)
		sum += w
		if w == 0 {
			unknown++
		}
	}
	average := 1
	if sum > 0 {
		count := len(known) - unknown
		average = (sum + count/2) / count
		weight = sum + unknown*average
	}
	points, total := 0, 0
	for i, w := range known {
		if w == 0 {
			w = average
		}
		points += w * percents[i]
		total += w
	}
	percent = row.given
	if total > 0 {
		percent = points / total
	}
	if row.status == db.TaskStatusDone {
		percent = 100
	}
	if row.estimate != nil {
		weight = *row.estimate
	}
	return percent, weight
}
