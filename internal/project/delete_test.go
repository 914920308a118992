package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func (a agency) deletionOf(t *testing.T, table string, id uuid.UUID) (deletion *uuid.UUID) {
	t.Helper()
	expect.OK(t, a.db.QueryRow(t.Context(), "SELECT deletion_id FROM "+table+" WHERE id = $1", id).Scan(&deletion))
	return deletion
}

func TestDeleteTakesTasksAlong(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p := a.managedBy
	parent := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID}).ID
	child := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, ParentID: &parent, Status: db.TaskStatusDone}).ID
	earlier := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID}).ID
	others := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedByTheRival.ID}).ID
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, earlier, nil))
	expect.OK(t, a.projects.Delete(t.Context(), a.manager, p.ID, &p.Version))

	deletion := a.deletionOf(t, "projects", p.ID)
	if deletion == nil {
		t.Fatal("the project is not deleted")
	}
	for id, want := range map[uuid.UUID]bool{parent: true, child: true, earlier: false, others: false} {
		got := a.deletionOf(t, "tasks", id)
		if (got != nil && *got == *deletion) != want {
			t.Errorf("task %s is deleted as %v, the project as %s", id, got, deletion)
		}
	}

	// Gone from every read, for whoever asks.
	for _, actor := range []access.Actor{a.admin, a.manager, a.lead} {
		_, err := a.projects.Get(t.Context(), actor, p.ID)
		expect.Code(t, err, apperr.NotFound)
		_, err = a.tasks.Get(t.Context(), actor, parent)
		expect.Code(t, err, apperr.NotFound)
		_, info, err := a.tasks.List(t.Context(), actor, task.Filter{ProjectIDs: []uuid.UUID{p.ID}}, page.First(20))
		if err != nil || info.Total != 0 {
			t.Errorf("%d of its tasks are listed, %v", info.Total, err)
		}
		_, err = a.tasks.Create(t.Context(), actor, task.CreateParams{ProjectID: p.ID, Title: "Late", Status: db.TaskStatusTodo, Priority: db.PriorityLow})
		expect.Code(t, err, apperr.NotFound)
	}
	a.wantNames(t, a.admin, project.Filter{}, "Rival's")
	expect.Code(t, a.projects.Delete(t.Context(), a.manager, p.ID, nil), apperr.NotFound)
}

func TestEveryChangeIsOneEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	actor := a.manager
	actor.SessionID, actor.RequestID = uuid.New(), "req-3"
	created, err := a.projects.Create(t.Context(), actor, project.CreateParams{Name: "New", ManagerID: &actor.ID, Priority: db.PriorityLow, EndsOn: day(30)})
	expect.OK(t, err)
	id := created.ID
	taskID := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: id}).ID
	_, err = a.projects.Update(t.Context(), actor, id, nil, db.ProjectUpdateParams{Name: new("Newer"), Priority: new(db.PriorityLow), EndsOnDoUpdate: true})
	expect.OK(t, err)
	_, err = a.projects.SetStatus(t.Context(), actor, id, nil, project.StatusChange{Status: db.ProjectStatusActive})
	expect.OK(t, err)
	_, err = a.projects.AddMember(t.Context(), actor, id, a.lead.ID, db.ProjectMemberRoleLead)
	expect.OK(t, err)
	expect.OK(t, a.projects.RemoveMember(t.Context(), actor, id, a.lead.ID))
	expect.OK(t, a.projects.Delete(t.Context(), actor, id, nil))

	of := func(entity string, entityID uuid.UUID, action string, version int64, changes map[string]expect.Change) expect.Event {
		return expect.Event{
			ActorID: &actor.ID, Credential: "session:" + actor.SessionID.String(), RequestID: new("req-3"),
			Entity: entity, EntityID: entityID, ProjectID: &id, Action: action, Version: &version, Changes: changes,
		}
	}
	lead := a.lead.ID.String()
	want := []expect.Event{
		of("project", id, "project.created", 1, map[string]expect.Change{
			"name": {New: "New"}, "manager_id": {New: actor.ID.String()}, "status": {New: "planning"}, "priority": {New: "low"}, "ends_on": {New: "2026-06-30T00:00:00Z"},
			"billing_kind": {New: "time_and_materials"},
		}),
		of("project", id, "project.updated", 2, map[string]expect.Change{"name": {Old: "New", New: "Newer"}, "ends_on": {Old: "2026-06-30T00:00:00Z"}}),
		of("project", id, "project.status_changed", 3, map[string]expect.Change{"status": {Old: "planning", New: "active"}}),
		of("project", id, "project.member_added", 3, map[string]expect.Change{"user_id": {New: lead}, "role": {New: "lead"}}),
		of("project", id, "project.member_removed", 3, map[string]expect.Change{"user_id": {Old: lead}, "role": {Old: "lead"}}),
		of("project", id, "project.deleted", 4, map[string]expect.Change{}),
	}
	if diff := cmp.Diff(want, expect.Events(t, a.db, id)); diff != "" {
		t.Errorf("events of the project (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]expect.Event{of("task", taskID, "task.deleted", 3, map[string]expect.Change{})}, expect.Events(t, a.db, taskID)); diff != "" {
		t.Errorf("events of its task (-want +got):\n%s", diff)
	}
	if got := expect.EventCount(t, a.db); got != len(want)+1 {
		t.Errorf("there are %d events, want %d", got, len(want)+1)
	}
}

func TestWhatIsRefusedOrChangesNothingIsNoEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.managedBy.ID
	factory.Task(t, a.db, &factory.TaskOpts{ProjectID: id})

	_, err := a.projects.SetStatus(t.Context(), a.manager, id, nil, project.StatusChange{Status: a.managedBy.Status, Reason: new("Again.")})
	expect.OK(t, err)
	_, err = a.projects.SetStatus(t.Context(), a.manager, id, nil, project.StatusChange{Status: db.ProjectStatusCompleted})
	expect.Code(t, err, apperr.OpenTasks)
	_, err = a.projects.AddMember(t.Context(), a.manager, id, a.viewer.ID, db.ProjectMemberRoleLead)
	expect.Code(t, err, apperr.AlreadyExists)
	_, err = a.projects.Update(t.Context(), a.manager, id, nil, db.ProjectUpdateParams{StartsOnDoUpdate: true, StartsOn: day(2), EndsOnDoUpdate: true, EndsOn: day(1)})
	expect.Fields(t, err, "/ends_on before_start")
	expect.Code(t, a.projects.Delete(t.Context(), a.rival, id, nil), apperr.Forbidden)
	if got := expect.EventCount(t, a.db); got != 0 {
		t.Errorf("%d events were written", got)
	}
}
