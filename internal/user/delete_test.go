package user_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/user"
)

// session signs somebody in.
func (a agency) session(t *testing.T, name string) uuid.UUID {
	t.Helper()
	return factory.Session(t, a.db, &factory.SessionOpts{UserID: *a.id(name)}).ID
}

// wantAssigned fails the test unless these are exactly the tasks of somebody.
func (a agency) wantAssigned(t *testing.T, name string, want ...uuid.UUID) {
	t.Helper()
	rows, err := a.db.Query(t.Context(), "SELECT id FROM tasks WHERE assignee_id = $1", *a.id(name))
	expect.OK(t, err)
	defer rows.Close()
	got := []uuid.UUID{}
	for rows.Next() {
		var id uuid.UUID
		expect.OK(t, rows.Scan(&id))
		got = append(got, id)
	}
	byText := func(x, y uuid.UUID) int { return slices.Compare(x[:], y[:]) }
	slices.SortFunc(got, byText)
	slices.SortFunc(want, byText)
	if diff := cmp.Diff(append([]uuid.UUID{}, want...), got); diff != "" {
		t.Errorf("the tasks of %s (-want +got):\n%s", name, diff)
	}
}

func TestDeleteEndsSessionsAndLeavesOpenTasks(t *testing.T) {
	t.Parallel()
	a := setup(t)
	first, second, others := a.session(t, "Ben"), a.session(t, "Ben"), a.session(t, "Ana")
	open := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, AssigneeID: a.id("Ben")})
	done := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, AssigneeID: a.id("Ben"), Status: db.TaskStatusDone})
	cancelled := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, AssigneeID: a.id("Ben"), Status: db.TaskStatusCancelled})
	anas := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, AssigneeID: a.id("Ana")})

	expect.OK(t, a.users.Delete(t.Context(), a.actor("Ada"), *a.id("Ben"), new(int64(1))))
	a.wantAssigned(t, "Ben", done.ID, cancelled.ID)
	a.wantAssigned(t, "Ana", anas.ID)
	if n := expect.Count(t, a.db, "SELECT count(*) FROM sessions WHERE revoked_reason = 'account_deactivated' AND id = ANY($1)", []uuid.UUID{first, second}); n != 2 {
		t.Errorf("%d of its sessions have ended", n)
	}
	if n := expect.Count(t, a.db, "SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND id = $1", others); n != 1 {
		t.Error("the session of another has ended")
	}
	if n := expect.Count(t, a.db, "SELECT count(*) FROM project_members WHERE user_id = $1", *a.id("Ben")); n != 1 {
		t.Errorf("it has %d places on teams", n)
	}
	event := func(entity string, id uuid.UUID, project *uuid.UUID, action string, version *int64, changes map[string]expect.Change) expect.Event {
		return expect.Event{
			ActorID: a.id("Ada"), Credential: "anonymous", Entity: entity, EntityID: id, ProjectID: project,
			Action: action, Version: version, Changes: changes,
		}
	}
	revoked := map[string]expect.Change{"reason": {New: "account_deactivated"}}
	want := []expect.Event{
		event("task", open.ID, &a.project.ID, "task.assigned", new(open.Version+1), map[string]expect.Change{"assignee_id": {Old: a.id("Ben").String()}}),
		event("user", *a.id("Ben"), nil, "user.deleted", new(int64(2)), map[string]expect.Change{}),
		event("session", first, nil, "session.revoked", nil, revoked),
		event("session", second, nil, "session.revoked", nil, revoked),
	}
	if diff := cmp.Diff(want, expect.Events(t, a.db)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestDeleteRefusals(t *testing.T) {
	t.Parallel()
	a := setup(t)
	expect.Refusal(t, a.users.Delete(t.Context(), a.actor("Ada"), *a.id("Ben"), new(int64(7))), apperr.StaleVersion("user", 1, 7))
	expect.Code(t, a.users.Delete(t.Context(), a.actor("Ada"), *a.id("Ada"), nil), apperr.LastAdmin)
	nobody := uuid.New()
	expect.Refusal(t, a.users.Delete(t.Context(), a.actor("Ada"), nobody, nil), apperr.Missing("user", nobody))
	a.delete(t, "Ben")
	expect.Code(t, a.users.Delete(t.Context(), a.actor("Ada"), *a.id("Ben"), nil), apperr.NotFound)
	// A deleted admin is no admin that is left.
	second := factory.User(t, a.db, &factory.UserOpts{Role: db.RoleAdmin})
	expect.OK(t, a.users.Delete(t.Context(), a.actor("Ada"), second.ID, nil))
	expect.Code(t, a.users.Delete(t.Context(), a.actor("Ada"), *a.id("Ada"), nil), apperr.LastAdmin)
}

func TestRestore(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.session(t, "Ben")
	open := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID, AssigneeID: a.id("Ben")})
	a.delete(t, "Ben")
	// A sign-in that was under way when Ben was deleted.
	a.session(t, "Ben")

	t.Run("AddressIsTakenMeanwhile", func(t *testing.T) {
		other := factory.User(t, a.db, &factory.UserOpts{Email: a.people["Ben"].Email})
		_, err := a.users.Restore(t.Context(), a.actor("Ada"), *a.id("Ben"))
		expect.Code(t, err, apperr.AlreadyExists)
		expect.OK(t, a.users.Delete(t.Context(), a.actor("Ada"), other.ID, nil))
	})
	t.Run("BringsBackTheUserAndNothingElse", func(t *testing.T) {
		row, err := a.users.Restore(t.Context(), a.actor("Ada"), *a.id("Ben"))
		if err != nil || row.DeletedAt != nil || row.DeletedBy != nil || row.Version != 3 {
			t.Errorf("got %+v, %v", row, err)
		}
		a.wantNames(t, "Ana", user.Filter{}, "", "Ana", "Ben", "Mia")
		a.wantAssigned(t, "Ben")
		if n := expect.Count(t, a.db, "SELECT count(*) FROM sessions WHERE user_id = $1 AND revoked_at IS NULL", *a.id("Ben")); n != 0 {
			t.Errorf("%d of its sessions live", n)
		}
		if n := expect.Count(t, a.db, "SELECT count(*) FROM tasks WHERE id = $1 AND assignee_id IS NULL", open.ID); n != 1 {
			t.Error("the task came back")
		}
	})
	t.Run("AgainIsTheSame", func(t *testing.T) {
		row, err := a.users.Restore(t.Context(), a.actor("Ada"), *a.id("Ben"))
		if err != nil || row.Version != 3 {
			t.Errorf("got %+v, %v", row, err)
		}
		_, err = a.users.Restore(t.Context(), a.actor("Ada"), uuid.New())
		expect.Code(t, err, apperr.NotFound)
	})
}

// Two admins who remove each other: one goes, one stays.
func TestTwoAdminsCannotBothGo(t *testing.T) {
	t.Parallel()
	a := setup(t)
	demoted := db.UserUpdateParams{Role: new(db.RoleUser)}
	for round := range 50 {
		second := factory.User(t, a.db, &factory.UserOpts{Role: db.RoleAdmin})
		first := factory.User(t, a.db, &factory.UserOpts{Role: db.RoleAdmin})
		a.exec(t, "UPDATE users SET role = 'user' WHERE role = 'admin' AND id <> ALL($1)", []uuid.UUID{first.ID, second.ID})
		remove := func(as, whom db.User, byRole bool) func() error {
			return func() error {
				if byRole {
					_, err := a.users.Update(t.Context(), factory.Actor(as), whom.ID, nil, demoted)
					return err
				}
				return a.users.Delete(t.Context(), factory.Actor(as), whom.ID, nil)
			}
		}
		errs := expect.Together(remove(first, second, round%3 == 1), remove(second, first, round%3 > 0))
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("got %v and %v", errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil {
				expect.Code(t, err, apperr.LastAdmin)
			}
		}
		if n := expect.Count(t, a.db, "SELECT count(*) FROM users WHERE role = 'admin' AND deleted_at IS NULL"); n != 1 {
			t.Fatalf("%d admins are left", n)
		}
	}
}

// The deletion has looked for open tasks and waits for the user when one more
// is committed: it begins anew and takes that one off as well.
func TestTaskGivenBehindADeletionIsTakenOff(t *testing.T) {
	t.Parallel()
	a := setup(t)
	given := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	assigned, release := make(chan struct{}), make(chan struct{})
	errs := make(chan error, 2)
	go func() {
		errs <- dbx.WithTx(t.Context(), a.db, func(q *db.Queries) error {
			if _, err := q.UserGetRole(t.Context(), *a.id("Ben")); err != nil {
				return err
			}
			_, err := q.TaskUpdateAssignee(t.Context(), db.TaskUpdateAssigneeParams{ID: given.ID, Version: given.Version, AssigneeID: a.id("Ben")})
			close(assigned)
			<-release
			return err
		})
	}()
	<-assigned
	go func() { errs <- a.users.Delete(t.Context(), a.actor("Ada"), *a.id("Ben"), nil) }()
	for expect.Count(t, a.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	expect.OK(t, <-errs)
	expect.OK(t, <-errs)
	a.wantAssigned(t, "Ben")
}

// A task is given to somebody while they are deleted: the task is refused, or
// taken off them; it never waits for who is gone.
func TestDeleteAndAssignRace(t *testing.T) {
	t.Parallel()
	a := setup(t)
	tasks := task.New(a.db, nil)
	for range 20 {
		worker := factory.User(t, a.db, nil)
		assign := func() func() error {
			p := factory.Project(t, a.db, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{worker.ID: db.ProjectMemberRoleContributor}})
			factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, AssigneeID: &worker.ID})
			free := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID})
			return func() error {
				_, err := tasks.Assign(t.Context(), a.actor("Ada"), free.ID, nil, &worker.ID)
				return err
			}
		}
		errs := expect.Together(
			func() error { return a.users.Delete(t.Context(), a.actor("Ada"), worker.ID, nil) },
			assign(), assign(), assign(),
		)
		expect.OK(t, errs[0])
		for _, err := range errs[1:] {
			if err != nil {
				expect.Code(t, err, apperr.ValidationFailed)
			}
		}
		if n := expect.Count(t, a.db, "SELECT count(*) FROM tasks WHERE assignee_id = $1", worker.ID); n != 0 {
			t.Fatalf("%d tasks wait for who is gone", n)
		}
	}
}
