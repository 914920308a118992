package purge_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/purge"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// agency is where things are deleted.
type agency struct {
	db    *dbx.DB
	admin access.Actor
}

func setup(t *testing.T) agency {
	t.Helper()
	d := dbx.New(dbtest.Pool(t))
	return agency{d, factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin}))}
}

// age has everything that is deleted be so for 100 days, but for what is already.
func (a agency) age(t *testing.T) {
	t.Helper()
	for _, table := range []string{"users", "clients", "projects", "tasks", "comments"} {
		_, err := a.db.Exec(t.Context(), "UPDATE "+table+" SET deleted_at = deleted_at - interval '100 days' WHERE deleted_at > now() - interval '50 days'")
		expect.OK(t, err)
	}
}

// purge removes what was deleted more than 30 days ago.
func (a agency) purge(t *testing.T) purge.Purged {
	t.Helper()
	purged, err := purge.Run(t.Context(), a.db, time.Now().Add(-30*24*time.Hour))
	expect.OK(t, err)
	return purged
}

func (a agency) there(t *testing.T, table string, id uuid.UUID) bool {
	t.Helper()
	return expect.Count(t, a.db, "SELECT count(*) FROM "+table+" WHERE id = $1", id) == 1
}

// purgings counts the events of the entity being purged.
func (a agency) purgings(t *testing.T, id uuid.UUID) int {
	t.Helper()
	found := 0
	for _, e := range expect.Events(t, a.db, id) {
		if e.Action == e.Entity+".purged" {
			found++
		}
	}
	return found
}

// What is older goes with its whole batch, what hangs on it included, each with
// an event; what is younger, and what is not deleted, stays.
func TestWhatIsOlderGoesAndWhatIsYoungerStays(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ctx := t.Context()
	type branch struct {
		client                         db.Client
		project                        db.Project
		task, subtask, grandchild      db.Task
		onTask, reply, onProject, onIt db.Comment
	}
	plant := func() branch {
		var b branch
		b.client = factory.Client(t, a.db, nil)
		b.project = factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &b.client.ID})
		b.task = factory.Task(t, a.db, &factory.TaskOpts{ProjectID: b.project.ID})
		b.subtask = factory.Task(t, a.db, &factory.TaskOpts{ProjectID: b.project.ID, ParentID: &b.task.ID})
		b.grandchild = factory.Task(t, a.db, &factory.TaskOpts{ProjectID: b.project.ID, ParentID: &b.subtask.ID, After: []uuid.UUID{b.task.ID}})
		b.onTask = factory.Comment(t, a.db, &factory.CommentOpts{TaskID: &b.subtask.ID})
		b.reply = factory.Comment(t, a.db, &factory.CommentOpts{ReplyTo: &b.onTask})
		b.onProject = factory.Comment(t, a.db, &factory.CommentOpts{ProjectID: &b.project.ID})
		b.onIt = factory.Comment(t, a.db, &factory.CommentOpts{ClientID: &b.client.ID})
		return b
	}
	ids := func(b branch) map[uuid.UUID]string {
		return map[uuid.UUID]string{
			b.client.ID: "clients", b.project.ID: "projects", b.task.ID: "tasks", b.subtask.ID: "tasks", b.grandchild.ID: "tasks",
			b.onTask.ID: "comments", b.reply.ID: "comments", b.onProject.ID: "comments", b.onIt.ID: "comments",
		}
	}
	clients := client.New(a.db)
	old, young, alive := plant(), plant(), plant()
	expect.OK(t, clients.Delete(ctx, a.admin, old.client.ID, nil))
	a.age(t)
	expect.OK(t, clients.Delete(ctx, a.admin, young.client.ID, nil))

	purged := a.purge(t)
	if purged != (purge.Purged{Deletions: 1, Removed: 9}) {
		t.Errorf("purged %+v", purged)
	}
	for id, table := range ids(old) {
		if a.there(t, table, id) || a.purgings(t, id) != 1 {
			t.Errorf("of %s the row %s is there: %v, with %d events of being purged", table, id, a.there(t, table, id), a.purgings(t, id))
		}
	}
	for _, b := range []branch{young, alive} {
		for id, table := range ids(b) {
			if !a.there(t, table, id) || a.purgings(t, id) != 0 {
				t.Errorf("of %s the row %s is gone, or has an event of it", table, id)
			}
		}
	}
	t.Run("OnceMoreChangesNothing", func(t *testing.T) {
		events := expect.EventCount(t, a.db)
		if again := a.purge(t); again != (purge.Purged{}) || expect.EventCount(t, a.db) != events {
			t.Errorf("once more it purged %+v", again)
		}
	})
	t.Run("WhatIsYoungerComesBack", func(t *testing.T) {
		_, err := clients.Restore(ctx, a.admin, young.client.ID)
		expect.OK(t, err)
		_, err = clients.Restore(ctx, a.admin, old.client.ID)
		expect.Code(t, err, apperr.NotFound)
	})
}

// Time that was worked stays worked: with its task, the tasks above, the project
// and the client, all empty but for their names, and nothing of it restorable.
func TestTimeEntriesStayAndSoDoTheFiguresOverThem(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ctx := t.Context()
	worker := factory.User(t, a.db, nil)
	living := factory.Project(t, a.db, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{worker.ID: db.ProjectMemberRoleContributor}})
	parent := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: living.ID, Title: "Above", Description: new("A secret.")})
	worked := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: living.ID, ParentID: &parent.ID, Title: "Worked on", Description: new("Another.")})
	idle := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: living.ID, ParentID: &parent.ID})
	entry := factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: worked.ID, UserID: worker.ID, Minutes: 90, Billable: true})
	firm := factory.Client(t, a.db, nil)
	over := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &firm.ID})
	last := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: over.ID})
	other := factory.TimeEntry(t, a.db, &factory.TimeEntryOpts{TaskID: last.ID, UserID: worker.ID, Minutes: 30})

	expect.OK(t, task.New(a.db, nil).Delete(ctx, a.admin, parent.ID, nil))
	expect.OK(t, client.New(a.db).Delete(ctx, a.admin, firm.ID, nil))
	a.age(t)
	figures := func() []any {
		s := statistics.New(a.db, func() time.Time { return time.Date(2026, time.June, 16, 12, 0, 0, 0, time.UTC) })
		june := statistics.Period{From: new(time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)), To: new(time.Date(2026, time.June, 30, 0, 0, 0, 0, time.UTC))}
		ofProject, err := s.Project(ctx, a.admin, living.ID, june)
		expect.OK(t, err)
		ofUser, err := s.User(ctx, a.admin, worker.ID, june)
		expect.OK(t, err)
		overview, err := s.Overview(ctx, a.admin, june)
		expect.OK(t, err)
		return []any{ofProject, ofUser, overview}
	}
	before := figures()

	purged := a.purge(t)
	if purged != (purge.Purged{Deletions: 2, Removed: 1, Emptied: 5}) {
		t.Errorf("purged %+v", purged)
	}
	if diff := cmp.Diff(before, figures()); diff != "" {
		t.Errorf("the figures have changed (-before +after):\n%s", diff)
	}
	for _, e := range []db.TimeEntry{entry, other} {
		if !a.there(t, "time_entries", e.ID) {
			t.Errorf("the time entry %s is gone", e.ID)
		}
	}
	for _, id := range []uuid.UUID{parent.ID, worked.ID, last.ID} {
		if n := expect.Count(t, a.db, "SELECT count(*) FROM tasks WHERE id = $1 AND description IS NULL AND title <> ''", id); n != 1 || a.purgings(t, id) != 1 {
			t.Errorf("the task %s is not an emptied one", id)
		}
	}
	if a.there(t, "tasks", idle.ID) || !a.there(t, "projects", over.ID) || !a.there(t, "clients", firm.ID) {
		t.Error("something has gone that time refers to, or has stayed that none does")
	}
	_, err := task.New(a.db, nil).Restore(ctx, a.admin, parent.ID)
	expect.Code(t, err, apperr.NotFound)
	_, err = client.New(a.db).Restore(ctx, a.admin, firm.ID)
	expect.Code(t, err, apperr.NotFound)
	if again := a.purge(t); again != (purge.Purged{}) {
		t.Errorf("once more it purged %+v", again)
	}
}

// A person to whom nothing refers goes; another is nobody from then on.
func TestPeopleGoOrBecomeNobody(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ctx := t.Context()
	users := user.New(a.db, nil)
	guest := factory.User(t, a.db, nil)
	author := factory.User(t, a.db, &factory.UserOpts{PasswordHash: new(factory.PasswordHash("a long password"))})
	judge := factory.User(t, a.db, nil)
	said := factory.Comment(t, a.db, &factory.CommentOpts{TaskID: new(factory.Task(t, a.db, nil).ID), Author: &author})
	factory.Feedback(t, a.db, factory.Comment(t, a.db, &factory.CommentOpts{TaskID: said.TaskID, Author: new(factory.Agent(t, a.db)), AIProvider: "x", AIModel: "y"}).ID, judge.ID, db.FeedbackVerdictAccepted)
	for _, u := range []db.User{guest, author, judge} {
		factory.Session(t, a.db, &factory.SessionOpts{UserID: u.ID})
		expect.OK(t, users.Delete(ctx, a.admin, u.ID, nil))
	}
	a.age(t)
	if purged := a.purge(t); purged != (purge.Purged{Deletions: 3, Removed: 1, Emptied: 2}) {
		t.Errorf("purged %+v", purged)
	}
	if a.there(t, "users", guest.ID) || !a.there(t, "comments", said.ID) {
		t.Error("the guest is there, or what the author said is not")
	}
	for _, u := range []db.User{author, judge} {
		if n := expect.Count(t, a.db, `SELECT count(*) FROM users WHERE id = $1 AND name = 'Deleted user' AND email NOT LIKE '%' || $2 || '%' AND password_hash IS NULL`, u.ID, u.Email); n != 1 {
			t.Errorf("%s is still somebody", u.Email)
		}
		if n := expect.Count(t, a.db, "SELECT count(*) FROM sessions WHERE user_id = $1", u.ID); n != 0 || a.purgings(t, u.ID) != 1 {
			t.Errorf("%s has %d sessions and %d events of being purged", u.Email, n, a.purgings(t, u.ID))
		}
		_, err := users.Restore(ctx, a.admin, u.ID)
		expect.Code(t, err, apperr.NotFound)
	}
	if n := expect.Count(t, a.db, "SELECT count(*) FROM comment_feedback WHERE user_id = $1", judge.ID); n != 1 {
		t.Error("what somebody judged does not count any more")
	}
}

// What something refers to that is not deleted stays, and is empty.
func TestWhatTheLivingReferToStays(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ctx := t.Context()
	p := factory.Project(t, a.db, nil)
	prerequisite := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID})
	waiting := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, After: []uuid.UUID{prerequisite.ID}})
	question := factory.Comment(t, a.db, &factory.CommentOpts{TaskID: &waiting.ID, Body: "Who told the secret?"})
	reply := factory.Comment(t, a.db, &factory.CommentOpts{ReplyTo: &question})
	lone := factory.Comment(t, a.db, &factory.CommentOpts{TaskID: &waiting.ID})
	expect.OK(t, task.New(a.db, nil).Delete(ctx, a.admin, prerequisite.ID, nil))
	comments := comment.New(a.db, nil)
	for _, c := range []db.Comment{question, lone} {
		expect.OK(t, comments.Delete(ctx, a.admin, c.ID, nil))
	}
	a.age(t)
	if purged := a.purge(t); purged != (purge.Purged{Deletions: 3, Removed: 1, Emptied: 2}) {
		t.Errorf("purged %+v", purged)
	}
	if !a.there(t, "tasks", prerequisite.ID) || !a.there(t, "comments", reply.ID) || a.there(t, "comments", lone.ID) {
		t.Error("something has gone that the living refer to, or has stayed that nothing does")
	}
	if n := expect.Count(t, a.db, "SELECT count(*) FROM task_dependencies WHERE task_id = $1", waiting.ID); n != 1 {
		t.Error("a living task waits for nothing any more")
	}
	if n := expect.Count(t, a.db, "SELECT count(*) FROM comments WHERE id = $1 AND body = '(removed)'", question.ID); n != 1 {
		t.Error("the question still tells what it did")
	}
	_, err := comments.Restore(ctx, a.admin, question.ID)
	expect.Code(t, err, apperr.NotFound)
}

// Broken off anywhere, it is finished by the next run: every entity has gone
// once, with one event.
func TestWhatWasBrokenOffIsFinished(t *testing.T) {
	t.Parallel()
	a := setup(t)
	p := factory.Project(t, a.db, nil)
	gone := []uuid.UUID{p.ID}
	var parent *uuid.UUID
	for range 30 {
		made := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, ParentID: parent})
		parent = &made.ID
		gone = append(gone, made.ID)
	}
	expect.OK(t, project.New(a.db, nil).Delete(t.Context(), a.admin, p.ID, nil))
	a.age(t)
	broken := 0
	for after := time.Millisecond; ; after += 3 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		_, err := purge.Run(ctx, a.db, time.Now())
		cancel()
		if err == nil {
			break
		}
		broken++
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Logf("broken off by %v", err)
		}
	}
	t.Logf("broken off %d times", broken)
	for _, id := range gone {
		if n := a.purgings(t, id); n != 1 {
			t.Errorf("%s has %d events of being purged", id, n)
		}
	}
	if n := expect.Count(t, a.db, "SELECT count(*) FROM tasks"); n != 0 || a.there(t, "projects", p.ID) {
		t.Errorf("%d tasks are left", n)
	}
}

// A deletion is either restored as a whole or purged as a whole, whoever comes first.
func TestRestoringAndPurgingAtOnceIsOneOfThem(t *testing.T) {
	t.Parallel()
	a := setup(t)
	projects := project.New(a.db, nil)
	restored := 0
	for range 20 {
		p := factory.Project(t, a.db, nil)
		var ids []uuid.UUID
		var parent *uuid.UUID
		for range 5 {
			made := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, ParentID: parent})
			parent = &made.ID
			ids = append(ids, made.ID)
		}
		expect.OK(t, projects.Delete(t.Context(), a.admin, p.ID, nil))
		a.age(t)
		errs := expect.Together(
			func() error { _, err := projects.Restore(t.Context(), a.admin, p.ID); return err },
			func() error { _, err := purge.Run(t.Context(), a.db, time.Now().Add(-time.Hour)); return err },
		)
		expect.OK(t, errs[1])
		left := 0
		for _, id := range append(slices.Clone(ids), p.ID) {
			left += expect.Count(t, a.db, `SELECT (SELECT count(*) FROM tasks WHERE id = $1 AND deleted_at IS NULL) + (SELECT count(*) FROM projects WHERE id = $1 AND deleted_at IS NULL)`, id)
		}
		if errs[0] == nil {
			restored++
			if left != len(ids)+1 {
				t.Fatalf("it was restored, and of %d rows %d are there", len(ids)+1, left)
			}
			continue
		}
		expect.Code(t, errs[0], apperr.NotFound)
		if left != 0 {
			t.Fatalf("it was purged, and %d rows are there", left)
		}
	}
	t.Logf("of 20, %d were restored and the others purged", restored)
}
