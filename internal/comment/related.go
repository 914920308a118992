package comment

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
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
// as many statements however many comments there are.
func (s *Service) Related(ctx context.Context, actor access.Actor, comments []Comment, include Include) (Related, error) {
	var found Related
	var ids, authors []uuid.UUID
	for _, c := range comments {
		ids = append(ids, c.ID)
		if c.AuthorID != nil {
			authors = append(authors, *c.AuthorID)
		}
	}
	q := db.New(s.db)
	if include.Author {
		rows, err := q.UserListVisible(ctx, db.UserListVisibleParams{Ids: authors, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return Related{}, fmt.Errorf("reading authors: %w", err)
		}
		found.Authors = map[uuid.UUID]db.User{}
		for _, row := range rows {
			found.Authors[row.ID] = row
		}
	}
	if include.Replies {
		rows, err := q.CommentListReplies(ctx, db.CommentListRepliesParams{Ids: ids, RowLimit: mostIncluded})
		if err != nil {
			return Related{}, fmt.Errorf("reading replies: %w", err)
		}
		replies := make([]Comment, len(rows))
		for i, row := range rows {
			replies[i] = Comment{Comment: row.Comment, ReplyCount: row.ReplyCount}
		}
		if err := nameMentions(ctx, q, actor, replies); err != nil {
			return Related{}, err
		}
		found.Replies = map[uuid.UUID][]Comment{}
		for _, reply := range replies {
			found.Replies[*reply.ReplyToID] = append(found.Replies[*reply.ReplyToID], reply)
		}
	}
	return found, nil
}
