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

	design := calling(w.mia.Tasks.Create(ctx, api.TaskCreate{
		ProjectID: w.project.ID, Title: "Design", EstimateMinutes: client.Value[int32](120), DueDate: client.Value(api.NewDate(2099, time.May, 1)), Tags: []string{"shop"},
	})).succeeds(t)
	build := calling(w.mia.Tasks.Create(ctx, api.TaskCreate{ProjectID: w.project.ID, Title: "Build", PrerequisiteIds: []uuid.UUID{design.ID}})).succeeds(t)

	if !build.IsBlocked || design.IsBlocked || design.Status != api.TaskStatusTodo {
		t.Errorf("the tasks are %+v and %+v", design, build)
	}

	updated := calling(w.mia.Tasks.Update(ctx, design.ID, api.TaskUpdate{
		Priority: new(api.PriorityUrgent), DueDate: client.Null[api.Date](),
	}, client.IfMatch(design.Version))).succeeds(t)
	if updated.Priority != api.PriorityUrgent || !updated.DueDate.IsNull() || updated.EstimateMinutes.MustGet() != 120 {
		t.Errorf("the task is %+v", updated)
	}

	problem := calling(w.mia.Tasks.Update(ctx, design.ID, api.TaskUpdate{Title: new("Mine")}, client.IfMatch(design.Version))).
		fails(t, http.StatusPreconditionFailed, api.ProblemCodeVersionConflict)
	if problem.RequestID == "" || problem.Detail == "" {
		t.Errorf("the problem says too little: %+v", problem)
	}

	replaced := calling(w.mia.Tasks.Replace(ctx, build.ID, api.TaskReplace{Title: "Build it", EstimateMinutes: client.Value[int32](420)}, client.IfMatch(build.Version))).succeeds(t)
	if replaced.Title != "Build it" || !replaced.IsBlocked {
		t.Errorf("the task is %+v", replaced)
	}

	assigned := calling(w.mia.Tasks.Assign(ctx, design.ID, api.TaskAssign{AssigneeID: client.Value(w.miaID)}, client.IfMatch(updated.Version))).succeeds(t)
	if assigned.AssigneeID.MustGet() != w.miaID {
		t.Errorf("the task is %+v", assigned)
	}

	same(t, "what nobody does", each(calling(w.mia.Tasks.List(ctx, client.TaskListParams{Unassigned: new(true)})).succeeds(t).Data, title), "Build it")
	same(t, "what is blocked, urgent or not", each(all(t, w.mia.Tasks.All(ctx, client.TaskListParams{
		ProjectID: []uuid.UUID{w.project.ID}, Status: []api.TaskStatus{api.TaskStatusTodo, api.TaskStatusInProgress}, Sort: "-priority", PageSize: 1,
	})), title), "Design", "Build it")
	same(t, "what is found", each(calling(w.mia.Tasks.Search(ctx, client.TaskSearchParams{Q: "design", ProjectID: w.project.ID})).succeeds(t).Data,
		func(h api.TaskSearchHit) string { return h.Task.Title }), "Design")

	// A caller that has enough leaves; no further page is asked for.
	for task, err := range w.mia.Tasks.All(ctx, client.TaskListParams{PageSize: 1}) {
		if err != nil || task.ID == uuid.Nil {
			t.Errorf("the first task is %+v, %v", task, err)
		}

		break
	}

	started := calling(w.mia.Tasks.SetStatus(ctx, design.ID, api.TaskStatusChange{Status: api.TaskStatusInProgress}, client.IfMatch(assigned.Version))).succeeds(t)
	if started.Status != api.TaskStatusInProgress || started.StartedAt.IsNull() {
		t.Errorf("the task is %+v", started)
	}

	w.design = *calling(w.mia.Tasks.Get(ctx, design.ID, client.TaskGetParams{Include: []api.TaskInclude{api.TaskIncludeAssignee, api.TaskIncludeDependents}})).succeeds(t)
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
	sending.PrerequisiteRefs = []string{"write"}

	results := calling(w.mia.Tasks.Bulk(ctx, api.TaskBulk{Items: []api.TaskBulkItem{sending, create("write"), create("drop")}})).succeeds(t).Results
	send, write, drop := results[0].Task.MustGet(), results[1].Task.MustGet(), results[2].Task.MustGet()

	if !send.IsBlocked || write.IsBlocked || results[1].Status != api.TaskBulkStatusCreated {
		t.Errorf("the batch gives %+v", results)
	}

	readiness := calling(w.mia.Tasks.GetReadiness(ctx, send.ID)).succeeds(t)
	if readiness.Ready || len(readiness.Reasons) != 1 || readiness.Reasons[0].TaskIds[0] != write.ID {
		t.Errorf("sending waits for %+v", readiness)
	}

	added := calling(w.mia.Tasks.AddDependency(ctx, write.ID, api.TaskDependencyCreate{PrerequisiteID: drop.ID})).succeeds(t)
	if added.TaskID != write.ID || added.PrerequisiteID != drop.ID {
		t.Errorf("the dependency is %+v", added)
	}

	problem := calling(w.mia.Tasks.AddDependency(ctx, drop.ID, api.TaskDependencyCreate{PrerequisiteID: send.ID})).
		fails(t, http.StatusConflict, api.ProblemCodeDependencyCycle)
	if cycle := problem.Problem.Cycle; len(cycle) != 4 || cycle[0] != cycle[3] {
		t.Errorf("the cycle is %v", cycle)
	}

	doing(w.mia.Tasks.RemoveDependency(ctx, write.ID, drop.ID)).succeeds(t)

	if ready := calling(w.mia.Tasks.GetReadiness(ctx, write.ID)).succeeds(t); !ready.Ready {
		t.Errorf("writing waits for %+v", ready.Reasons)
	}

	first := calling(w.mia.Tasks.SetPosition(ctx, drop.ID, api.TaskPosition{BeforeID: client.Value(w.design.ID)})).succeeds(t)
	if first.Position >= w.design.Position {
		t.Errorf("it is at %s, not before %s", first.Position, w.design.Position)
	}

	doing(w.mia.Tasks.Delete(ctx, drop.ID, client.IfMatch(first.Version))).succeeds(t)
	calling(w.mia.Tasks.Get(ctx, drop.ID, client.TaskGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)

	if back := calling(w.admin.Tasks.Restore(ctx, drop.ID)).succeeds(t); back.ID != drop.ID || !back.DeletedAt.IsNull() {
		t.Errorf("what is brought back is %+v", back)
	}

	history := actions(calling(w.mia.Tasks.GetHistory(ctx, drop.ID, client.TaskGetHistoryParams{})).succeeds(t).Data)
	if len(history) < 4 || history[0] != "task.restored" || history[len(history)-1] != "task.created" {
		t.Errorf("the history is %v", history)
	}
}
