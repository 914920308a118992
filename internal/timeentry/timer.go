package timeentry

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
)

// longestTimer is how long a timer is believed to measure work. One that has
// run longer was forgotten, and nobody wants an entry of a full day for every
// day of it.
const longestTimer = 31 * day

// StartParams are a new timer's fields.
type StartParams struct {
	Note *string
	// Billable is nil for what the project's billing kind says.
	Billable *bool
}

// StartTimer begins to measure the actor's time on a task. Of an actor's timers
// one runs at a time: it returns TimerRunning, with the task, when one does.
// Its other errors are those of Log.
func (s *Service) StartTimer(ctx context.Context, actor access.Actor, taskID uuid.UUID, params StartParams) (db.Timer, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.Timer, error) {
		p, err := lockTask(ctx, q, actor, taskID)
		if err != nil {
			return db.Timer{}, err
		}
		if err := p.mayLog(actor, actor.ID); err != nil {
			return db.Timer{}, err
		}
		timer, err := q.TimerInsert(ctx, db.TimerInsertParams{
			UserID: actor.ID, ProjectID: p.row.ID, TaskID: taskID,
			Note: params.Note, Billable: billable(params.Billable, p.row), StartedAt: s.now(),
		})
		if dbx.IsNotFound(err) {
			return db.Timer{}, refuseSecond(ctx, q, actor)
		}
		if err != nil {
			return db.Timer{}, fmt.Errorf("starting a timer: %w", err)
		}
		return timer, recordTimer(ctx, q, actor, "started", nil, timer)
	})
}

// refuseSecond names the timer that runs already.
func refuseSecond(ctx context.Context, q *db.Queries, actor access.Actor) error {
	running, err := q.TimerGet(ctx, db.TimerGetParams{UserID: actor.ID, ViewerID: actor.ViewerID()})
	if dbx.IsNotFound(err) && actor.Limited {
		return apperr.New(apperr.TimerRunning, "Your timer is running on a task that this API key is not for. Stop or discard it first.")
	}
	if dbx.IsNotFound(err) {
		return apperr.New(apperr.Conflict, "Your running timer was stopped at this very moment. Start the new one again.")
	}
	if err != nil {
		return fmt.Errorf("reading the running timer: %w", err)
	}
	e := apperr.New(apperr.TimerRunning, "Your timer is running on task %s since %s. Stop or discard it first.",
		running.TaskID, running.StartedAt.UTC().Format(time.RFC3339))
	e.BlockingIDs = []uuid.UUID{running.TaskID}
	return e
}

// Timer returns the actor's running timer, NotFound when none runs. It is the
// actor's own and is there also when the task no longer is.
func (s *Service) Timer(ctx context.Context, actor access.Actor) (db.Timer, error) {
	return getTimer(ctx, db.New(s.db), actor)
}

func getTimer(ctx context.Context, q *db.Queries, actor access.Actor) (db.Timer, error) {
	timer, err := q.TimerGet(ctx, db.TimerGetParams{UserID: actor.ID, ViewerID: actor.ViewerID()})
	if dbx.IsNotFound(err) {
		return db.Timer{}, noTimer()
	}
	if err != nil {
		return db.Timer{}, fmt.Errorf("reading a timer: %w", err)
	}
	return timer, nil
}

func noTimer() error {
	return apperr.New(apperr.NotFound, "You have no timer running. Start one on a task.")
}

// StopParams are what is said when a timer stops.
type StopParams struct {
	// NoteDoUpdate puts Note in the place of the timer's own.
	NoteDoUpdate bool
	Note         *string
	Effort
}

// StopTimer ends the actor's timer and writes what it measured: an entry for
// each UTC day it ran on, oldest first, see [Days]. It returns NotFound when
// none runs, and when the task is gone or can no longer be seen; Conflict when
// it has run too long to be believed; its other errors are those of Log. The
// timer then goes on running, and can be discarded.
func (s *Service) StopTimer(ctx context.Context, actor access.Actor, params StopParams) ([]db.TimeEntry, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) ([]db.TimeEntry, error) {
		timer, err := getTimer(ctx, q, actor)
		if err != nil {
			return nil, err
		}
		p, err := lockTask(ctx, q, actor, timer.TaskID)
		if err != nil {
			return nil, err
		}
		if err := p.mayLog(actor, actor.ID); err != nil {
			return nil, err
		}
		now := s.now()
		if now.Sub(timer.StartedAt) > longestTimer {
			return nil, apperr.New(apperr.Conflict, "The timer has run since %s, which is too long to be work. Discard it and log the time by hand.",
				timer.StartedAt.UTC().Format(time.RFC3339))
		}
		task, wrong, err := lockEffort(ctx, q, p.row.ID, timer.TaskID, params.Effort)
		if err != nil {
			return nil, err
		}
		if len(wrong) > 0 {
			return nil, apperr.Invalid(wrong...)
		}
		if params.NoteDoUpdate {
			timer.Note = params.Note
		}
		entries, err := stop(ctx, q, actor, p.row, timer, Days(timer.StartedAt, now))
		if err != nil {
			return nil, err
		}
		return entries, writeEffort(ctx, q, actor, task, params.Effort)
	})
}

// stop replaces the timer by its entries.
func stop(ctx context.Context, q *db.Queries, actor access.Actor, project db.Project, timer db.Timer, days []Day) ([]db.TimeEntry, error) {
	if err := removeTimer(ctx, q, actor, timer, "stopped"); err != nil {
		return nil, err
	}
	worker, err := q.TimeEntryGetUser(ctx, actor.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the user: %w", err)
	}
	var entries []db.TimeEntry
	for _, d := range days {
		entry, err := insert(ctx, q, actor, project, worker, db.TimeEntryInsertParams{
			TaskID: timer.TaskID, UserID: actor.ID, SpentOn: d.SpentOn, Minutes: d.Minutes, Note: timer.Note, Billable: timer.Billable,
		})
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// DiscardTimer ends the actor's timer and writes nothing of what it measured
// but its event. It returns NotFound when none runs.
func (s *Service) DiscardTimer(ctx context.Context, actor access.Actor) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		timer, err := getTimer(ctx, q, actor)
		if err != nil {
			return err
		}
		return removeTimer(ctx, q, actor, timer, "discarded")
	})
}

// removeTimer removes the timer that was read; NotFound when somebody else was faster.
func removeTimer(ctx context.Context, q *db.Queries, actor access.Actor, timer db.Timer, action string) error {
	removed, err := q.TimerDelete(ctx, db.TimerDeleteParams{UserID: timer.UserID, StartedAt: timer.StartedAt})
	if dbx.IsNotFound(err) {
		return noTimer()
	}
	if err != nil {
		return fmt.Errorf("removing a timer: %w", err)
	}
	return recordTimer(ctx, q, actor, action, removed, nil)
}

// recordTimer writes the event of a timer, which goes by its user's id: a user
// has no other.
func recordTimer(ctx context.Context, q *db.Queries, actor access.Actor, action string, before, after any) error {
	timer, ok := after.(db.Timer)
	if !ok {
		timer = before.(db.Timer)
	}
	return event.Record(ctx, q, actor, event.Event{
		Entity: "timer", ID: timer.UserID, ProjectID: &timer.ProjectID, Action: action, Before: before, After: after, Gone: after == nil,
	})
}
