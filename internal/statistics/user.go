package statistics

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

const (
	// maxDays is how many days with time are listed, the latest ones.
	maxDays = 366
	// maxUserProjects is how many projects are listed, those with the most time.
	maxUserProjects = 100
)

// User is what a user has to do and has done, in what the caller sees.
type User struct {
	UserID      uuid.UUID
	GeneratedAt time.Time
	Period      Period

	Tasks db.StatisticsUserTasksRow
	// OnTime is how many of the completed tasks that had a due date were
	// completed by it, in percent; nil without any.
	OnTime   *float64
	Accuracy Accuracy

	LoggedMinutes, BillableMinutes int64
	Days                           []db.StatisticsUserDaysRow
	Projects                       []db.StatisticsUserProjectsRow

	LastActivityAt *time.Time
}

// User counts over a user's tasks and time. It returns NotFound when the actor
// cannot see the user and a validation error when the period ends before it
// begins.
func (s *Service) User(ctx context.Context, actor access.Actor, id uuid.UUID, period Period) (User, error) {
	if err := period.check(); err != nil {
		return User{}, err
	}
	now := s.now().UTC()
	return dbx.Snapshot(ctx, s.db, func(q *db.Queries) (User, error) {
		visible, err := q.StatisticsUserVisible(ctx, db.StatisticsUserVisibleParams{UserID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return User{}, fmt.Errorf("reading a user: %w", err)
		}
		if !visible {
			return User{}, apperr.Missing("user", id)
		}
		u, err := countUser(ctx, q, actor, id, period, now)
		if err != nil {
			return User{}, fmt.Errorf("counting user %s: %w", id, err)
		}
		return u, nil
	})
}

func countUser(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, period Period, now time.Time) (User, error) {
	u := User{UserID: id, GeneratedAt: now, Period: period}
	var err error
	u.Tasks, err = q.StatisticsUserTasks(ctx, db.StatisticsUserTasksParams{
		UserID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		Today: dateOf(now), Since: period.first(), Until: period.until(),
	})
	if err != nil {
		return u, err
	}
	u.OnTime = percent(u.Tasks.CompletedOnTime, u.Tasks.CompletedWithDueDate)
	u.Accuracy = toAccuracy(u.Tasks.RatioTasks, u.Tasks.RatioMedian, u.Tasks.RatioMean)

	u.Days, err = q.StatisticsUserDays(ctx, db.StatisticsUserDaysParams{
		UserID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		FromDate: period.first(), ToDate: period.last(), RowLimit: maxDays,
	})
	if err != nil {
		return u, err
	}
	slices.Reverse(u.Days)
	u.Projects, err = q.StatisticsUserProjects(ctx, db.StatisticsUserProjectsParams{
		UserID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		FromDate: period.first(), ToDate: period.last(), RowLimit: maxUserProjects,
	})
	if err != nil {
		return u, err
	}
	if len(u.Projects) > 0 {
		u.LoggedMinutes, u.BillableMinutes = u.Projects[0].TotalMinutes, u.Projects[0].TotalBillableMinutes
	}
	u.LastActivityAt, err = lastActivity(ctx, q, actor, id)
	return u, err
}

func lastActivity(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (*time.Time, error) {
	var at time.Time
	var err error
	if actor.SeesAll() {
		at, err = q.StatisticsUserLastActivity(ctx, id)
	} else {
		at, err = q.StatisticsUserLastActivityForMember(ctx, db.StatisticsUserLastActivityForMemberParams{UserID: id, ViewerID: actor.ViewerID()})
	}
	if dbx.IsNotFound(err) {
		return nil, nil
	}
	return &at, err
}
