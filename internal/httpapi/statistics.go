package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/statistics"
)

func (h *handlers) GetProjectStatistics(ctx context.Context, request server.GetProjectStatisticsRequestObject) (server.GetProjectStatisticsResponseObject, error) {
	s, err := h.Statistics.Project(ctx, actorOf(ctx), request.ProjectID, fromPeriod(request.Params.From, request.Params.To))
	if err != nil {
		return nil, err
	}
	return server.GetProjectStatistics200JSONResponse(toProjectStatistics(s)), nil
}

func (h *handlers) GetUserStatistics(ctx context.Context, request server.GetUserStatisticsRequestObject) (server.GetUserStatisticsResponseObject, error) {
	s, err := h.Statistics.User(ctx, actorOf(ctx), request.UserID, fromPeriod(request.Params.From, request.Params.To))
	if err != nil {
		return nil, err
	}
	return server.GetUserStatistics200JSONResponse(toUserStatistics(s)), nil
}

func (h *handlers) GetClientStatistics(ctx context.Context, request server.GetClientStatisticsRequestObject) (server.GetClientStatisticsResponseObject, error) {
	s, err := h.Statistics.Client(ctx, actorOf(ctx), request.ClientID, fromPeriod(request.Params.From, request.Params.To))
	if err != nil {
		return nil, err
	}
	return server.GetClientStatistics200JSONResponse(toClientStatistics(s)), nil
}

func (h *handlers) GetOverview(ctx context.Context, request server.GetOverviewRequestObject) (server.GetOverviewResponseObject, error) {
	s, err := h.Statistics.Overview(ctx, actorOf(ctx), fromPeriod(request.Params.From, request.Params.To))
	if err != nil {
		return nil, err
	}
	return server.GetOverview200JSONResponse(toOverview(s)), nil
}

func fromPeriod(from *api.StatisticsFrom, to *api.StatisticsTo) statistics.Period {
	return statistics.Period{From: fromDate(from), To: fromDate(to)}
}

func toProjectStatistics(s statistics.Project) api.ProjectStatistics {
	t := s.Tasks
	return api.ProjectStatistics{
		ProjectID: s.ProjectID, GeneratedAt: s.GeneratedAt, From: toNullableDate(s.Period.From), To: toNullableDate(s.Period.To),
		Total: t.Total, Open: t.Total - t.Done - t.Cancelled, Ready: t.Ready, Blocked: t.HeldUp, Overdue: t.Overdue,
		ByStatus: api.TaskStatusCounts{
			Backlog: t.Backlog, Todo: t.Todo, InProgress: t.InProgress, InReview: t.InReview,
			Blocked: t.Blocked, Done: t.Done, Cancelled: t.Cancelled,
		},
		ByPriority:        api.TaskPriorityCounts{Low: t.Low, Medium: t.Medium, High: t.High, Urgent: t.Urgent},
		CompletionPercent: toNullable(s.Completed), WeightedCompletionPercent: toNullable(s.Weighted),
		EstimatedMinutes: t.EstimatedMinutes, RemainingMinutes: s.RemainingMinutes,
		LoggedMinutes: s.Logged.Minutes, BillableMinutes: s.Logged.BillableMinutes,
		EstimateAccuracy: toAccuracy(s.Accuracy), CycleTime: toDurations(s.Cycle), LeadTime: toDurations(s.Lead),
		Throughput: toWeeks(s.Throughput), Budget: toBudget(s.Budget), Schedule: toSchedule(s.Schedule),
		Members: each(s.Members, func(m statistics.Member) api.ProjectMemberStatistics {
			return api.ProjectMemberStatistics{UserID: m.UserID, OpenTasks: m.OpenTasks, LoggedMinutes: m.LoggedMinutes}
		}),
	}
}

func toBudget(b statistics.Budget) api.ProjectBudgetStatistics {
	return api.ProjectBudgetStatistics{
		BillingKind: api.BillingKind(b.BillingKind),
		Planned:     toNullableAmount(b.Planned), Spent: toAmounts(b.Spent), Remaining: toNullableAmount(b.Remaining),
		UsedPercent: toNullable(b.Used), BurnPerWeek: toNullableAmount(b.Burn),
		RunsOutOn: toNullableDate(b.RunsOutOn), Overrun: b.Overrun,
	}
}

func toSchedule(s statistics.Schedule) api.ProjectScheduleStatistics {
	return api.ProjectScheduleStatistics{
		StartsOn: toNullableDate(s.StartsOn), EndsOn: toNullableDate(s.EndsOn),
		ForecastP50On: toNullableDate(s.P50), ForecastP80On: toNullableDate(s.P80),
		CriticalPath: api.CriticalPath{Minutes: s.CriticalPath.Minutes, TaskIds: s.CriticalPath.TaskIDs},
	}
}

func toUserStatistics(s statistics.User) api.UserStatistics {
	return api.UserStatistics{
		UserID: s.UserID, GeneratedAt: s.GeneratedAt, From: toNullableDate(s.Period.From), To: toNullableDate(s.Period.To),
		Assigned: s.Tasks.Assigned, InProgress: s.Tasks.InProgress, Overdue: s.Tasks.Overdue, Completed: s.Tasks.Completed,
		OnTimePercent: toNullable(s.OnTime), EstimateAccuracy: toAccuracy(s.Accuracy),
		LoggedMinutes: s.LoggedMinutes, BillableMinutes: s.BillableMinutes,
		LoggedByDay: each(s.Days, func(d db.StatisticsUserDaysRow) api.DayTime {
			return api.DayTime{SpentOn: api.DateOf(d.SpentOn), Minutes: d.Minutes, BillableMinutes: d.BillableMinutes}
		}),
		LoggedByProject: each(s.Projects, func(p db.StatisticsUserProjectsRow) api.ProjectTime {
			return api.ProjectTime{ProjectID: p.ProjectID, Name: p.Name, Minutes: p.Minutes, BillableMinutes: p.BillableMinutes}
		}),
		LastActivityAt: toNullable(s.LastActivityAt),
	}
}

func toClientStatistics(s statistics.Client) api.ClientStatistics {
	return api.ClientStatistics{
		ClientID: s.ClientID, GeneratedAt: s.GeneratedAt, From: toNullableDate(s.Period.From), To: toNullableDate(s.Period.To),
		Projects: s.Projects, ProjectsByStatus: toProjectCounts(s.ProjectsByStatus),
		OpenTasks: s.OpenTasks, OverdueTasks: s.OverdueTasks,
		Contracted: toAmounts(s.Contracted), Pipeline: toAmounts(s.Pipeline), Results: toRevenue(s.Results),
		ByMonth: each(s.Months, func(m statistics.ClientMonth) api.ClientMonthStatistics {
			return api.ClientMonthStatistics{MonthStartsOn: api.DateOf(m.StartsOn), Results: toRevenue(m.Results)}
		}),
		ByProject: each(s.ByProject, func(p statistics.ClientProject) api.ClientProjectStatistics {
			return api.ClientProjectStatistics{
				ProjectID: p.ID, Name: p.Name, Status: api.ProjectStatus(p.Status), BillingKind: api.BillingKind(p.BillingKind),
				Contracted: toNullableAmount(p.Contracted), OpenTasks: p.OpenTasks, OverdueTasks: p.OverdueTasks,
				Results: toRevenue(p.Results),
			}
		}),
		FirstActivityAt: toNullable(s.FirstActivityAt), LastActivityAt: toNullable(s.LastActivityAt),
	}
}

func toRevenue(r statistics.Results) api.RevenueStatistics {
	return api.RevenueStatistics{
		LoggedMinutes: r.LoggedMinutes, BillableMinutes: r.BillableMinutes, Recognised: toAmounts(r.Recognised),
		LabourCost: toNullableAmounts(r.LabourCost), Margin: toNullableAmounts(r.Margin), EffectiveHourlyRate: toNullableAmounts(r.HourlyRate),
	}
}

func toOverview(s statistics.Overview) api.Overview {
	t, c := s.Tasks, s.ClientsByStatus
	return api.Overview{
		GeneratedAt: s.GeneratedAt, From: toNullableDate(s.Period.From), To: toNullableDate(s.Period.To),
		ProjectsByStatus: toProjectCounts(s.ProjectsByStatus),
		ClientsByStatus: api.ClientStatusCounts{
			Lead: c[db.ClientStatusLead], Prospect: c[db.ClientStatusProspect], Active: c[db.ClientStatusActive],
			Inactive: c[db.ClientStatusInactive], Churned: c[db.ClientStatusChurned],
		},
		TasksByStatus: api.TaskStatusCounts{
			Backlog: t.Backlog, Todo: t.Todo, InProgress: t.InProgress, InReview: t.InReview,
			Blocked: t.Blocked, Done: t.Done, Cancelled: t.Cancelled,
		},
		Ready: t.Ready, Blocked: t.HeldUp, Overdue: s.Overdue, DueThisWeek: s.DueThisWeek,
		MyOpenTasks: s.MyOpenTasks, LoggedMinutesThisWeek: s.LoggedMinutesThisWeek, Throughput: toWeeks(s.Throughput),
		OverdueProjects: each(s.OverdueProjects, func(p db.StatisticsOverviewDueRow) api.OverdueProject {
			return api.OverdueProject{ProjectID: p.ProjectID, Name: p.Name, Overdue: p.Overdue}
		}),
	}
}

func toProjectCounts(c map[db.ProjectStatus]int64) api.ProjectStatusCounts {
	return api.ProjectStatusCounts{
		Planning: c[db.ProjectStatusPlanning], Active: c[db.ProjectStatusActive], OnHold: c[db.ProjectStatusOnHold],
		Completed: c[db.ProjectStatusCompleted], Cancelled: c[db.ProjectStatusCancelled], Archived: c[db.ProjectStatusArchived],
	}
}

func toAccuracy(a statistics.Accuracy) api.EstimateAccuracy {
	return api.EstimateAccuracy{Tasks: a.Tasks, MedianRatio: toNullable(a.Median), MeanRatio: toNullable(a.Mean)}
}

func toDurations(d statistics.Durations) api.DurationStatistics {
	return api.DurationStatistics{Tasks: d.Tasks, P50Minutes: toNullable(d.P50), P90Minutes: toNullable(d.P90)}
}

func toWeeks(weeks []statistics.Week) []api.WeekThroughput {
	return each(weeks, func(w statistics.Week) api.WeekThroughput {
		return api.WeekThroughput{WeekStartsOn: api.DateOf(w.StartsOn), Completed: w.Completed, EstimatedMinutes: w.EstimatedMinutes}
	})
}

func toAmount(m statistics.Money) api.Money {
	return api.Money{AmountMinor: m.Minor, Currency: m.Currency}
}

func toAmounts(list []statistics.Money) []api.Money { return each(list, toAmount) }

func toNullableAmount(m *statistics.Money) api.Nullable[api.Money] {
	if m == nil {
		return api.NewNullNullable[api.Money]()
	}
	return api.NewNullableWithValue(toAmount(*m))
}

// toNullableAmounts are amounts that some callers may not know, for whom they are nil.
func toNullableAmounts(list []statistics.Money) api.Nullable[[]api.Money] {
	if list == nil {
		return api.NewNullNullable[[]api.Money]()
	}
	return api.NewNullableWithValue(toAmounts(list))
}

// each converts the elements of a list; what it returns is never nil.
func each[From, To any](list []From, convert func(From) To) []To {
	converted := make([]To, len(list))
	for i, element := range list {
		converted[i] = convert(element)
	}
	return converted
}
