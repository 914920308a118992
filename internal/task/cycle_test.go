package task_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// wantCycle fails unless err is a DependencyCycle along exactly this path.
func wantCycle(t *testing.T, err error, path ...uuid.UUID) {
	t.Helper()
	e := expect.Code(t, err, apperr.DependencyCycle)
	if diff := cmp.Diff(path, e.Cycle); diff != "" {
		t.Errorf("the cycle (-want +got):\n%s", diff)
	}
}

// chain makes tasks of which each waits for the next.
func (a agency) chain(t *testing.T, count int) []uuid.UUID {
	t.Helper()
	ids := make([]uuid.UUID, count)
	for i := count - 1; i >= 0; i-- {
		opts := factory.TaskOpts{}
		if i+1 < count {
			opts.After = []uuid.UUID{ids[i+1]}
		}
		ids[i] = a.add(t, opts).ID
	}
	return ids
}

func TestAddDependencyRefusesCycles(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("OnItself", func(t *testing.T) {
		t.Parallel()
		id := a.add(t, factory.TaskOpts{}).ID
		_, err := a.tasks.AddDependency(t.Context(), a.manager, id, id)
		wantCycle(t, err, id, id)
	})

	t.Run("OfTwo", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 2)
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[1], c[0])
		wantCycle(t, err, c[1], c[0], c[1])
	})

	t.Run("OfTwenty", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 20)
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[19], c[0])
		wantCycle(t, err, append([]uuid.UUID{c[19]}, c...)...)
	})

	t.Run("ShortestPathIsTold", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 4)
		factory.Dependency(t, a.db, a.project.ID, c[0], c[3])
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[3], c[0])
		wantCycle(t, err, c[3], c[0], c[3])
	})

	t.Run("SubtaskOnItsParent", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{}).ID
		child := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		_, err := a.tasks.AddDependency(t.Context(), a.manager, child, parent)
		wantCycle(t, err, child, parent, child)
	})

	t.Run("ThroughASubtask", func(t *testing.T) {
		t.Parallel()
		// The epic waits for its part, the part for the release.
		epic := a.add(t, factory.TaskOpts{}).ID
		release := a.add(t, factory.TaskOpts{}).ID
		part := a.add(t, factory.TaskOpts{ParentID: &epic, After: []uuid.UUID{release}}).ID
		_, err := a.tasks.AddDependency(t.Context(), a.manager, release, epic)
		wantCycle(t, err, release, epic, part, release)
	})

	t.Run("ThroughADeletedTask", func(t *testing.T) {
		t.Parallel()
		// It can be restored, and the cycle with it.
		c := a.chain(t, 3)
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, c[1], nil))
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[2], c[0])
		wantCycle(t, err, c[2], c[0], c[1], c[2])
	})

	t.Run("RefusalChangesNothing", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 2)
		before := a.row(t, c[1])
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[1], c[0])
		expect.Code(t, err, apperr.DependencyCycle)
		if diff := cmp.Diff(before, a.row(t, c[1])); diff != "" {
			t.Error(diff)
		}
		read, err := a.tasks.Get(t.Context(), a.manager, c[1])
		expect.OK(t, err)
		if len(read.PrerequisiteIds) != 0 {
			t.Errorf("waits for %v", read.PrerequisiteIds)
		}
	})
}

func TestAddDependencyAllowsWhatIsNoCycle(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("Diamond", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 3)
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[0], c[2])
		expect.OK(t, err)
	})

	t.Run("ParentOnItsSubtask", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{}).ID
		child := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		_, err := a.tasks.AddDependency(t.Context(), a.manager, parent, child)
		expect.OK(t, err)
	})

	t.Run("OppositeOfWhatWasRemoved", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 2)
		expect.OK(t, a.tasks.RemoveDependency(t.Context(), a.manager, c[0], c[1]))
		_, err := a.tasks.AddDependency(t.Context(), a.manager, c[1], c[0])
		expect.OK(t, err)
	})

	t.Run("SiblingsInTheirOrder", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{}).ID
		first := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		second := a.add(t, factory.TaskOpts{ParentID: &parent}).ID
		_, err := a.tasks.AddDependency(t.Context(), a.manager, second, first)
		expect.OK(t, err)
	})
}

func TestCreateRefusesCycles(t *testing.T) {
	t.Parallel()
	a := setup(t)
	create := func(parent uuid.UUID, prerequisites ...uuid.UUID) error {
		_, err := a.tasks.Create(t.Context(), a.contributor, task.CreateParams{
			ProjectID: a.project.ID, Title: "New", Status: db.TaskStatusTodo, Priority: db.PriorityMedium,
			ParentID: &parent, PrerequisiteIDs: prerequisites,
		})
		return err
	}

	t.Run("SubtaskThatWaitsForItsParent", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{}).ID
		wantCycle(t, create(parent, parent), parent, parent)
	})

	t.Run("SubtaskThatWaitsForWhatWaitsForTheParent", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 3)
		harmless := a.add(t, factory.TaskOpts{}).ID
		wantCycle(t, create(c[2], harmless, c[0]), c[2], c[0], c[1], c[2])
	})

	t.Run("RefusalLeavesNoTask", func(t *testing.T) {
		t.Parallel()
		parent := a.add(t, factory.TaskOpts{}).ID
		expect.Code(t, create(parent, parent), apperr.DependencyCycle)
		a.wantTitles(t, a.manager, task.Filter{ParentID: &parent})
	})
}

func TestMoveRefusesCycles(t *testing.T) {
	t.Parallel()
	a := setup(t)
	move := func(id, parent uuid.UUID) error {
		_, err := a.tasks.Update(t.Context(), a.contributor, id, nil, db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &parent})
		return err
	}

	t.Run("BelowItself", func(t *testing.T) {
		t.Parallel()
		id := a.add(t, factory.TaskOpts{}).ID
		wantCycle(t, move(id, id), id, id)
	})

	t.Run("BelowItsOwnSubtask", func(t *testing.T) {
		t.Parallel()
		top := a.add(t, factory.TaskOpts{}).ID
		middle := a.add(t, factory.TaskOpts{ParentID: &top}).ID
		bottom := a.add(t, factory.TaskOpts{ParentID: &middle}).ID
		wantCycle(t, move(top, bottom), bottom, top, middle, bottom)
	})

	t.Run("BelowWhatItWaitsFor", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 3)
		wantCycle(t, move(c[0], c[2]), c[2], c[0], c[1], c[2])
	})

	t.Run("BelowWhatWaitsForIt", func(t *testing.T) {
		t.Parallel()
		c := a.chain(t, 2)
		expect.OK(t, move(c[1], c[0]))
	})

	t.Run("FromOneParentToAnother", func(t *testing.T) {
		t.Parallel()
		top := a.add(t, factory.TaskOpts{}).ID
		middle := a.add(t, factory.TaskOpts{ParentID: &top}).ID
		bottom := a.add(t, factory.TaskOpts{ParentID: &middle}).ID
		expect.OK(t, move(bottom, top))
		if got := a.row(t, bottom).ParentID; *got != top {
			t.Errorf("the parent is %s, want %s", got, top)
		}
	})
}
