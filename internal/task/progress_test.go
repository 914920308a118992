package task_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// create makes a task through the service, as everybody does.
func (a agency) create(t testing.TB, params task.CreateParams) uuid.UUID {
	t.Helper()
	if params.ProjectID == uuid.Nil {
		params.ProjectID = a.project.ID
	}
	params.Title, params.Status, params.Priority = "Task", db.TaskStatusTodo, db.PriorityMedium
	created, err := a.tasks.Create(t.Context(), a.manager, params)
	expect.OK(t, err)
	return created.Task.ID
}

// move takes a task along its statuses.
func (a agency) move(t testing.TB, id uuid.UUID, statuses ...db.TaskStatus) {
	t.Helper()
	for _, status := range statuses {
		_, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, status, new("The test says so."))
		expect.OK(t, err)
	}
}

func (a agency) progress(t testing.TB, id uuid.UUID) int {
	t.Helper()
	return expect.Count(t, a.db, "SELECT progress FROM tasks WHERE id = $1", id)
}

func (a agency) wantProgress(t testing.TB, id uuid.UUID, want int) {
	t.Helper()
	if got := a.progress(t, id); got != want {
		t.Errorf("the task is at %d percent, want %d", got, want)
	}
}

func (a agency) change(t testing.TB, id uuid.UUID, params db.TaskUpdateParams) {
	t.Helper()
	_, err := a.tasks.Update(t.Context(), a.manager, id, nil, params)
	expect.OK(t, err)
}

func TestProgressOfALeafIsWhatIsGiven(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.create(t, task.CreateParams{Progress: 10})
	a.wantProgress(t, id, 10)
	a.change(t, id, db.TaskUpdateParams{ProgressDoUpdate: true, Progress: new(int16(40))})
	a.wantProgress(t, id, 40)
	events := expect.Events(t, a.db, id)
	if got, want := events[len(events)-1].Changes["progress"], (expect.Change{Old: 10.0, New: 40.0}); got != want {
		t.Errorf("the event tells of %v, want %v", got, want)
	}
}

func TestDoneIsAHundredAndReopeningBringsBackWhatWasGiven(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.create(t, task.CreateParams{Progress: 40})
	a.move(t, id, db.TaskStatusInProgress, db.TaskStatusDone)
	a.wantProgress(t, id, 100)
	_, err := a.tasks.Update(t.Context(), a.manager, id, nil, db.TaskUpdateParams{ProgressDoUpdate: true, Progress: new(int16(50))})
	expect.Fields(t, err, "/progress done")
	a.change(t, id, db.TaskUpdateParams{ProgressDoUpdate: true, Progress: new(int16(100))})
	a.move(t, id, db.TaskStatusInProgress)
	a.wantProgress(t, id, 40)
}

func TestReopenedParentIsAsFarAsItsSubtasks(t *testing.T) {
	t.Parallel()
	a := setup(t)
	parent := a.create(t, task.CreateParams{Progress: 5})
	child := a.create(t, task.CreateParams{ParentID: &parent, Progress: 30})
	a.move(t, child, db.TaskStatusInProgress, db.TaskStatusDone)
	a.move(t, parent, db.TaskStatusInProgress, db.TaskStatusDone)
	a.wantProgress(t, parent, 100)
	a.move(t, parent, db.TaskStatusInProgress)
	a.move(t, child, db.TaskStatusInProgress)
	a.wantProgress(t, parent, 30)
}

func TestProgressOfAParentIsDerived(t *testing.T) {
	t.Parallel()
	a := setup(t)
	parent := a.create(t, task.CreateParams{Progress: 70})
	child := a.create(t, task.CreateParams{ParentID: &parent, Progress: 20})
	a.wantProgress(t, parent, 20)
	version := a.row(t, parent).Version

	_, err := a.tasks.Update(t.Context(), a.manager, parent, nil, db.TaskUpdateParams{ProgressDoUpdate: true, Progress: new(int16(50))})
	expect.Fields(t, err, "/progress derived")
	// What it reads already can be sent back.
	a.change(t, parent, db.TaskUpdateParams{ProgressDoUpdate: true, Progress: new(int16(20))})

	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, child, nil))
	a.wantProgress(t, parent, 70)
	_, err = a.tasks.Restore(t.Context(), a.manager, child)
	expect.OK(t, err)
	a.wantProgress(t, parent, 20)
	a.move(t, child, db.TaskStatusCancelled)
	a.wantProgress(t, parent, 70)
	a.move(t, child, db.TaskStatusBacklog)
	a.wantProgress(t, parent, 20)

	if got := a.row(t, parent).Version; got != version {
		t.Errorf("what is derived took the parent from version %d to %d", version, got)
	}
	if events := expect.Events(t, a.db, parent); len(events) != 1 {
		t.Errorf("what is derived wrote %d events", len(events)-1)
	}
}

// As it is left out of a replacement.
func TestTheDefaultProgressChangesOnlyWhatIsGivenByHand(t *testing.T) {
	t.Parallel()
	a := setup(t)
	parent := a.create(t, task.CreateParams{})
	leaf := a.create(t, task.CreateParams{ParentID: &parent, Progress: 40})
	done := a.create(t, task.CreateParams{Progress: 40})
	a.move(t, done, db.TaskStatusInProgress, db.TaskStatusDone)
	for _, id := range []uuid.UUID{parent, done, leaf} {
		a.change(t, id, db.TaskUpdateParams{ProgressDoUpdate: true})
	}
	a.wantProgress(t, leaf, 0)
	a.wantProgress(t, parent, 0)
	a.wantProgress(t, done, 100)
	a.move(t, done, db.TaskStatusInProgress)
	a.wantProgress(t, done, 40)
}

// The root has no estimate, nor has the middle: what the leaf weighs reaches
// the root though the progress of the middle stays as it is.
func TestAnEstimateCountsThroughThoseThatHaveNone(t *testing.T) {
	t.Parallel()
	a := setup(t)
	root := a.create(t, task.CreateParams{})
	middle := a.create(t, task.CreateParams{ParentID: &root})
	leaf := a.create(t, task.CreateParams{ParentID: &middle, Progress: 100, EstimateMinutes: new(int32(10))})
	a.create(t, task.CreateParams{ParentID: &root, EstimateMinutes: new(int32(10))})
	a.wantProgress(t, root, 50)
	a.change(t, leaf, db.TaskUpdateParams{EstimateMinutesDoUpdate: true, EstimateMinutes: new(int32(30))})
	a.wantProgress(t, middle, 100)
	a.wantProgress(t, root, 75)
}

func TestMovingASubtaskChangesBothParents(t *testing.T) {
	t.Parallel()
	a := setup(t)
	from := a.create(t, task.CreateParams{})
	to := a.create(t, task.CreateParams{})
	moved := a.create(t, task.CreateParams{ParentID: &from, Progress: 100})
	a.create(t, task.CreateParams{ParentID: &from})
	a.create(t, task.CreateParams{ParentID: &to})
	a.wantProgress(t, from, 50)
	a.change(t, moved, db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &to})
	a.wantProgress(t, from, 0)
	a.wantProgress(t, to, 50)
}

// Each of them sees at the parent what the ones before it have written there.
func TestSiblingsFinishedAtOnceAllCount(t *testing.T) {
	t.Parallel()
	a := setup(t)
	const siblings = 24
	root := a.create(t, task.CreateParams{})
	parent := a.create(t, task.CreateParams{ParentID: &root})
	slots := make(chan struct{}, 4) // what the pool has
	var fns []func() error
	for range siblings {
		id := a.create(t, task.CreateParams{ParentID: &parent})
		a.move(t, id, db.TaskStatusInProgress)
		fns = append(fns, func() error {
			slots <- struct{}{}
			defer func() { <-slots }()
			_, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, db.TaskStatusDone, nil)
			return err
		})
	}
	for _, err := range expect.Together(fns...) {
		expect.OK(t, err)
	}
	a.wantProgress(t, parent, 100)
	a.wantProgress(t, root, 100)
}
