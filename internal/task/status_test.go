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

var statuses = []db.TaskStatus{
	db.TaskStatusBacklog, db.TaskStatusTodo, db.TaskStatusInProgress, db.TaskStatusInReview,
	db.TaskStatusBlocked, db.TaskStatusDone, db.TaskStatusCancelled,
}

// Every pair of statuses, on rows: what is allowed happens, what is not
// changes nothing.
func TestSetStatusFollowsTheTable(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, from := range statuses {
		for _, to := range statuses {
			before := a.add(t, factory.TaskOpts{Status: from})
			after, err := a.tasks.SetStatus(t.Context(), a.admin, before.ID, nil, to, new("Because."))
			switch {
			case from == to:
				if err != nil || after.Task.Version != before.Version {
					t.Errorf("%s again: version %d became %d, %v", from, before.Version, after.Task.Version, err)
				}
			case task.CanTransition(from, to) != nil:
				expect.Code(t, err, apperr.IllegalTransition)
				if row := a.row(t, before.ID); row.Status != from || row.Version != before.Version {
					t.Errorf("%s to %s is refused and left %s at version %d", from, to, row.Status, row.Version)
				}
			default:
				expect.OK(t, err)
				if after.Task.Status != to || after.Task.Version != before.Version+1 || *after.Task.StatusReason != "Because." {
					t.Errorf("%s to %s gives %+v", from, to, after.Task)
				}
				if done := after.Task.CompletedAt != nil; done != (to == db.TaskStatusDone) {
					t.Errorf("%s to %s is completed at %v", from, to, after.Task.CompletedAt)
				}
			}
		}
	}
}

func TestSetStatusReasons(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, test := range map[string]struct {
		from, to db.TaskStatus
		required bool
	}{
		"BlockingWhatIsToDo":         {db.TaskStatusTodo, db.TaskStatusBlocked, true},
		"BlockingWhatIsUnderWay":     {db.TaskStatusInProgress, db.TaskStatusBlocked, true},
		"ReopeningWhatIsDone":        {db.TaskStatusDone, db.TaskStatusInProgress, true},
		"StartingNeedsNone":          {db.TaskStatusTodo, db.TaskStatusInProgress, false},
		"CancellingNeedsNone":        {db.TaskStatusTodo, db.TaskStatusCancelled, false},
		"ReopeningWhatWasCancelled":  {db.TaskStatusCancelled, db.TaskStatusBacklog, false},
		"GoingOnAfterBlockedOrPause": {db.TaskStatusBlocked, db.TaskStatusInProgress, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := a.add(t, factory.TaskOpts{Status: test.from}).ID
			_, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, test.to, nil)
			if !test.required {
				expect.OK(t, err)
				if row := a.row(t, id); row.StatusReason != nil {
					t.Errorf("the old reason stays: %s", *row.StatusReason)
				}
				return
			}
			expect.Fields(t, err, "/reason required")
		})
	}
}

func TestSetStatusIsDatedByTheClock(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.TaskOpts{Status: db.TaskStatusInProgress}).ID
	done, err := a.tasks.SetStatus(t.Context(), a.lead, id, nil, db.TaskStatusDone, nil)
	expect.OK(t, err)
	if !done.Task.CompletedAt.Equal(now) {
		t.Errorf("completed at %v, want %v", done.Task.CompletedAt, now)
	}
}

func TestPrerequisitesGateTheStart(t *testing.T) {
	t.Parallel()
	a := setup(t)
	done := a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID

	for _, open := range statuses {
		if open == db.TaskStatusDone {
			continue
		}
		for _, from := range []db.TaskStatus{db.TaskStatusTodo, db.TaskStatusBlocked} {
			t.Run(string(from)+"WaitsFor"+string(open), func(t *testing.T) {
				t.Parallel()
				prerequisite := a.add(t, factory.TaskOpts{Status: open}).ID
				id := a.add(t, factory.TaskOpts{Status: from, After: []uuid.UUID{done, prerequisite}}).ID
				a.wantHeldUp(t, id, prerequisite)
			})
		}
	}

	t.Run("DeletedPrerequisiteIsNotDone", func(t *testing.T) {
		t.Parallel()
		prerequisite := a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID
		id := a.add(t, factory.TaskOpts{After: []uuid.UUID{prerequisite}}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, prerequisite, nil))
		a.wantHeldUp(t, id, prerequisite)

		// It is still named, and removing it frees the task.
		expect.OK(t, a.tasks.RemoveDependency(t.Context(), a.manager, id, prerequisite))
		free, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, db.TaskStatusInProgress, nil)
		expect.OK(t, err)
		if free.IsBlocked || len(free.PrerequisiteIds) != 0 {
			t.Errorf("blocked %v by %v", free.IsBlocked, free.PrerequisiteIds)
		}
	})

	t.Run("AllDoneLetsItStart", func(t *testing.T) {
		t.Parallel()
		id := a.add(t, factory.TaskOpts{After: []uuid.UUID{done}}).ID
		started, err := a.tasks.SetStatus(t.Context(), a.contributor, id, nil, db.TaskStatusInProgress, nil)
		expect.OK(t, err)
		if started.IsBlocked || !cmp.Equal(started.PrerequisiteIds, []uuid.UUID{done}) {
			t.Errorf("blocked %v by %v", started.IsBlocked, started.PrerequisiteIds)
		}
	})

	t.Run("OnlyTheStartIsGated", func(t *testing.T) {
		t.Parallel()
		for _, step := range [][2]db.TaskStatus{
			{db.TaskStatusBacklog, db.TaskStatusTodo},
			{db.TaskStatusTodo, db.TaskStatusCancelled},
			{db.TaskStatusInProgress, db.TaskStatusInReview},
			{db.TaskStatusInProgress, db.TaskStatusDone},
			{db.TaskStatusInReview, db.TaskStatusInProgress},
			{db.TaskStatusDone, db.TaskStatusInProgress},
		} {
			open := a.add(t, factory.TaskOpts{}).ID
			id := a.add(t, factory.TaskOpts{Status: step[0], After: []uuid.UUID{open}}).ID
			if _, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, step[1], new("So it is.")); err != nil {
				t.Errorf("%s to %s: %v", step[0], step[1], err)
			}
		}
	})
}

// wantHeldUp fails unless the task reads as blocked and is refused to start,
// naming the prerequisite.
func (a agency) wantHeldUp(t *testing.T, id, prerequisite uuid.UUID) {
	t.Helper()
	read, err := a.tasks.Get(t.Context(), a.manager, id)
	expect.OK(t, err)
	if !read.IsBlocked {
		t.Error("the task does not read as blocked")
	}
	_, err = a.tasks.SetStatus(t.Context(), a.manager, id, nil, db.TaskStatusInProgress, nil)
	e := expect.Code(t, err, apperr.PrerequisitesOpen)
	if diff := cmp.Diff([]uuid.UUID{prerequisite}, e.BlockingIDs); diff != "" {
		t.Errorf("in the way (-want +got):\n%s", diff)
	}
}

func TestParentIsNotDoneBeforeItsSubtasks(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, status := range statuses {
		t.Run(string(status)+"Subtask", func(t *testing.T) {
			t.Parallel()
			parent := a.add(t, factory.TaskOpts{Status: db.TaskStatusInProgress}).ID
			child := a.add(t, factory.TaskOpts{ParentID: &parent, Status: status}).ID
			_, err := a.tasks.SetStatus(t.Context(), a.manager, parent, nil, db.TaskStatusDone, nil)
			if !task.IsOpen(status) {
				expect.OK(t, err)
				return
			}
			e := expect.Code(t, err, apperr.SubtasksOpen)
			if diff := cmp.Diff([]uuid.UUID{child}, e.BlockingIDs); diff != "" {
				t.Errorf("in the way (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("DeletedSubtaskIsNotInTheWay", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{Status: db.TaskStatusInProgress}).ID
		child := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, child, nil))
		_, err := a.tasks.SetStatus(t.Context(), a.manager, parent, nil, db.TaskStatusDone, nil)
		expect.OK(t, err)
	})
}

func TestReopening(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("CancelledIsForWhoManages", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			name  string
			actor access.Actor
			may   bool
		}{
			{"admin", a.admin, true},
			{"manager", a.manager, true},
			{"lead", a.lead, false},
			{"contributor", a.contributor, false},
		} {
			id := a.add(t, factory.TaskOpts{Status: db.TaskStatusCancelled}).ID
			_, err := a.tasks.SetStatus(t.Context(), test.actor, id, nil, db.TaskStatusBacklog, nil)
			if test.may && err != nil || !test.may && !apperr.Is(err, apperr.Forbidden) {
				t.Errorf("by the %s: %v", test.name, err)
			}
		}
	})

	t.Run("NotBelowAClosedParent", func(t *testing.T) {
		t.Parallel()
		for _, closed := range []db.TaskStatus{db.TaskStatusDone, db.TaskStatusCancelled} {
			parent := a.add(t, factory.TaskOpts{Status: closed}).ID
			for from, to := range map[db.TaskStatus]db.TaskStatus{
				db.TaskStatusDone: db.TaskStatusInProgress, db.TaskStatusCancelled: db.TaskStatusBacklog,
			} {
				id := a.add(t, factory.TaskOpts{ParentID: &parent, Status: from}).ID
				_, err := a.tasks.SetStatus(t.Context(), a.manager, id, nil, to, new("Again."))
				if e := expect.Code(t, err, apperr.ParentClosed); !cmp.Equal(e.BlockingIDs, []uuid.UUID{parent}) {
					t.Errorf("in the way is %v, want %s", e.BlockingIDs, parent)
				}
			}
		}
	})

	t.Run("NotInAClosedProject", func(t *testing.T) {
		t.Parallel()
		for _, status := range []db.ProjectStatus{db.ProjectStatusCompleted, db.ProjectStatusCancelled, db.ProjectStatusArchived} {
			project := a.projectIn(t, status)
			done := a.add(t, factory.TaskOpts{ProjectID: project.ID, Status: db.TaskStatusDone}).ID
			_, err := a.tasks.SetStatus(t.Context(), a.manager, done, nil, db.TaskStatusInProgress, new("Again."))
			expect.Code(t, err, apperr.ProjectClosed)
		}
	})
}
