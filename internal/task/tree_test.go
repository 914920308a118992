package task_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// nest makes so many tasks, each below the one before, and returns their ids.
func (a agency) nest(t *testing.T, levels int) []uuid.UUID {
	t.Helper()
	var ids []uuid.UUID
	var parent *uuid.UUID
	for range levels {
		id := a.add(t, factory.TaskOpts{ParentID: parent}).ID
		ids, parent = append(ids, id), &id
	}
	return ids
}

func (a agency) below(t *testing.T, parent uuid.UUID) error {
	t.Helper()
	params := a.newTask()
	params.ParentID = &parent
	_, err := a.tasks.Create(t.Context(), a.lead, params)
	return err
}

func (a agency) moveBelow(t *testing.T, id, parent uuid.UUID) error {
	t.Helper()
	_, err := a.tasks.Update(t.Context(), a.lead, id, nil, db.TaskUpdateParams{ParentIDDoUpdate: true, ParentID: &parent})
	return err
}

func TestSubtasksReachTenLevelsDeep(t *testing.T) {
	t.Parallel()
	a := setup(t)
	tree := a.nest(t, task.MaxDepth)

	t.Run("CreatedOnTheLastLevel", func(t *testing.T) {
		t.Parallel()
		expect.OK(t, a.below(t, tree[task.MaxDepth-2]))
	})
	t.Run("NotBelowIt", func(t *testing.T) {
		t.Parallel()
		expect.Fields(t, a.below(t, tree[task.MaxDepth-1]), "/parent_id too_deep")
	})
	t.Run("MovedWithItsSubtasks", func(t *testing.T) {
		t.Parallel()
		three := a.nest(t, 3)
		expect.Fields(t, a.moveBelow(t, three[0], tree[7]), "/parent_id too_deep")
		expect.OK(t, a.moveBelow(t, three[0], tree[6]))
	})
	t.Run("DeletedSubtasksCount", func(t *testing.T) {
		t.Parallel()
		three := a.nest(t, 3)
		expect.OK(t, a.tasks.Delete(t.Context(), a.manager, three[1], nil))
		expect.Fields(t, a.moveBelow(t, three[0], tree[7]), "/parent_id too_deep")
	})
	t.Run("BelowItselfIsACycle", func(t *testing.T) {
		t.Parallel()
		expect.Code(t, a.moveBelow(t, tree[0], tree[5]), apperr.DependencyCycle)
	})
}

// Each of two writes would fit alone: a tree is moved down while one grows, or
// is moved below, at its lower end.
func TestDepthHoldsUnderConcurrentWrites(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for range 10 {
		upper, lower, small := a.nest(t, 5), a.nest(t, 5), a.nest(t, 1)
		refused := 0
		for _, err := range expect.Together(
			func() error { return a.moveBelow(t, lower[0], upper[4]) },
			func() error { return a.below(t, lower[4]) },
			func() error { return a.moveBelow(t, small[0], lower[4]) },
		) {
			if err != nil {
				expect.Fields(t, err, "/parent_id too_deep")
				refused++
			}
		}
		if refused == 0 {
			t.Error("all of them went through")
		}
	}
	deepest := expect.Count(t, a.db, `WITH RECURSIVE tree AS (
		SELECT id, 1 AS level FROM tasks WHERE parent_id IS NULL
		UNION ALL SELECT t.id, level + 1 FROM tasks t JOIN tree ON t.parent_id = tree.id) SELECT max(level) FROM tree`)
	if deepest > task.MaxDepth {
		t.Errorf("a task is on level %d", deepest)
	}
}

func TestDueDateLiesWithinItsProject(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, test := range map[string]struct {
		starts, ends, due *time.Time
		detail            string
	}{
		"Within":            {day(10), day(20), day(15), ""},
		"FirstDay":          {day(10), day(20), day(10), ""},
		"LastDay":           {day(10), day(20), day(20), ""},
		"NoDueDate":         {day(10), day(20), nil, ""},
		"NoDates":           {nil, nil, day(1), ""},
		"AfterAnOpenStart":  {nil, day(20), day(1), ""},
		"BeforeAnOpenEnd":   {day(10), nil, day(30), ""},
		"BeforeTheStart":    {day(10), day(20), day(9), "The project runs from 2026-06-10 to 2026-06-20; choose a date within."},
		"BehindTheEnd":      {nil, day(20), day(21), "The project ends on 2026-06-20; choose a date within."},
		"BeforeAStartAlone": {day(10), nil, day(9), "The project starts on 2026-06-10; choose a date within."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID, StartsOn: test.starts, EndsOn: test.ends})
			params := a.newTask()
			params.ProjectID, params.DueDate = p.ID, test.due
			existing := a.add(t, factory.TaskOpts{ProjectID: p.ID}).ID
			_, created := a.tasks.Create(t.Context(), a.manager, params)
			_, updated := a.tasks.Update(t.Context(), a.manager, existing, nil, db.TaskUpdateParams{DueDateDoUpdate: true, DueDate: test.due})
			for _, err := range []error{created, updated} {
				if test.detail == "" {
					expect.OK(t, err)
					continue
				}
				expect.Refusal(t, err, apperr.InvalidField("/due_date", "outside_project", "%s", test.detail))
			}
		})
	}

	t.Run("OneThatIsOutsideAlreadyCanBeKept", func(t *testing.T) {
		t.Parallel()
		p := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID, EndsOn: day(20)})
		late := a.add(t, factory.TaskOpts{ProjectID: p.ID, DueDate: day(25)}).ID
		_, err := a.tasks.Update(t.Context(), a.manager, late, nil, db.TaskUpdateParams{Title: new("Later"), DueDateDoUpdate: true, DueDate: day(25)})
		expect.OK(t, err)
	})
	t.Run("ToldWithTheOtherMistakes", func(t *testing.T) {
		t.Parallel()
		p := factory.Project(t, a.db, &factory.ProjectOpts{ManagerID: &a.manager.ID, EndsOn: day(20)})
		params := a.newTask()
		params.ProjectID, params.DueDate, params.AssigneeID = p.ID, day(21), &a.outsider.ID
		_, err := a.tasks.Create(t.Context(), a.manager, params)
		expect.Fields(t, err, "/due_date outside_project", "/assignee_id not_a_member")
	})
}

func TestExternalReference(t *testing.T) {
	t.Parallel()
	a := setup(t)
	first := a.add(t, factory.TaskOpts{ExternalSource: new("crm"), ExternalID: new("7")}).ID
	second := a.add(t, factory.TaskOpts{}).ID
	set := func(source, id *string) error {
		_, err := a.tasks.Update(t.Context(), a.lead, second, nil, db.TaskUpdateParams{
			ExternalSourceDoUpdate: true, ExternalSource: source, ExternalIDDoUpdate: true, ExternalID: id,
		})
		return err
	}
	params := a.newTask()
	params.ExternalSource, params.ExternalID = new("crm"), new("7")

	_, err := a.tasks.Create(t.Context(), a.lead, params)
	taken := expect.Code(t, err, apperr.AlreadyExists)
	if len(taken.Fields) != 1 || taken.Fields[0].Pointer != "/external_id" {
		t.Errorf("the refusal points to %+v", taken.Fields)
	}
	expect.Code(t, set(new("crm"), new("7")), apperr.AlreadyExists)
	expect.Fields(t, set(new("crm"), nil), "/external_id required")
	expect.Fields(t, set(nil, new("8")), "/external_source required")
	params.ExternalID = nil
	_, err = a.tasks.Create(t.Context(), a.lead, params)
	expect.Fields(t, err, "/external_id required")
	params.ExternalID = new("7")
	expect.OK(t, set(new("jira"), new("7")))

	// A deleted task does not hold on to it, and does not get it back.
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, first, nil))
	_, err = a.tasks.Create(t.Context(), a.lead, params)
	expect.OK(t, err)
	_, err = a.tasks.Restore(t.Context(), a.manager, first)
	expect.Code(t, err, apperr.AlreadyExists)
	if a.row(t, first).DeletedAt == nil {
		t.Error("it was restored all the same")
	}
}

func TestDeletedTasksAreListedForManagers(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.add(t, factory.TaskOpts{Title: "kept"})
	gone := a.add(t, factory.TaskOpts{Title: "gone"}).ID
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, gone, nil))

	a.wantTitles(t, a.rival, task.Filter{}, "kept")
	a.wantTitles(t, a.rival, task.Filter{IncludeDeleted: true}, "kept", "gone")
	_, _, err := a.tasks.List(t.Context(), a.lead, task.Filter{IncludeDeleted: true}, firstPage)
	expect.Code(t, err, apperr.Forbidden)
}

func TestPlanningFilters(t *testing.T) {
	t.Parallel()
	a := setup(t)
	other, third := a.projectIn(t, db.ProjectStatusActive), a.projectIn(t, db.ProjectStatusActive)
	a.add(t, factory.TaskOpts{Title: "A", Tags: []string{"web", "shop"}, AssigneeID: &a.lead.ID, CreatedBy: &a.lead.ID})
	b := a.add(t, factory.TaskOpts{Title: "B", Tags: []string{"shop"}, AssigneeID: &a.contributor.ID, ProjectID: other.ID})
	a.add(t, factory.TaskOpts{Title: "C", Tags: []string{"Web"}, ProjectID: third.ID, CreatedBy: &a.contributor.ID})
	_, err := a.db.Exec(t.Context(), "UPDATE tasks SET updated_at = $1 WHERE title <> 'B'", b.UpdatedAt.Add(-time.Hour))
	expect.OK(t, err)

	for name, test := range map[string]struct {
		filter task.Filter
		want   []string
	}{
		"Tag":                   {task.Filter{Tags: []string{"shop"}}, []string{"A", "B"}},
		"TagsAreTakenAsWritten": {task.Filter{Tags: []string{"web"}}, []string{"A"}},
		"EitherTag":             {task.Filter{Tags: []string{"shop", "Web"}}, []string{"A", "B", "C"}},
		"EitherProject":         {task.Filter{ProjectIDs: []uuid.UUID{other.ID, third.ID}}, []string{"B", "C"}},
		"EitherAssignee":        {task.Filter{AssigneeIDs: []uuid.UUID{a.lead.ID, a.contributor.ID}}, []string{"A", "B"}},
		"CreatedBy":             {task.Filter{CreatedBy: &a.contributor.ID}, []string{"C"}},
		"UpdatedSince":          {task.Filter{UpdatedSince: &b.UpdatedAt}, []string{"B"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, actor := range []access.Actor{a.admin, a.viewer} {
				a.wantTitles(t, actor, test.filter, test.want...)
			}
			a.wantTitles(t, a.outsider, test.filter)
		})
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	a := setup(t)
	open, done := a.add(t, factory.TaskOpts{}).ID, a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID
	cancelled := a.add(t, factory.TaskOpts{Status: db.TaskStatusCancelled}).ID
	deleted := a.add(t, factory.TaskOpts{Status: db.TaskStatusDone}).ID
	onHold := a.projectIn(t, db.ProjectStatusOnHold)
	type reason struct {
		Code task.ReasonCode
		IDs  []uuid.UUID
	}
	cases := map[string]struct {
		opts factory.TaskOpts
		want []reason
	}{
		"ReadyWhenWhatItWaitsForIsDone": {factory.TaskOpts{After: []uuid.UUID{done}}, nil},
		"ReadyWithoutAnAssignee":        {factory.TaskOpts{}, nil},
		"Backlog":                       {factory.TaskOpts{Status: db.TaskStatusBacklog}, []reason{{task.ReasonBacklog, nil}}},
		"BlockedByHand":                 {factory.TaskOpts{Status: db.TaskStatusBlocked}, []reason{{task.ReasonBlocked, nil}}},
		"InProgress":                    {factory.TaskOpts{Status: db.TaskStatusInProgress}, []reason{{task.ReasonStarted, nil}}},
		"InReview":                      {factory.TaskOpts{Status: db.TaskStatusInReview}, []reason{{task.ReasonStarted, nil}}},
		"Done":                          {factory.TaskOpts{Status: db.TaskStatusDone}, []reason{{task.ReasonClosed, nil}}},
		"Cancelled":                     {factory.TaskOpts{Status: db.TaskStatusCancelled}, []reason{{task.ReasonClosed, nil}}},
		"ClosedParent":                  {factory.TaskOpts{ParentID: &cancelled}, []reason{{task.ReasonParentClosed, []uuid.UUID{cancelled}}}},
		"ProjectNotActive":              {factory.TaskOpts{ProjectID: onHold.ID}, []reason{{task.ReasonProjectNotActive, nil}}},
		"EveryKindOfPrerequisiteIsToldApart": {factory.TaskOpts{Status: db.TaskStatusBacklog, After: []uuid.UUID{open, done, cancelled, deleted}}, []reason{
			{task.ReasonBacklog, nil},
			{task.ReasonPrerequisitesOpen, []uuid.UUID{open}},
			{task.ReasonPrerequisitesCancelled, []uuid.UUID{cancelled}},
			{task.ReasonPrerequisitesDeleted, []uuid.UUID{deleted}},
		}},
	}
	ids := map[string]uuid.UUID{}
	for name, test := range cases {
		ids[name] = a.add(t, test.opts).ID
	}
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, deleted, nil))

	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := a.tasks.Readiness(t.Context(), a.viewer, ids[name])
			expect.OK(t, err)
			var got []reason
			for _, r := range found {
				got = append(got, reason{r.Code, r.TaskIDs})
				if r.Detail == "" {
					t.Errorf("%s says nothing", r.Code)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("NotSeenIsNotFound", func(t *testing.T) {
		t.Parallel()
		_, err := a.tasks.Readiness(t.Context(), a.outsider, open)
		expect.Code(t, err, apperr.NotFound)
	})
}
