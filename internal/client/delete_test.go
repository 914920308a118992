package client_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// deleted returns the ids of a table's rows that went with the deletion.
func (a agency) deleted(t *testing.T, table string, deletion uuid.UUID) map[uuid.UUID]bool {
	t.Helper()
	rows, err := a.db.Query(t.Context(), "SELECT id FROM "+table+" WHERE deletion_id = $1 AND deleted_by = $2 AND deleted_at IS NOT NULL", deletion, a.manager.ID)
	expect.OK(t, err)
	defer rows.Close()
	found := map[uuid.UUID]bool{}
	for rows.Next() {
		var id uuid.UUID
		expect.OK(t, rows.Scan(&id))
		found[id] = true
	}
	expect.OK(t, rows.Err())
	return found
}

func TestDeleteTakesProjectsAndTasksAlong(t *testing.T) {
	t.Parallel()
	a := setup(t)
	c := factory.Client(t, a.db, nil)
	var projects, tasks []uuid.UUID
	for range 2 {
		p := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &c.ID}).ID
		projects = append(projects, p)
		for range 2 {
			tasks = append(tasks, factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p}).ID)
		}
	}
	others := factory.Task(t, a.db, nil)
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, c.ID, &c.Version))

	var deletion uuid.UUID
	expect.OK(t, a.db.QueryRow(t.Context(), "SELECT deletion_id FROM clients WHERE id = $1", c.ID).Scan(&deletion))
	set := func(ids ...uuid.UUID) map[uuid.UUID]bool {
		m := map[uuid.UUID]bool{}
		for _, id := range ids {
			m[id] = true
		}
		return m
	}
	for table, want := range map[string]map[uuid.UUID]bool{"clients": set(c.ID), "projects": set(projects...), "tasks": set(tasks...)} {
		if diff := cmp.Diff(want, a.deleted(t, table, deletion)); diff != "" {
			t.Errorf("deleted %s (-want +got):\n%s", table, diff)
		}
	}

	// Gone from every list, also by the ids of what was deleted.
	a.wantNames(t, a.manager, client.Filter{}, "Seen")
	all := page.First(20)
	_, info, err := project.New(a.db, nil).List(t.Context(), a.manager, project.Filter{ClientID: &c.ID}, all)
	if err != nil || info.Total != 0 {
		t.Errorf("%d of its projects are listed, %v", info.Total, err)
	}
	rows, info, err := task.New(a.db, nil).List(t.Context(), a.manager, task.Filter{}, all)
	if err != nil || info.Total != 1 || rows[0].Task.ID != others.ID {
		t.Errorf("%d tasks are listed, want the other one: %v", info.Total, err)
	}
	expect.Code(t, a.clients.Delete(t.Context(), a.manager, c.ID, nil), apperr.NotFound)
}

func TestEveryChangeIsOneEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	created, err := a.clients.Create(t.Context(), a.manager, client.CreateParams{Name: "Old", Status: db.ClientStatusLead})
	expect.OK(t, err)
	_, err = a.clients.Update(t.Context(), a.manager, created.ID, nil, db.ClientUpdateParams{Name: new("New"), NotesDoUpdate: true, Notes: new("Kind.")})
	expect.OK(t, err)
	p := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &created.ID}).ID
	tk := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p}).ID
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, created.ID, nil))

	of := func(entity string, id uuid.UUID, project *uuid.UUID, action string, version int64, changes map[string]expect.Change) expect.Event {
		return expect.Event{
			ActorID: &a.manager.ID, Credential: "anonymous",
			Entity: entity, EntityID: id, ProjectID: project, Action: action, Version: &version, Changes: changes,
		}
	}
	none := map[string]expect.Change{}
	want := []expect.Event{
		of("client", created.ID, nil, "client.created", 1, map[string]expect.Change{"name": {New: "Old"}, "status": {New: "lead"}}),
		of("client", created.ID, nil, "client.updated", 2, map[string]expect.Change{"name": {Old: "Old", New: "New"}, "notes": {New: "Kind."}}),
		of("client", created.ID, nil, "client.deleted", 3, none),
		of("project", p, &p, "project.deleted", 3, none),
		of("task", tk, &p, "task.deleted", 3, none),
	}
	if diff := cmp.Diff(want, expect.Events(t, a.db)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A project that is opened for a client while that is deleted goes along or is
// refused; it never stays alone.
func TestDeleteAndOpenAProjectRace(t *testing.T) {
	t.Parallel()
	a := setup(t)
	projects := project.New(a.db, nil)
	for range 30 {
		c := factory.Client(t, a.db, nil)
		errs := expect.Together(
			func() error { return a.clients.Delete(t.Context(), a.manager, c.ID, nil) },
			func() error {
				_, err := projects.Create(t.Context(), a.manager, project.CreateParams{Name: "Late", Priority: db.PriorityLow, ClientID: &c.ID})
				return err
			},
		)
		deleteErr, createErr := errs[0], errs[1]
		expect.OK(t, deleteErr)
		if createErr != nil {
			expect.Code(t, createErr, apperr.ValidationFailed)
		}
		_, info, err := projects.List(t.Context(), a.manager, project.Filter{ClientID: &c.ID}, page.First(20))
		expect.OK(t, err)
		if info.Total != 0 {
			t.Fatalf("%d projects stay of a deleted client", info.Total)
		}
	}
}
