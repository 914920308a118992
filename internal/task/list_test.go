package task_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestListFilters(t *testing.T) {
	t.Parallel()
	a := setup(t)
	client := factory.Client(t, a.db, nil)
	other := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &client.ID})

	// It is 15 June.
	plan := a.add(t, factory.TaskOpts{Title: "Plan", Status: db.TaskStatusDone, Priority: db.PriorityHigh, DueDate: day(1), AssigneeID: &a.lead.ID}).ID
	design := a.add(t, factory.TaskOpts{Title: "Design", Status: db.TaskStatusInProgress, Priority: db.PriorityUrgent, DueDate: day(14), AssigneeID: &a.contributor.ID, After: []uuid.UUID{plan}}).ID
	a.add(t, factory.TaskOpts{Title: "Logo 100%", Status: db.TaskStatusTodo, DueDate: day(15), ParentID: &design, After: []uuid.UUID{plan}})
	a.add(t, factory.TaskOpts{Title: "Build", Status: db.TaskStatusTodo, DueDate: day(20), AssigneeID: &a.contributor.ID, After: []uuid.UUID{design}})
	a.add(t, factory.TaskOpts{Title: "Review", Status: db.TaskStatusInReview, Priority: db.PriorityLow})
	a.add(t, factory.TaskOpts{Title: "Legal", Status: db.TaskStatusBlocked, DueDate: day(10)})
	dropped := a.add(t, factory.TaskOpts{Title: "Dropped", Status: db.TaskStatusCancelled, DueDate: day(2), After: []uuid.UUID{design}}).ID
	a.add(t, factory.TaskOpts{Title: "Someday", Status: db.TaskStatusBacklog, After: []uuid.UUID{dropped}})
	a.add(t, factory.TaskOpts{Title: "Elsewhere", ProjectID: other.ID, Priority: db.PriorityUrgent})

	all := []string{"Build", "Design", "Dropped", "Elsewhere", "Legal", "Logo 100%", "Plan", "Review", "Someday"}
	for name, test := range map[string]struct {
		filter task.Filter
		want   []string
	}{
		"NoneGivesAll":              {task.Filter{}, all},
		"EmptyOnesDoNotNarrow":      {task.Filter{Status: []string{}, Priority: []string{}}, all},
		"Project":                   {task.Filter{ProjectIDs: []uuid.UUID{other.ID}}, []string{"Elsewhere"}},
		"UnknownProject":            {task.Filter{ProjectIDs: []uuid.UUID{uuid.New()}}, nil},
		"Client":                    {task.Filter{ClientID: &client.ID}, []string{"Elsewhere"}},
		"Assignee":                  {task.Filter{AssigneeIDs: []uuid.UUID{a.contributor.ID}}, []string{"Build", "Design"}},
		"Parent":                    {task.Filter{ParentID: &design}, []string{"Logo 100%"}},
		"OneStatus":                 {task.Filter{Status: []string{"todo"}}, []string{"Build", "Elsewhere", "Logo 100%"}},
		"EitherStatus":              {task.Filter{Status: []string{"done", "cancelled"}}, []string{"Dropped", "Plan"}},
		"Priority":                  {task.Filter{Priority: []string{"urgent"}}, []string{"Design", "Elsewhere"}},
		"Unassigned":                {task.Filter{Unassigned: new(true)}, []string{"Dropped", "Elsewhere", "Legal", "Logo 100%", "Review", "Someday"}},
		"Assigned":                  {task.Filter{Unassigned: new(false)}, []string{"Build", "Design", "Plan"}},
		"DueFromIsInclusive":        {task.Filter{DueFrom: day(15)}, []string{"Build", "Logo 100%"}},
		"DueToIsInclusive":          {task.Filter{DueTo: day(10)}, []string{"Dropped", "Legal", "Plan"}},
		"DueOnOneDay":               {task.Filter{DueFrom: day(14), DueTo: day(14)}, []string{"Design"}},
		"OverdueIsOpenAndBefore":    {task.Filter{Overdue: new(true)}, []string{"Design", "Legal"}},
		"NotOverdueIsTheRest":       {task.Filter{Overdue: new(false)}, []string{"Build", "Dropped", "Elsewhere", "Logo 100%", "Plan", "Review", "Someday"}},
		"ReadyWaitsForNothing":      {task.Filter{Ready: new(true)}, []string{"Elsewhere", "Logo 100%"}},
		"NotReadyIsTheRest":         {task.Filter{Ready: new(false)}, []string{"Build", "Design", "Dropped", "Legal", "Plan", "Review", "Someday"}},
		"BlockedByStatusOrByOthers": {task.Filter{Blocked: new(true)}, []string{"Build", "Legal", "Someday"}},
		"NotBlockedIsTheRest":       {task.Filter{Blocked: new(false)}, []string{"Design", "Dropped", "Elsewhere", "Logo 100%", "Plan", "Review"}},
		"WordInAnyCase":             {task.Filter{Q: new("DES")}, []string{"Design"}},
		"PercentStandsForItself":    {task.Filter{Q: new("0%")}, []string{"Logo 100%"}},
		"UnderscoreStandsForItself": {task.Filter{Q: new("_")}, nil},
		"FiltersAreANDed":           {task.Filter{AssigneeIDs: []uuid.UUID{a.contributor.ID}, Overdue: new(true), Priority: []string{"urgent", "low"}}, []string{"Design"}},
		"AllOfThem": {task.Filter{
			ProjectIDs: []uuid.UUID{a.project.ID}, AssigneeIDs: []uuid.UUID{a.contributor.ID}, Status: []string{"todo"}, Priority: []string{"medium"}, Unassigned: new(false),
			DueFrom: day(16), DueTo: day(30), Overdue: new(false), Ready: new(false), Blocked: new(true), Q: new("build"),
		}, []string{"Build"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.wantTitles(t, a.rival, test.filter, test.want...)
		})
	}
}

// Midnight UTC is where a day ends, for whoever asks from anywhere.
func TestOverdueTurnsAtMidnightUTC(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.add(t, factory.TaskOpts{Title: "Due on the 15th", DueDate: day(15)})
	for name, test := range map[string]struct {
		at   time.Time
		want []string
	}{
		"LastSecondOfTheDay":          {time.Date(2026, time.June, 15, 23, 59, 59, 0, time.UTC), nil},
		"FirstSecondOfTheNext":        {time.Date(2026, time.June, 16, 0, 0, 0, 0, time.UTC), []string{"Due on the 15th"}},
		"AlreadyTheNextInTokyo":       {time.Date(2026, time.June, 16, 8, 0, 0, 0, time.FixedZone("Tokyo", 9*3600)), nil},
		"StillTheSameInLosAngeles":    {time.Date(2026, time.June, 15, 17, 0, 0, 0, time.FixedZone("Los Angeles", -7*3600)), []string{"Due on the 15th"}},
		"LocalMidnightChangesNothing": {time.Date(2026, time.June, 16, 0, 0, 0, 0, time.FixedZone("Tokyo", 9*3600)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			then := a
			then.tasks = task.New(a.db, func() time.Time { return test.at })
			then.wantTitles(t, a.admin, task.Filter{Overdue: new(true)}, test.want...)
		})
	}
}

func TestListSorts(t *testing.T) {
	t.Parallel()
	a := setup(t)
	// Made in the order of the letters; C has no date.
	for _, row := range []struct {
		title    string
		status   db.TaskStatus
		priority db.Priority
		due      *time.Time
	}{
		{"A", db.TaskStatusDone, db.PriorityUrgent, day(3)},
		{"B", db.TaskStatusBacklog, db.PriorityMedium, day(1)},
		{"C", db.TaskStatusTodo, db.PriorityLow, nil},
		{"D", db.TaskStatusTodo, db.PriorityHigh, day(2)},
	} {
		a.add(t, factory.TaskOpts{Title: row.title, Status: row.status, Priority: row.priority, DueDate: row.due})
	}
	for sort, want := range map[string]string{
		"":                 "DCBA", // newest first
		"title":            "ABCD",
		"-title":           "DCBA",
		"created_at":       "ABCD",
		"-created_at":      "DCBA",
		"updated_at":       "ABCD",
		"-updated_at":      "DCBA",
		"status":           "BCDA", // in the order of the work, ties by id
		"-status":          "ADCB",
		"priority":         "CBDA", // from low to urgent
		"-priority":        "ADBC",
		"due_date":         "BDAC", // without a date last, either way
		"-due_date":        "ADBC",
		"status,-title":    "BDCA",
		"-status,due_date": "ADCB",
	} {
		t.Run("By"+sort, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(a.titles(t, a.viewer, task.Filter{}, sort), ""); got != want {
				t.Errorf("the order is %s, want %s", got, want)
			}
		})
	}

	t.Run("UnknownFieldIsRefused", func(t *testing.T) {
		t.Parallel()
		_, _, err := a.tasks.List(t.Context(), a.admin, task.Filter{}, page.Request{Size: 20, Sort: "assignee_id"})
		expect.Fields(t, err, "query:sort sort")
	})
}

func TestListPages(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for _, title := range []string{"A", "B", "C", "D", "E"} {
		a.add(t, factory.TaskOpts{Title: title})
	}
	for name, test := range map[string]struct {
		number, size int
		want         string
		pages        int64
	}{
		"First": {1, 2, "AB", 3}, "Middle": {2, 2, "CD", 3}, "LastIsShort": {3, 2, "E", 3},
		"BehindTheEndIsEmptyAndKeepsTheTotal": {4, 2, "", 3}, "ExactlyAll": {1, 5, "ABCDE", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, info, err := a.tasks.List(t.Context(), a.viewer, task.Filter{}, page.Request{Number: &test.number, Size: test.size, Sort: "title"})
			expect.OK(t, err)
			var got strings.Builder
			for _, row := range rows {
				got.WriteString(row.Task.Title)
			}
			if got.String() != test.want {
				t.Errorf("the page is %q, want %q", got.String(), test.want)
			}
			want := page.Info{
				Number: test.number, Size: test.size, Total: 5, TotalPages: test.pages,
				HasMore: int64(test.number) < test.pages, NextCursor: info.NextCursor,
			}
			if diff := cmp.Diff(want, info); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Walking a list by its cursors, in whatever order and steps and whatever is
// added meanwhile, yields each task that was visible exactly once, and no task
// twice. So does walking its pages while nothing is added.
func TestPageWalkYieldsEachTaskOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	hidden := factory.Project(t, a.db, nil)
	var visible, all []string
	// Few values each, so that most of the order is left to the id.
	for i := range 40 {
		opts := factory.TaskOpts{Title: string(rune('a' + i%3)), Priority: []db.Priority{"low", "high"}[i%2], Status: statuses[i%4]}
		if i%5 > 0 {
			opts.DueDate = day(1 + i%5)
		}
		if i%4 == 3 {
			opts.ProjectID = hidden.ID
		}
		id := a.add(t, opts).ID.String()
		all = append(all, id)
		if opts.ProjectID != hidden.ID {
			visible = append(visible, id)
		}
	}
	fields := []string{"title", "status", "priority", "due_date", "created_at", "updated_at", "position"}

	rapid.Check(t, func(r *rapid.T) {
		var keys []string
		for _, field := range rapid.Permutation(fields).Draw(r, "fields")[:rapid.IntRange(0, len(fields)).Draw(r, "count")] {
			keys = append(keys, rapid.SampledFrom([]string{"", "-"}).Draw(r, "direction")+field)
		}
		actor, want := a.viewer, visible
		if rapid.Bool().Draw(r, "sees all") {
			actor, want = a.admin, all
		}
		request := page.Request{Sort: strings.Join(keys, ","), Size: rapid.IntRange(1, 45).Draw(r, "size")}
		walked := a.walkPages(t, r, actor, request)
		slices.Sort(walked)
		if diff := cmp.Diff(want, walked); diff != "" { // UUIDv7 in order of creation
			r.Fatalf("pages sorted by %v (-visible +walked):\n%s", keys, diff)
		}

		added := map[string]bool{}
		walked = a.walkCursors(t, r, actor, request, func() {
			added[a.add(t, factory.TaskOpts{Title: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "title")}).ID.String()] = true
		})
		slices.Sort(walked)
		if unique := slices.Compact(slices.Clone(walked)); len(unique) != len(walked) {
			r.Fatalf("sorted by %v, %d tasks are met twice", keys, len(walked)-len(unique))
		}
		walked = slices.DeleteFunc(walked, func(id string) bool { return added[id] })
		if diff := cmp.Diff(want, walked); diff != "" {
			r.Fatalf("cursors sorted by %v (-visible +walked):\n%s", keys, diff)
		}
		_, err := a.db.Exec(t.Context(), "DELETE FROM tasks WHERE id = ANY($1::text[]::uuid[])", slices.Collect(maps.Keys(added)))
		expect.OK(t, err)
	})
}

// walkCursors calls meanwhile between one page and the next.
func (a agency) walkCursors(t *testing.T, r *rapid.T, actor access.Actor, request page.Request, meanwhile func()) []string {
	t.Helper()
	var walked []string
	for {
		rows, info, err := a.tasks.List(t.Context(), actor, task.Filter{}, request)
		if err != nil {
			r.Fatal(err)
		}
		for _, row := range rows {
			walked = append(walked, row.Task.ID.String())
		}
		if !info.HasMore {
			return walked
		}
		request.Cursor = info.NextCursor
		if len(walked) < 45 { // else it may never end
			meanwhile()
		}
	}
}

func (a agency) walkPages(t *testing.T, r *rapid.T, actor access.Actor, request page.Request) []string {
	t.Helper()
	var walked []string
	for number := 1; ; number++ {
		request.Number = &number
		rows, info, err := a.tasks.List(t.Context(), actor, task.Filter{}, request)
		if err != nil {
			r.Fatal(err)
		}
		if int64(number) > info.TotalPages {
			if len(rows) > 0 {
				r.Fatalf("page %d of %d has %d rows", number, info.TotalPages, len(rows))
			}
			return walked
		}
		for _, row := range rows {
			walked = append(walked, row.Task.ID.String())
		}
	}
}
