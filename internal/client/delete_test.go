package client_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// deleted returns the ids of a table's rows that went with the deletion.
func (a agency) deleted(t *testing.T, table string, deletion uuid.UUID) map[uuid.UUID]bool {
	t.Helper()
	rows, err := a.db.Query(t.Context(), "SELECT id FROM "+table+" WHERE deletion_id = $1 AND deleted_by = $2 AND deleted_at IS NOT NULL", deletion, a.manager.ID)
	must(t, err)
	defer rows.Close()
	found := map[uuid.UUID]bool{}
	for rows.Next() {
		var id uuid.UUID
		must(t, rows.Scan(&id))
		found[id] = true
	}
	must(t, rows.Err())
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
	must(t, a.clients.Delete(t.Context(), a.manager, c.ID, &c.Version))

	var deletion uuid.UUID
	must(t, a.db.QueryRow(t.Context(), "SELECT deletion_id FROM clients WHERE id = $1", c.ID).Scan(&deletion))
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
	all := page.Request{Number: 1, Size: 20}
	_, info, err := project.New(a.db, nil).List(t.Context(), a.manager, project.Filter{ClientID: &c.ID}, all)
	if err != nil || info.Total != 0 {
		t.Errorf("%d of its projects are listed, %v", info.Total, err)
	}
	rows, info, err := task.New(a.db, nil).List(t.Context(), a.manager, task.Filter{}, all)
	if err != nil || info.Total != 1 || rows[0].Task.ID != others.ID {
		t.Errorf("%d tasks are listed, want the other one: %v", info.Total, err)
	}
	wantCode(t, a.clients.Delete(t.Context(), a.manager, c.ID, nil), apperr.NotFound)
}

func TestEveryChangeIsOneEvent(t *testing.T) {
	t.Parallel()
	a := setup(t)
	created, err := a.clients.Create(t.Context(), a.manager, client.CreateParams{Name: "Old", Status: db.ClientStatusLead})
	must(t, err)
	_, err = a.clients.Update(t.Context(), a.manager, created.ID, nil, db.ClientUpdateParams{Name: new("New"), NotesDoUpdate: true, Notes: new("Kind.")})
	must(t, err)
	p := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &created.ID}).ID
	tk := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p}).ID
	must(t, a.clients.Delete(t.Context(), a.manager, created.ID, nil))

	rows, err := a.db.Query(t.Context(), "SELECT entity_id, project_id, action, changes::text, version FROM events WHERE actor_id = $1 ORDER BY id", a.manager.ID)
	must(t, err)
	defer rows.Close()
	type record struct {
		Entity  uuid.UUID
		Project *uuid.UUID
		Action  string
		Changes string
		Version int64
	}
	var got []record
	for rows.Next() {
		var r record
		must(t, rows.Scan(&r.Entity, &r.Project, &r.Action, &r.Changes, &r.Version))
		got = append(got, r)
	}
	must(t, rows.Err())
	want := []record{
		{created.ID, nil, "client.created", `{"name": {"new": "Old", "old": null}, "status": {"new": "lead", "old": null}}`, 1},
		{created.ID, nil, "client.updated", `{"name": {"new": "New", "old": "Old"}, "notes": {"new": "Kind.", "old": null}}`, 2},
		{created.ID, nil, "client.deleted", `{}`, 3},
		{p, &p, "project.deleted", `{}`, 3},
		{tk, &p, "task.deleted", `{}`, 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
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
		start := make(chan struct{})
		var deleteErr, createErr error
		var wg sync.WaitGroup
		wg.Go(func() {
			<-start
			deleteErr = a.clients.Delete(t.Context(), a.manager, c.ID, nil)
		})
		wg.Go(func() {
			<-start
			_, createErr = projects.Create(t.Context(), a.manager, project.CreateParams{Name: "Late", Priority: db.PriorityLow, ClientID: &c.ID})
		})
		close(start)
		wg.Wait()
		must(t, deleteErr)
		if createErr != nil {
			wantCode(t, createErr, apperr.ValidationFailed)
		}
		_, info, err := projects.List(t.Context(), a.manager, project.Filter{ClientID: &c.ID}, page.Request{Number: 1, Size: 20})
		must(t, err)
		if info.Total != 0 {
			t.Fatalf("%d projects stay of a deleted client", info.Total)
		}
	}
}
