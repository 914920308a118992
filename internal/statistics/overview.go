package statistics

import (
	"context"
	"fmt"
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
	if w.all {
		err := dbx.Together(ctx, q, append(reads, w.reads(ctx, &o, shown, today, sunday)...)...)
		return o, err
	}
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

// world are the tasks that an overview counts: all, or those of the actor's
// projects. Each has statements of its own, because one that serves both would
// be planned for all and read all for the few.
type world struct {
	all      bool
	projects []uuid.UUID
}

// reads are the functions that count the tasks into the overview.
func (w world) reads(ctx context.Context, o *Overview, shown Period, today, sunday time.Time) []func(q *db.Queries) error {
	o.OverdueProjects = []db.StatisticsOverviewDueRow{}
	return []func(q *db.Queries) error{
		func(q *db.Queries) (err error) {
			o.Tasks, err = w.tasks(ctx, q)
			return err
		},
		func(q *db.Queries) error {
			due, err := w.due(ctx, q, db.StatisticsOverviewDueForAllParams{Today: today, WeekEndsOn: sunday, RowLimit: maxOverdueProjects})
			for _, row := range due {
				o.Overdue, o.DueThisWeek = row.TotalOverdue, row.TotalDueThisWeek
				if row.Overdue > 0 {
					o.OverdueProjects = append(o.OverdueProjects, row)
				}
			}
			return err
		},
		func(q *db.Queries) error {
			days, err := w.completed(ctx, q, db.StatisticsOverviewCompletedForAllParams{Since: shown.first(), Until: shown.until()})
			o.Throughput = perWeek(days, shown, today)
			return err
		},
	}
}

func (w world) tasks(ctx context.Context, q *db.Queries) (db.StatisticsOverviewTasksRow, error) {
	if !w.all {
		return q.StatisticsOverviewTasks(ctx, w.projects)
	}
	counted, err := q.StatisticsOverviewTasksCounted(ctx)
	if err != nil {
		return db.StatisticsOverviewTasksRow{}, err
	}
	uncounted, err := q.StatisticsOverviewUncounted(ctx)
	if err != nil || len(uncounted) == 0 {
		return db.StatisticsOverviewTasksRow(counted), err
	}
	row, err := q.StatisticsOverviewTasks(ctx, uncounted)
	row.Backlog += counted.Backlog
	row.Todo += counted.Todo
	row.InProgress += counted.InProgress
	row.InReview += counted.InReview
	row.Blocked += counted.Blocked
	row.Done += counted.Done
	row.Cancelled += counted.Cancelled
	row.Ready += counted.Ready
	row.HeldUp += counted.HeldUp
	return row, err
}

func (w world) due(ctx context.Context, q *db.Queries, params db.StatisticsOverviewDueForAllParams) ([]db.StatisticsOverviewDueRow, error) {
	if !w.all {
		return q.StatisticsOverviewDue(ctx, db.StatisticsOverviewDueParams{
			ProjectIds: w.projects, Today: params.Today, WeekEndsOn: params.WeekEndsOn, RowLimit: params.RowLimit,
		})
	}
	found, err := q.StatisticsOverviewDueForAll(ctx, params)
	rows := []db.StatisticsOverviewDueRow{}
	for _, row := range found {
		rows = append(rows, db.StatisticsOverviewDueRow(row))
	}
	return rows, err
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
