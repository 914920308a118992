package comment

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// mostIncluded is how many replies are read to a comment.
const mostIncluded = 100

// Include names the related records to read beside comments.
type Include struct{ Author, Replies bool }

// Related are records that stand in relation to comments. A map is nil when it
// was not asked for. What is deleted or what the actor cannot see is not in them.
type Related struct {
	// Authors are by their own ids.
	Authors map[uuid.UUID]db.User
	// Replies are by the comment they reply to; at most a hundred each, oldest first.
	Replies map[uuid.UUID][]Comment
}

// Related reads what is asked for beside comments that the actor can see, in
// as many statements however many comments there are, and side by side.
func (s *Service) Related(ctx context.Context, actor access.Actor, comments []Comment, include Include) (Related, error) {
	var found Related
	var reads []func(q *db.Queries) error
	if include.Author {
		reads = append(reads, func(q *db.Queries) error { return found.readAuthors(ctx, q, actor, comments) })
	}
	if include.Replies {
		reads = append(reads, func(q *db.Queries) error { return found.readReplies(ctx, q, actor, comments) })
	}
	if err := dbx.Together(ctx, db.New(s.db), reads...); err != nil {
		return Related{}, err
	}
	return found, nil
}

func (r *Related) readAuthors(ctx context.Context, q *db.Queries, actor access.Actor, comments []Comment) error {
	var authors []uuid.UUID
	for _, c := range comments {
		if c.AuthorID != nil {
			authors = append(authors, *c.AuthorID)
		}
	}
	rows, err := q.UserListVisible(ctx, db.UserListVisibleParams{Ids: authors, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return fmt.Errorf("reading authors: %w", err)
	}
	r.Authors = map[uuid.UUID]db.User{}
	for _, row := range rows {
		r.Authors[row.ID] = row
	}
	return nil
}

func (r *Related) readReplies(ctx context.Context, q *db.Queries, actor access.Actor, comments []Comment) error {
	ids := make([]uuid.UUID, len(comments))
	for i, c := range comments {
		ids[i] = c.ID
	}
	rows, err := q.CommentListReplies(ctx, db.CommentListRepliesParams{Ids: ids, RowLimit: mostIncluded})
	if err != nil {
		return fmt.Errorf("reading replies: %w", err)
	}
	replies := make([]Comment, len(rows))
	for i, row := range rows {
		replies[i] = Comment{Comment: row.Comment, ReplyCount: row.ReplyCount}
	}
	if err := nameMentions(ctx, q, actor, replies); err != nil {
		return err
	}
	r.Replies = map[uuid.UUID][]Comment{}
	for _, reply := range replies {
		r.Replies[*reply.ReplyToID] = append(r.Replies[*reply.ReplyToID], reply)
	}
	return nil
}
