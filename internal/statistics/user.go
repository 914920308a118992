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
	u := User{UserID: id, GeneratedAt: now, Period: period}
	return dbx.Snapshot(ctx, s.db, func(q *db.Queries) (User, error) {
		if err := u.count(ctx, q, actor); err != nil {
			return User{}, fmt.Errorf("counting user %s: %w", id, err)
		}
		return u, nil
	})
}

// count reads all that is counted in one round trip, and whether the actor sees
// the user: who does not is told nothing of it.
func (u *User) count(ctx context.Context, q *db.Queries, actor access.Actor) error {
	seesAll, viewer := actor.SeesAll(), actor.ViewerID()
	from, to := u.Period.first(), u.Period.last()
	visible := false
	err := dbx.Conclude(ctx, q,
		func(q *db.Queries) (err error) {
			visible, err = q.StatisticsUserVisible(ctx, db.StatisticsUserVisibleParams{UserID: u.UserID, SeesAll: seesAll, ViewerID: viewer})
			return err
		},
		func(q *db.Queries) (err error) {
			u.Tasks, err = q.StatisticsUserTasks(ctx, db.StatisticsUserTasksParams{
				UserID: u.UserID, SeesAll: seesAll, ViewerID: viewer,
				Today: dateOf(u.GeneratedAt), Since: from, Until: u.Period.until(),
			})
			u.OnTime = percent(u.Tasks.CompletedOnTime, u.Tasks.CompletedWithDueDate)
			u.Accuracy = toAccuracy(u.Tasks.RatioTasks, u.Tasks.RatioMedian, u.Tasks.RatioMean)
			return err
		},
		func(q *db.Queries) (err error) {
			u.Days, err = q.StatisticsUserDays(ctx, db.StatisticsUserDaysParams{
				UserID: u.UserID, SeesAll: seesAll, ViewerID: viewer, FromDate: from, ToDate: to, RowLimit: maxDays,
			})
			slices.Reverse(u.Days)
			return err
		},
		func(q *db.Queries) (err error) {
			u.Projects, err = q.StatisticsUserProjects(ctx, db.StatisticsUserProjectsParams{
				UserID: u.UserID, SeesAll: seesAll, ViewerID: viewer, FromDate: from, ToDate: to, RowLimit: maxUserProjects,
			})
			if len(u.Projects) > 0 {
				u.LoggedMinutes, u.BillableMinutes = u.Projects[0].TotalMinutes, u.Projects[0].TotalBillableMinutes
			}
			return err
		},
		func(q *db.Queries) (err error) {
			u.LastActivityAt, err = lastActivity(ctx, q, actor, u.UserID)
			return err
		},
	)
	if err == nil && !visible {
		return apperr.Missing("user", u.UserID)
	}
	return err
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
