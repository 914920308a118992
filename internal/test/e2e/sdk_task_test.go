package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func title(task api.Task) string { return task.Title }

func tellTasks(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	design := answer(w.mia.Tasks.Create(ctx, api.TaskCreate{
		ProjectID: w.project.ID, Title: "Design", EstimateMinutes: client.Value[int32](120), DueDate: client.Value(api.NewDate(2099, time.May, 1)), Tags: &[]string{"shop"},
	})).is(t)
	build := answer(w.mia.Tasks.Create(ctx, api.TaskCreate{ProjectID: w.project.ID, Title: "Build", PrerequisiteIds: &[]uuid.UUID{design.ID}})).is(t)

	if !build.IsBlocked || design.IsBlocked || design.Status != api.TaskStatusTodo {
		t.Errorf("the tasks are %+v and %+v", design, build)
	}

	updated := answer(w.mia.Tasks.Update(ctx, design.ID, api.TaskUpdate{
		Priority: new(api.PriorityUrgent), DueDate: client.Null[api.Date](),
	}, client.IfMatch(design.Version))).is(t)
	if updated.Priority != api.PriorityUrgent || !updated.DueDate.IsNull() || updated.EstimateMinutes.MustGet() != 120 {
		t.Errorf("the task is %+v", updated)
	}

	problem := answer(w.mia.Tasks.Update(ctx, design.ID, api.TaskUpdate{Title: new("Mine")}, client.IfMatch(design.Version))).
		refused(t, http.StatusPreconditionFailed, api.ProblemCodeVersionConflict)
	if problem.RequestID == "" || problem.Detail == "" {
		t.Errorf("the problem says too little: %+v", problem)
	}

	replaced := answer(w.mia.Tasks.Replace(ctx, build.ID, api.TaskReplace{Title: "Build it", EstimateMinutes: client.Value[int32](420)}, client.IfMatch(build.Version))).is(t)
	if replaced.Title != "Build it" || !replaced.IsBlocked {
		t.Errorf("the task is %+v", replaced)
	}

	assigned := answer(w.mia.Tasks.Assign(ctx, design.ID, api.TaskAssign{AssigneeID: client.Value(w.miaID)}, client.IfMatch(updated.Version))).is(t)
	if assigned.AssigneeID.MustGet() != w.miaID {
		t.Errorf("the task is %+v", assigned)
	}

	same(t, "what nobody does", each(answer(w.mia.Tasks.List(ctx, client.TaskListParams{Unassigned: new(true)})).is(t).Data, title), "Build it")
	same(t, "what is blocked, urgent or not", each(all(t, w.mia.Tasks.All(ctx, client.TaskListParams{
		ProjectID: []uuid.UUID{w.project.ID}, Status: []api.TaskStatus{api.TaskStatusTodo, api.TaskStatusInProgress}, Sort: "-priority", PageSize: 1,
	})), title), "Design", "Build it")
	same(t, "what is found", each(answer(w.mia.Tasks.Search(ctx, client.TaskSearchParams{Q: "design", ProjectID: w.project.ID})).is(t).Data,
		func(h api.TaskSearchHit) string { return h.Task.Title }), "Design")

	// A caller that has enough leaves; no further page is asked for.
	for task, err := range w.mia.Tasks.All(ctx, client.TaskListParams{PageSize: 1}) {
		if err != nil || task.ID == uuid.Nil {
			t.Errorf("the first task is %+v, %v", task, err)
		}

		break
	}

	started := answer(w.mia.Tasks.SetStatus(ctx, design.ID, api.TaskStatusChange{Status: api.TaskStatusInProgress}, client.IfMatch(assigned.Version))).is(t)
	if started.Status != api.TaskStatusInProgress || started.StartedAt.IsNull() {
		t.Errorf("the task is %+v", started)
	}

	w.design = *answer(w.mia.Tasks.Get(ctx, design.ID, client.TaskGetParams{Include: []api.TaskInclude{api.TaskIncludeAssignee, api.TaskIncludeDependents}})).is(t)
	if included := w.design.Included.MustGet(); included.Assignee.MustGet().ID != w.miaID || included.Dependents.MustGet()[0].ID != build.ID {
		t.Errorf("the task comes with %+v", included)
	}

	w.build = *replaced
}

func tellTaskGraph(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	create := func(ref string) api.TaskBulkItem {
		return api.TaskBulkItem{Op: api.TaskBulkOpCreate, Ref: &ref, ProjectID: &w.project.ID, Title: &ref}
	}
	sending := create("send")
	sending.PrerequisiteRefs = &[]string{"write"}

	results := answer(w.mia.Tasks.Bulk(ctx, api.TaskBulk{Items: []api.TaskBulkItem{sending, create("write"), create("drop")}})).is(t).Results
	send, write, drop := results[0].Task.MustGet(), results[1].Task.MustGet(), results[2].Task.MustGet()

	if !send.IsBlocked || write.IsBlocked || results[1].Status != api.TaskBulkStatusCreated {
		t.Errorf("the batch gives %+v", results)
	}

	readiness := answer(w.mia.Tasks.GetReadiness(ctx, send.ID)).is(t)
	if readiness.Ready || len(readiness.Reasons) != 1 || readiness.Reasons[0].TaskIds[0] != write.ID {
		t.Errorf("sending waits for %+v", readiness)
	}

	added := answer(w.mia.Tasks.AddDependency(ctx, write.ID, api.TaskDependencyCreate{PrerequisiteID: drop.ID})).is(t)
	if added.TaskID != write.ID || added.PrerequisiteID != drop.ID {
		t.Errorf("the dependency is %+v", added)
	}

	problem := answer(w.mia.Tasks.AddDependency(ctx, drop.ID, api.TaskDependencyCreate{PrerequisiteID: send.ID})).
		refused(t, http.StatusConflict, api.ProblemCodeDependencyCycle)
	if cycle := *problem.Problem.Cycle; len(cycle) != 4 || cycle[0] != cycle[3] {
		t.Errorf("the cycle is %v", cycle)
	}

	done(w.mia.Tasks.RemoveDependency(ctx, write.ID, drop.ID)).is(t)

	if ready := answer(w.mia.Tasks.GetReadiness(ctx, write.ID)).is(t); !ready.Ready {
		t.Errorf("writing waits for %+v", ready.Reasons)
	}

	first := answer(w.mia.Tasks.SetPosition(ctx, drop.ID, api.TaskPosition{BeforeID: client.Value(w.design.ID)})).is(t)
	if first.Position >= w.design.Position {
		t.Errorf("it is at %s, not before %s", first.Position, w.design.Position)
	}

	done(w.mia.Tasks.Delete(ctx, drop.ID, client.IfMatch(first.Version))).is(t)
	answer(w.mia.Tasks.Get(ctx, drop.ID, client.TaskGetParams{})).refused(t, http.StatusNotFound, api.ProblemCodeNotFound)

	if back := answer(w.admin.Tasks.Restore(ctx, drop.ID)).is(t); back.ID != drop.ID || !back.DeletedAt.IsNull() {
		t.Errorf("what is brought back is %+v", back)
	}

	history := actions(answer(w.mia.Tasks.GetHistory(ctx, drop.ID, client.TaskGetHistoryParams{})).is(t).Data)
	if len(history) < 4 || history[0] != "task.restored" || history[len(history)-1] != "task.created" {
		t.Errorf("the history is %v", history)
	}
}
