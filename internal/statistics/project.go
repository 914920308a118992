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

	Tasks TaskCounts
	// Completed is the done part of the tasks that are not cancelled, in
	// percent, and Weighted that of their estimates; nil without any.
	Completed, Weighted *float64
	RemainingMinutes    int64

	Logged     Time
	Accuracy   Accuracy
	Cycle      Durations
	Lead       Durations
	Throughput []Week

	Budget   Budget
	Schedule Schedule
	Members  []Member
}

// TaskCounts are how many of a project's tasks stand how.
type TaskCounts struct {
	Total                                                         int64
	Backlog, Todo, InProgress, InReview, Blocked, Done, Cancelled int64
	Low, Medium, High, Urgent                                     int64
	// Ready is in todo and waits for nothing; HeldUp is open and blocked, by the
	// status or by a prerequisite.
	Ready, HeldUp, Overdue int64
	// EstimatedMinutes are those of the tasks that are not cancelled.
	EstimatedMinutes, DoneMinutes int64
}

// Time is what was logged.
type Time struct{ Minutes, BillableMinutes int64 }

// Member is of the team, or has a task or has worked without being on it.
type Member struct {
	UserID                   uuid.UUID
	OpenTasks, LoggedMinutes int64
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
	row, err := db.New(s.db).StatisticsProject(ctx, db.StatisticsProjectParams{
		ProjectID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), Today: dateOf(now),
		FromDate: period.first(), ToDate: period.last(), Since: period.first(), Until: period.until(),
	})
	if err != nil {
		return Project{}, fmt.Errorf("counting a project: %w", dbx.OrMissing(err, "project", id))
	}
	return toProject(&row, period, now), nil
}

func toProject(row *db.StatisticsProjectRow, period Period, now time.Time) Project {
	today := dateOf(now)
	p := Project{
		ProjectID: row.Project.ID, GeneratedAt: now, Period: period,
		Tasks: TaskCounts{
			Total: row.Total, Backlog: row.Backlog, Todo: row.Todo, InProgress: row.InProgress, InReview: row.InReview,
			Blocked: row.Blocked, Done: row.Done, Cancelled: row.Cancelled,
			Low: row.Low, Medium: row.Medium, High: row.High, Urgent: row.Urgent,
			Ready: row.Ready, HeldUp: row.HeldUp, Overdue: row.Overdue,
			EstimatedMinutes: row.EstimatedMinutes, DoneMinutes: row.DoneMinutes,
		},
		Completed: percent(row.Done, row.Total-row.Cancelled),
		Weighted:  percent(row.DoneMinutes, row.EstimatedMinutes),
		Logged:    Time{Minutes: row.Minutes, BillableMinutes: row.BillableMinutes},
		Accuracy:  toAccuracy(row.RatioTasks, row.RatioMedian, row.RatioMean),
		Cycle:     toDurations(row.CycleTasks, row.CycleP50, row.CycleP90),
		Lead:      toDurations(row.LeadTasks, row.LeadP50, row.LeadP90),
		Budget:    toBudget(&row.Project, spentOf(row), daysOfSpending(row), today),
		Members:   make([]Member, len(row.MemberIds)),
	}
	for i, id := range row.MemberIds {
		p.Members[i] = Member{UserID: id, OpenTasks: row.MemberOpenTasks[i], LoggedMinutes: row.MemberMinutes[i]}
	}
	for _, minutes := range row.OpenRemainingMinutes {
		p.RemainingMinutes += minutes
	}
	days := make([]Day, len(row.CompletedOn))
	for i, on := range row.CompletedOn {
		days[i] = Day{On: on, Tasks: row.CompletedTasks[i], EstimatedMinutes: row.CompletedMinutes[i]}
	}
	p.Throughput = perWeek(days, period, today)
	p.Schedule = Schedule{StartsOn: row.Project.StartsOn, EndsOn: row.Project.EndsOn, CriticalPath: criticalPath(openOf(row))}
	p.Schedule.P50, p.Schedule.P80 = finishDates(days, int64(len(row.OpenIds)), today)
	return p
}

// spentOf is what was spent in each currency.
func spentOf(row *db.StatisticsProjectRow) []Money {
	spent := make([]Money, len(row.SpentCurrencies))
	for i, currency := range row.SpentCurrencies {
		spent[i] = Money{Minor: row.SpentMinor[i], Currency: currency}
	}
	return spent
}

// daysOfSpending are the days on which something was spent in the project's currency.
func daysOfSpending(row *db.StatisticsProjectRow) []Spending {
	days := make([]Spending, len(row.SpentOn))
	for i, on := range row.SpentOn {
		days[i] = Spending{On: on, Minor: row.SpentOnMinor[i]}
	}
	return days
}

// openOf are the open tasks, by their ids, and which of them wait for which others.
func openOf(row *db.StatisticsProjectRow) ([]OpenTask, []Wait) {
	tasks := make([]OpenTask, len(row.OpenIds))
	for i, id := range row.OpenIds {
		tasks[i] = OpenTask{ID: id, ParentID: row.OpenParentIds[i], RemainingMinutes: row.OpenRemainingMinutes[i]}
	}
	waits := make([]Wait, len(row.WaitingIds))
	for i, id := range row.WaitingIds {
		waits[i] = Wait{TaskID: id, PrerequisiteID: row.AwaitedIds[i]}
	}
	return tasks, waits
}
