package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestRestoreBringsBackExactlyTheBatch(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p := a.managedBy
	task := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID}).ID
	earlier := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID}).ID
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, earlier, nil))
	expect.OK(t, a.projects.Delete(t.Context(), a.manager, p.ID, nil))

	_, err := a.projects.Restore(t.Context(), a.rival, p.ID)
	expect.Code(t, err, apperr.Forbidden)
	restored, err := a.projects.Restore(t.Context(), a.manager, p.ID)
	expect.OK(t, err)
	if restored.DeletedAt != nil || restored.Version != p.Version+2 {
		t.Errorf("restored as %+v", restored)
	}
	for id, deleted := range map[uuid.UUID]bool{task: false, earlier: true} {
		if got := a.deletionOf(t, "tasks", id) != nil; got != deleted {
			t.Errorf("task %s is deleted: %v, want %v", id, got, deleted)
		}
	}
	events := expect.Events(t, a.db, p.ID)
	want := expect.Event{
		ActorID: &a.manager.ID, Credential: "anonymous", Entity: "project", EntityID: p.ID, ProjectID: &p.ID,
		Action: "project.restored", Changes: map[string]expect.Change{}, Version: new(p.Version + 2),
	}
	if diff := cmp.Diff(want, events[len(events)-1]); diff != "" {
		t.Errorf("the last event (-want +got):\n%s", diff)
	}
	if events := expect.Events(t, a.db, task); events[len(events)-1].Action != "task.restored" {
		t.Errorf("the last event of its task is %s", events[len(events)-1].Action)
	}

	again, err := a.projects.Restore(t.Context(), a.manager, p.ID)
	if err != nil || again.Version != restored.Version {
		t.Errorf("restored again as %+v, %v", again, err)
	}
	_, err = a.projects.Restore(t.Context(), a.admin, uuid.New())
	expect.Code(t, err, apperr.NotFound)
}

func TestRestoreBelowADeletedClient(t *testing.T) {
	t.Parallel()
	a := setup(t)
	client := factory.Client(t, a.db, nil)
	p := a.add(t, factory.ProjectOpts{ClientID: &client.ID})
	expect.OK(t, a.projects.Delete(t.Context(), a.manager, p.ID, nil))
	_, err := a.db.Exec(t.Context(), "UPDATE clients SET deleted_at = now(), deletion_id = id")
	expect.OK(t, err)
	_, err = a.projects.Restore(t.Context(), a.manager, p.ID)
	expect.Code(t, err, apperr.ParentDeleted)
	if a.deletionOf(t, "projects", p.ID) == nil {
		t.Error("it was restored all the same")
	}
}

// Who comes second finds it restored, and not missing.
func TestOfTwoRestoresBothSucceed(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for range 20 {
		p := a.add(t, factory.ProjectOpts{})
		expect.OK(t, a.projects.Delete(t.Context(), a.manager, p.ID, nil))
		restore := func() error {
			_, err := a.projects.Restore(t.Context(), a.manager, p.ID)
			return err
		}
		for _, err := range expect.Together(restore, restore) {
			expect.OK(t, err)
		}
	}
}
