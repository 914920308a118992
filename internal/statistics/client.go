package statistics

import (
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
	// maxMonths is how many months are listed, the latest ones: ten years.
	maxMonths = 120
	// maxClientProjects is how many projects are listed, the newest ones.
	maxClientProjects = 500
)

// Client is what a client is worth, over its projects that the caller sees.
type Client struct {
	ClientID    uuid.UUID
	GeneratedAt time.Time
	Period      Period

	ProjectsByStatus map[db.ProjectStatus]int64
	Projects         int64
	OpenTasks        int64
	OverdueTasks     int64

	Contracted, Pipeline []Money
	Results              Results
	Months               []ClientMonth
	ByProject            []ClientProject

	FirstActivityAt, LastActivityAt *time.Time
}

// Results are what was earned and spent in the period, or in a part of it.
type Results struct {
	LoggedMinutes, BillableMinutes int64
	Recognised                     []Money
	// LabourCost, Margin and HourlyRate tell what people cost, and are nil for
	// whoever may not know that.
	LabourCost, Margin, HourlyRate []Money
}

// ClientMonth is one month of the period; months without anything are left out.
type ClientMonth struct {
	StartsOn time.Time
	Results  Results
}

// ClientProject is one project of the client's.
type ClientProject struct {
	db.StatisticsClientProjectsRow
	// Contracted is the budget where the status makes it owed.
	Contracted *Money
	Results    Results
}

// Client counts over a client's projects. It returns NotFound when the actor
// cannot see the client and a validation error when the period ends before it
// begins. What labour costs is told to managers and up.
func (s *Service) Client(ctx context.Context, actor access.Actor, id uuid.UUID, period Period) (Client, error) {
	if err := period.check(); err != nil {
		return Client{}, err
	}
	now := s.now().UTC()
	return dbx.Snapshot(ctx, s.db, func(q *db.Queries) (Client, error) {
		c, err := countClient(ctx, q, actor, id, period, now)
		if err != nil {
			return Client{}, fmt.Errorf("counting client %s: %w", id, err)
		}
		return c, nil
	})
}

func countClient(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, period Period, now time.Time) (Client, error) {
	c := Client{ClientID: id, GeneratedAt: now, Period: period, ProjectsByStatus: map[db.ProjectStatus]int64{}}
	var projects []db.StatisticsClientProjectsRow
	err := dbx.Together(ctx, q,
		func(q *db.Queries) error {
			_, err := q.ClientGet(ctx, db.ClientGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
			return dbx.OrMissing(err, "client", id)
		},
		func(q *db.Queries) (err error) {
			projects, err = q.StatisticsClientProjects(ctx, db.StatisticsClientProjectsParams{
				ClientID: id, Today: dateOf(now), SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
			})
			return err
		},
	)
	if err != nil {
		return c, err
	}
	ids := []uuid.UUID{}
	for _, p := range projects {
		ids = append(ids, p.ID)
	}
	var (
		completed []db.StatisticsClientCompletedRow
		logged    []db.StatisticsClientTimeRow
	)
	err = dbx.Conclude(ctx, q,
		func(q *db.Queries) (err error) {
			completed, err = q.StatisticsClientCompleted(ctx, db.StatisticsClientCompletedParams{ProjectIds: ids, Until: period.until()})
			return err
		},
		func(q *db.Queries) (err error) {
			logged, err = q.StatisticsClientTime(ctx, db.StatisticsClientTimeParams{ProjectIds: ids, FromDate: period.first(), ToDate: period.last()})
			return err
		},
		func(q *db.Queries) error {
			activity, err := q.StatisticsClientActivity(ctx, db.StatisticsClientActivityParams{ClientID: id, ProjectIds: ids})
			if dbx.IsNotFound(err) {
				return nil
			}
			c.FirstActivityAt, c.LastActivityAt = &activity.FirstActivityAt, &activity.LastActivityAt
			return err
		},
	)
	if err != nil {
		return Client{}, err
	}
	c.fill(projects, settle(projects, completed, logged, period), actor.SeesAll())
	return c, nil
}

func (c *Client) fill(projects []db.StatisticsClientProjectsRow, l ledgers, knowsCost bool) {
	owed, pipeline := amounts{}, amounts{}
	c.ByProject, c.Months = []ClientProject{}, []ClientMonth{}
	for _, p := range projects {
		c.Projects++
		c.ProjectsByStatus[p.Status]++
		c.OpenTasks += p.OpenTasks
		c.OverdueTasks += p.OverdueTasks
		project := ClientProject{StatisticsClientProjectsRow: p, Results: l.byProject[p.ID].results(knowsCost)}
		switch {
		case p.BudgetMinor == nil || p.Currency == nil:
		case p.Status == db.ProjectStatusPlanning:
			pipeline.add(*p.BudgetMinor, p.Currency)
		case slices.Contains(contracted, p.Status):
			owed.add(*p.BudgetMinor, p.Currency)
			project.Contracted = &Money{Minor: *p.BudgetMinor, Currency: *p.Currency}
		}
		c.ByProject = append(c.ByProject, project)
	}
	c.ByProject = c.ByProject[max(0, len(c.ByProject)-maxClientProjects):]
	c.Contracted, c.Pipeline = owed.list(), pipeline.list()
	c.Results = l.total.results(knowsCost)
	for _, month := range l.months() {
		c.Months = append(c.Months, ClientMonth{StartsOn: month, Results: l.byMonth[month].results(knowsCost)})
	}
	c.Months = c.Months[max(0, len(c.Months)-maxMonths):]
}

func (l *ledger) results(knowsCost bool) Results {
	r := Results{LoggedMinutes: l.minutes, BillableMinutes: l.billableMinutes, Recognised: l.recognised.list()}
	if knowsCost {
		r.LabourCost = l.cost.list()
		r.Margin = l.recognised.minus(l.cost).list()
		r.HourlyRate = l.hourly()
	}
	return r
}
