package comment

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/purge"
)

// UpdateParams are the fields of a comment that change; what it is about and
// what it replies to never do.
type UpdateParams struct {
	Kind *db.CommentKind
	Body *string

	MentionedIDsDoUpdate bool
	MentionedIDs         []uuid.UUID
	AIDoUpdate           bool
	AI                   *AI
	AssistedByDoUpdate   bool
	AssistedBy           *Assistance
}

// Update changes the fields that params name; the values they have already
// change nothing, not even the version. It returns NotFound when the actor
// cannot see the comment, Forbidden when it is not its own, VersionConflict
// when version is not nil and not the row's, Conflict when the provenance of
// what somebody has judged would change, and validation errors as Create.
func (s *Service) Update(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, params UpdateParams) (Comment, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Comment, error) {
		about, before, err := lock(ctx, q, actor, id)
		if err != nil {
			return Comment{}, err
		}
		if err := checkAuthor(actor, before); err != nil {
			return Comment{}, err
		}
		if err := checkVersion(before, version); err != nil {
			return Comment{}, err
		}
		changed, err := apply(ctx, q, actor, about, before, params)
		if err != nil {
			return Comment{}, err
		}
		after, err := q.CommentUpdate(ctx, db.CommentUpdateParams{
			ID: id, Version: before.Version, ActorID: actor.IDOrNil(),
			Kind: changed.Kind, Body: changed.Body, MentionedIds: changed.MentionedIds, ListedIds: changed.ListedIds,
			AiProvider: changed.AiProvider, AiModel: changed.AiModel, AiPromptVersion: changed.AiPromptVersion,
			AiRunID: changed.AiRunID, AiConfidence: changed.AiConfidence, AiSources: changed.AiSources,
			AssistedByProvider: changed.AssistedByProvider, AssistedByModel: changed.AssistedByModel,
		})
		if err != nil {
			return Comment{}, fmt.Errorf("updating a comment: %w", err)
		}
		if err := checkJudged(ctx, q, before, after); err != nil {
			return Comment{}, err
		}
		updated, err := get(ctx, q, actor, id)
		if err != nil {
			return Comment{}, err
		}
		if !event.Differs(before, after) {
			updated.Comment = before
			return updated, dbx.ErrNothingChanged
		}
		return updated, record(ctx, q, actor, about, "updated", before, after)
	})
}

// apply returns the row with the changes, as far as the rules allow them.
func apply(ctx context.Context, q *db.Queries, actor access.Actor, about target, row db.Comment, params UpdateParams) (db.Comment, error) {
	bodyChanged := params.Body != nil && *params.Body != row.Body
	if bodyChanged {
		row.Body = *params.Body
	}
	if params.Kind != nil {
		row.Kind = *params.Kind
	}
	ai, assisted := ProvenanceOf(row)
	if params.AIDoUpdate {
		ai = params.AI
	}
	if params.AssistedByDoUpdate {
		assisted = params.AssistedBy
	}
	if err := checkProvenance(row.AuthorKind, ai, assisted); err != nil {
		return db.Comment{}, err
	}
	setProvenance(&row, ai, assisted)
	listed := row.ListedIds
	if params.MentionedIDsDoUpdate {
		listed = params.MentionedIDs
	}
	if !bodyChanged && slices.Equal(sortedIDs(listed...), row.ListedIds) {
		return row, nil
	}
	err := mention(ctx, q, actor, about, &row, listed)
	return row, err
}

// checkJudged keeps an agent from stating another confidence, or another
// model, once somebody has judged what it said.
func checkJudged(ctx context.Context, q *db.Queries, before, after db.Comment) error {
	if before.AuthorKind != db.AuthorKindAgent {
		return nil
	}
	changes := event.Diff(before, after)
	for _, field := range []string{"ai_provider", "ai_model", "ai_prompt_version", "ai_run_id", "ai_confidence"} {
		if _, changed := changes[field]; !changed {
			continue
		}
		judged, err := q.CommentFeedbackExists(ctx, before.ID)
		if err != nil {
			return fmt.Errorf("looking for feedback: %w", err)
		}
		if judged {
			return apperr.New(apperr.Conflict, "Somebody has judged this comment, so how it came about stays as it is. Leave ai unchanged, or say it in a new comment.")
		}
	}
	return nil
}

// Delete removes the comment; its replies stay. It returns NotFound when the
// actor cannot see it, Forbidden when it is neither its own nor the actor's to
// moderate, and VersionConflict as Update.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		about, before, err := lock(ctx, q, actor, id)
		if err != nil {
			return err
		}
		if err := checkDelete(actor, about, before); err != nil {
			return err
		}
		if err := checkVersion(before, version); err != nil {
			return err
		}
		after, err := q.CommentDelete(ctx, db.CommentDeleteParams{ID: id, ActorID: actor.IDOrNil(), DeletionID: uuid.Must(uuid.NewV7())})
		if err != nil {
			return fmt.Errorf("deleting a comment: %w", err)
		}
		return record(ctx, q, actor, about, "deleted", before, after)
	})
}

// Restore brings a deleted comment back; one that is not deleted is returned
// as it is. It returns NotFound when the actor cannot see what it is about or
// that there is a deleted one, Forbidden when it may not restore it, and ParentDeleted when what it is
// about or replies to is deleted.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id uuid.UUID) (Comment, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Comment, error) {
		about, deleted, err := find(ctx, q, actor, id)
		if err != nil {
			return Comment{}, err
		}
		if deleted.DeletedAt == nil {
			return get(ctx, q, actor, id)
		}
		if err := checkRestore(actor, about, deleted); err != nil {
			if !actor.SeesAll() && !isAuthor(actor, deleted) {
				// What others have deleted is not there for users.
				return Comment{}, apperr.Missing("comment", id)
			}
			return Comment{}, err
		}
		if err := checkAbove(ctx, q, deleted); err != nil {
			return Comment{}, err
		}
		if err := purge.Refuse(ctx, q, "comment", id, deleted.DeletionID); err != nil {
			return Comment{}, err
		}
		restored, err := q.CommentRestore(ctx, db.CommentRestoreParams{ID: id, ActorID: actor.IDOrNil()})
		if err != nil {
			return Comment{}, fmt.Errorf("restoring a comment: %w", err)
		}
		if err := record(ctx, q, actor, about, "restored", deleted, restored); err != nil {
			return Comment{}, err
		}
		return get(ctx, q, actor, id)
	})
}

// checkAbove keeps a reply from coming back below what is deleted.
func checkAbove(ctx context.Context, q *db.Queries, deleted db.Comment) error {
	if deleted.ReplyToID == nil {
		return nil
	}
	_, err := q.CommentGetShared(ctx, *deleted.ReplyToID)
	if dbx.IsNotFound(err) {
		e := apperr.New(apperr.ParentDeleted, "The comment %s that this one replies to is deleted. Restore that first.", deleted.ReplyToID)
		e.BlockingIDs = []uuid.UUID{*deleted.ReplyToID}
		return e
	}
	if err != nil {
		return fmt.Errorf("locking what is replied to: %w", err)
	}
	return nil
}

// lock returns a comment that the actor can see, locked, with what it is about.
func lock(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (target, db.Comment, error) {
	about, row, err := find(ctx, q, actor, id)
	if err == nil && row.DeletedAt != nil || apperr.Is(err, apperr.ParentDeleted) {
		return target{}, db.Comment{}, apperr.Missing("comment", id)
	}
	return about, row, err
}

// find is lock for a comment that may be deleted. Where what it is about is
// deleted, it is ParentDeleted to who sees all, and missing to everybody else.
func find(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (target, db.Comment, error) {
	row, err := q.CommentFind(ctx, id)
	if err != nil {
		return target{}, db.Comment{}, fmt.Errorf("finding a comment: %w", dbx.OrMissing(err, "comment", id))
	}
	about, err := findTarget(ctx, q, actor, aboutOf(row))
	if dbx.IsNotFound(err) && actor.SeesAll() {
		entity, parent := aboutOf(row).named()
		return target{}, db.Comment{}, apperr.New(apperr.ParentDeleted, "The %s %s that the comment is about is deleted. Restore that first.", entity, parent)
	}
	if err != nil {
		return target{}, db.Comment{}, dbx.OrMissing(err, "comment", id)
	}
	row, err = q.CommentGetForUpdate(ctx, id)
	if err != nil {
		return target{}, db.Comment{}, fmt.Errorf("locking a comment: %w", dbx.OrMissing(err, "comment", id))
	}
	return about, row, nil
}

func checkVersion(row db.Comment, version *int64) error {
	if version != nil && *version != row.Version {
		return apperr.StaleVersion("comment", row.Version, *version)
	}
	return nil
}
