package statistics

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// recentWeeks is how many weeks are listed when the period does not say.
	recentWeeks = 8
	// maxOverdueProjects is how many of the projects with overdue tasks are named.
	maxOverdueProjects = 10
	// countedAtOnce is how many projects are counted in one transaction, which
	// keeps writers of their tasks waiting for about 10 ms.
	countedAtOnce = 25
	// maxCounts is how many such transactions there are before an overview.
	maxCounts = 40
)

// Overview is how everything stands that the caller sees.
type Overview struct {
	GeneratedAt time.Time
	Period      Period

	ProjectsByStatus map[db.ProjectStatus]int64
	ClientsByStatus  map[db.ClientStatus]int64
	Tasks            db.StatisticsOverviewTasksRow
	Overdue          int64
	// DueThisWeek is due between today and Sunday.
	DueThisWeek int64
	// MyOpenTasks are those assigned to the caller.
	MyOpenTasks           int64
	LoggedMinutesThisWeek int64
	// Throughput is of the period; of the last eight weeks, this one included,
	// without a beginning.
	Throughput      []Week
	OverdueProjects []db.StatisticsOverviewDueRow
}

// Overview counts everything that the actor sees. It returns a validation
// error when the period ends before it begins.
func (s *Service) Overview(ctx context.Context, actor access.Actor, period Period) (Overview, error) {
	if err := period.check(); err != nil {
		return Overview{}, err
	}
	if actor.SeesAll() {
		if err := s.countProjects(ctx); err != nil {
			return Overview{}, err
		}
	}
	now := s.now().UTC()
	return dbx.Snapshot(ctx, s.db, func(q *db.Queries) (Overview, error) {
		o, err := countOverview(ctx, q, actor, period, now)
		if err != nil {
			return Overview{}, fmt.Errorf("counting the overview: %w", err)
		}
		o.settle()
		return o, nil
	})
}

// countProjects keeps the figures of projects that have changed, so that the
// snapshot and those after it need not look at their tasks. It leaves alone
// what somebody is writing to, and those beyond its bound for the next time:
// the snapshot counts them itself.
func (s *Service) countProjects(ctx context.Context) error {
	for range maxCounts {
		counted, err := dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (counted int64, err error) {
			err = dbx.Conclude(ctx, q, func(q *db.Queries) (err error) {
				counted, err = q.StatisticsCountProjects(ctx, countedAtOnce)
				return err
			})
			return counted, err
		})
		if err != nil {
			return fmt.Errorf("counting the tasks of projects: %w", err)
		}
		if counted < countedAtOnce {
			return nil
		}
	}
	return nil
}

func countOverview(ctx context.Context, q *db.Queries, actor access.Actor, period Period, now time.Time) (Overview, error) {
	o := Overview{
		GeneratedAt: now, Period: period,
		ProjectsByStatus: map[db.ProjectStatus]int64{}, ClientsByStatus: map[db.ClientStatus]int64{},
		OverdueProjects: []db.StatisticsOverviewDueRow{},
	}
	today := dateOf(now)
	monday := weekOf(today)
	sunday := monday.AddDate(0, 0, 6)

	shown := period
	if shown.From == nil {
		end := today
		if shown.last().Before(end) {
			end = shown.last()
		}
		shown.From = new(weekOf(end).AddDate(0, 0, -7*(recentWeeks-1)))
	}
	seesAll, viewer := actor.SeesAll(), actor.ViewerID()
	reads := []func(q *db.Queries) error{
		func(q *db.Queries) error {
			projects, err := q.StatisticsOverviewProjects(ctx, db.StatisticsOverviewProjectsParams{SeesAll: seesAll, ViewerID: viewer})
			for _, row := range projects {
				o.ProjectsByStatus[row.Status] = row.Projects
			}
			return err
		},
		func(q *db.Queries) error {
			clients, err := q.StatisticsOverviewClients(ctx, db.StatisticsOverviewClientsParams{SeesAll: seesAll, ViewerID: viewer})
			for _, row := range clients {
				o.ClientsByStatus[row.Status] = row.Clients
			}
			return err
		},
		func(q *db.Queries) (err error) {
			o.MyOpenTasks, err = q.StatisticsOverviewMyTasks(ctx, db.StatisticsOverviewMyTasksParams{ActorID: actor.ID, SeesAll: seesAll, ViewerID: viewer})
			return err
		},
		func(q *db.Queries) (err error) {
			o.LoggedMinutesThisWeek, err = q.StatisticsOverviewTime(ctx, db.StatisticsOverviewTimeParams{
				SeesAll: seesAll, ViewerID: viewer, FromDate: monday, ToDate: sunday,
			})
			return err
		},
	}
	w := world{all: seesAll}
	if !w.all {
		// The tasks are those of projects that have to be known first.
		if err := dbx.Together(ctx, q, append(reads, func(q *db.Queries) (err error) {
			w.projects, err = q.StatisticsOverviewMemberProjects(ctx, viewer)
			return err
		})...); err != nil {
			return o, err
		}
		err := dbx.Conclude(ctx, q, w.reads(ctx, &o, shown, today, sunday)...)
		return o, err
	}
	due := db.StatisticsOverviewDueParams{Today: today, WeekEndsOn: sunday, RowLimit: maxOverdueProjects}
	reads = append(reads, o.countKept(ctx, due)...)
	if err := dbx.Together(ctx, q, append(reads, o.countCompleted(ctx, w, shown, today), func(q *db.Queries) (err error) {
		due.ProjectIds, err = q.StatisticsOverviewUncounted(ctx)
		return err
	})...); err != nil || len(due.ProjectIds) == 0 {
		return o, err
	}
	w.projects = due.ProjectIds
	err := dbx.Conclude(ctx, q, o.countTasks(ctx, w), o.countDue(ctx, due))
	return o, err
}

// world are the tasks that an overview counts: all, or those of the actor's
// projects. Each has statements of its own, because one that serves both would
// be planned for all and read all for the few.
type world struct {
	all      bool
	projects []uuid.UUID
}

// reads are the functions that count the tasks of the actor's projects into the overview.
func (w world) reads(ctx context.Context, o *Overview, shown Period, today, sunday time.Time) []func(q *db.Queries) error {
	return []func(q *db.Queries) error{
		o.countTasks(ctx, w),
		o.countDue(ctx, db.StatisticsOverviewDueParams{ProjectIds: w.projects, Today: today, WeekEndsOn: sunday, RowLimit: maxOverdueProjects}),
		o.countCompleted(ctx, w, shown, today),
	}
}

// countKept adds up the figures that are kept of projects.
func (o *Overview) countKept(ctx context.Context, due db.StatisticsOverviewDueParams) []func(q *db.Queries) error {
	yesterday := due.Today.AddDate(0, 0, -1)
	return []func(q *db.Queries) error{
		func(q *db.Queries) error {
			row, err := q.StatisticsOverviewTasksCounted(ctx, db.StatisticsOverviewTasksCountedParams{Yesterday: yesterday, WeekEndsOn: due.WeekEndsOn})
			o.addTasks(db.StatisticsOverviewTasksRow{
				Backlog: row.Backlog, Todo: row.Todo, InProgress: row.InProgress, InReview: row.InReview, Blocked: row.Blocked,
				Done: row.Done, Cancelled: row.Cancelled, Ready: row.Ready, HeldUp: row.HeldUp,
			})
			o.Overdue += row.Overdue
			o.DueThisWeek += row.Due - row.Overdue
			return err
		},
		func(q *db.Queries) error {
			rows, err := q.StatisticsOverviewOverdueCounted(ctx, db.StatisticsOverviewOverdueCountedParams{Yesterday: yesterday, RowLimit: due.RowLimit})
			for _, row := range rows {
				o.addOverdue(db.StatisticsOverviewDueRow{ProjectID: row.ProjectID, Name: row.Name, Overdue: row.Overdue})
			}
			return err
		},
	}
}

// countTasks counts the tasks of the projects one by one.
func (o *Overview) countTasks(ctx context.Context, w world) func(q *db.Queries) error {
	return func(q *db.Queries) error {
		row, err := q.StatisticsOverviewTasks(ctx, w.projects)
		o.addTasks(row)
		return err
	}
}

func (o *Overview) addTasks(row db.StatisticsOverviewTasksRow) {
	o.Tasks.Backlog += row.Backlog
	o.Tasks.Todo += row.Todo
	o.Tasks.InProgress += row.InProgress
	o.Tasks.InReview += row.InReview
	o.Tasks.Blocked += row.Blocked
	o.Tasks.Done += row.Done
	o.Tasks.Cancelled += row.Cancelled
	o.Tasks.Ready += row.Ready
	o.Tasks.HeldUp += row.HeldUp
}

// countDue counts what is due in the projects. The totals beside each row are
// over all of these.
func (o *Overview) countDue(ctx context.Context, due db.StatisticsOverviewDueParams) func(q *db.Queries) error {
	return func(q *db.Queries) error {
		rows, err := q.StatisticsOverviewDue(ctx, due)
		if len(rows) > 0 {
			o.Overdue += rows[0].TotalOverdue
			o.DueThisWeek += rows[0].TotalDueThisWeek
		}
		for _, row := range rows {
			o.addOverdue(row)
		}
		return err
	}
}

func (o *Overview) addOverdue(project db.StatisticsOverviewDueRow) {
	if project.Overdue > 0 {
		o.OverdueProjects = append(o.OverdueProjects, project)
	}
}

// settle puts the projects in order that were found in several places, and the
// totals over all of them beside each.
func (o *Overview) settle() {
	slices.SortFunc(o.OverdueProjects, func(a, b db.StatisticsOverviewDueRow) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), bytes.Compare(a.ProjectID[:], b.ProjectID[:]))
	})
	o.OverdueProjects = o.OverdueProjects[:min(len(o.OverdueProjects), maxOverdueProjects)]
	for i := range o.OverdueProjects {
		o.OverdueProjects[i].TotalOverdue, o.OverdueProjects[i].TotalDueThisWeek = o.Overdue, o.DueThisWeek
	}
}

// countCompleted counts what was completed in the weeks that are shown.
func (o *Overview) countCompleted(ctx context.Context, w world, shown Period, today time.Time) func(q *db.Queries) error {
	return func(q *db.Queries) error {
		days, err := w.completed(ctx, q, db.StatisticsOverviewCompletedForAllParams{Since: shown.first(), Until: shown.until()})
		o.Throughput = perWeek(days, shown, today)
		return err
	}
}

func (w world) completed(ctx context.Context, q *db.Queries, params db.StatisticsOverviewCompletedForAllParams) ([]Day, error) {
	var days []Day
	if w.all {
		rows, err := q.StatisticsOverviewCompletedForAll(ctx, params)
		for _, row := range rows {
			days = append(days, Day{On: row.CompletedOn, Tasks: row.Tasks, EstimatedMinutes: row.EstimatedMinutes})
		}
		return days, err
	}
	rows, err := q.StatisticsOverviewCompleted(ctx, db.StatisticsOverviewCompletedParams{ProjectIds: w.projects, Since: params.Since, Until: params.Until})
	for _, row := range rows {
		days = append(days, Day{On: row.CompletedOn, Tasks: row.Tasks, EstimatedMinutes: row.EstimatedMinutes})
	}
	return days, err
}
