package statistics_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// Ana's world on Wednesday, 17 June: an active project, of a client that is
// active, and one in planning.
//
//	   project  status       due  completed  estimate  W
//	A  first    todo         16                            ready    overdue
//	B  first    todo         17                        A   held up  due this week
//	C  first    in_progress  21                                     due this week  ana's
//	D  first    blocked      22                            held up
//	E  first    done          1   16 June       30
//	F  first    done          -    2 June        -
//	G  first    cancelled     1
//	H  second   backlog       1                                     overdue        ana's
//	I  second   in_review     2                                     overdue
//	J  first    done          -    1 April       -         before the last eight weeks
//
// Logged from 15 to 21 June are 10+20 minutes; 40 were before.
// Of the last eight weeks, which begin on 27 April, that of 1 June has F, that
// of 8 June nothing and that of 15 June E. Since April it would be twelve weeks.
func TestTheOverviewIsAsWorkedOutByHand(t *testing.T) {
	t.Parallel()
	a := setup(t)
	client := factory.Client(t, a.db, &factory.ClientOpts{Status: db.ClientStatusActive}).ID
	a.exec(t, "UPDATE projects SET client_id = $2, name = 'First' WHERE id = $1", a.project, client)
	second := a.newProject(t, projectOpts{name: "Second", status: "planning"}, a.ana)
	taskA := a.newTask(t, task{due: on(16)})
	a.newTask(t, task{due: on(17), after: []uuid.UUID{taskA}})
	a.newTask(t, task{status: "in_progress", due: on(21), assignee: a.ana.ID})
	a.newTask(t, task{status: "blocked", due: on(22)})
	a.newTask(t, task{completed: on(16), due: on(1), estimate: 30})
	taskF := a.newTask(t, task{completed: on(2)})
	a.newTask(t, task{status: "cancelled", due: on(1)})
	a.newTask(t, task{project: second, status: "backlog", due: on(1), assignee: a.ana.ID})
	a.newTask(t, task{project: second, status: "in_review", due: on(2)})
	april := time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)
	a.newTask(t, task{completed: &april})
	a.deleteTask(t, a.newTask(t, task{due: on(1)}))
	a.log(t, entry{task: taskF, on: june(15), minutes: 10})
	a.log(t, entry{task: taskF, on: june(21), minutes: 20})
	a.log(t, entry{task: taskF, on: june(14), minutes: 40})

	want := statistics.Overview{
		GeneratedAt:      now,
		ProjectsByStatus: map[db.ProjectStatus]int64{"active": 1, "planning": 1},
		ClientsByStatus:  map[db.ClientStatus]int64{"active": 1},
		Tasks: db.StatisticsOverviewTasksRow{
			Backlog: 1, Todo: 2, InProgress: 1, InReview: 1, Blocked: 1, Done: 3, Cancelled: 1, Ready: 1, HeldUp: 2,
		},
		Overdue: 3, DueThisWeek: 2, MyOpenTasks: 2, LoggedMinutesThisWeek: 30,
		Throughput: []statistics.Week{{StartsOn: june(1), Completed: 1}, {StartsOn: june(8)}, {StartsOn: june(15), Completed: 1, EstimatedMinutes: 30}},
		OverdueProjects: []db.StatisticsOverviewDueRow{
			{ProjectID: second, Name: "Second", Overdue: 2, TotalOverdue: 3, TotalDueThisWeek: 2},
			{ProjectID: a.project, Name: "First", Overdue: 1, TotalOverdue: 3, TotalDueThisWeek: 2},
		},
	}
	count := a.overview(t)
	equal(t, "for ana", want, count(a.ana))
	mona := want
	mona.MyOpenTasks = 0
	equal(t, "for a manager", mona, count(a.mona))
	equal(t, "for who is on no team", statistics.Overview{
		GeneratedAt: now, ProjectsByStatus: map[db.ProjectStatus]int64{}, ClientsByStatus: map[db.ClientStatus]int64{},
		Throughput: []statistics.Week{}, OverdueProjects: []db.StatisticsOverviewDueRow{},
	}, count(a.otto))

	since := statistics.Period{From: &april, To: on(7)}
	weeks := must[statistics.Overview](t)(a.count.Overview(t.Context(), a.ana, since)).Throughput
	equal(t, "the weeks since April", 10, len(weeks))
	equal(t, "the first of them", statistics.Week{StartsOn: april.AddDate(0, 0, -2), Completed: 1}, weeks[0])

	// Another project changes nothing for ana and much for a manager: a done, a
	// ready and an overdue task, the latter two of them due, and a cancelled one.
	// On 16 and 17 June 70+7 minutes were logged there.
	foreign := a.foreignProject(t)
	equal(t, "for ana, with another project", want, count(a.ana))
	got := count(a.mona)
	equal(t, "the tasks for a manager", db.StatisticsOverviewTasksRow{
		Backlog: 1, Todo: 3, InProgress: 2, InReview: 1, Blocked: 1, Done: 4, Cancelled: 2, Ready: 2, HeldUp: 2,
	}, got.Tasks)
	equal(t, "overdue, due and logged for a manager", [3]int64{4, 3, 107}, [3]int64{got.Overdue, got.DueThisWeek, got.LoggedMinutesThisWeek})
	equal(t, "the first week for a manager", statistics.Week{StartsOn: june(1), Completed: 2, EstimatedMinutes: 7}, got.Throughput[0])
	a.deleteProject(t, foreign)
	equal(t, "for a manager, once it is deleted", mona, count(a.mona))
}
