package comment_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func day(n int) time.Time { return time.Date(2026, time.June, n, 12, 0, 0, 0, time.UTC) }

// The world of the lists, a comment a day from 1 June: on the task, its
// project and client, where Ana and Vera see them, and on others, where they
// do not.
func setupLists(t *testing.T) (a agency, question db.Comment) {
	t.Helper()
	a = setup(t)
	add := func(n int, opts factory.CommentOpts) db.Comment {
		opts.CreatedAt = day(n)
		return factory.Comment(t, a.db, &opts)
	}
	question = add(1, factory.CommentOpts{TaskID: &a.task.ID, Body: "task question", Kind: db.CommentKindQuestion, Author: &a.anaUser})
	add(2, factory.CommentOpts{ReplyTo: &question, Body: "task reply", Author: &a.scoutUser, MentionedIDs: []uuid.UUID{a.vera.ID}})
	add(3, factory.CommentOpts{ProjectID: &a.project.ID, Body: "project decision", Kind: db.CommentKindDecision, Author: &a.managerUser})
	add(4, factory.CommentOpts{ClientID: &a.client.ID, Body: "client remark", Author: &a.veraUser, MentionedIDs: []uuid.UUID{a.ana.ID}})
	gone := add(5, factory.CommentOpts{TaskID: &a.task.ID, Body: "task gone", Author: &a.anaUser})
	expect.OK(t, a.comments.Delete(t.Context(), a.ana, gone.ID, nil))

	otherClient := factory.Client(t, a.db, nil)
	other := factory.Project(t, a.db, &factory.ProjectOpts{ClientID: &otherClient.ID})
	add(6, factory.CommentOpts{ProjectID: &other.ID, Body: "other project"})
	add(7, factory.CommentOpts{TaskID: new(factory.Task(t, a.db, &factory.TaskOpts{ProjectID: other.ID}).ID), Body: "other task"})
	add(8, factory.CommentOpts{ClientID: &otherClient.ID, Body: "other client"})
	return a, question
}

func TestListShowsExactlyWhatTheActorCanSee(t *testing.T) {
	t.Parallel()
	a, _ := setupLists(t)
	all := []string{"task question", "task reply", "project decision", "client remark", "other project", "other task", "other client"}
	for name, test := range map[string]struct {
		actor access.Actor
		want  []string
	}{
		"AdminSeesAll":            {access.Actor{Role: access.RoleAdmin}, all},
		"ManagerSeesAll":          {a.manager, all},
		"LeadSeesItsTeams":        {a.ana, all[:4]},
		"ViewerSeesItsTeams":      {a.vera, all[:4]},
		"AgentSeesItsTeams":       {a.scout, all[:4]},
		"WhoIsOnNoTeamSeesNone":   {a.otto, nil},
		"NobodySeesNothing":       {access.Actor{}, nil},
		"WithoutARoleSeesNothing": {access.Actor{ID: uuid.New()}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.wantBodies(t, test.actor, comment.Filter{}, test.want...)
		})
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	a, question := setupLists(t)
	for name, test := range map[string]struct {
		filter comment.Filter
		want   []string
	}{
		"Task":              {comment.Filter{About: a.onTask()}, []string{"task question", "task reply"}},
		"ProjectItself":     {comment.Filter{About: a.onProject()}, []string{"project decision"}},
		"ClientItself":      {comment.Filter{About: a.onClient()}, []string{"client remark"}},
		"EitherKind":        {comment.Filter{Kind: []string{"question", "decision"}}, []string{"task question", "project decision"}},
		"Author":            {comment.Filter{AuthorID: &a.vera.ID}, []string{"client remark"}},
		"AuthorKind":        {comment.Filter{AuthorKind: new("agent")}, []string{"task reply"}},
		"RepliesToOne":      {comment.Filter{ReplyToID: &question.ID}, []string{"task reply"}},
		"ThreadWithItsHead": {comment.Filter{ThreadID: &question.ID}, []string{"task question", "task reply"}},
		"Mentions":          {comment.Filter{Mentions: &a.ana.ID}, []string{"client remark"}},
		"FromInclusive":     {comment.Filter{CreatedFrom: new(day(4))}, []string{"client remark"}},
		"ToInclusive":       {comment.Filter{CreatedTo: new(day(2))}, []string{"task question", "task reply"}},
		"AreCombined":       {comment.Filter{About: a.onTask(), Kind: []string{"comment"}, AuthorKind: new("agent")}, []string{"task reply"}},
		"NothingMatches":    {comment.Filter{About: a.onTask(), Kind: []string{"decision"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.wantBodies(t, a.ana, test.filter, test.want...)
		})
	}

	t.Run("DeletedOnesForManagersAlone", func(t *testing.T) {
		t.Parallel()
		filter := comment.Filter{About: a.onTask(), IncludeDeleted: true}
		a.wantBodies(t, a.manager, filter, "task question", "task reply", "task gone")
		_, _, err := a.comments.List(t.Context(), a.ana, filter, everything(""))
		expect.Code(t, err, apperr.Forbidden)
	})

	t.Run("NewestFirstWhenAsked", func(t *testing.T) {
		t.Parallel()
		rows, _, err := a.comments.List(t.Context(), a.ana, comment.Filter{}, everything("-created_at"))
		expect.OK(t, err)
		if diff := cmp.Diff([]string{"client remark", "project decision", "task reply", "task question"}, bodies(rows)); diff != "" {
			t.Errorf("the list (-want +got):\n%s", diff)
		}
		_, _, err = a.comments.List(t.Context(), a.ana, comment.Filter{}, everything("body"))
		expect.Code(t, err, apperr.ValidationFailed)
	})

	t.Run("RepliesAreCountedWithoutDeletedOnes", func(t *testing.T) {
		t.Parallel()
		a := setup(t)
		head := factory.Comment(t, a.db, &factory.CommentOpts{TaskID: &a.task.ID})
		factory.Comment(t, a.db, &factory.CommentOpts{ReplyTo: &head})
		gone := factory.Comment(t, a.db, &factory.CommentOpts{ReplyTo: &head})
		below := factory.Comment(t, a.db, &factory.CommentOpts{ReplyTo: &gone})
		expect.OK(t, a.comments.Delete(t.Context(), a.manager, gone.ID, nil))
		found, err := a.comments.Get(t.Context(), a.vera, head.ID)
		expect.OK(t, err)
		if found.ReplyCount != 1 {
			t.Errorf("%d replies are counted, want 1", found.ReplyCount)
		}
		// Below what is deleted the thread goes on.
		orphan, err := a.comments.Get(t.Context(), a.vera, below.ID)
		expect.OK(t, err)
		if *orphan.ReplyToID != gone.ID || orphan.ThreadID != head.ID || orphan.Depth != 2 {
			t.Errorf("the reply below stands at %v in %v, %d deep", orphan.ReplyToID, orphan.ThreadID, orphan.Depth)
		}
	})
}

// One counts, one reads the page, and one names whom all of its comments mention.
func TestAPageIsReadInThreeStatements(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	manager := factory.User(t, d, &factory.UserOpts{Role: db.RoleManager})
	about := factory.Task(t, d, nil)
	for range 30 {
		factory.Comment(t, d, &factory.CommentOpts{TaskID: &about.ID, Author: &manager, MentionedIDs: []uuid.UUID{factory.User(t, d, nil).ID}})
	}
	for _, size := range []int{1, 30} {
		sent := statements.During(func() {
			rows, _, err := comment.New(d, nil).List(t.Context(), factory.Actor(manager), comment.Filter{}, page.First(size))
			expect.OK(t, err)
			if len(rows) != size || *rows[0].Mentions[0].Name == "" {
				t.Errorf("got %d comments", len(rows))
			}
		})
		if len(sent) != 3 {
			t.Errorf("a page of %d took %d statements, want 3", size, len(sent))
		}
	}
}

func TestCommentsAreGoneWhileWhatTheyAreAboutIs(t *testing.T) {
	t.Parallel()
	a, question := setupLists(t)
	admin := access.Actor{ID: a.manager.ID, Role: access.RoleAdmin}
	tasks, projects, clients := task.New(a.db, nil), project.New(a.db, nil), client.New(a.db)
	mine := comment.Filter{CreatedTo: new(day(5))}

	expect.OK(t, tasks.Delete(t.Context(), admin, a.task.ID, nil))
	a.wantBodies(t, admin, mine, "project decision", "client remark")
	_, err := a.comments.Get(t.Context(), admin, question.ID)
	expect.Refusal(t, err, apperr.Missing("comment", question.ID))
	_, err = a.comments.Update(t.Context(), a.ana, question.ID, nil, comment.UpdateParams{Body: new("x")})
	expect.Refusal(t, err, apperr.Missing("comment", question.ID))
	expect.Refusal(t, a.comments.Delete(t.Context(), admin, question.ID, nil), apperr.Missing("comment", question.ID))
	_, _, err = a.comments.ListAbout(t.Context(), admin, comment.Filter{About: a.onTask()}, everything(""))
	expect.Refusal(t, err, apperr.Missing("task", a.task.ID))
	_, err = a.comments.Restore(t.Context(), admin, question.ID)
	expect.Code(t, err, apperr.ParentDeleted)
	_, err = a.comments.Restore(t.Context(), a.ana, question.ID)
	expect.Refusal(t, err, apperr.Missing("comment", question.ID))

	expect.OK(t, projects.Delete(t.Context(), admin, a.project.ID, nil))
	a.wantBodies(t, admin, mine, "client remark")
	// With the project went what let Vera see the client.
	a.wantBodies(t, a.vera, mine)
	expect.OK(t, clients.Delete(t.Context(), admin, a.client.ID, nil))
	a.wantBodies(t, admin, mine)

	_, err = clients.Restore(t.Context(), admin, a.client.ID)
	expect.OK(t, err)
	_, err = projects.Restore(t.Context(), admin, a.project.ID)
	expect.OK(t, err)
	_, err = tasks.Restore(t.Context(), admin, a.task.ID)
	expect.OK(t, err)
	a.wantBodies(t, a.vera, mine, "task question", "task reply", "project decision", "client remark")
}
