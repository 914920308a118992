package factory

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Agent makes an agent, which acts like a user and cannot sign in.
func Agent(t testing.TB, d *dbx.DB) db.User {
	t.Helper()
	return User(t, d, &UserOpts{Kind: db.PrincipalKindAgent, Name: name("Agent")})
}

// CommentOpts are what a test may want of a comment; the zero value is a
// remark of a person on a task of its own.
type CommentOpts struct {
	TaskID    *uuid.UUID
	ProjectID *uuid.UUID
	ClientID  *uuid.UUID
	// ReplyTo decides what the reply is about.
	ReplyTo *db.Comment
	Kind    db.CommentKind
	Body    string
	// Author is a new person when it is nil.
	Author *db.User
	// MentionedIDs are in the order of their ids.
	MentionedIDs []uuid.UUID
	// AIProvider and AIModel are those of an agent's comment.
	AIProvider string
	AIModel    string
	Confidence *float64
	// CreatedAt is now when it is zero.
	CreatedAt time.Time
}

// Comment makes a comment.
func Comment(t testing.TB, d *dbx.DB, opts *CommentOpts) db.Comment {
	t.Helper()
	if opts == nil {
		opts = &CommentOpts{}
	}
	author := opts.Author
	if author == nil {
		author = new(User(t, d, nil))
	}
	id := uuid.Must(uuid.NewV7())
	params := db.CommentInsertParams{
		ID: id, TaskID: opts.TaskID, ProjectID: opts.ProjectID, ClientID: opts.ClientID, ThreadID: id,
		Kind: or(opts.Kind, db.CommentKindComment), Body: or(opts.Body, name("Comment")),
		AuthorID: &author.ID, AuthorKind: db.AuthorKind(author.Kind),
		MentionedIds: append([]uuid.UUID{}, opts.MentionedIDs...), ListedIds: append([]uuid.UUID{}, opts.MentionedIDs...),
	}
	switch {
	case opts.ReplyTo != nil:
		above := opts.ReplyTo
		params.TaskID, params.ProjectID, params.ClientID = above.TaskID, above.ProjectID, above.ClientID
		params.ReplyToID, params.ThreadID, params.Depth = &above.ID, above.ThreadID, above.Depth+1
	case opts.TaskID == nil && opts.ProjectID == nil && opts.ClientID == nil:
		params.TaskID = new(Task(t, d, nil).ID)
	}
	if author.Kind == db.PrincipalKindAgent {
		params.AiProvider, params.AiModel = new(or(opts.AIProvider, "provider")), new(or(opts.AIModel, "model"))
		params.AiConfidence, params.AiSources = opts.Confidence, []byte("[]")
	}
	q := db.New(d)
	err := q.CommentInsert(t.Context(), params)
	must(t, id, err)
	if !opts.CreatedAt.IsZero() {
		tag, err := d.Exec(t.Context(), "UPDATE comments SET created_at = $2 WHERE id = $1", id, opts.CreatedAt)
		must(t, tag, err)
	}
	row, err := q.CommentFind(t.Context(), id)
	return must(t, row, err)
}

// Feedback makes a person's judgement of a comment, with a correction where
// the verdict needs one.
func Feedback(t testing.TB, d *dbx.DB, commentID, userID uuid.UUID, verdict db.FeedbackVerdict) db.CommentFeedback {
	t.Helper()
	params := db.CommentFeedbackUpsertParams{CommentID: commentID, UserID: userID, Verdict: verdict}
	if verdict == db.FeedbackVerdictEdited {
		params.Correction = new("What it should have said.")
	}
	row, err := db.New(d).CommentFeedbackUpsert(t.Context(), params)
	return must(t, row, err)
}
