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
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/search"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

var firstPage = page.First(page.MaxSize)

var everything = task.Include{Subtasks: true, Prerequisites: true, Dependents: true, Assignee: true, Project: true}

func names(tasks []task.Task) string {
	var titles []string
	for _, row := range tasks {
		titles = append(titles, row.Task.Title)
	}
	return strings.Join(titles, " ")
}

func TestRelatedRecordsOfTasks(t *testing.T) {
	t.Parallel()
	a := setup(t)
	before := a.add(t, factory.TaskOpts{Title: "before", Status: db.TaskStatusDone}).ID
	gone := a.add(t, factory.TaskOpts{Title: "gone"}).ID
	middle := a.add(t, factory.TaskOpts{Title: "middle", After: []uuid.UUID{before, gone}, AssigneeID: &a.contributor.ID}).ID
	a.add(t, factory.TaskOpts{Title: "behind", After: []uuid.UUID{middle}})
	first := a.add(t, factory.TaskOpts{Title: "first", ParentID: &middle}).ID
	a.add(t, factory.TaskOpts{Title: "second", ParentID: &middle, After: []uuid.UUID{first}})
	a.add(t, factory.TaskOpts{Title: "below", ParentID: &first})
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, gone, nil))
	_, err := a.tasks.Move(t.Context(), a.lead, first, nil, task.Place{Before: true})
	expect.OK(t, err)
	row, err := a.tasks.Get(t.Context(), a.viewer, middle)
	expect.OK(t, err)

	related, err := a.tasks.Related(t.Context(), a.viewer, []task.Task{row}, everything)
	expect.OK(t, err)
	if got := names(related.Subtasks[middle]); got != "second first" {
		t.Errorf("subtasks %q in the order of the project, want %q", got, "second first")
	}
	if !related.Subtasks[middle][0].IsBlocked || len(related.Subtasks[middle][0].PrerequisiteIds) != 1 {
		t.Errorf("the subtask that waits is %+v", related.Subtasks[middle][0])
	}
	if got := names(related.Prerequisites[middle]); got != "before" {
		t.Errorf("prerequisites %q, want the one that is not deleted", got)
	}
	if got := names(related.Dependents[middle]); got != "behind" {
		t.Errorf("dependents %q", got)
	}
	if user, project := related.User(a.contributor.ID), related.Project(a.project.ID); user == nil || project == nil || project.Name != a.project.Name {
		t.Errorf("assignee and project are %v, %v", related.Users, related.Projects)
	}
	none, err := a.tasks.Related(t.Context(), a.viewer, []task.Task{row}, task.Include{})
	expect.OK(t, err)
	if diff := cmp.Diff(task.Related{}, none); diff != "" {
		t.Errorf("what nobody asked for (-want +got):\n%s", diff)
	}
}

// A task read with its relations is what it is when these are read behind it, and
// takes one round trip whatever is asked for.
func TestATaskIsReadWithItsRelationsAtOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	pool, statements := dbtest.Recorded(t, a.db.Pool().Config().ConnString())
	tasks := task.New(dbx.New(pool), nil)
	_, err := a.db.Exec(t.Context(), `UPDATE users SET title = 'Writer', skills = '{a,b}', cost_rate_minor = 5, cost_rate_currency = 'EUR',
		email_verified_at = now(), created_by = id, updated_by = id, version = 7 WHERE id = $1`, a.contributor.ID)
	expect.OK(t, err)
	before := a.add(t, factory.TaskOpts{Title: "before"}).ID
	assigned := a.add(t, factory.TaskOpts{After: []uuid.UUID{before}, AssigneeID: &a.contributor.ID}).ID
	a.add(t, factory.TaskOpts{ParentID: &assigned, After: []uuid.UUID{assigned}})
	toRival := a.add(t, factory.TaskOpts{AssigneeID: &a.rival.ID}).ID
	unassigned := a.add(t, factory.TaskOpts{}).ID

	for _, actor := range []access.Actor{a.viewer, a.admin} {
		for _, id := range []uuid.UUID{assigned, toRival, unassigned} {
			row, err := tasks.Get(t.Context(), actor, id)
			expect.OK(t, err)
			for asked := range 1 << 5 {
				has := func(relation int) bool { return asked&(1<<relation) != 0 }
				include := task.Include{Subtasks: has(0), Prerequisites: has(1), Dependents: has(2), Assignee: has(3), Project: has(4)}
				want, err := tasks.Related(t.Context(), actor, []task.Task{row}, include)
				expect.OK(t, err)
				for i := range want.Users {
					// What nobody is told along with a task is not read.
					read := &want.Users[i]
					read.PasswordHash, read.WorkingHours, read.Notifications = nil, nil, nil
				}
				statements.During(func() {
					got, related, err := tasks.GetRelated(t.Context(), actor, id, include)
					expect.OK(t, err)
					if diff := cmp.Diff(row, got) + cmp.Diff(want, related); diff != "" {
						t.Errorf("with %+v (-want +got):\n%s", include, diff)
					}
				})
				if trips := statements.RoundTrips(); trips != 1 {
					t.Errorf("with %+v it takes %d round trips", include, trips)
				}
			}
		}
	}
	for _, include := range []task.Include{{}, {Project: true}, everything} {
		_, related, err := tasks.GetRelated(t.Context(), a.outsider, assigned, include)
		expect.Code(t, err, apperr.NotFound)
		if diff := cmp.Diff(task.Related{}, related); diff != "" {
			t.Errorf("an outsider is told (-want +got):\n%s", diff)
		}
	}
}

func TestRelatedAssigneeIsOneTheActorCanSee(t *testing.T) {
	t.Parallel()
	a := setup(t)
	left := factory.User(t, a.db, nil)
	removed := factory.User(t, a.db, nil)
	var rows []task.Task
	for _, assignee := range []uuid.UUID{a.contributor.ID, a.manager.ID, a.rival.ID, left.ID, removed.ID} {
		row, err := a.tasks.Get(t.Context(), a.admin, a.add(t, factory.TaskOpts{AssigneeID: &assignee}).ID)
		expect.OK(t, err)
		rows = append(rows, row)
	}
	_, err := a.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", removed.ID)
	expect.OK(t, err)

	for name, test := range map[string]struct {
		actor access.Actor
		want  []uuid.UUID
	}{
		"UserSeesItsTeamAndItsManager": {a.viewer, []uuid.UUID{a.contributor.ID, a.manager.ID}},
		"ManagerSeesAllButTheDeleted":  {a.manager, []uuid.UUID{a.contributor.ID, a.manager.ID, a.rival.ID, left.ID}},
		"OutsiderSeesNobody":           {a.outsider, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			related, err := a.tasks.Related(t.Context(), test.actor, rows, task.Include{Assignee: true})
			expect.OK(t, err)
			var got []uuid.UUID
			for _, row := range rows {
				if user := related.User(*row.Task.AssigneeID); user != nil {
					got = append(got, user.ID)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A page of a hundred tasks with all their relations is as many statements as
// one of one, and no task brings more than a hundred.
func TestRelatedRecordsTakeAsManyStatementsForAnyPage(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	pool, statements := dbtest.Recorded(t, url)
	d := dbx.New(pool)
	tasks := task.New(d, nil)
	admin := factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin}))
	project := factory.Project(t, d, nil)
	parent := factory.Task(t, d, &factory.TaskOpts{ProjectID: project.ID, AssigneeID: &admin.ID}).ID
	for i := range 101 {
		factory.Task(t, d, &factory.TaskOpts{Title: fmt.Sprintf("%03d", i), ProjectID: project.ID, ParentID: &parent, After: []uuid.UUID{parent}, AssigneeID: &admin.ID})
	}
	count := func(size int) int {
		return len(statements.During(func() {
			rows, _, err := tasks.List(t.Context(), admin, task.Filter{}, page.First(size))
			expect.OK(t, err)
			_, err = tasks.Related(t.Context(), admin, rows, everything)
			expect.OK(t, err)
		}))
	}
	if one, hundred := count(1), count(100); one != hundred || hundred != 7 {
		t.Errorf("a page of one is %d statements and one of a hundred %d, want 7: the page, its count, and one a relation", one, hundred)
	}
	row, err := tasks.Get(t.Context(), admin, parent)
	expect.OK(t, err)
	related, err := tasks.Related(t.Context(), admin, []task.Task{row}, everything)
	expect.OK(t, err)
	if subtasks, dependents := len(related.Subtasks[parent]), len(related.Dependents[parent]); subtasks != 100 || dependents != 100 {
		t.Errorf("%d subtasks and %d dependents, want 100", subtasks, dependents)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	a := setup(t)
	other := factory.Project(t, a.db, nil)
	a.add(t, factory.TaskOpts{Title: "Draw the checkout", Description: new("With <b>delivery</b> slots.")})
	a.add(t, factory.TaskOpts{Title: "Ask the lawyer", Description: new("About the checkout and its terms.")})
	a.add(t, factory.TaskOpts{Title: "Checkout elsewhere", ProjectID: other.ID})
	gone := a.add(t, factory.TaskOpts{Title: "Checkout that is gone"}).ID
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, gone, nil))

	for name, test := range map[string]struct {
		actor   access.Actor
		text    string
		project *uuid.UUID
		want    []string
	}{
		"TitleBeforeDescription":     {a.lead, "checkout", nil, []string{"Draw the checkout", "Ask the lawyer"}},
		"AllOfTheWords":              {a.lead, "CHECKOUT terms", nil, []string{"Ask the lawyer"}},
		"BeginningOfTheLastWord":     {a.lead, "the law", nil, []string{"Ask the lawyer"}},
		"NoWordIsNothing":            {a.lead, "&!", nil, nil},
		"OutsiderFindsNothing":       {a.outsider, "checkout", nil, nil},
		"ManagerFindsTheOtherAsWell": {a.rival, "checkout", nil, []string{"Ask the lawyer", "Checkout elsewhere", "Draw the checkout"}},
		"InOneProject":               {a.rival, "checkout", &other.ID, []string{"Checkout elsewhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hits, info, err := a.tasks.Search(t.Context(), test.actor, test.text, test.project, firstPage)
			expect.OK(t, err)
			var got []string
			last := 1.0
			for _, hit := range hits {
				got = append(got, hit.Task.Task.Title)
				if hit.Score <= 0 || hit.Score > last {
					t.Errorf("%s scores %v behind %v", hit.Task.Task.Title, hit.Score, last)
				}
				last = hit.Score
			}
			if len(test.want) > 2 {
				slices.Sort(got)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if int(info.Total) != len(test.want) {
				t.Errorf("the total is %d, want %d", info.Total, len(test.want))
			}
		})
	}

	t.Run("HighlightsSayWhere", func(t *testing.T) {
		t.Parallel()
		hits, _, err := a.tasks.Search(t.Context(), a.lead, "draw delivery", nil, firstPage)
		expect.OK(t, err)
		want := []search.Highlight{
			{Field: "title", Snippet: "<mark>Draw</mark> the checkout"},
			{Field: "description", Snippet: "With &lt;b&gt;<mark>delivery</mark>&lt;/b&gt; slots."},
		}
		if diff := cmp.Diff(want, hits[0].Highlights); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("PagesSayWhatThereIs", func(t *testing.T) {
		t.Parallel()
		for number, want := range map[int]int{1: 1, 2: 1, 3: 0} {
			hits, info, err := a.tasks.Search(t.Context(), a.lead, "checkout", nil, page.Request{Number: &number, Size: 1})
			expect.OK(t, err)
			if len(hits) != want || info.Total != 2 || info.HasMore != (number < 2) {
				t.Errorf("page %d has %d hits, %+v", number, len(hits), info)
			}
		}
	})
}
