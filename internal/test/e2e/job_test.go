package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// TestJob is what the service is for, from beginning to end, as a client
// developer writes it: an agency signs in, adds a client, opens a project with a
// team, breaks it into dependent tasks, assigns and moves them, works and talks,
// and reads how it all stands and came about.
func TestJob(t *testing.T) {
	t.Parallel()

	theJob(t, start(t, newDataDir(t), admin...))
}

// theJob is done on a server that has nothing but its administrator yet.
func theJob(t *testing.T, s *server) {
	t.Helper()

	const password = "a long password"

	ctx := t.Context()

	// Two people open accounts. The one will be on the team, the other will not.
	mia := s.register(t, "mia@agency.example", password, "Mia Sato")
	if mia.Role != api.RoleUser || mia.Kind != api.PrincipalKindHuman || mia.Email != "mia@agency.example" || mia.Name != "Mia Sato" {
		t.Errorf("registering made %+v", mia)
	}

	s.register(t, "otto@elsewhere.example", password, "Otto Outside")

	miasTokens := s.signIn(t, mia.Email, password)
	asMia := s.client(t, miasTokens.AccessToken)
	asOtto := s.signedIn(t, "otto@elsewhere.example", password)
	asAdmin := s.signedIn(t, adminEmail, adminPassword)
	boss := calling(asAdmin.Users.Me(ctx)).succeeds(t)

	if diff := cmp.Diff(mia, *calling(asMia.Users.Me(ctx)).succeeds(t)); diff != "" {
		t.Errorf("Mia registered and signed in (-/+):\n%s", diff)
	}

	// The client and the project.
	harbour := calling(asAdmin.Clients.Create(ctx, api.ClientCreate{
		Name: "Harbour Coffee", Email: some("hello@harbour.example"),
	})).succeeds(t)
	if harbour.Status != api.ClientStatusLead {
		t.Errorf("a new client is %s, want a lead", harbour.Status)
	}

	shop := calling(asAdmin.Projects.Create(ctx, api.ProjectCreate{
		Name: "Web shop", ClientID: some(harbour.ID),
	})).succeeds(t)
	if shop.Status != api.ProjectStatusPlanning || shop.ManagerID.MustGet() != boss.ID || shop.ClientID.MustGet() != harbour.ID {
		t.Errorf("a new project is %+v", shop)
	}

	shop = calling(asAdmin.Projects.SetStatus(ctx, shop.ID, api.ProjectStatusChange{
		Status: api.ProjectStatusActive,
	})).succeeds(t)

	// The team: whoever joins sees the project from then on, with its client.
	calling(asMia.Projects.Get(ctx, shop.ID, client.ProjectGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)

	member := calling(asAdmin.Projects.AddMember(ctx, shop.ID, mia.ID, &api.ProjectMemberAdd{
		Role: new(api.ProjectMemberRoleContributor),
	})).succeeds(t)
	if member.ProjectID != shop.ID || member.UserID != mia.ID || member.Role != api.ProjectMemberRoleContributor {
		t.Errorf("joining the team gives %+v", member)
	}

	if diff := cmp.Diff(shop, calling(asMia.Projects.Get(ctx, shop.ID, client.ProjectGetParams{})).succeeds(t)); diff != "" {
		t.Errorf("the project as the manager and as the team see it (-/+):\n%s", diff)
	}

	calling(asMia.Clients.Get(ctx, harbour.ID, client.ClientGetParams{})).succeeds(t)

	// Three tasks in a chain: build waits for design, launch for build.
	newTask := func(task api.TaskCreate) *api.Task {
		t.Helper()

		task.ProjectID = shop.ID

		return calling(asMia.Tasks.Create(ctx, task)).succeeds(t)
	}
	design := newTask(api.TaskCreate{
		Title: "Design", Priority: new(api.PriorityHigh), EstimateMinutes: some[int32](120), DueDate: date(2020, time.January, 2),
	})
	build := newTask(api.TaskCreate{
		Title: "Build", EstimateMinutes: some[int32](420), DueDate: date(2020, time.January, 3), PrerequisiteIds: []uuid.UUID{design.ID},
	})
	launch := newTask(api.TaskCreate{
		Title: "Launch", Priority: new(api.PriorityUrgent), EstimateMinutes: some[int32](60), DueDate: date(2999, time.December, 31),
	})

	calling(asMia.Tasks.AddDependency(ctx, launch.ID, api.TaskDependencyCreate{PrerequisiteID: build.ID})).
		succeeds(t)

	// At the outset design can be started and the other two wait: of three open
	// tasks one is ready and two are blocked. Design and build were due in 2020.
	// Nothing of the 120 + 420 + 60 = 600 minutes is done.
	requireStatistics(t, asMia, api.ProjectStatistics{
		ProjectID: shop.ID,
		Total:     3, Open: 3, Ready: 1, Blocked: 2, Overdue: 2,
		ByStatus:   api.TaskStatusCounts{Todo: 3},
		ByPriority: api.TaskPriorityCounts{Medium: 1, High: 1, Urgent: 1},

		CompletionPercent: some(0.0), WeightedCompletionPercent: some(0.0),
		EstimatedMinutes: 600, RemainingMinutes: 600,
		Schedule: chain(600, design, build, launch),
	})

	// Build cannot start before design is done, and the answer says so.
	move := func(task *api.Task, status api.TaskStatus) outcome[api.Task] {
		return calling(asMia.Tasks.SetStatus(ctx, task.ID, api.TaskStatusChange{Status: status}))
	}

	problem := move(build, api.TaskStatusInProgress).fails(t, http.StatusConflict, api.ProblemCodePrerequisitesOpen)
	if diff := cmp.Diff([]uuid.UUID{design.ID}, problem.Problem.BlockingIds); diff != "" {
		t.Errorf("what keeps build from starting (-want +got):\n%s", diff)
	}

	// Design cannot wait for launch: that waits for build, and build for design.
	problem = calling(asMia.Tasks.AddDependency(ctx, design.ID, api.TaskDependencyCreate{PrerequisiteID: launch.ID})).
		fails(t, http.StatusConflict, api.ProblemCodeDependencyCycle)
	if diff := cmp.Diff([]uuid.UUID{design.ID, launch.ID, build.ID, design.ID}, problem.Problem.Cycle); diff != "" {
		t.Errorf("the cycle (-want +got):\n%s", diff)
	}

	// Mia takes the tasks, finishes design and starts build.
	for _, task := range []*api.Task{design, build} {
		assigned := calling(asMia.Tasks.Assign(ctx, task.ID, api.TaskAssign{AssigneeID: some(mia.ID)})).
			succeeds(t)
		if assigned.AssigneeID.MustGet() != mia.ID {
			t.Errorf("%s is assigned to %v", task.Title, assigned.AssigneeID)
		}
	}

	for _, step := range []struct {
		task *api.Task
		to   api.TaskStatus
	}{
		{design, api.TaskStatusInProgress},
		{design, api.TaskStatusInReview},
		{design, api.TaskStatusDone},
		{build, api.TaskStatusInProgress},
	} {
		if moved := move(step.task, step.to).succeeds(t); moved.Status != step.to || moved.IsBlocked {
			t.Errorf("%s is %s and blocked is %v, want it %s", step.task.Title, moved.Status, moved.IsBlocked, step.to)
		}
	}

	mine := calling(asMia.Tasks.List(ctx, client.TaskListParams{AssigneeID: []uuid.UUID{mia.ID}, Sort: "created_at"})).
		succeeds(t)
	if diff := cmp.Diff([]string{"Design", "Build"}, titles(mine.Data)); diff != "" {
		t.Errorf("Mia's tasks (-want +got):\n%s", diff)
	}

	// Design, done, is no longer overdue; build, in progress, is. Launch waits for
	// build, so that it is blocked and nothing is ready. One of three tasks is
	// done, 33⅓%, and 120 of 600 minutes, 20%; 600 − 120 = 480 remain.
	requireStatistics(t, asMia, api.ProjectStatistics{
		ProjectID: shop.ID,
		Total:     3, Open: 2, Ready: 0, Blocked: 1, Overdue: 1,
		ByStatus:   api.TaskStatusCounts{Todo: 1, InProgress: 1, Done: 1},
		ByPriority: api.TaskPriorityCounts{Medium: 1, High: 1, Urgent: 1},

		CompletionPercent: some(100.0 / 3), WeightedCompletionPercent: some(20.0),
		EstimatedMinutes: 600, RemainingMinutes: 480,
		Schedule: chain(480, build, launch),
	})

	// The work on build, and a plan that is made and given up.
	entryID, commentID := work(t, asMia, &mia, build)
	plan(t, asAdmin, shop.ID)
	requireWorkTold(t, asMia, &mia, build, entryID)

	requireNothingVisible(t, asOtto, harbour.ID, shop.ID, design.ID)
	requireWorkHidden(t, asOtto, entryID, commentID)

	// Signing out ends the session: neither of its tokens is good any more.
	doing(asMia.Users.Logout(ctx, &api.LogoutRequest{})).succeeds(t)
	calling(asMia.Users.Me(ctx)).fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
	calling(asMia.Users.RefreshSession(ctx, api.RefreshRequest{RefreshToken: miasTokens.RefreshToken})).
		fails(t, http.StatusUnauthorized, api.ProblemCodeUnauthenticated)
}

// chain is the schedule of a project without dates or a history, of which the
// tasks have to be done one after another.
func chain(minutes int64, tasks ...*api.Task) api.ProjectScheduleStatistics {
	schedule := api.ProjectScheduleStatistics{
		StartsOn: noDate(), EndsOn: noDate(),
		ForecastP50On: noDate(), ForecastP80On: noDate(),
		CriticalPath: api.CriticalPath{Minutes: minutes},
	}
	for _, task := range tasks {
		schedule.CriticalPath.TaskIds = append(schedule.CriticalPath.TaskIds, task.ID)
	}

	return schedule
}

// requireStatistics compares how the project stands. What tells of time and
// money depends on the day of the test and has tests of its own; the time of
// the statistics is checked to be that of the call.
func requireStatistics(t *testing.T, c *client.Client, want api.ProjectStatistics) {
	t.Helper()

	before := time.Now()
	got := calling(c.Projects.GetStatistics(t.Context(), want.ProjectID, client.ProjectGetStatisticsParams{})).succeeds(t)

	if got.GeneratedAt.Before(before.Truncate(time.Microsecond)) || got.GeneratedAt.After(time.Now()) {
		t.Errorf("the statistics are of %v, asked for at %v", got.GeneratedAt, before)
	}

	want.GeneratedAt = got.GeneratedAt
	want.From, want.To = noDate(), noDate()

	ofTimeAndMoney := cmpopts.IgnoreFields(api.ProjectStatistics{}, "EstimateAccuracy", "CycleTime", "LeadTime", "Throughput", "Budget", "Members")
	if diff := cmp.Diff(want, *got, ofTimeAndMoney); diff != "" {
		t.Errorf("the statistics (-want +got):\n%s", diff)
	}
}

// requireNothingVisible checks that a signed-in stranger can tell nothing of the
// project from one that does not exist, and may add nothing to it.
func requireNothingVisible(t *testing.T, c *client.Client, clientID, projectID, taskID uuid.UUID) {
	t.Helper()

	ctx := t.Context()

	for _, there := range []bool{true, false} {
		if !there {
			clientID, projectID, taskID = uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
		}

		calling(c.Clients.Get(ctx, clientID, client.ClientGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
		calling(c.Projects.Get(ctx, projectID, client.ProjectGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
		calling(c.Projects.GetStatistics(ctx, projectID, client.ProjectGetStatisticsParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
		calling(c.Tasks.Get(ctx, taskID, client.TaskGetParams{})).fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
		calling(c.Tasks.SetStatus(ctx, taskID, api.TaskStatusChange{Status: api.TaskStatusDone})).
			fails(t, http.StatusNotFound, api.ProblemCodeNotFound)
		calling(c.Tasks.Create(ctx, api.TaskCreate{ProjectID: projectID, Title: "Look around"})).
			fails(t, http.StatusNotFound, api.ProblemCodeNotFound)

		tasks := calling(c.Tasks.List(ctx, client.TaskListParams{ProjectID: []uuid.UUID{projectID}})).succeeds(t)
		requireEmpty(t, tasks.Data, tasks.Page)
	}

	clients := calling(c.Clients.List(ctx, client.ClientListParams{})).succeeds(t)
	requireEmpty(t, clients.Data, clients.Page)

	projects := calling(c.Projects.List(ctx, client.ProjectListParams{})).succeeds(t)
	requireEmpty(t, projects.Data, projects.Page)

	tasks := calling(c.Tasks.List(ctx, client.TaskListParams{})).succeeds(t)
	requireEmpty(t, tasks.Data, tasks.Page)
}

func requireEmpty[T any](t *testing.T, data []T, page api.PageInfo) {
	t.Helper()

	if len(data) != 0 || page.Total.MustGet() != 0 {
		t.Errorf("the list has %d of %d, want none: %+v", len(data), page.Total.MustGet(), data)
	}
}

func noDate() api.Nullable[api.Date] {
	return api.NewNullNullable[api.Date]()
}

func date(year int, month time.Month, day int) api.Nullable[api.Date] {
	return some(api.NewDate(year, month, day))
}

func titles(tasks []api.Task) []string {
	var found []string
	for _, task := range tasks {
		found = append(found, task.Title)
	}

	return found
}
