package task_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

// leave takes somebody off the team of the project.
func (a agency) leave(t *testing.T, id uuid.UUID) {
	t.Helper()
	_, err := a.db.Exec(t.Context(), "DELETE FROM project_members WHERE project_id = $1 AND user_id = $2", a.project.ID, id)
	expect.OK(t, err)
}

func TestWhatIsTakenUpAgainHasNoAssigneeWhoCannotWorkOnIt(t *testing.T) {
	t.Parallel()
	a := setup(t)
	add := func(status db.TaskStatus, assignee uuid.UUID) uuid.UUID {
		return a.add(t, factory.TaskOpts{Status: status, AssigneeID: &assignee}).ID
	}
	done, dropped := add(db.TaskStatusDone, a.contributor.ID), add(db.TaskStatusCancelled, a.contributor.ID)
	kept, managers := add(db.TaskStatusDone, a.lead.ID), add(db.TaskStatusDone, a.rival.ID)
	a.leave(t, a.contributor.ID)

	for id, want := range map[uuid.UUID]*uuid.UUID{done: nil, dropped: nil, kept: &a.lead.ID, managers: &a.rival.ID} {
		to := db.TaskStatusInProgress
		if id == dropped {
			to = db.TaskStatusBacklog
		}
		reopened, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, to, new("Not good enough."))
		expect.OK(t, err)
		if diff := cmp.Diff(want, reopened.Task.AssigneeID); diff != "" {
			t.Errorf("the assignee (-want +got):\n%s", diff)
		}
		changes := expect.Events(t, a.db, id)[0].Changes
		if _, told := changes["assignee_id"]; told != (want == nil) {
			t.Errorf("the event tells %v", changes)
		}
	}
}

func TestWhatIsRestoredHasNoAssigneeWhoCannotWorkOnIt(t *testing.T) {
	t.Parallel()
	a := setup(t)
	top := a.add(t, factory.TaskOpts{AssigneeID: &a.lead.ID}).ID
	add := func(status db.TaskStatus, assignee uuid.UUID) uuid.UUID {
		return a.add(t, factory.TaskOpts{ParentID: &top, Status: status, AssigneeID: &assignee}).ID
	}
	left, finished := add(db.TaskStatusTodo, a.contributor.ID), add(db.TaskStatusDone, a.contributor.ID)
	managers, viewers := add(db.TaskStatusTodo, a.rival.ID), add(db.TaskStatusTodo, a.viewer.ID)
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, top, nil))
	a.leave(t, a.contributor.ID)
	_, err := a.tasks.Restore(t.Context(), a.manager, top)
	expect.OK(t, err)

	for id, want := range map[uuid.UUID]*uuid.UUID{
		top: &a.lead.ID, left: nil, finished: &a.contributor.ID, managers: &a.rival.ID, viewers: nil,
	} {
		row := a.row(t, id)
		if diff := cmp.Diff(want, row.AssigneeID); diff != "" || row.Version != 4 {
			t.Errorf("the assignee at version %d (-want +got):\n%s", row.Version, diff)
		}
	}
	events := expect.Events(t, a.db, left)
	want := map[string]expect.Change{"assignee_id": {Old: a.contributor.ID.String()}}
	if diff := cmp.Diff(want, events[len(events)-1].Changes); diff != "" {
		t.Errorf("the event (-want +got):\n%s", diff)
	}
}

// Whoever is deleted while a task of theirs comes back has no open task afterwards.
func TestNoTaskComesBackToWhoIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	a := setup(t)
	users := user.New(a.db, nil)
	for range 20 {
		gone := factory.User(t, a.db, nil)
		_, err := a.db.Exec(t.Context(), "INSERT INTO project_members (project_id, user_id, role) VALUES ($1, $2, 'contributor')", a.project.ID, gone.ID)
		expect.OK(t, err)
		deleted := a.add(t, factory.TaskOpts{AssigneeID: &gone.ID}).ID
		finished := a.add(t, factory.TaskOpts{AssigneeID: &gone.ID, Status: db.TaskStatusDone}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted, nil))
		for _, err := range expect.Together(
			func() error { return users.Delete(t.Context(), a.admin, gone.ID, nil) },
			func() error { _, err := a.tasks.Restore(t.Context(), a.manager, deleted); return err },
			func() error {
				_, err := a.tasks.SetStatus(t.Context(), a.manager, finished, nil, db.TaskStatusInProgress, new("Again."))
				return err
			},
		) {
			expect.OK(t, err)
		}
		a.wantTitles(t, a.admin, task.Filter{AssigneeIDs: []uuid.UUID{gone.ID}})
	}
}
