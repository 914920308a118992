package comment

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
)

// ListFeedback returns a page of what people said of the comment, oldest
// first, NotFound when the actor cannot see the comment.
func (s *Service) ListFeedback(ctx context.Context, actor access.Actor, id uuid.UUID, request page.Request) ([]db.CommentFeedback, page.Info, error) {
	if _, err := get(ctx, db.New(s.db), actor, id); err != nil {
		return nil, page.Info{}, err
	}
	list, err := dbx.NewList(s.db, nil, "", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).CommentFeedbackList(ctx, db.CommentFeedbackListParams{
		CommentID: id, RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing feedback: %w", err)
	}
	return rows, list.Info(), nil
}

// FeedbackParams are what a person says of an agent's comment.
type FeedbackParams struct {
	Verdict    db.FeedbackVerdict
	Reason     *string
	Correction *string
}

// SetFeedback says what the actor thinks of an agent's comment, in place of
// what it has said before. It returns NotFound when the actor cannot see the
// comment, Forbidden when it is not a person, Conflict when no agent has
// written the comment, and a validation error when the correction does not
// suit the verdict.
func (s *Service) SetFeedback(ctx context.Context, actor access.Actor, id uuid.UUID, params FeedbackParams) (db.CommentFeedback, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (db.CommentFeedback, error) {
		about, row, err := lockForFeedback(ctx, q, actor, id)
		if err != nil {
			return db.CommentFeedback{}, err
		}
		if row.AuthorKind != db.AuthorKindAgent {
			return db.CommentFeedback{}, apperr.New(apperr.Conflict, "Only what an agent has said is judged. Reply to a person's comment instead.")
		}
		if err := checkFeedback(params.Verdict, params.Correction); err != nil {
			return db.CommentFeedback{}, err
		}
		before, err := q.CommentFeedbackGet(ctx, db.CommentFeedbackGetParams{CommentID: id, UserID: actor.ID})
		if err != nil && !dbx.IsNotFound(err) {
			return db.CommentFeedback{}, fmt.Errorf("reading feedback: %w", err)
		}
		after, err := q.CommentFeedbackUpsert(ctx, db.CommentFeedbackUpsertParams{
			CommentID: id, UserID: actor.ID, Verdict: params.Verdict, Reason: params.Reason, Correction: params.Correction,
		})
		if err != nil {
			return db.CommentFeedback{}, fmt.Errorf("writing feedback: %w", err)
		}
		if !event.Differs(judgementOf(before), judgementOf(after)) {
			return before, dbx.ErrNothingChanged
		}
		return after, recordFeedback(ctx, q, actor, about, row, "feedback_set", before, after)
	})
}

// RemoveFeedback takes back what the actor has said of the comment; nothing
// changes when it has said nothing. Errors are those of SetFeedback.
func (s *Service) RemoveFeedback(ctx context.Context, actor access.Actor, id uuid.UUID) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		about, row, err := lockForFeedback(ctx, q, actor, id)
		if err != nil {
			return err
		}
		before, err := q.CommentFeedbackDelete(ctx, db.CommentFeedbackDeleteParams{CommentID: id, UserID: actor.ID})
		if dbx.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("removing feedback: %w", err)
		}
		return recordFeedback(ctx, q, actor, about, row, "feedback_removed", before, db.CommentFeedback{})
	})
}

// lockForFeedback returns a comment that the actor can see and, as a person,
// may judge.
func lockForFeedback(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (target, db.Comment, error) {
	about, row, err := lock(ctx, q, actor, id)
	if err != nil {
		return target{}, db.Comment{}, err
	}
	kind, err := authorKind(ctx, q, actor)
	if err != nil {
		return target{}, db.Comment{}, err
	}
	if kind != db.AuthorKindHuman {
		return target{}, db.Comment{}, apperr.New(apperr.Forbidden, "Only people judge what agents say.")
	}
	return about, row, nil
}

// judgement is feedback as the log of changes keeps it, also of what is gone.
type judgement struct {
	UserID     *uuid.UUID          `json:"user_id"`
	Verdict    *db.FeedbackVerdict `json:"verdict"`
	Reason     *string             `json:"reason"`
	Correction *string             `json:"correction"`
}

func judgementOf(row db.CommentFeedback) judgement {
	if row.UserID == uuid.Nil {
		return judgement{}
	}
	return judgement{UserID: &row.UserID, Verdict: &row.Verdict, Reason: row.Reason, Correction: row.Correction}
}

func recordFeedback(ctx context.Context, q *db.Queries, actor access.Actor, about target, row db.Comment, action string, before, after db.CommentFeedback) error {
	return event.Record(ctx, q, actor, event.Event{
		Entity: "comment", ID: row.ID, ProjectID: about.projectID, Action: action,
		Before: judgementOf(before), After: judgementOf(after), Version: row.Version,
	})
}
