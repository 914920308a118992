package httpapi_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

const bulk = "/api/v1/tasks/bulk"

func (c *caller) bulk(atomic bool, items ...object) []api.TaskBulkResult {
	c.t.Helper()
	var body api.TaskBulkResults
	c.send(http.MethodPost, bulk, object{"atomic": atomic, "items": items}, nil).MustDecode(c.t, http.StatusOK, &body)
	return body.Results
}

func mistakes(problem api.Problem) []string {
	var found []string
	for _, f := range problem.Errors {
		found = append(found, f.Pointer+" "+f.Code)
	}
	return found
}

func TestTaskFieldsOfABatchAreThoseOfTheSingleOperations(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	member := c.User(db.RoleUser)
	project := factory.Project(t, c.DB, &factory.ProjectOpts{Team: map[uuid.UUID]db.ProjectMemberRole{member.ID: db.ProjectMemberRoleLead}})
	prerequisite := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	parent := factory.Task(t, c.DB, &factory.TaskOpts{ProjectID: project.ID})
	fields := object{
		"project_id": project.ID, "title": "Draw", "description": "The page flow.", "priority": "high",
		"status": "backlog", "assignee_id": member.ID, "estimate_minutes": 60, "remaining_minutes": 30, "progress": 50,
		"due_date": "2026-12-24", "tags": []string{"b", " a "}, "prerequisite_ids": []uuid.UUID{prerequisite.ID}, "parent_id": nil,
	}
	single := create[api.Task](c, "/api/v1/tasks", fields)
	item := object{"op": "create", "ref": "draw"}
	maps.Copy(item, fields)
	changes := object{
		"title": "Paint", "description": nil, "priority": "low", "estimate_minutes": nil, "remaining_minutes": 5, "progress": 75,
		"due_date": "2026-12-31", "tags": []string{}, "external_source": "crm", "external_id": "7", "parent_id": parent.ID,
	}
	result := c.bulk(true, item)[0]
	want := api.TaskBulkResult{Op: api.TaskBulkOpCreate, Ref: result.Ref, Status: api.TaskBulkStatusCreated, TaskID: result.TaskID, Task: result.Task, Problem: result.Problem}
	if diff := cmp.Diff(want, result); diff != "" || result.Ref.MustGet() != "draw" || !result.Problem.IsNull() || result.TaskID.MustGet() != result.Task.MustGet().ID {
		t.Errorf("the result is %+v", result)
	}
	compare := func(got api.Task) {
		t.Helper()
		want := single
		want.ID, want.Position, want.CreatedAt, want.UpdatedAt = got.ID, got.Position, got.CreatedAt, got.UpdatedAt
		want.ExternalID, want.ParentID = got.ExternalID, got.ParentID
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the task of the batch (-single +batch):\n%s", diff)
		}
	}
	created := result.Task.MustGet()
	compare(created)

	update := object{"op": "update", "id": created.ID, "version": 1}
	maps.Copy(update, changes)
	updated := c.bulk(true, update)[0].Task.MustGet()
	changes["external_id"] = "8"
	c.send(http.MethodPatch, "/api/v1/tasks/"+single.ID.String(), changes, nil).MustDecode(t, http.StatusOK, &single)
	compare(updated)
	if updated.ParentID.MustGet() != parent.ID || updated.ExternalID.MustGet() != "7" {
		t.Errorf("the task is %+v", updated)
	}
}

func TestABatchTellsWhatBecameOfEachItem(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	task, other := factory.Task(t, c.DB, nil), factory.Task(t, c.DB, nil)
	results := c.bulk(false,
		object{"op": "create", "project_id": task.ProjectID, "title": "Fine"},
		object{"op": "create", "ref": "bad", "project_id": task.ProjectID, "title": "Bad", "parent_id": uuid.New()},
		object{"op": "update", "id": task.ID, "title": "Changed", "version": 7},
		object{"op": "delete", "id": other.ID},
	)
	var got []string
	for i, r := range results {
		line := fmt.Sprintf("%d %s %s", r.Index, r.Op, r.Status)
		if problem, err := r.Problem.Get(); err == nil {
			line += fmt.Sprintf(" %d %s %v", problem.Status, problem.Code, mistakes(problem))
		}
		if (r.Status == api.TaskBulkStatusFailed) != r.TaskID.IsNull() {
			t.Errorf("item %d has the task %v", i, r.TaskID)
		}
		got = append(got, line)
	}
	want := []string{
		"0 create created",
		"1 create failed 422 validation_failed [/items/1/parent_id not_found]",
		"2 update failed 412 version_conflict [/items/2 version_conflict]",
		"3 delete deleted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the results (-want +got):\n%s", diff)
	}
}

func TestABatchIsHeldAgainstTheFieldsOfItsOps(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	id := uuid.New()
	for name, test := range map[string]struct {
		item object
		want []string
	}{
		"CreateWithoutWhatItNeeds":    {object{"op": "create"}, []string{"/items/0/project_id required", "/items/0/title required"}},
		"CreateWithWhatExists":        {object{"op": "create", "project_id": id, "title": "A", "id": id, "version": 1}, []string{"/items/0/id not_for_op", "/items/0/version not_for_op"}},
		"CreateWithTwoParents":        {object{"op": "create", "project_id": id, "title": "A", "parent_id": id, "parent_ref": "a"}, []string{"/items/0/parent_ref repeated"}},
		"UpdateWithoutAnID":           {object{"op": "update", "title": "A"}, []string{"/items/0/id required"}},
		"UpdateOfNothing":             {object{"op": "update", "id": id, "version": 1}, []string{"/items/0 empty"}},
		"UpdateOfWhatHasItsOwnOp":     {object{"op": "update", "id": id, "title": "A", "status": "todo", "assignee_id": nil}, []string{"/items/0/status not_for_op", "/items/0/assignee_id not_for_op"}},
		"UpdateWithPrerequisites":     {object{"op": "update", "id": id, "title": "A", "prerequisite_ids": []string{}, "prerequisite_refs": []string{}}, []string{"/items/0/prerequisite_ids not_for_op", "/items/0/prerequisite_refs not_for_op"}},
		"DeleteWithFields":            {object{"op": "delete", "id": id, "title": "A", "parent_ref": "a"}, []string{"/items/0/parent_ref not_for_op", "/items/0/title not_for_op"}},
		"RefThatNobodyHas":            {object{"op": "create", "project_id": id, "title": "A", "parent_ref": "a"}, []string{"/items/0/parent_ref unknown_ref"}},
		"TitleOfTheContract":          {object{"op": "create", "project_id": id, "title": " "}, []string{"/items/0/title blank"}},
		"FieldThatNoOpHas":            {object{"op": "delete", "id": id, "completed_at": nil}, []string{"/items/0/completed_at unknown"}},
		"OpThatThereIsNot":            {object{"op": "upsert", "id": id}, []string{"/items/0/op enum"}},
		"NullWhereTheContractHasNone": {object{"op": "update", "id": id, "title": nil}, []string{"/items/0/title null"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, atomic := range []bool{true, false} {
				got := c.send(http.MethodPost, bulk, object{"atomic": atomic, "items": []object{test.item}}, nil)
				if diff := cmp.Diff(test.want, mistakes(got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed"))); diff != "" {
					t.Errorf("mistakes (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestABatchMayBeLargerThanOtherBodies(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	project := factory.Project(t, c.DB, nil)
	items := make([]object, 200)
	for i := range items {
		items[i] = object{"op": "create", "project_id": project.ID, "title": "Draw", "description": strings.Repeat("x ", 5000)}
	}
	if results := c.bulk(true, items...); len(results) != len(items) {
		t.Errorf("there are %d results", len(results))
	}
	tooMany := make([]object, 501)
	for i := range tooMany {
		tooMany[i] = object{"op": "delete", "id": uuid.New()}
	}
	problem := c.send(http.MethodPost, bulk, object{"items": tooMany}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	if diff := cmp.Diff([]string{"/items too_many"}, mistakes(problem)); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
	c.send(http.MethodPost, bulk, `{"items": "`+strings.Repeat("x", apitest.BulkBodyLimit)+`"}`, nil).MustProblem(t, http.StatusRequestEntityTooLarge, "payload_too_large")
}

// The worst that fits the limit is refused before it has cost seconds.
func TestHostileBatchesAreRefusedQuickly(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	// fill repeats what the format makes between the two, up to the limit or
	// the most that there may be.
	fill := func(before, format, after string, most int) string {
		var b strings.Builder
		b.WriteString(before)
		for i := 0; i < most && b.Len() < apitest.BulkBodyLimit-200; i++ {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, format, i)
		}
		return b.String() + after
	}
	unlimited := apitest.BulkBodyLimit
	for name, body := range map[string]string{
		"NumbersForItems":      fill(`{"items": [`, `%d`, `]}`, unlimited),
		"EmptyItems":           fill(`{"items": [`, `{"f%d":1}`, `]}`, unlimited),
		"UnknownFields":        fill(`{"items": [{"op": "create", `, `"f%d": 1`, `}]}`, unlimited),
		"FieldsOfTheBody":      fill(`{"items": [], `, `"f%d": 1`, `}`, unlimited),
		"WideArrays":           fill(`{"items": [{"op": "create", "prerequisite_refs": [`, `"%d"`, `]}]}`, unlimited),
		"ManyItemsWithUnknown": fill(`{"items": [`, `{"f%d":[`+strings.Repeat("1,", 390)+`1]}`, `]}`, 500),
		"ManyBadItems":         fill(`{"items": [`, `{"op": "x", "id": %d, `+fill("", `"g%d": 1`, "", 190)+`}`, `]}`, 500),
	} {
		t.Run(name, func(t *testing.T) {
			before := expect.EventCount(t, c.DB)
			began := time.Now()
			got := c.send(http.MethodPost, bulk, body, nil)
			if got.Status != http.StatusBadRequest && got.Status != http.StatusUnprocessableEntity {
				t.Errorf("got status %d: %.500s", got.Status, got.Body)
			}
			t.Logf("%d bytes refused with %d in %v, by %d bytes", len(body), got.Status, time.Since(began), len(got.Body))
			// Half a second; with the race detector on a busy machine it is many times that.
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			if expect.EventCount(t, c.DB) != before {
				t.Error("a refused batch wrote an event")
			}
		})
	}
}
