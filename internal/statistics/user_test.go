package statistics_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// Ana's tasks and time on 17 June, in the two projects that she is on.
//
//	   status       due  completed  estimate  logged   on time  ratio
//	A  in_progress  16                                          overdue
//	B  todo         17
//	C  blocked       -
//	D  done          9   10 June       100       50     no       0.5
//	E  done         10   10 June        60       90     yes      1.5
//	F  done          -   11 June        30        -      -        -
//	G  done         30   31 May         10      100     yes     10     before June
//
// Open are A, B and C: 3, one of them in progress and one overdue.
// In June 3 were completed. Of the two with a due date one was on time: 50 %.
// The ratios 0.5 and 1.5 have the median 1 and the mean 1.
// Logged in June: 10 June 50+90 = 140, 12 June 20 in the other project and not
// billable: 160 in all, 140 of it billable.
// Over all time 4 were completed, 2 of 3 by their due date, and the ratios
// 0.5, 1.5, 10 have the median 1.5 and the mean 4; 260 minutes are logged.
func TestAUserStandsAsWorkedOutByHand(t *testing.T) {
	t.Parallel()
	a := setup(t)
	other := a.newProject(t, projectOpts{name: "Other"}, a.ana)
	a.exec(t, "UPDATE projects SET name = 'First' WHERE id = $1", a.project)
	own := func(opts task) {
		opts.assignee = a.ana.ID
		a.newTask(t, opts)
	}
	own(task{status: "in_progress", due: on(16)})
	own(task{project: other, due: on(17)})
	own(task{status: "blocked"})
	own(task{completed: at(10, 1), due: on(9), estimate: 100, logged: 50})
	own(task{completed: at(10, 23), due: on(10), estimate: 60, logged: 90})
	own(task{completed: on(11), estimate: 30})
	own(task{completed: on(0), due: on(30), estimate: 10, logged: 100})
	own(task{status: "cancelled", due: on(1)})
	a.log(t, entry{project: other, on: june(12), minutes: 20, internal: true})
	a.event(t, a.ana.ID, june(12), "task", uuid.New(), &a.project)
	a.event(t, a.ana.ID, june(13), "task", uuid.New(), &other)
	// Somebody else's, and deleted.
	a.newTask(t, task{assignee: a.otto.ID, due: on(1)})
	a.log(t, entry{user: a.otto.ID, on: june(12), minutes: 5})
	deleted := uuid.New()
	a.event(t, a.ana.ID, june(14), "client", deleted, nil)

	for who, actor := range map[string]access.Actor{"herself": a.ana, "a manager": a.mona} {
		got := must[statistics.User](t)(a.count.User(t.Context(), actor, a.ana.ID, during(1, 30)))
		equal(t, "for "+who, statistics.User{
			UserID: a.ana.ID, GeneratedAt: now, Period: during(1, 30),
			Tasks: db.StatisticsUserTasksRow{
				Assigned: 3, InProgress: 1, Overdue: 1, Completed: 3, CompletedWithDueDate: 2, CompletedOnTime: 1,
				RatioTasks: 2, RatioMedian: 1, RatioMean: 1,
			},
			OnTime: new(50.), Accuracy: statistics.Accuracy{Tasks: 2, Median: new(1.), Mean: new(1.)},
			LoggedMinutes: 160, BillableMinutes: 140,
			Days: []db.StatisticsUserDaysRow{
				{SpentOn: june(10), Minutes: 140, BillableMinutes: 140}, {SpentOn: june(12), Minutes: 20},
			},
			Projects: []db.StatisticsUserProjectsRow{
				{ProjectID: a.project, Name: "First", Minutes: 140, BillableMinutes: 140, TotalMinutes: 160, TotalBillableMinutes: 140},
				{ProjectID: other, Name: "Other", Minutes: 20, TotalMinutes: 160, TotalBillableMinutes: 140},
			},
			LastActivityAt: on(13),
		}, got)
	}

	all := must[statistics.User](t)(a.count.User(t.Context(), a.ana, a.ana.ID, statistics.Period{}))
	equal(t, "completed", int64(4), all.Tasks.Completed)
	equal(t, "on time", 100*2/3., *all.OnTime)
	equal(t, "the accuracy", statistics.Accuracy{Tasks: 3, Median: new(1.5), Mean: new(4.)}, all.Accuracy)
	equal(t, "logged", int64(260), all.LoggedMinutes)
}

func TestAUserWithoutAnythingDividesByNothing(t *testing.T) {
	t.Parallel()
	a := setup(t)
	got := must[statistics.User](t)(a.count.User(t.Context(), a.otto, a.otto.ID, statistics.Period{}))
	equal(t, "the statistics", statistics.User{
		UserID: a.otto.ID, GeneratedAt: now,
		Days: []db.StatisticsUserDaysRow{}, Projects: []db.StatisticsUserProjectsRow{},
	}, got)
}

// Ben shares the first project with ana and has more in another one, which she
// cannot see: neither that nor what he does there is told to her.
func TestAUserIsCountedOverWhatTheCallerSees(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ben := a.otto
	a.exec(t, "INSERT INTO project_members (project_id, user_id) VALUES ($1, $2)", a.project, ben.ID)
	a.newTask(t, task{assignee: ben.ID, due: on(1)})
	a.event(t, ben.ID, june(2), "project", a.project, &a.project)
	seen := func(by access.Actor) statistics.User {
		got := must[statistics.User](t)(a.count.User(t.Context(), by, ben.ID, statistics.Period{}))
		return got
	}
	before := seen(a.ana)
	equal(t, "assigned", int64(1), before.Tasks.Assigned)
	equal(t, "the last activity", on(2), before.LastActivityAt)

	hidden := a.newProject(t, projectOpts{}, ben)
	a.newTask(t, task{project: hidden, assignee: ben.ID, due: on(1)})
	a.newTask(t, task{project: hidden, assignee: ben.ID, completed: on(3), due: on(1), estimate: 5})
	a.log(t, entry{project: hidden, user: ben.ID, on: june(3), minutes: 33})
	a.event(t, ben.ID, june(4), "project", hidden, &hidden)
	equal(t, "with and without the hidden project", before, seen(a.ana))

	for who, actor := range map[string]access.Actor{"himself": ben, "a manager": a.mona} {
		got := seen(actor)
		equal(t, "assigned for "+who, int64(2), got.Tasks.Assigned)
		equal(t, "logged for "+who, int64(33), got.LoggedMinutes)
		equal(t, "the last activity for "+who, on(4), got.LastActivityAt)
	}

	a.deleteProject(t, hidden)
	equal(t, "once it is deleted", before, seen(a.mona))
}

// A user sees itself, whoever shares a team with it and the managers of its
// projects; what it cannot see does not exist.
func TestWhoseStatisticsAUserSees(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, test := range map[string]struct {
		actor access.Actor
		user  uuid.UUID
		seen  bool
	}{
		"ItsOwn":              {a.otto, a.otto.ID, true},
		"ItsManagers":         {a.ana, a.mona.ID, true},
		"NotAStrangers":       {a.ana, a.otto.ID, false},
		"NotAStrangersBack":   {a.otto, a.ana.ID, false},
		"EverybodysToManager": {a.mona, a.otto.ID, true},
		"NobodysWhoIsNot":     {a.mona, uuid.New(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := a.count.User(t.Context(), test.actor, test.user, statistics.Period{})
			if test.seen {
				expect.OK(t, err)
			} else {
				expect.Code(t, err, apperr.NotFound)
			}
		})
	}
}
