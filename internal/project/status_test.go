package project_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

var statuses = []db.ProjectStatus{
	db.ProjectStatusPlanning, db.ProjectStatusActive, db.ProjectStatusOnHold,
	db.ProjectStatusCompleted, db.ProjectStatusCancelled, db.ProjectStatusArchived,
}

func TestSetStatusFollowsTheTable(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, from := range statuses {
		for _, to := range statuses {
			before := a.add(t, factory.ProjectOpts{Status: from})
			after, err := a.projects.SetStatus(t.Context(), a.manager, before.ID, nil, project.StatusChange{Status: to, Reason: new("Because.")})
			switch {
			case from == to:
				expect.OK(t, err)
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("%s again changed (-before +after):\n%s", from, diff)
				}
			case project.CanTransition(from, to) != nil:
				expect.Code(t, err, apperr.IllegalTransition)
			default:
				expect.OK(t, err)
				if after.Status != to || after.Version != before.Version+1 || *after.StatusReason != "Because." {
					t.Errorf("%s to %s gives %+v", from, to, after)
				}
			}
		}
	}
}

func TestCompletedAt(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.ProjectOpts{}).ID
	set := func(status db.ProjectStatus) db.Project {
		row, err := a.projects.SetStatus(t.Context(), a.manager, id, nil, project.StatusChange{Status: status, Reason: new("Because.")})
		expect.OK(t, err)
		return row
	}
	if row := set(db.ProjectStatusCompleted); row.CompletedAt == nil || !row.CompletedAt.Equal(now) {
		t.Errorf("completed at %v, want the clock's %v", row.CompletedAt, now)
	}
	if row := set(db.ProjectStatusActive); row.CompletedAt != nil {
		t.Errorf("reopened it is still completed at %v", row.CompletedAt)
	}
	set(db.ProjectStatusCompleted)
	if row := set(db.ProjectStatusArchived); row.CompletedAt == nil || !row.CompletedAt.Equal(now) {
		t.Errorf("archived it was completed at %v", row.CompletedAt)
	}
}

func TestReopeningNeedsAReason(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.ProjectOpts{Status: db.ProjectStatusCompleted}).ID
	_, err := a.projects.SetStatus(t.Context(), a.manager, id, nil, project.StatusChange{Status: db.ProjectStatusActive})
	expect.Fields(t, err, "/reason required")
}

func TestCompletingWithOpenTasks(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("IsRefusedAndNamesThem", func(t *testing.T) {
		t.Parallel()
		p := a.add(t, factory.ProjectOpts{})
		var open []uuid.UUID
		for _, status := range []db.TaskStatus{"backlog", "done", "todo", "in_progress", "cancelled", "in_review", "blocked"} {
			id := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, Status: status}).ID
			if task.IsOpen(status) {
				open = append(open, id)
			}
		}
		deleted := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted, nil))
		_, err := a.projects.SetStatus(t.Context(), a.manager, p.ID, nil, project.StatusChange{Status: db.ProjectStatusCompleted})
		e := expect.Code(t, err, apperr.OpenTasks)
		if diff := cmp.Diff(open, e.BlockingIDs); diff != "" {
			t.Errorf("in the way (-want +got):\n%s", diff)
		}
	})

	t.Run("IsForced", func(t *testing.T) {
		t.Parallel()
		p := a.add(t, factory.ProjectOpts{})
		open := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID}).ID
		row, err := a.projects.SetStatus(t.Context(), a.manager, p.ID, nil, project.StatusChange{Status: db.ProjectStatusCompleted, Force: true})
		expect.OK(t, err)
		if row.Status != db.ProjectStatusCompleted {
			t.Errorf("the project is %s", row.Status)
		}
		if still, err := a.tasks.Get(t.Context(), a.manager, open); err != nil || still.Task.Status != db.TaskStatusTodo {
			t.Errorf("the task is %s, %v", still.Task.Status, err)
		}
	})

	t.Run("ClosedOnesAreNotInTheWay", func(t *testing.T) {
		t.Parallel()
		p := a.add(t, factory.ProjectOpts{})
		for _, status := range []db.TaskStatus{db.TaskStatusDone, db.TaskStatusCancelled} {
			factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, Status: status})
		}
		_, err := a.projects.SetStatus(t.Context(), a.manager, p.ID, nil, project.StatusChange{Status: db.ProjectStatusCompleted})
		expect.OK(t, err)
	})
}

// Whoever is first, no project is completed over an open task.
func TestCompletingWhileATaskIsAddedOrReopened(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, open := range map[string]func(ctx context.Context, projectID, done uuid.UUID) error{
		"Added": func(ctx context.Context, projectID, _ uuid.UUID) error {
			_, err := a.tasks.Create(ctx, a.lead, task.CreateParams{ProjectID: projectID, Title: "Late", Status: db.TaskStatusTodo, Priority: db.PriorityLow})
			return err
		},
		"Reopened": func(ctx context.Context, _, done uuid.UUID) error {
			_, err := a.tasks.SetStatus(ctx, a.lead, done, nil, db.TaskStatusInProgress, new("Not yet."))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			completed := 0
			const races = 40
			for range races {
				p := a.add(t, factory.ProjectOpts{})
				done := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, Status: db.TaskStatusDone}).ID
				errs := expect.Together(
					func() error {
						_, err := a.projects.SetStatus(t.Context(), a.manager, p.ID, nil, project.StatusChange{Status: db.ProjectStatusCompleted})
						return err
					},
					func() error { return open(t.Context(), p.ID, done) },
				)
				completeErr, openErr := errs[0], errs[1]
				if completeErr == nil {
					expect.Code(t, openErr, apperr.ProjectClosed)
					completed++
				} else {
					expect.Code(t, completeErr, apperr.OpenTasks)
					expect.OK(t, openErr)
				}
			}
			t.Logf("of %d races %d were won by completing", races, completed)
		})
	}
}
