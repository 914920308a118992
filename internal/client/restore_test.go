package client_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestRestoreBringsBackExactlyTheBatch(t *testing.T) {
	t.Parallel()
	a := setup(t)
	c := factory.Client(t, a.db, nil)
	kept := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &c.ID}).ID
	gone := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &c.ID, ManagerID: &a.manager.ID}).ID
	keptTask := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: kept}).ID
	goneTask := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: gone}).ID
	expect.OK(t, project.New(a.db, nil).Delete(t.Context(), a.manager, gone, nil))
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, c.ID, nil))

	restored, err := a.clients.Restore(t.Context(), a.manager, c.ID)
	expect.OK(t, err)
	if restored.DeletedAt != nil || restored.Version != c.Version+2 {
		t.Errorf("restored as %+v", restored)
	}
	projects, tasks := project.New(a.db, nil), task.New(a.db, nil)
	_, err = projects.Get(t.Context(), a.manager, kept)
	expect.OK(t, err)
	_, err = tasks.Get(t.Context(), a.manager, keptTask)
	expect.OK(t, err)
	// What had been deleted before is another batch.
	_, err = projects.Get(t.Context(), a.manager, gone)
	expect.Code(t, err, apperr.NotFound)
	_, err = tasks.Get(t.Context(), a.manager, goneTask)
	expect.Code(t, err, apperr.NotFound)

	var actions []string
	for _, id := range []uuid.UUID{c.ID, kept, keptTask} {
		events := expect.Events(t, a.db, id)
		actions = append(actions, events[len(events)-1].Action)
	}
	if diff := cmp.Diff([]string{"client.restored", "project.restored", "task.restored"}, actions); diff != "" {
		t.Errorf("the last events (-want +got):\n%s", diff)
	}

	again, err := a.clients.Restore(t.Context(), a.manager, c.ID)
	if err != nil || again.Version != restored.Version {
		t.Errorf("restored again as %+v, %v", again, err)
	}
	_, err = a.clients.Restore(t.Context(), a.manager, uuid.New())
	expect.Code(t, err, apperr.NotFound)
}

// Who comes second finds it restored, and not missing.
func TestOfTwoRestoresBothSucceed(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for range 20 {
		c := factory.Client(t, a.db, nil)
		expect.OK(t, a.clients.Delete(t.Context(), a.manager, c.ID, nil))
		restore := func() error {
			_, err := a.clients.Restore(t.Context(), a.manager, c.ID)
			return err
		}
		for _, err := range expect.Together(restore, restore) {
			expect.OK(t, err)
		}
	}
}
