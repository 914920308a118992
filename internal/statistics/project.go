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

// Project is how a project stands, and what happened in it in the period.
type Project struct {
	ProjectID   uuid.UUID
	GeneratedAt time.Time
	Period      Period

	Tasks db.StatisticsProjectTasksRow
	// Completed is the done part of the tasks that are not cancelled, in
	// percent, and Weighted that of their estimates; nil without any.
	Completed, Weighted *float64
	RemainingMinutes    int64

	Logged     db.StatisticsProjectTimeRow
	Accuracy   Accuracy
	Cycle      Durations
	Lead       Durations
	Throughput []Week

	Budget   Budget
	Schedule Schedule
	Members  []db.StatisticsProjectMembersRow
}

// Schedule is when a project should end and when it will.
type Schedule struct {
	StartsOn, EndsOn *time.Time
	// P50 and P80 are when the open tasks are finished with a probability of
	// 50 and of 80 percent; nil when there is nothing to tell it from.
	P50, P80     *time.Time
	CriticalPath CriticalPath
}

// Project counts a project. It returns NotFound when the actor cannot see it
// and a validation error when the period ends before it begins.
func (s *Service) Project(ctx context.Context, actor access.Actor, id uuid.UUID, period Period) (Project, error) {
	if err := period.check(); err != nil {
		return Project{}, err
	}
	now := s.now().UTC()
	return dbx.Snapshot(ctx, s.db, func(q *db.Queries) (Project, error) {
		row, err := q.ProjectGet(ctx, db.ProjectGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return Project{}, fmt.Errorf("reading a project: %w", dbx.OrMissing(err, "project", id))
		}
		p, err := countProject(ctx, q, row, period, now)
		if err != nil {
			return Project{}, fmt.Errorf("counting project %s: %w", id, err)
		}
		return p, nil
	})
}

func countProject(ctx context.Context, q *db.Queries, row db.Project, period Period, now time.Time) (Project, error) {
	today := dateOf(now)
	p := Project{ProjectID: row.ID, GeneratedAt: now, Period: period}
	var err error
	if p.Tasks, err = q.StatisticsProjectTasks(ctx, db.StatisticsProjectTasksParams{ProjectID: row.ID, Today: today}); err != nil {
		return p, err
	}
	p.Completed = percent(p.Tasks.Done, p.Tasks.Total-p.Tasks.Cancelled)
	p.Weighted = percent(p.Tasks.DoneMinutes, p.Tasks.EstimatedMinutes)

	if p.Logged, err = q.StatisticsProjectTime(ctx, db.StatisticsProjectTimeParams{ProjectID: row.ID, FromDate: period.first(), ToDate: period.last()}); err != nil {
		return p, err
	}
	finished, err := q.StatisticsProjectFinished(ctx, db.StatisticsProjectFinishedParams{ProjectID: row.ID, Since: period.first(), Until: period.until()})
	if err != nil {
		return p, err
	}
	p.Accuracy = toAccuracy(finished.RatioTasks, finished.RatioMedian, finished.RatioMean)
	p.Cycle = toDurations(finished.CycleTasks, finished.CycleP50, finished.CycleP90)
	p.Lead = toDurations(finished.LeadTasks, finished.LeadP50, finished.LeadP90)

	completed, err := q.StatisticsProjectCompleted(ctx, row.ID)
	if err != nil {
		return p, err
	}
	var days []Day
	for _, day := range completed {
		days = append(days, Day{On: day.CompletedOn, Tasks: day.Tasks, EstimatedMinutes: day.EstimatedMinutes})
	}
	p.Throughput = perWeek(days, period, today)

	spending, err := q.StatisticsProjectSpending(ctx, row.ID)
	if err != nil {
		return p, err
	}
	p.Budget = toBudget(row, spending, today)

	open, err := q.StatisticsProjectOpenTasks(ctx, row.ID)
	if err != nil {
		return p, err
	}
	for _, task := range open {
		p.RemainingMinutes += task.RemainingMinutes
	}
	waits, err := q.StatisticsProjectWaits(ctx, row.ID)
	if err != nil {
		return p, err
	}
	p.Schedule = Schedule{
		StartsOn: row.StartsOn, EndsOn: row.EndsOn,
		P50:          finishDate(days, int64(len(open)), 0.5, today),
		P80:          finishDate(days, int64(len(open)), 0.8, today),
		CriticalPath: criticalPath(open, waits),
	}
	p.Members, err = q.StatisticsProjectMembers(ctx, db.StatisticsProjectMembersParams{ProjectID: row.ID, FromDate: period.first(), ToDate: period.last()})
	return p, err
}
