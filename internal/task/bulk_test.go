package task_test

import (
	"fmt"
	"slices"
	"strings"
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

// creating returns an item that creates a task of the project, under the name
// ref where there is one.
func (a agency) creating(ref string, change func(*task.BulkItem)) task.BulkItem {
	item := task.BulkItem{Op: task.BulkCreate, Ref: ref, Create: task.CreateParams{
		ProjectID: a.project.ID, Title: "Task " + ref, Status: db.TaskStatusTodo, Priority: db.PriorityMedium,
	}}
	if change != nil {
		change(&item)
	}
	return item
}

func deleting(id uuid.UUID) task.BulkItem { return task.BulkItem{Op: task.BulkDelete, ID: id} }

func retitling(id uuid.UUID, title string) task.BulkItem {
	return task.BulkItem{Op: task.BulkUpdate, ID: id, Update: db.TaskUpdateParams{Title: &title}}
}

// below and after refer to items of the batch.
func below(ref string) func(*task.BulkItem) {
	return func(item *task.BulkItem) { item.ParentRef = ref }
}

func after(refs ...string) func(*task.BulkItem) {
	return func(item *task.BulkItem) { item.PrerequisiteRefs = refs }
}

func statusesOf(results []task.BulkResult) string {
	var found []string
	for _, r := range results {
		found = append(found, string(r.Status))
	}
	return strings.Join(found, " ")
}

// wantStatuses runs a batch of which single items may fail.
func (a agency) wantStatuses(t *testing.T, items []task.BulkItem, want string) []task.BulkResult {
	t.Helper()
	results, err := a.tasks.Bulk(t.Context(), a.manager, items, false)
	expect.OK(t, err)
	if got := statusesOf(results); got != want {
		t.Fatalf("the items are %s, want %s", got, want)
	}
	return results
}

// wantRefused runs an atomic batch that is refused with these mistakes and
// leaves nothing behind.
func (a agency) wantRefused(t *testing.T, actor access.Actor, items []task.BulkItem, code apperr.Code, want ...string) apperr.Error {
	t.Helper()
	before := a.contents(t)
	_, err := a.tasks.Bulk(t.Context(), actor, items, true)
	refusal := expect.Code(t, err, code)
	var got []string
	for _, f := range refusal.Fields {
		got = append(got, f.Pointer+" "+f.Code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
	if after := a.contents(t); after != before {
		t.Errorf("a refused batch took %s to %s", before, after)
	}
	return *refusal
}

// contents is all that a batch writes to.
func (a agency) contents(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("%d tasks, %d of them live, in versions %d, %d dependencies, %d events",
		expect.Count(t, a.db, "SELECT count(*) FROM tasks"),
		expect.Count(t, a.db, "SELECT count(*) FROM tasks WHERE deleted_at IS NULL"),
		expect.Count(t, a.db, "SELECT coalesce(sum(version), 0)::bigint FROM tasks"),
		expect.Count(t, a.db, "SELECT count(*) FROM task_dependencies"), expect.EventCount(t, a.db))
}

func TestABatchDoesAllOfIt(t *testing.T) {
	t.Parallel()
	a := setup(t)
	kept, gone, same := a.add(t, factory.TaskOpts{}), a.add(t, factory.TaskOpts{}), a.add(t, factory.TaskOpts{Title: "Same"})
	moved := task.BulkItem{Op: task.BulkUpdate, ID: kept.ID, Version: &kept.Version, ParentRef: "epic"}
	results, err := a.tasks.Bulk(t.Context(), a.contributor, []task.BulkItem{
		moved,
		a.creating("story", func(i *task.BulkItem) {
			i.ParentRef, i.PrerequisiteRefs = "epic", []string{"first"}
			i.Create.PrerequisiteIDs = []uuid.UUID{same.ID}
			i.Create.AssigneeID, i.Create.DueDate, i.Create.EstimateMinutes = &a.contributor.ID, day(20), new(int32(30))
		}),
		a.creating("first", func(i *task.BulkItem) { i.ParentRef, i.Create.Progress = "epic", 50 }),
		retitling(same.ID, "Same"),
		a.creating("epic", nil),
	}, true)
	expect.OK(t, err)
	if got, want := statusesOf(results), "updated created created unchanged created"; got != want {
		t.Fatalf("the items are %s, want %s", got, want)
	}
	story, first, epic := results[1].Task, results[2].Task, results[4].Task
	for name, wrong := range map[string]bool{
		"the existing task is below the new one": *results[0].Task.Task.ParentID != epic.Task.ID,
		"it has a new version":                   results[0].Task.Task.Version != kept.Version+1,
		"a new task is below a later one":        *story.Task.ParentID != epic.Task.ID || *first.Task.ParentID != epic.Task.ID,
		"it waits for both":                      !slices.Equal(story.PrerequisiteIds, []uuid.UUID{same.ID, first.Task.ID}),
		"it is blocked":                          !story.IsBlocked,
		"it has its fields":                      *story.Task.AssigneeID != a.contributor.ID || *story.Task.EstimateMinutes != 30 || !story.Task.DueDate.Equal(*day(20)),
		"the parent's progress is derived":       epic.Task.Progress != 16, // (0×30 + 50×30 + 0×30) / 90
	} {
		if wrong {
			t.Errorf("not so: %s", name)
		}
	}

	single, err := a.tasks.Create(t.Context(), a.contributor, task.CreateParams{
		ProjectID: a.project.ID, ParentID: &epic.Task.ID, Title: "Task story", Status: db.TaskStatusTodo, Priority: db.PriorityMedium,
		AssigneeID: &a.contributor.ID, DueDate: day(20), EstimateMinutes: new(int32(30)),
	})
	expect.OK(t, err)
	want, got := expect.Events(t, a.db, single.Task.ID), expect.Events(t, a.db, story.Task.ID)
	want[0].EntityID = story.Task.ID
	delete(want[0].Changes, "position")
	delete(got[0].Changes, "position")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the event is not that of a single creation (-single +batch):\n%s", diff)
	}

	results, err = a.tasks.Bulk(t.Context(), a.lead, []task.BulkItem{deleting(gone.ID), deleting(epic.Task.ID), deleting(first.Task.ID)}, true)
	expect.OK(t, err)
	if got := statusesOf(results); got != "deleted deleted deleted" {
		t.Errorf("the items are %s", got)
	}
	if a.row(t, story.Task.ID).DeletedAt == nil {
		t.Error("the subtask of what was deleted is still there")
	}
}

// The actor, the rules of references, and the rules of the project and parent
// are those of the single operations, to the letter.
func TestABatchOfOneIsRefusedAsTheSingleOperationIs(t *testing.T) {
	t.Parallel()
	a := setup(t)
	foreign := factory.Task(t, a.db, nil)
	closed := a.projectIn(t, db.ProjectStatusCompleted)
	done := a.add(t, factory.TaskOpts{Status: db.TaskStatusDone})
	parent := a.add(t, factory.TaskOpts{})
	child := a.add(t, factory.TaskOpts{ParentID: &parent.ID})

	dated := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID, StartsOn: day(1), EndsOn: day(20)})
	deep := child.ID
	for range task.MaxDepth - 2 {
		deep = a.add(t, factory.TaskOpts{ParentID: &deep}).ID
	}
	a.create(t, task.CreateParams{ExternalSource: new("crm"), ExternalID: new("7")})

	for name, test := range map[string]struct {
		actor  access.Actor
		change func(*task.CreateParams)
	}{
		"DueBeforeTheProject":      {a.manager, func(p *task.CreateParams) { p.ProjectID, p.DueDate = dated.ID, new(day(1).AddDate(0, 0, -1)) }},
		"TooDeep":                  {a.manager, func(p *task.CreateParams) { p.ParentID = &deep }},
		"ExternalReferenceTaken":   {a.manager, func(p *task.CreateParams) { p.ExternalSource, p.ExternalID = new("crm"), new("7") }},
		"HalfAnExternalReference":  {a.manager, func(p *task.CreateParams) { p.ExternalID = new("8") }},
		"ProjectThatIsNotSeen":     {a.outsider, nil},
		"ProjectThatIsNotThere":    {a.manager, func(p *task.CreateParams) { p.ProjectID = uuid.New() }},
		"Viewer":                   {a.viewer, nil},
		"ManagerOfAnother":         {a.rival, nil},
		"ProjectClosed":            {a.manager, func(p *task.CreateParams) { p.ProjectID = closed.ID }},
		"AssigneeOutsideTheTeam":   {a.manager, func(p *task.CreateParams) { p.AssigneeID = &a.outsider.ID }},
		"AssigneeWhoOnlyViews":     {a.manager, func(p *task.CreateParams) { p.AssigneeID = &a.viewer.ID }},
		"AssigneeWhoIsNotThere":    {a.manager, func(p *task.CreateParams) { p.AssigneeID = new(uuid.New()) }},
		"ParentOfAnotherProject":   {a.manager, func(p *task.CreateParams) { p.ParentID = &foreign.ID }},
		"ParentClosed":             {a.manager, func(p *task.CreateParams) { p.ParentID = &done.ID }},
		"PrerequisiteOfAnother":    {a.manager, func(p *task.CreateParams) { p.PrerequisiteIDs = []uuid.UUID{foreign.ID} }},
		"PrerequisiteThatIsNone":   {a.manager, func(p *task.CreateParams) { p.PrerequisiteIDs = []uuid.UUID{done.ID, uuid.New()} }},
		"AllReferencesWrongAtOnce": {a.manager, func(p *task.CreateParams) { p.AssigneeID, p.ParentID = &a.viewer.ID, &foreign.ID }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			item := a.creating("", nil)
			if test.change != nil {
				test.change(&item.Create)
			}
			_, err := a.tasks.Create(t.Context(), test.actor, item.Create)
			a.wantSameRefusal(t, test.actor, item, expect.AnyRefusal(t, err))
		})
	}

	title := "Changed"
	for name, test := range map[string]struct {
		actor access.Actor
		item  task.BulkItem
	}{
		"TaskThatIsNotSeen":  {a.outsider, retitling(parent.ID, title)},
		"TaskThatIsNotThere": {a.manager, retitling(uuid.New(), title)},
		"Viewer":             {a.viewer, retitling(parent.ID, title)},
		"StaleVersion":       {a.manager, task.BulkItem{Op: task.BulkUpdate, ID: parent.ID, Version: new(int64(7)), Update: db.TaskUpdateParams{Title: &title}}},
		"MoveBelowItsOwn":    {a.manager, task.BulkItem{Op: task.BulkUpdate, ID: parent.ID, Update: db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &child.ID}}},
		"MoveBelowForeign":   {a.manager, task.BulkItem{Op: task.BulkUpdate, ID: parent.ID, Update: db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &foreign.ID}}},
		"ProgressOfAParent":  {a.manager, task.BulkItem{Op: task.BulkUpdate, ID: parent.ID, Update: db.TaskUpdateParams{ProgressDoUpdate: true, Progress: new(int16(50))}}},
	} {
		t.Run("Update"+name, func(t *testing.T) {
			t.Parallel()
			_, err := a.tasks.Update(t.Context(), test.actor, test.item.ID, test.item.Version, test.item.Update)
			a.wantSameRefusal(t, test.actor, test.item, expect.AnyRefusal(t, err))
		})
	}
	for name, test := range map[string]struct {
		actor access.Actor
		item  task.BulkItem
	}{
		"TaskThatIsNotSeen":          {a.outsider, deleting(parent.ID)},
		"ContributorWhoDidNotMake":   {a.contributor, deleting(parent.ID)},
		"StaleVersionOfWhatToDelete": {a.manager, task.BulkItem{Op: task.BulkDelete, ID: parent.ID, Version: new(int64(7))}},
	} {
		t.Run("Delete"+name, func(t *testing.T) {
			t.Parallel()
			err := a.tasks.Delete(t.Context(), test.actor, test.item.ID, test.item.Version)
			a.wantSameRefusal(t, test.actor, test.item, expect.AnyRefusal(t, err))
		})
	}
}

// wantSameRefusal runs the item alone, atomic and not.
func (a agency) wantSameRefusal(t *testing.T, actor access.Actor, item task.BulkItem, single *apperr.Error) {
	t.Helper()
	want := *single
	want.Fields = nil
	for _, f := range single.Fields {
		f.Pointer = "/items/0" + f.Pointer
		want.Fields = append(want.Fields, f)
	}
	if len(want.Fields) == 0 {
		want.Fields = []apperr.Field{{Pointer: "/items/0", Code: string(single.Code), Detail: single.Detail}}
	}
	// Where several fields are wrong, only their number is in the detail.
	compare := func(got apperr.Error, detail string) {
		t.Helper()
		if len(want.Fields) == 1 && got.Detail != detail {
			t.Errorf("the detail is %q, want %q", got.Detail, detail)
		}
		got.Detail, got.Cause = want.Detail, want.Cause
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the refusal is not that of the single operation (-single +batch):\n%s", diff)
		}
	}
	_, err := a.tasks.Bulk(t.Context(), actor, []task.BulkItem{item}, true)
	compare(*expect.Code(t, err, single.Code), "Item 0 cannot be done, and so nothing was changed: "+single.Detail)
	results, err := a.tasks.Bulk(t.Context(), actor, []task.BulkItem{item}, false)
	expect.OK(t, err)
	if results[0].Status != task.BulkFailed || results[0].Refusal == nil {
		t.Fatalf("the item is %+v", results[0])
	}
	compare(*results[0].Refusal, single.Detail)
}

func TestAnAtomicBatchWithOneBadItemLeavesNothingAndNamesIt(t *testing.T) {
	t.Parallel()
	a := setup(t)
	existing := a.add(t, factory.TaskOpts{})
	batch := func(bad task.BulkItem) []task.BulkItem {
		return []task.BulkItem{a.creating("epic", nil), retitling(existing.ID, "Changed"), bad, a.creating("", below("epic"))}
	}
	assigned := a.creating("", func(i *task.BulkItem) { i.Create.AssigneeID = &a.viewer.ID })
	a.wantRefused(t, a.manager, batch(assigned), apperr.ValidationFailed, "/items/2/assignee_id not_a_member")
	a.wantRefused(t, a.manager, batch(deleting(uuid.New())), apperr.NotFound, "/items/2 not_found")
	stale := task.BulkItem{Op: task.BulkDelete, ID: a.add(t, factory.TaskOpts{}).ID, Version: new(int64(9))}
	a.wantRefused(t, a.manager, batch(stale), apperr.VersionConflict, "/items/2 version_conflict")
}

func TestAnAtomicBatchNamesEveryBadItem(t *testing.T) {
	t.Parallel()
	a := setup(t)
	refusal := a.wantRefused(t, a.manager, []task.BulkItem{
		a.creating("", func(i *task.BulkItem) { i.Create.AssigneeID = &a.viewer.ID }),
		a.creating("fine", nil),
		a.creating("", func(i *task.BulkItem) {
			i.ParentRef, i.Create.ProjectID = "fine", a.projectIn(t, db.ProjectStatusActive).ID
			i.Create.PrerequisiteIDs = []uuid.UUID{uuid.New()}
		}),
		retitling(uuid.New(), "Changed"),
	}, apperr.ValidationFailed,
		"/items/0/assignee_id not_a_member", "/items/2/parent_ref other_project", "/items/2/prerequisite_ids/0 not_found", "/items/3 not_found")
	if want := "3 of the 4 items cannot be done, and so nothing was changed; see errors."; refusal.Detail != want {
		t.Errorf("the detail is %q, want %q", refusal.Detail, want)
	}
	// The items have one reason in common, which is that of the batch.
	a.wantRefused(t, a.viewer, []task.BulkItem{a.creating("", nil), a.creating("", nil)}, apperr.Forbidden, "/items/0 forbidden", "/items/1 forbidden")
}

// Depth and external references are counted within the batch as well.
func TestItemsOfABatchCountTogether(t *testing.T) {
	t.Parallel()
	a := setup(t)
	items := []task.BulkItem{a.creating("1", nil)}
	for level := 2; level <= task.MaxDepth+1; level++ {
		items = append(items, a.creating(fmt.Sprint(level), below(fmt.Sprint(level-1))))
	}
	a.wantRefused(t, a.manager, items, apperr.ValidationFailed, fmt.Sprintf("/items/%d/parent_ref too_deep", task.MaxDepth))
	external := func(i *task.BulkItem) { i.Create.ExternalSource, i.Create.ExternalID = new("crm"), new("1") }
	a.wantRefused(t, a.manager, []task.BulkItem{a.creating("", external), a.creating("", external)}, apperr.AlreadyExists,
		"/items/0/external_id taken", "/items/1/external_id taken")
	a.wantRefused(t, a.manager, []task.BulkItem{
		a.creating("parent", func(i *task.BulkItem) { i.Create.Progress = 10 }), a.creating("", below("parent")),
	}, apperr.ValidationFailed, "/items/0/progress derived")
}

func TestNewTasksStandAtTheEndInTheOrderOfTheItems(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.create(t, task.CreateParams{})
	results, err := a.tasks.Bulk(t.Context(), a.manager, []task.BulkItem{a.creating("1", nil), a.creating("2", nil), a.creating("3", nil)}, true)
	expect.OK(t, err)
	a.create(t, task.CreateParams{})
	var order []string
	for _, title := range a.titles(t, a.manager, task.Filter{}, "position") {
		order = append(order, strings.TrimPrefix(title, "Task "))
	}
	if diff := cmp.Diff([]string{"Task", "1", "2", "3", "Task"}, order); diff != "" {
		t.Errorf("the order by position (-want +got):\n%s", diff)
	}
	if results[0].Task.Task.Position >= results[1].Task.Task.Position {
		t.Error("the first does not stand before the second")
	}
}

func TestWithoutAtomicTheGoodItemsAreDone(t *testing.T) {
	t.Parallel()
	a := setup(t)
	existing := a.add(t, factory.TaskOpts{})
	results := a.wantStatuses(t, []task.BulkItem{
		a.creating("bad", func(i *task.BulkItem) { i.Create.AssigneeID = &a.viewer.ID }),
		a.creating("good", nil),
		a.creating("below bad", below("bad")),
		a.creating("behind that", after("good", "below bad")),
		a.creating("below good", below("good")),
		{Op: task.BulkUpdate, ID: existing.ID, ParentRef: "behind that"},
		deleting(uuid.New()),
	}, "failed created failed failed created failed failed")
	for i, want := range map[int]string{
		0: "/items/0/assignee_id not_a_member", 2: "/items/2/parent_ref ref_failed",
		3: "/items/3/prerequisite_refs/1 ref_failed", 5: "/items/5/parent_ref ref_failed", 6: "/items/6 not_found",
	} {
		f := results[i].Refusal.Fields[0]
		if got := f.Pointer + " " + f.Code; got != want {
			t.Errorf("item %d failed by %s, want %s", i, got, want)
		}
	}
	if got := expect.Count(t, a.db, "SELECT count(*) FROM tasks"); got != 3 {
		t.Errorf("there are %d tasks, want 3", got)
	}
}

func TestABatchWhoseReferencesMakeNoSenseIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	a := setup(t)
	id := a.add(t, factory.TaskOpts{}).ID
	for _, atomic := range []bool{true, false} {
		_, err := a.tasks.Bulk(t.Context(), a.manager, []task.BulkItem{
			a.creating("twice", nil), a.creating("twice", nil), a.creating("", below("none")),
			a.creating("", after("twice", "none")), retitling(id, "Changed"), deleting(id),
		}, atomic)
		expect.Fields(t, err, "/items/1/ref repeated", "/items/5/id repeated", "/items/2/parent_ref unknown_ref", "/items/3/prerequisite_refs/1 unknown_ref")
	}
}
