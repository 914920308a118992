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
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func (a agency) deletionOf(t *testing.T, table string, id uuid.UUID) (deletion *uuid.UUID) {
	t.Helper()
	must(t, a.db.QueryRow(t.Context(), "SELECT deletion_id FROM "+table+" WHERE id = $1", id).Scan(&deletion))
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
	must(t, a.tasks.Delete(t.Context(), a.manager, earlier, nil))
	must(t, a.projects.Delete(t.Context(), a.manager, p.ID, &p.Version))

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
		wantCode(t, err, apperr.NotFound)
		_, err = a.projects.Statistics(t.Context(), actor, p.ID)
		wantCode(t, err, apperr.NotFound)
		_, err = a.tasks.Get(t.Context(), actor, parent)
		wantCode(t, err, apperr.NotFound)
		_, info, err := a.tasks.List(t.Context(), actor, task.Filter{ProjectID: &p.ID}, page.Request{Number: 1, Size: 20})
		if err != nil || info.Total != 0 {
			t.Errorf("%d of its tasks are listed, %v", info.Total, err)
		}
		_, err = a.tasks.Create(t.Context(), actor, task.CreateParams{ProjectID: p.ID, Title: "Late", Status: db.TaskStatusTodo, Priority: db.PriorityLow})
		wantCode(t, err, apperr.NotFound)
	}
	a.wantNames(t, a.admin, project.Filter{}, "Rival's")
	wantCode(t, a.projects.Delete(t.Context(), a.manager, p.ID, nil), apperr.NotFound)
}

func TestEveryChangeIsOneEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	actor := a.manager
	actor.SessionID, actor.RequestID = uuid.New(), "req-3"
	created, err := a.projects.Create(t.Context(), actor, project.CreateParams{Name: "New", ManagerID: &actor.ID, Priority: db.PriorityLow, EndsOn: day(30)})
	must(t, err)
	id := created.ID
	taskID := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: id}).ID
	_, err = a.projects.Update(t.Context(), actor, id, nil, db.ProjectUpdateParams{Name: new("Newer"), Priority: new(db.PriorityLow), EndsOnDoUpdate: true})
	must(t, err)
	_, err = a.projects.SetStatus(t.Context(), actor, id, nil, project.StatusChange{Status: db.ProjectStatusActive})
	must(t, err)
	_, err = a.projects.AddMember(t.Context(), actor, id, a.lead.ID, db.ProjectMemberRoleLead)
	must(t, err)
	must(t, a.projects.RemoveMember(t.Context(), actor, id, a.lead.ID))
	must(t, a.projects.Delete(t.Context(), actor, id, nil))

	of := func(entity, action string, version int64, changes map[string]change) record {
		return record{
			ActorID: &actor.ID, Credential: "session:" + actor.SessionID.String(), RequestID: new("req-3"),
			Entity: entity, ProjectID: &id, Action: action, Version: &version, Changes: changes,
		}
	}
	lead := a.lead.ID.String()
	want := []record{
		of("project", "project.created", 1, map[string]change{
			"name": {New: "New"}, "manager_id": {New: actor.ID.String()}, "status": {New: "planning"}, "priority": {New: "low"}, "ends_on": {New: "2026-06-30T00:00:00Z"},
		}),
		of("project", "project.updated", 2, map[string]change{"name": {"New", "Newer"}, "ends_on": {"2026-06-30T00:00:00Z", nil}}),
		of("project", "project.status_changed", 3, map[string]change{"status": {"planning", "active"}}),
		of("project", "project.member_added", 3, map[string]change{"user_id": {nil, lead}, "role": {nil, "lead"}}),
		of("project", "project.member_removed", 3, map[string]change{"user_id": {lead, nil}, "role": {"lead", nil}}),
		of("project", "project.deleted", 4, map[string]change{}),
	}
	if diff := cmp.Diff(want, a.events(t, id)); diff != "" {
		t.Errorf("events of the project (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]record{of("task", "task.deleted", 3, map[string]change{})}, a.events(t, taskID)); diff != "" {
		t.Errorf("events of its task (-want +got):\n%s", diff)
	}
	if got := a.eventCount(t); got != len(want)+1 {
		t.Errorf("there are %d events, want %d", got, len(want)+1)
	}
}

func TestWhatIsRefusedOrChangesNothingIsNoEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.managedBy.ID
	factory.Task(t, a.db, &factory.TaskOpts{ProjectID: id})

	_, err := a.projects.SetStatus(t.Context(), a.manager, id, nil, project.StatusChange{Status: a.managedBy.Status, Reason: new("Again.")})
	must(t, err)
	_, err = a.projects.SetStatus(t.Context(), a.manager, id, nil, project.StatusChange{Status: db.ProjectStatusCompleted})
	wantCode(t, err, apperr.OpenTasks)
	_, err = a.projects.AddMember(t.Context(), a.manager, id, a.viewer.ID, db.ProjectMemberRoleLead)
	wantCode(t, err, apperr.AlreadyExists)
	_, err = a.projects.Update(t.Context(), a.manager, id, nil, db.ProjectUpdateParams{StartsOnDoUpdate: true, StartsOn: day(2), EndsOnDoUpdate: true, EndsOn: day(1)})
	wantFields(t, err, "/ends_on before_start")
	wantCode(t, a.projects.Delete(t.Context(), a.rival, id, nil), apperr.Forbidden)
	if got := a.eventCount(t); got != 0 {
		t.Errorf("%d events were written", got)
	}
}
