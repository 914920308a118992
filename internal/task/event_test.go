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

func TestEveryChangeIsOneEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	session := uuid.New()
	actor := a.lead
	actor.SessionID, actor.RequestID = session, "req-7"

	prerequisite := a.add(t, factory.TaskOpts{}).ID
	parent := a.add(t, factory.TaskOpts{}).ID
	params := a.newTask()
	params.ParentID, params.EstimateMinutes, params.DueDate = &parent, new(int32(60)), day(20)
	created, err := a.tasks.Create(t.Context(), actor, params)
	expect.OK(t, err)
	id := created.Task.ID
	child := a.add(t, factory.TaskOpts{ParentID: &id}).ID

	_, err = a.tasks.Update(t.Context(), actor, id, nil, db.TaskUpdateParams{
		Title: new("Newer"), Priority: new(db.PriorityMedium), EstimateMinutesDoUpdate: true, EstimateMinutes: new(int32(90)), DueDateDoUpdate: true,
	})
	expect.OK(t, err)
	_, err = a.tasks.Assign(t.Context(), actor, id, nil, &a.contributor.ID)
	expect.OK(t, err)
	_, err = a.tasks.SetStatus(t.Context(), actor, id, nil, db.TaskStatusBlocked, new("No access."))
	expect.OK(t, err)
	_, err = a.tasks.AddDependency(t.Context(), actor, id, prerequisite)
	expect.OK(t, err)
	expect.OK(t, a.tasks.RemoveDependency(t.Context(), actor, id, prerequisite))
	expect.OK(t, a.tasks.Delete(t.Context(), actor, id, nil))

	of := func(entity uuid.UUID, action string, version int64, changes map[string]expect.Change) expect.Event {
		return expect.Event{
			ActorID: &actor.ID, Credential: "session:" + session.String(), RequestID: new("req-7"),
			Entity: "task", EntityID: entity, ProjectID: &a.project.ID, Action: action, Changes: changes, Version: &version,
		}
	}
	want := []expect.Event{
		of(id, "task.created", 1, map[string]expect.Change{
			"project_id": {New: a.project.ID.String()}, "parent_id": {New: parent.String()}, "title": {New: "New"},
			"status": {New: "todo"}, "priority": {New: "medium"}, "estimate_minutes": {New: 60.0}, "due_date": {New: "2026-06-20T00:00:00Z"},
			"position": {New: created.Task.Position}, "progress": {New: 0.0},
		}),
		of(id, "task.updated", 2, map[string]expect.Change{
			"title": {Old: "New", New: "Newer"}, "estimate_minutes": {Old: 60.0, New: 90.0}, "due_date": {Old: "2026-06-20T00:00:00Z"},
		}),
		of(id, "task.assigned", 3, map[string]expect.Change{"assignee_id": {New: a.contributor.ID.String()}}),
		of(id, "task.status_changed", 4, map[string]expect.Change{"status": {Old: "todo", New: "blocked"}, "status_reason": {New: "No access."}}),
		of(id, "task.dependency_added", 5, map[string]expect.Change{"prerequisite_id": {New: prerequisite.String()}}),
		of(id, "task.dependency_removed", 6, map[string]expect.Change{"prerequisite_id": {Old: prerequisite.String()}}),
		of(id, "task.deleted", 7, map[string]expect.Change{}),
	}
	if diff := cmp.Diff(want, expect.Events(t, a.db, id)); diff != "" {
		t.Errorf("events of the task (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]expect.Event{of(child, "task.deleted", 3, map[string]expect.Change{})}, expect.Events(t, a.db, child)); diff != "" {
		t.Errorf("events of its subtask (-want +got):\n%s", diff)
	}
	if got := expect.EventCount(t, a.db); got != len(want)+1 {
		t.Errorf("there are %d events, want %d", got, len(want)+1)
	}
	if got := a.row(t, id).Version; got != 7 {
		t.Errorf("the task is at version %d", got)
	}
}

func TestWhatChangesNothingIsNoEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	c := a.chain(t, 2)
	mine := a.add(t, factory.TaskOpts{AssigneeID: &a.lead.ID}).ID
	before := expect.EventCount(t, a.db)

	for name, do := range map[string]func(actor access.Actor) error{
		"SameStatus": func(actor access.Actor) error {
			_, err := a.tasks.SetStatus(t.Context(), actor, mine, nil, db.TaskStatusTodo, new("Again."))
			return err
		},
		"SameAssignee": func(actor access.Actor) error {
			_, err := a.tasks.Assign(t.Context(), actor, mine, nil, &a.lead.ID)
			return err
		},
	} {
		if err := do(a.manager); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, test := range map[string]struct {
		code apperr.Code
		do   func() error
	}{
		"Cycle": {apperr.DependencyCycle, func() error {
			_, err := a.tasks.AddDependency(t.Context(), a.manager, c[1], c[0])
			return err
		}},
		"Twice": {apperr.AlreadyExists, func() error {
			_, err := a.tasks.AddDependency(t.Context(), a.manager, c[0], c[1])
			return err
		}},
		"CreatedWithOnePrerequisiteTwice": {apperr.AlreadyExists, func() error {
			params := a.newTask()
			params.PrerequisiteIDs = []uuid.UUID{c[0], c[0]}
			_, err := a.tasks.Create(t.Context(), a.manager, params)
			return err
		}},
		"Forbidden": {apperr.Forbidden, func() error { return a.tasks.Delete(t.Context(), a.viewer, mine, nil) }},
	} {
		if err := test.do(); !apperr.Is(err, test.code) {
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
	}
	if got := expect.EventCount(t, a.db); got != before {
		t.Errorf("%d events were written", got-before)
	}
	if rows := a.titles(t, a.admin, task.Filter{Q: new("New")}, ""); len(rows) != 0 {
		t.Errorf("the refused task is there: %v", rows)
	}
}
