package project_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// july is the day that the copies below begin: a month after June 1st.
func july(d int) time.Time { return time.Date(2026, time.July, d, 0, 0, 0, 0, time.UTC) }

// node is a task of a graph, with its neighbours named by their titles, so that
// a copy can be held against its source.
type node struct {
	Parent        string
	Prerequisites []string
	Due           string
	Status        db.TaskStatus
	Priority      db.Priority
	Estimate      *int32
	Position      string
	Progress      int16
	Tags          []string
	Assignee      *uuid.UUID
}

// graph reads a project's live tasks by their titles, and those in the order of
// their positions.
func graph(t *testing.T, d *dbx.DB, projectID uuid.UUID) (nodes map[string]node, order []string) {
	t.Helper()
	rows, err := d.Query(t.Context(), `SELECT t.title, coalesce(parent.title, ''), coalesce(t.due_date::text, ''), t.status, t.priority,
			t.estimate_minutes, t.position, t.progress, t.tags, t.assignee_id,
			ARRAY(SELECT pre.title FROM task_dependencies d JOIN tasks pre ON pre.id = d.prerequisite_id WHERE d.task_id = t.id ORDER BY 1)
		FROM tasks t LEFT JOIN tasks parent ON parent.id = t.parent_id
		WHERE t.project_id = $1 AND t.deleted_at IS NULL ORDER BY t.position, t.id`, projectID)
	expect.OK(t, err)
	defer rows.Close()
	nodes = map[string]node{}
	for rows.Next() {
		var title string
		var n node
		expect.OK(t, rows.Scan(&title, &n.Parent, &n.Due, &n.Status, &n.Priority, &n.Estimate, &n.Position, &n.Progress, &n.Tags, &n.Assignee, &n.Prerequisites))
		nodes[title] = n
		order = append(order, title)
	}
	expect.OK(t, rows.Err())
	return nodes, order
}

// plan is a project of June with a graph of tasks in every status.
func (a agency) plan(t *testing.T) db.Project {
	t.Helper()
	client := factory.Client(t, a.db, nil)
	p := a.add(t, factory.ProjectOpts{Name: "Season", ClientID: &client.ID, Priority: db.PriorityHigh, StartsOn: day(1), EndsOn: day(30)})
	_, err := a.db.Exec(t.Context(), `UPDATE projects SET billing_kind = 'fixed', budget_minor = 100, hourly_rate_minor = 2, currency = 'EUR',
		tags = '{b,a}', external_source = 'hubspot', external_id = '7', description = 'All of it.' WHERE id = $1`, p.ID)
	expect.OK(t, err)
	add := func(title string, opts factory.TaskOpts) uuid.UUID {
		opts.ProjectID, opts.Title = p.ID, title
		return factory.Task(t, a.db, &opts).ID
	}
	research := add("research", factory.TaskOpts{Status: db.TaskStatusDone, DueDate: day(3), EstimateMinutes: new(int32(60)), AssigneeID: &a.contributor.ID})
	build := add("build", factory.TaskOpts{Status: db.TaskStatusInProgress, DueDate: day(20), After: []uuid.UUID{research}, Priority: db.PriorityUrgent, AssigneeID: &a.viewer.ID})
	add("front", factory.TaskOpts{ParentID: &build, Status: db.TaskStatusBlocked, DueDate: day(15), AssigneeID: &a.rival.ID})
	back := add("back", factory.TaskOpts{ParentID: &build, Status: db.TaskStatusInReview, After: []uuid.UUID{research}, AssigneeID: &a.outsider.ID})
	video := add("video", factory.TaskOpts{ParentID: &build, Status: db.TaskStatusCancelled, After: []uuid.UUID{research}})
	add("trailer", factory.TaskOpts{ParentID: &video, Status: db.TaskStatusTodo})
	add("launch", factory.TaskOpts{Status: db.TaskStatusBacklog, DueDate: day(30), After: []uuid.UUID{build, back, video}})
	gone := add("gone", factory.TaskOpts{After: []uuid.UUID{research}})
	expect.OK(t, a.tasks.Delete(t.Context(), a.manager, gone, nil))
	_, err = a.db.Exec(t.Context(), `UPDATE tasks SET position = 'Z' || title, progress = 40, remaining_minutes = 5, started_at = now(), tags = '{x}',
		external_source = 'hubspot', external_id = title WHERE project_id = $1 AND title <> 'front' AND title <> 'back'`, p.ID)
	expect.OK(t, err)
	return p
}

func TestClone(t *testing.T) {
	t.Parallel()
	a := setup(t)
	source := a.plan(t)
	clone := func(t *testing.T, params project.CloneParams) project.Planned {
		t.Helper()
		params.StartsOn = july(1)
		cloned, err := a.projects.Clone(t.Context(), a.rival, source.ID, params)
		expect.OK(t, err)
		return cloned
	}

	t.Run("ProjectIsPlannedAnewWithItsFields", func(t *testing.T) {
		t.Parallel()
		source, err := a.projects.Get(t.Context(), a.admin, source.ID)
		expect.OK(t, err)
		got := clone(t, project.CloneParams{ManagerID: &a.rival.ID})
		want := source
		want.ID, want.Status, want.ManagerID, want.StartsOn, want.EndsOn = got.ID, db.ProjectStatusPlanning, &a.rival.ID, new(july(1)), new(july(30))
		want.ExternalSource, want.ExternalID = nil, nil
		want.Version, want.CreatedAt, want.CreatedBy, want.UpdatedAt, want.UpdatedBy = 1, got.CreatedAt, &a.rival.ID, got.CreatedAt, &a.rival.ID
		if diff := cmp.Diff(project.Planned{Project: want}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("GraphIsKeptDatesMoveAndTasksAreOpen", func(t *testing.T) {
		t.Parallel()
		got, order := graph(t, a.db, clone(t, project.CloneParams{}).ID)
		medium, tags, none := db.PriorityMedium, []string{"x"}, []string{}
		want := map[string]node{
			"research": {Due: "2026-07-03", Status: "todo", Priority: medium, Estimate: new(int32(60)), Position: "Zresearch", Tags: tags, Prerequisites: none},
			"build":    {Due: "2026-07-20", Status: "todo", Priority: db.PriorityUrgent, Position: "Zbuild", Tags: tags, Prerequisites: []string{"research"}},
			"front":    {Parent: "build", Due: "2026-07-15", Status: "todo", Priority: medium, Position: "a0", Tags: none, Prerequisites: none},
			"back":     {Parent: "build", Status: "todo", Priority: medium, Position: "a0", Tags: none, Prerequisites: []string{"research"}},
			"trailer":  {Parent: "build", Status: "todo", Priority: medium, Position: "Ztrailer", Tags: tags, Prerequisites: none},
			"launch":   {Due: "2026-07-30", Status: "backlog", Priority: medium, Position: "Zlaunch", Tags: tags, Prerequisites: []string{"back", "build"}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"Zbuild", "Zlaunch", "Zresearch", "Ztrailer", "front", "back"}, named(order)); diff != "" {
			t.Errorf("their order (-want +got):\n%s", diff)
		}
	})

	t.Run("TaskOfTheCopyHasNoPast", func(t *testing.T) {
		t.Parallel()
		id := clone(t, project.CloneParams{}).ID
		with := expect.Count(t, a.db, `SELECT count(*) FROM tasks WHERE project_id = $1 AND (completed_at IS NOT NULL OR started_at IS NOT NULL
			OR remaining_minutes IS NOT NULL OR status_reason IS NOT NULL OR external_id IS NOT NULL OR version <> 1 OR created_by <> $2)`, id, a.rival.ID)
		if with != 0 {
			t.Errorf("%d have one", with)
		}
	})

	t.Run("TeamJoinsUnlessItIsLeftOut", func(t *testing.T) {
		t.Parallel()
		roles := func(id uuid.UUID) map[uuid.UUID]db.ProjectMemberRole {
			members, _, err := a.projects.Members(t.Context(), a.admin, id, page.First(20))
			expect.OK(t, err)
			found := map[uuid.UUID]db.ProjectMemberRole{}
			for _, m := range members {
				found[m.UserID] = m.Role
			}
			return found
		}
		if diff := cmp.Diff(roles(source.ID), roles(clone(t, project.CloneParams{IncludeTeam: true}).ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := roles(clone(t, project.CloneParams{}).ID); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})

	t.Run("AssigneesStayAsFarAsTheyCanBeAssigned", func(t *testing.T) {
		t.Parallel()
		for name, test := range map[string]struct {
			params project.CloneParams
			want   map[string]*uuid.UUID
		}{
			"WithTheTeam":    {project.CloneParams{IncludeTeam: true, IncludeAssignees: true}, map[string]*uuid.UUID{"research": &a.contributor.ID, "front": &a.rival.ID}},
			"WithoutTheTeam": {project.CloneParams{IncludeAssignees: true}, map[string]*uuid.UUID{"front": &a.rival.ID}},
			"LeftOut":        {project.CloneParams{IncludeTeam: true}, map[string]*uuid.UUID{}},
		} {
			nodes, _ := graph(t, a.db, clone(t, test.params).ID)
			got := map[string]*uuid.UUID{}
			for title, n := range nodes {
				if n.Assignee != nil {
					got[title] = n.Assignee
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})

	t.Run("NameClientAndManagerCanDiffer", func(t *testing.T) {
		t.Parallel()
		got := clone(t, project.CloneParams{Name: new("Next"), ClientIDGiven: true})
		if got.Name != "Next" || got.ClientID != nil || got.ManagerID != nil {
			t.Errorf("got %+v", got)
		}
		_, err := a.projects.Clone(t.Context(), a.rival, source.ID, project.CloneParams{
			StartsOn: july(1), ClientIDGiven: true, ClientID: new(uuid.New()), ManagerID: &a.lead.ID,
		})
		expect.Fields(t, err, "/client_id not_found", "/manager_id not_a_manager")
	})

	t.Run("EveryRecordHasItsEvent", func(t *testing.T) {
		t.Parallel()
		cloned := clone(t, project.CloneParams{IncludeTeam: true})
		counts := map[string]int{}
		for _, e := range expect.Events(t, a.db) {
			if e.ProjectID == nil || *e.ProjectID != cloned.ID {
				continue
			}
			counts[e.Action]++
			if *e.ActorID != a.rival.ID || len(e.Changes) == 0 || *e.Version != 1 {
				t.Errorf("got %+v", e)
			}
		}
		if diff := cmp.Diff(map[string]int{"project.created": 1, "project.member_added": 3, "task.created": 6}, counts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("UnseenAndDeletedSourcesAreMissing", func(t *testing.T) {
		t.Parallel()
		deleted := a.add(t, factory.ProjectOpts{})
		expect.OK(t, a.projects.Delete(t.Context(), a.manager, deleted.ID, nil))
		for _, id := range []uuid.UUID{deleted.ID, uuid.New()} {
			_, err := a.projects.Clone(t.Context(), a.admin, id, project.CloneParams{StartsOn: july(1)})
			expect.Refusal(t, err, apperr.Missing("project", id))
		}
		_, err := a.projects.Clone(t.Context(), a.outsider, source.ID, project.CloneParams{StartsOn: july(1)})
		expect.Refusal(t, err, apperr.Missing("project", source.ID))
	})

	t.Run("TasksOutsideTheCopyAreWarnedOf", func(t *testing.T) {
		t.Parallel()
		p := a.add(t, factory.ProjectOpts{StartsOn: day(5), EndsOn: day(10)})
		// What is done is open again in the copy, so that it counts there.
		factory.Task(t, a.db, &factory.TaskOpts{ProjectID: p.ID, DueDate: day(4), Status: db.TaskStatusDone})
		cloned, err := a.projects.Clone(t.Context(), a.manager, p.ID, project.CloneParams{StartsOn: july(5)})
		expect.OK(t, err)
		if len(cloned.Warnings) != 1 || cloned.Warnings[0].Code != project.TasksBeforeStart || len(cloned.Warnings[0].TaskIDs) != 1 {
			t.Errorf("got %+v", cloned.Warnings)
		}
	})
	t.Run("DateOutsideTheCalendarIsRefused", func(t *testing.T) {
		t.Parallel()
		_, err := a.projects.Clone(t.Context(), a.manager, source.ID, project.CloneParams{StartsOn: time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)})
		expect.Fields(t, err, "/starts_on out_of_range")
	})
}

// named writes a position in front of the titles that have one of their own.
func named(order []string) []string {
	written := slices.Clone(order)
	for i, title := range written {
		if title != "front" && title != "back" {
			written[i] = "Z" + title
		}
	}
	return written
}

// TestCloneOfABigProject holds a copy of 500 tasks, in a tree and with almost a
// thousand dependencies, against its source, and counts the statements: as many as for
// a copy of one task.
func TestCloneOfABigProject(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	clock := func() time.Time { return now }
	projects, tasks := project.New(d, clock), task.New(d, clock)
	manager := factory.Actor(factory.User(t, d, &factory.UserOpts{Role: db.RoleManager}))
	build := func(size int) db.Project {
		p := factory.Project(t, d, &factory.ProjectOpts{
			ManagerID: &manager.ID, StartsOn: day(1), Team: map[uuid.UUID]db.ProjectMemberRole{manager.ID: db.ProjectMemberRoleLead},
		})
		ids := make([]uuid.UUID, size)
		for i := range size {
			opts := factory.TaskOpts{ProjectID: p.ID, Title: fmt.Sprintf("Task %d", i), DueDate: new(day(1).AddDate(0, 0, i)), AssigneeID: &manager.ID}
			if i > 0 && i%5 == 0 {
				opts.ParentID = &ids[i/5]
			}
			for _, back := range []int{1, 7, 30} {
				if i >= back && i%5 != 0 && (i-back)%5 != 0 {
					opts.After = append(opts.After, ids[i-back])
				}
			}
			ids[i] = factory.Task(t, d, &opts).ID
		}
		return p
	}
	var counts []int
	for _, size := range []int{1, 500} {
		source := build(size)
		var cloned project.Planned
		sent := statements.During(func() {
			var err error
			cloned, err = projects.Clone(t.Context(), manager, source.ID, project.CloneParams{StartsOn: july(1), IncludeTeam: true, IncludeAssignees: true})
			expect.OK(t, err)
		})
		counts = append(counts, len(sent))
		want, wantOrder := graph(t, d, source.ID)
		got, gotOrder := graph(t, d, cloned.ID)
		for title, n := range want {
			due, err := time.Parse(time.DateOnly, n.Due)
			expect.OK(t, err)
			n.Due = due.AddDate(0, 0, 30).Format(time.DateOnly)
			want[title] = n
		}
		if len(got) != size || !cmp.Equal(want, got) {
			t.Errorf("the copy of %d (-want +got):\n%.4000s", size, cmp.Diff(want, got))
		}
		if diff := cmp.Diff(wantOrder, gotOrder); diff != "" {
			t.Errorf("the order (-want +got):\n%.4000s", diff)
		}
		// The source is as it was, and the copy's tasks are their own.
		if _, info, err := tasks.List(t.Context(), manager, task.Filter{ProjectIDs: []uuid.UUID{source.ID}}, page.First(1)); err != nil || int(info.Total) != size {
			t.Errorf("the source has %d tasks, %v", info.Total, err)
		}
	}
	if counts[0] != counts[1] || counts[1] > 20 {
		t.Errorf("a copy of 1 task sends %d statements, of 500 %d", counts[0], counts[1])
	}
}

// TestCloneWaitsForAChangeOfTheGraph lets a clone begin while somebody changes
// the graph: read half before and half after the change, it could hold a cycle.
func TestCloneWaitsForAChangeOfTheGraph(t *testing.T) {
	t.Parallel()
	a := setup(t)
	first := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedBy.ID, Title: "first"})
	second := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.managedBy.ID, Title: "second", After: []uuid.UUID{first.ID}})
	type result struct {
		cloned project.Planned
		err    error
	}
	done := make(chan result, 1)
	// As a task's service does: the project first, then the graph.
	expect.OK(t, dbx.WithTx(t.Context(), a.db, func(q *db.Queries) error {
		if _, err := q.ProjectGetForUpdate(t.Context(), db.ProjectGetForUpdateParams{ID: a.managedBy.ID, SeesAll: true}); err != nil {
			return err
		}
		go func() {
			cloned, err := a.projects.Clone(t.Context(), a.manager, a.managedBy.ID, project.CloneParams{StartsOn: july(1)})
			done <- result{cloned, err}
		}()
		for expect.Count(t, a.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0 {
			select {
			case r := <-done:
				t.Fatalf("the clone did not wait: %v", r.err)
			case <-time.After(time.Millisecond):
			}
		}
		if _, err := q.TaskDependencyDelete(t.Context(), db.TaskDependencyDeleteParams{TaskID: second.ID, PrerequisiteID: first.ID}); err != nil {
			return err
		}
		_, err := q.TaskDependencyInsert(t.Context(), db.TaskDependencyInsertParams{ProjectID: a.managedBy.ID, TaskID: first.ID, PrerequisiteID: second.ID})
		return err
	}))
	r := <-done
	expect.OK(t, r.err)
	nodes, _ := graph(t, a.db, r.cloned.ID)
	got := map[string][]string{}
	for title, n := range nodes {
		got[title] = n.Prerequisites
	}
	if diff := cmp.Diff(map[string][]string{"first": {"second"}, "second": {}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
