package task_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestATaskHasAHundredPrerequisitesAtMost(t *testing.T) {
	t.Parallel()
	a := setup(t)
	params := a.newTask()
	for range task.MaxPrerequisites - 1 {
		params.PrerequisiteIDs = append(params.PrerequisiteIDs, a.add(t, factory.TaskOpts{}).ID)
	}
	id := a.create(t, params)
	last, more := a.add(t, factory.TaskOpts{}).ID, a.add(t, factory.TaskOpts{}).ID
	add := func(prerequisite uuid.UUID) error {
		_, err := a.tasks.AddDependency(t.Context(), a.lead, id, prerequisite)
		return err
	}
	expect.OK(t, add(last))
	expect.Code(t, add(last), apperr.AlreadyExists)
	expect.Fields(t, add(more), "/prerequisite_id too_many")

	item := a.creating("full", after("a", "b"))
	item.Create.PrerequisiteIDs = params.PrerequisiteIDs
	_, err := a.tasks.Bulk(t.Context(), a.manager, []task.BulkItem{a.creating("a", nil), a.creating("b", nil), item}, true)
	expect.Fields(t, err, "/items/2/prerequisite_refs too_many")
}
