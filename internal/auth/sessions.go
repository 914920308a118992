package auth

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
	"github.com/aicoordination/coordinator/internal/page"
)

// Sessions returns a page of the actor's sessions that are not over, newest first.
func (s *Service) Sessions(ctx context.Context, actor access.Actor, request page.Request) ([]db.Session, page.Info, error) {
	list, err := dbx.NewList(s.db, nil, "s.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).SessionList(ctx, db.SessionListParams{
		UserID: actor.ID, Now: s.config.Now(), RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing sessions: %w", err)
	}
	return rows, list.Info(), nil
}

// RevokeSession ends one of the actor's sessions. It returns NotFound when the
// actor has no such session, or it is over.
func (s *Service) RevokeSession(ctx context.Context, actor access.Actor, id uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		ended, err := revokeLive(ctx, q, actor, actor.ID, db.SessionRevokeLiveParams{Only: &id, Reason: reasonRevoked, Now: s.config.Now()})
		if err == nil && ended == 0 {
			return apperr.Missing("session", id)
		}
		return err
	})
}

// RevokeOtherSessions ends the actor's sessions but the one that it acts in.
func (s *Service) RevokeOtherSessions(ctx context.Context, actor access.Actor) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		_, err := revokeLive(ctx, q, actor, actor.ID, db.SessionRevokeLiveParams{Except: &actor.SessionID, Reason: reasonRevoked, Now: s.config.Now()})
		return err
	})
}

// RevokeUserSessions ends all sessions of a user. It returns NotFound when
// there is no such user. Whether the actor may is not asked here.
func (s *Service) RevokeUserSessions(ctx context.Context, actor access.Actor, userID uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		if _, err := q.UserGetRole(ctx, userID); err != nil {
			return fmt.Errorf("reading a user: %w", dbx.OrMissing(err, "user", userID))
		}
		_, err := revokeLive(ctx, q, actor, userID, db.SessionRevokeLiveParams{Reason: reasonByAdmin, Now: s.config.Now()})
		return err
	})
}

// revokeLive ends those of the user's sessions that params name, with an event
// for each, and returns how many they were.
func revokeLive(ctx context.Context, q *db.Queries, actor access.Actor, userID uuid.UUID, params db.SessionRevokeLiveParams) (int, error) {
	params.UserID = userID
	ended, err := q.SessionRevokeLive(ctx, params)
	if err != nil {
		return 0, fmt.Errorf("ending sessions: %w", err)
	}
	events := make([]event.Event, len(ended))
	for i, id := range ended {
		events[i] = event.Event{
			Entity: "session", ID: id, Action: "revoked",
			Before: revocation{}, After: revocation{Reason: &params.Reason},
		}
	}
	return len(ended), event.RecordEach(ctx, q, actor, events)
}

// endOthers ends the user's sessions but the one that is kept; the zero id
// keeps none.
func endOthers(ctx context.Context, q *db.Queries, actor access.Actor, userID, kept uuid.UUID, reason string, now time.Time) error {
	_, err := revokeLive(ctx, q, actor, userID, db.SessionRevokeLiveParams{Except: &kept, Reason: reason, Now: now})
	return err
}
