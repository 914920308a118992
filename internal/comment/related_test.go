package comment_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestRelatedRecordsOfComments(t *testing.T) {
	t.Parallel()
	a := setup(t)
	first := a.say(t, a.ana, "first")
	reply := func(to comment.Comment, body string) comment.Comment {
		created, err := a.comments.Create(t.Context(), a.vera, comment.CreateParams{About: a.onTask(), ReplyToID: &to.ID, Kind: db.CommentKindComment, Body: body})
		expect.OK(t, err)
		return created
	}
	one := reply(first, "one for @Ana@agency.example")
	reply(one, "below one")
	gone := reply(first, "gone")
	reply(first, "two")
	expect.OK(t, a.comments.Delete(t.Context(), a.vera, gone.ID, nil))
	// Otto has left the team, and only managers see who he is.
	byOtto, err := a.comments.Get(t.Context(), a.manager, factory.Comment(t, a.db, &factory.CommentOpts{TaskID: &a.task.ID, Author: &a.ottoUser, Body: "Otto's"}).ID)
	expect.OK(t, err)
	rows := []comment.Comment{first, byOtto}

	related, err := a.comments.Related(t.Context(), a.vera, rows, comment.Include{Author: true, Replies: true})
	expect.OK(t, err)
	if diff := cmp.Diff([]string{"one for @Ana@agency.example", "two"}, bodies(related.Replies[first.ID])); diff != "" {
		t.Errorf("the direct replies, oldest first (-want +got):\n%s", diff)
	}
	if got := related.Replies[first.ID][0]; got.ReplyCount != 1 || !cmp.Equal(names(got), []string{"Ana"}) {
		t.Errorf("the first has %d replies and mentions %v", got.ReplyCount, names(got))
	}
	if len(related.Authors) != 1 || related.Authors[a.ana.ID].Name != "Ana" {
		t.Errorf("Vera sees the authors %+v", related.Authors)
	}
	related, err = a.comments.Related(t.Context(), a.manager, rows, comment.Include{Author: true})
	expect.OK(t, err)
	if len(related.Authors) != 2 || related.Replies != nil {
		t.Errorf("the manager sees %+v", related)
	}
}

// A page of a hundred comments with all their relations is as many statements
// as one of one, and no comment brings more than a hundred replies.
func TestRelatedRecordsTakeAsManyStatementsForAnyPage(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	comments := comment.New(d, nil)
	adminUser := factory.User(t, d, &factory.UserOpts{Role: db.RoleAdmin})
	admin := factory.Actor(adminUser)
	first := factory.Comment(t, d, &factory.CommentOpts{Author: &adminUser, MentionedIDs: []uuid.UUID{admin.ID}})
	for i := range 101 {
		factory.Comment(t, d, &factory.CommentOpts{ReplyTo: &first, Author: &adminUser, MentionedIDs: []uuid.UUID{admin.ID}, Body: fmt.Sprint(i)})
	}
	var related comment.Related
	count := func(size int) int {
		return len(statements.During(func() {
			rows, _, err := comments.List(t.Context(), admin, comment.Filter{}, page.First(size))
			expect.OK(t, err)
			related, err = comments.Related(t.Context(), admin, rows, comment.Include{Author: true, Replies: true})
			expect.OK(t, err)
		}))
	}
	if one, hundred := count(1), count(100); one != hundred || hundred != 6 {
		t.Errorf("a page of one is %d statements and one of a hundred %d, want 6: the page, its count, its mentions, the authors, the replies and their mentions", one, hundred)
	}
	if replies := len(related.Replies[first.ID]); replies != 100 {
		t.Errorf("%d replies, want 100", replies)
	}
}
