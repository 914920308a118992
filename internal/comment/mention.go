package comment

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// maxMentions is how many people one comment mentions at most.
const maxMentions = 100

// mention fills in whom the row mentions: whom the author lists, and whom its
// body names. Somebody listed who does not see what the comment is about, or
// whom the author does not see, is a mistake; somebody so named stays text.
// Who is listed already stays so, whatever they see by now.
func mention(ctx context.Context, q *db.Queries, actor access.Actor, about target, row *db.Comment, listed []uuid.UUID) error {
	emails := namedIn(row.Body)
	audience, err := q.CommentAudience(ctx, db.CommentAudienceParams{
		Ids: sortedIDs(listed...), Emails: emails, ProjectID: about.projectID, ClientID: about.clientID,
		SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
	})
	if err != nil {
		return fmt.Errorf("finding whom a comment mentions: %w", err)
	}
	reached := map[uuid.UUID]bool{}
	for _, id := range row.ListedIds {
		reached[id] = true
	}
	mentioned := slices.Clone(listed)
	for _, u := range audience {
		reached[u.ID] = true
		if slices.Contains(emails, strings.ToLower(u.Email)) {
			mentioned = append(mentioned, u.ID)
		}
	}
	var wrong []apperr.Field
	for i, id := range listed {
		if !reached[id] {
			wrong = append(wrong, apperr.Field{
				Pointer: fmt.Sprintf("/mentioned_ids/%d", i), Code: "unknown",
				Detail: "There is nobody of this id whom you see and who sees what the comment is about.",
			})
		}
	}
	if len(wrong) > 0 {
		return apperr.Invalid(wrong...)
	}
	row.ListedIds, row.MentionedIds = sortedIDs(listed...), sortedIDs(mentioned...)
	if len(row.MentionedIds) > maxMentions {
		return apperr.InvalidField("/body", "too_many_mentions", "A comment mentions at most %d people.", maxMentions)
	}
	return nil
}

// nameMentions fills in the mentions of the comments, in one statement for all.
func nameMentions(ctx context.Context, q *db.Queries, actor access.Actor, comments []Comment) error {
	var ids []uuid.UUID
	for _, c := range comments {
		ids = append(ids, c.MentionedIds...)
	}
	names := map[uuid.UUID]*string{}
	if len(ids) > 0 {
		people, err := q.CommentPeople(ctx, db.CommentPeopleParams{Ids: sortedIDs(ids...), SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		if err != nil {
			return fmt.Errorf("naming whom comments mention: %w", err)
		}
		for _, p := range people {
			names[p.ID] = &p.Name
		}
	}
	for i := range comments {
		c := &comments[i]
		mentions := []Mention{}
		for _, id := range c.MentionedIds {
			mentions = append(mentions, Mention{ID: id, Name: names[id]})
		}
		c.Mentions = mentions
	}
	return nil
}
