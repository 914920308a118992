// Package comment owns what people and agents say about tasks, projects and
// clients, whom they mention in it, and what people think of what agents said.
//
// A comment is seen by whoever sees what it is about, and by nobody while that
// is deleted: nothing is cascaded, every statement asks.
package comment

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

// Comment is a row with what is derived from others: how many replies there
// are, and the people it mentions.
type Comment struct {
	db.Comment

	ReplyCount int64
	// Mentions are in the order of their ids.
	Mentions []Mention
}

// Mention is somebody whom a comment mentions.
type Mention struct {
	ID uuid.UUID
	// Name is nil for who reads it and does not see that person.
	Name *string
}

// Service reads and changes comments.
type Service struct {
	db  *dbx.DB
	now func() time.Time
}

// New returns the service. now is the clock of statistics; nil for the real one.
func New(d *dbx.DB, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{db: d, now: now}
}

var columns = page.Columns{"created_at": {SQL: "c.created_at"}}

// Filter narrows a list; nil and empty fields do not.
type Filter struct {
	About
	Kind       []string
	AuthorID   *uuid.UUID
	AuthorKind *string
	ReplyToID  *uuid.UUID
	ThreadID   *uuid.UUID
	// Mentions is whom the comment mentions.
	Mentions *uuid.UUID
	// CreatedFrom and CreatedTo are days in UTC, both inclusive.
	CreatedFrom *time.Time
	CreatedTo   *time.Time
	// IncludeDeleted is for managers and up.
	IncludeDeleted bool
}

// List returns a page of the comments that the actor can see, oldest first. It
// returns Forbidden when one below a manager asks for deleted ones.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]Comment, page.Info, error) {
	return s.list(ctx, actor, actor.SeesAll(), filter, request)
}

func (s *Service) list(ctx context.Context, actor access.Actor, seesAll bool, filter Filter, request page.Request) ([]Comment, page.Info, error) {
	if filter.IncludeDeleted && !actor.SeesAll() {
		return nil, page.Info{}, apperr.New(apperr.Forbidden, "Only managers and administrators see what was deleted. Leave include_deleted out.")
	}
	list, err := dbx.NewList(s.db, columns, "c.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).CommentList(ctx, db.CommentListParams{
		SeesAll: seesAll, ViewerID: actor.ViewerID(), IncludeDeleted: filter.IncludeDeleted,
		TaskID: filter.TaskID, ProjectID: filter.ProjectID, ClientID: filter.ClientID,
		Kind: filter.Kind, AuthorID: filter.AuthorID, AuthorKind: filter.AuthorKind,
		ReplyToID: filter.ReplyToID, ThreadID: filter.ThreadID, Mentions: filter.Mentions,
		CreatedFrom: filter.CreatedFrom, CreatedTo: filter.CreatedTo,
		RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing comments: %w", err)
	}
	comments := make([]Comment, len(rows))
	for i, row := range rows {
		comments[i] = Comment{Comment: row.Comment, ReplyCount: row.ReplyCount}
	}
	if err := nameMentions(ctx, db.New(s.db), actor, comments); err != nil {
		return nil, page.Info{}, err
	}
	return comments, list.Info(), nil
}

// ListAbout is List for what the filter's About names, NotFound when the actor
// cannot see that.
func (s *Service) ListAbout(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]Comment, page.Info, error) {
	if _, err := findTarget(ctx, db.New(s.db), actor, filter.About); err != nil {
		return nil, page.Info{}, filter.orMissing(err)
	}
	// Who sees the one thing sees every comment on it.
	return s.list(ctx, actor, true, filter, request)
}

// Get returns one comment, NotFound when the actor cannot see it.
func (s *Service) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (Comment, error) {
	return get(ctx, db.New(s.db), actor, id)
}

func get(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (Comment, error) {
	row, err := q.CommentGet(ctx, db.CommentGetParams{ID: id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return Comment{}, fmt.Errorf("reading a comment: %w", dbx.OrMissing(err, "comment", id))
	}
	found := []Comment{{Comment: row.Comment, ReplyCount: row.ReplyCount}}
	err = nameMentions(ctx, q, actor, found)
	return found[0], err
}

// CreateParams are a new comment's fields.
type CreateParams struct {
	About
	ReplyToID *uuid.UUID
	Kind      db.CommentKind
	Body      string
	// MentionedIDs are whom the author lists, beside those the body names.
	MentionedIDs []uuid.UUID
	AI           *AI
	AssistedBy   *Assistance
}

// Create adds a comment by the actor. It returns NotFound when the actor cannot
// see what it is about, and a validation error when what it replies to is no
// live comment on the same or lies too deep, when somebody listed cannot see
// it, and when its provenance does not suit its author.
func (s *Service) Create(ctx context.Context, actor access.Actor, params CreateParams) (Comment, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Comment, error) {
		about, err := findTarget(ctx, q, actor, params.About)
		if err != nil {
			return Comment{}, params.orMissing(err)
		}
		kind, err := authorKind(ctx, q, actor)
		if err != nil {
			return Comment{}, err
		}
		if err := checkProvenance(kind, params.AI, params.AssistedBy); err != nil {
			return Comment{}, err
		}
		id := uuid.Must(uuid.NewV7())
		thread, depth, err := placeInThread(ctx, q, params, id)
		if err != nil {
			return Comment{}, err
		}
		row := db.Comment{Body: params.Body}
		setProvenance(&row, params.AI, params.AssistedBy)
		if err := mention(ctx, q, actor, about, &row, params.MentionedIDs); err != nil {
			return Comment{}, err
		}
		err = q.CommentInsert(ctx, db.CommentInsertParams{
			ID: id, TaskID: params.TaskID, ProjectID: params.ProjectID, ClientID: params.ClientID,
			ReplyToID: params.ReplyToID, ThreadID: thread, Depth: depth,
			Kind: params.Kind, Body: params.Body, AuthorID: actor.IDOrNil(), AuthorKind: kind,
			MentionedIds: row.MentionedIds, ListedIds: row.ListedIds,
			AiProvider: row.AiProvider, AiModel: row.AiModel, AiPromptVersion: row.AiPromptVersion,
			AiRunID: row.AiRunID, AiConfidence: row.AiConfidence, AiSources: row.AiSources,
			AssistedByProvider: row.AssistedByProvider, AssistedByModel: row.AssistedByModel,
		})
		if err != nil {
			return Comment{}, fmt.Errorf("inserting a comment: %w", err)
		}
		created, err := get(ctx, q, actor, id)
		if err != nil {
			return Comment{}, err
		}
		return created, record(ctx, q, actor, about, "created", nil, created.Comment)
	})
}

// maxDepth is how many comments one may stand below, as the schema has it.
const maxDepth = 50

// placeInThread returns the comment that the thread began with, and how many
// there are above the new one.
func placeInThread(ctx context.Context, q *db.Queries, params CreateParams, id uuid.UUID) (thread uuid.UUID, depth int16, err error) {
	if params.ReplyToID == nil {
		return id, 0, nil
	}
	above, err := q.CommentGetShared(ctx, *params.ReplyToID)
	if err != nil && !dbx.IsNotFound(err) {
		return id, 0, fmt.Errorf("locking what is replied to: %w", err)
	}
	if err != nil || !params.same(above) {
		return id, 0, apperr.InvalidField("/reply_to_id", "unknown", "Reply to a comment on the same task, project or client that is not deleted.")
	}
	if above.Depth >= maxDepth {
		return id, 0, apperr.InvalidField("/reply_to_id", "too_deep", "A thread is at most %d replies deep. Reply to one further up.", maxDepth)
	}
	return above.ThreadID, above.Depth + 1, nil
}

// authorKind reads what the actor is: nobody says it of itself.
func authorKind(ctx context.Context, q *db.Queries, actor access.Actor) (db.AuthorKind, error) {
	if actor.System {
		return db.AuthorKindSystem, nil
	}
	kind, err := q.CommentAuthorKind(ctx, actor.ID)
	if err != nil {
		return "", fmt.Errorf("reading what the author is: %w", err)
	}
	return db.AuthorKind(kind), nil
}

func record(ctx context.Context, q *db.Queries, actor access.Actor, about target, action string, before any, after db.Comment) error {
	return event.Record(ctx, q, actor, event.Event{
		Entity: "comment", ID: after.ID, ProjectID: about.projectID, Action: action,
		Before: before, After: after, Version: after.Version,
	})
}
