package task_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// What is done most often waits for the database twice: for the locks and what
// the rules look at, and for the writes and their commit.
func TestWritesTakeFewRoundTrips(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	pool, sent := dbtest.Recorded(t, url)
	d := dbx.New(pool)
	tasks := task.New(d, nil)
	contributor := factory.User(t, d, nil)
	actor := factory.Actor(contributor)
	project := factory.Project(t, d, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{contributor.ID: db.ProjectMemberRoleContributor}})
	add := func(status db.TaskStatus) uuid.UUID {
		return factory.Task(t, d, &factory.TaskOpts{ProjectID: project.ID, Status: status, AssigneeID: &contributor.ID}).ID
	}
	setStatus := func(id uuid.UUID, to db.TaskStatus) error {
		_, err := tasks.SetStatus(t.Context(), actor, id, nil, to, new("Because."))
		return err
	}
	todo, started, done, given, renamed, moved, deleted := add(db.TaskStatusTodo), add(db.TaskStatusInProgress), add(db.TaskStatusDone),
		add(db.TaskStatusTodo), add(db.TaskStatusTodo), add(db.TaskStatusTodo), add(db.TaskStatusTodo)
	locks := []string{"BEGIN", "TaskShareProject", "TaskLock"}
	for name, test := range map[string]struct {
		write      func() error
		trips      int
		statements []string
	}{
		"CreateTask": {
			func() error {
				_, err := tasks.Create(t.Context(), actor, task.CreateParams{ProjectID: project.ID, Title: "New", Status: db.TaskStatusTodo, Priority: db.PriorityMedium})
				return err
			},
			2, []string{"BEGIN", "ProjectGetShared", "TaskGetPlace", "TaskInsert", "EventInsert", "COMMIT"},
		},
		"CreateTaskForSomebody": {
			func() error {
				_, err := tasks.Create(t.Context(), actor, task.CreateParams{
					ProjectID: project.ID, Title: "New", Status: db.TaskStatusTodo, Priority: db.PriorityMedium, AssigneeID: &contributor.ID,
				})
				return err
			},
			2, []string{"BEGIN", "ProjectGetShared", "TaskGetPlace", "TaskLockAssignee", "TaskInsert", "EventInsert", "COMMIT"},
		},
		"StartTask": {
			func() error { return setStatus(todo, db.TaskStatusInProgress) },
			2, append(locks[:3:3], "TaskListOpenPrerequisites", "TaskUpdateStatus", "EventInsert", "COMMIT"),
		},
		"FinishTask": {
			func() error { return setStatus(started, db.TaskStatusDone) },
			2, append(locks[:3:3], "TaskListOpenSubtasks", "TaskUpdateStatus", "EventInsert", "COMMIT"),
		},
		"ReopenTask": {
			func() error { return setStatus(done, db.TaskStatusInProgress) },
			3, append(locks[:3:3], "TaskListOpenPrerequisites", "ProgressListSubtasks", "TaskLockAssignee", "TaskUpdateStatus", "EventInsert", "COMMIT"),
		},
		"TakeFromEverybody": {
			func() error { _, err := tasks.Assign(t.Context(), actor, given, nil, nil); return err },
			2, append(locks[:3:3], "TaskUpdateAssignee", "EventInsert", "COMMIT"),
		},
		"RenameTask": {
			func() error {
				_, err := tasks.Update(t.Context(), actor, renamed, nil, db.TaskUpdateParams{Title: new("Renamed")})
				return err
			},
			3, append(locks[:3:3], "TaskUpdate", "EventInsert", "COMMIT"),
		},
		"MoveTask": {
			func() error { _, err := tasks.Move(t.Context(), actor, moved, nil, task.Place{}); return err },
			3, []string{"BEGIN", "TaskLockProject", "TaskLock", "TaskGetPositionAfter", "TaskUpdatePosition", "EventInsert", "COMMIT"},
		},
		"DeleteTask": {
			func() error { return tasks.Delete(t.Context(), access.Actor{ID: actor.ID, Role: access.RoleAdmin}, deleted, nil) },
			3, []string{"BEGIN", "TaskLockProject", "TaskLock", "TaskDeleteWithSubtasks", "EventInsertForMany", "COMMIT"},
		},
	} {
		var names []string
		for _, s := range sent.During(func() { expect.OK(t, test.write()) }) {
			names = append(names, s.Name())
		}
		if sent.RoundTrips() != test.trips {
			t.Errorf("%s takes %d round trips, want %d", name, sent.RoundTrips(), test.trips)
		}
		if diff := cmp.Diff(test.statements, names); diff != "" {
			t.Errorf("%s sends (-want +got):\n%s", name, diff)
		}
	}
}

// What a write returns is what is then read, though it is not read back.
func TestWritesReturnWhatIsRead(t *testing.T) {
	t.Parallel()
	a := setup(t)
	before := a.add(t, factory.TaskOpts{Status: db.TaskStatusDone})
	parent := a.add(t, factory.TaskOpts{})
	full := task.CreateParams{
		ProjectID: a.project.ID, Title: "Full", Description: new("All of it."), Status: db.TaskStatusTodo, Priority: db.PriorityHigh, Tags: []string{"a", "b"},
		ExternalSource: new("jira"), ExternalID: new("X-1"), AssigneeID: &a.contributor.ID, EstimateMinutes: new(int32(30)), RemainingMinutes: new(int32(20)),
		DueDate: day(20), Progress: 10,
	}
	waiting := full
	waiting.ExternalID, waiting.PrerequisiteIDs, waiting.ParentID = new("X-2"), []uuid.UUID{before.ID}, &parent.ID
	plain := task.CreateParams{ProjectID: a.project.ID, Title: "Plain", Status: db.TaskStatusBacklog, Priority: db.PriorityLow}
	check := func(what string, wrote task.Task, err error) uuid.UUID {
		t.Helper()
		expect.OK(t, err)
		read, err := a.tasks.Get(t.Context(), a.admin, wrote.Task.ID)
		expect.OK(t, err)
		if diff := cmp.Diff(read, wrote); diff != "" {
			t.Errorf("%s returns something else (-read +returned):\n%s", what, diff)
		}
		return wrote.Task.ID
	}
	for name, params := range map[string]task.CreateParams{"Plain": plain, "Full": full, "Waiting": waiting} {
		created, err := a.tasks.Create(t.Context(), a.manager, params)
		id := check(name, created, err)
		for _, to := range []db.TaskStatus{db.TaskStatusTodo, db.TaskStatusInProgress, db.TaskStatusDone, db.TaskStatusInProgress, db.TaskStatusCancelled, db.TaskStatusBacklog} {
			wrote, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, to, new("Because."))
			check(name+" "+string(to), wrote, err)
		}
		wrote, err := a.tasks.Assign(t.Context(), a.manager, id, nil, &a.lead.ID)
		check(name+" assigned", wrote, err)
		wrote, err = a.tasks.Move(t.Context(), a.manager, id, nil, task.Place{})
		check(name+" moved", wrote, err)
		wrote, err = a.tasks.Update(t.Context(), a.manager, id, nil, db.TaskUpdateParams{Title: new("Renamed")})
		check(name+" renamed", wrote, err)
		wrote, err = a.tasks.Update(t.Context(), a.manager, id, nil, db.TaskUpdateParams{Title: new("Renamed")})
		check(name+" renamed again", wrote, err)
	}
}
