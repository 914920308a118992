package comment_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestCreateKeepsEveryField(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ai := &comment.AI{
		Provider: "anthropic", Model: "claude", PromptVersion: new("v3"), RunID: new("run-1"), Confidence: new(0.25),
		Sources: []comment.Source{{Title: "A report", URL: "https://agency.example/report"}},
	}
	created, err := a.comments.Create(t.Context(), a.scout, comment.CreateParams{
		About: a.onTask(), Kind: db.CommentKindProposal, Body: "Do it.", MentionedIDs: []uuid.UUID{a.ana.ID}, AI: ai,
	})
	expect.OK(t, err)
	want := comment.Comment{
		Comment: db.Comment{
			ID: created.ID, TaskID: &a.task.ID, ThreadID: created.ID, Kind: db.CommentKindProposal, Body: "Do it.",
			AuthorID: &a.scout.ID, AuthorKind: db.AuthorKindAgent,
			MentionedIds: []uuid.UUID{a.ana.ID}, ListedIds: []uuid.UUID{a.ana.ID},
			AiProvider: new("anthropic"), AiModel: new("claude"), AiPromptVersion: new("v3"), AiRunID: new("run-1"), AiConfidence: new(0.25),
			AiSources: json.RawMessage(`[{"url": "https://agency.example/report", "title": "A report"}]`),
			Version:   1, CreatedAt: created.CreatedAt, CreatedBy: &a.scout.ID, UpdatedAt: created.CreatedAt, UpdatedBy: &a.scout.ID,
		},
		Mentions: []comment.Mention{{ID: a.ana.ID, Name: new("Ana")}},
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	read, err := a.comments.Get(t.Context(), a.scout, created.ID)
	expect.OK(t, err)
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	if got, _ := comment.ProvenanceOf(read.Comment); !cmp.Equal(ai, got) {
		t.Errorf("the provenance is %+v", got)
	}
	events := expect.Events(t, a.db, created.ID)
	if len(events) != 1 || events[0].Action != "comment.created" || *events[0].ProjectID != a.project.ID || events[0].Changes["body"].New != "Do it." {
		t.Errorf("the events are %+v", events)
	}
}

func TestAuthorIsWhoTheCredentialSays(t *testing.T) {
	t.Parallel()
	a := setup(t)
	ai := &comment.AI{Provider: "p", Model: "m"}
	params := comment.CreateParams{About: a.onTask(), Kind: db.CommentKindComment, Body: "Hello."}
	withAI := params
	withAI.AI = ai

	_, err := a.comments.Create(t.Context(), a.scout, params)
	expect.Fields(t, err, "/ai required")
	_, err = a.comments.Create(t.Context(), a.ana, withAI)
	expect.Fields(t, err, "/ai not_allowed")
	for actor, want := range map[access.Actor]db.AuthorKind{a.vera: db.AuthorKindHuman, access.System(): db.AuthorKindSystem} {
		created, err := a.comments.Create(t.Context(), actor, params)
		expect.OK(t, err)
		if created.AuthorKind != want || (created.AuthorID == nil) != (want == db.AuthorKindSystem) {
			t.Errorf("the author is %v of the kind %s, want %s", created.AuthorID, created.AuthorKind, want)
		}
	}
}

func TestWhoSeesItMayComment(t *testing.T) {
	t.Parallel()
	a := setup(t)
	archived := factory.Project(t, a.db, &factory.ProjectOpts{Status: db.ProjectStatusArchived, Team: map[uuid.UUID]db.ProjectMemberRole{a.vera.ID: db.ProjectMemberRoleViewer}})
	for name, about := range map[string]comment.About{
		"Task": a.onTask(), "Project": a.onProject(), "Client": a.onClient(), "ArchivedProject": {ProjectID: &archived.ID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := comment.CreateParams{About: about, Kind: db.CommentKindComment, Body: "Hello."}
			created, err := a.comments.Create(t.Context(), a.vera, params)
			expect.OK(t, err)
			got := comment.About{TaskID: created.TaskID, ProjectID: created.ProjectID, ClientID: created.ClientID}
			if diff := cmp.Diff(about, got); diff != "" {
				t.Errorf("it is about (-want +got):\n%s", diff)
			}
			_, err = a.comments.Create(t.Context(), a.otto, params)
			expect.Code(t, err, apperr.NotFound)
			_, _, err = a.comments.ListAbout(t.Context(), a.otto, comment.Filter{About: about}, everything(""))
			expect.Code(t, err, apperr.NotFound)
		})
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	a := setup(t)
	reply := func(t *testing.T, about comment.About, to uuid.UUID) (comment.Comment, error) {
		t.Helper()
		return a.comments.Create(t.Context(), a.ana, comment.CreateParams{About: about, ReplyToID: &to, Kind: db.CommentKindComment, Body: "Yes."})
	}
	head := a.say(t, a.vera, "Shall we?")

	t.Run("AReplyToAReplyIsOfTheThread", func(t *testing.T) {
		t.Parallel()
		first, err := reply(t, a.onTask(), head.ID)
		expect.OK(t, err)
		second, err := reply(t, a.onTask(), first.ID)
		expect.OK(t, err)
		if *second.ReplyToID != first.ID || second.ThreadID != head.ID || second.Depth != 2 {
			t.Errorf("it stands at %v in %v, %d deep", second.ReplyToID, second.ThreadID, second.Depth)
		}
	})

	gone := a.say(t, a.vera, "Never mind.")
	expect.OK(t, a.comments.Delete(t.Context(), a.vera, gone.ID, nil))
	for name, test := range map[string]struct {
		about comment.About
		to    uuid.UUID
	}{
		"AnotherThingsCommentIsUnknown": {a.onProject(), head.ID},
		"ADeletedOneIsUnknown":          {a.onTask(), gone.ID},
		"NoCommentIsUnknown":            {a.onTask(), uuid.New()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := reply(t, test.about, test.to)
			expect.Fields(t, err, "/reply_to_id unknown")
		})
	}

	t.Run("AThreadIsFiftyDeepAndNoDeeper", func(t *testing.T) {
		t.Parallel()
		above := factory.Comment(t, a.db, &factory.CommentOpts{TaskID: &a.task.ID, Author: &a.anaUser})
		for range 49 {
			above = factory.Comment(t, a.db, &factory.CommentOpts{ReplyTo: &above, Author: &a.anaUser})
		}
		last, err := reply(t, a.onTask(), above.ID)
		expect.OK(t, err)
		_, err = reply(t, a.onTask(), last.ID)
		expect.Fields(t, err, "/reply_to_id too_deep")
	})
}

func TestMentions(t *testing.T) {
	t.Parallel()
	a := setup(t)
	create := func(actor access.Actor, about comment.About, body string, listed ...uuid.UUID) (comment.Comment, error) {
		return a.comments.Create(t.Context(), actor, comment.CreateParams{About: about, Kind: db.CommentKindComment, Body: body, MentionedIDs: listed})
	}
	otherManager := factory.User(t, a.db, &factory.UserOpts{Role: db.RoleManager, Email: "other@agency.example"})

	for name, about := range map[string]comment.About{"Task": a.onTask(), "Project": a.onProject(), "Client": a.onClient()} {
		t.Run("ListedAndNamedTogetherOn"+name, func(t *testing.T) {
			t.Parallel()
			created, err := create(a.vera, about, "@ANA@agency.example and @manuel@agency.example, see @otto@agency.example.", a.scout.ID, a.ana.ID)
			expect.OK(t, err)
			want := map[uuid.UUID]bool{a.ana.ID: true, a.manager.ID: true, a.scout.ID: true}
			got := map[uuid.UUID]bool{}
			for _, m := range created.Mentions {
				got[m.ID] = m.Name != nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("mentions (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("WhoCannotSeeItIsRefusedInTheListAndTextInTheBody", func(t *testing.T) {
		t.Parallel()
		_, err := create(a.manager, a.onTask(), "Look.", a.ana.ID, a.otto.ID, uuid.New())
		expect.Fields(t, err, "/mentioned_ids/1 unknown", "/mentioned_ids/2 unknown")
		created, err := create(a.manager, a.onTask(), "@otto@agency.example @nobody@agency.example")
		expect.OK(t, err)
		if len(created.Mentions) > 0 {
			t.Errorf("mentioned are %v", names(created))
		}
	})

	t.Run("WhomTheAuthorCannotSeeIsNotRevealed", func(t *testing.T) {
		t.Parallel()
		// A manager of another project sees the task, but Vera does not see the manager.
		_, err := create(a.vera, a.onTask(), "Look.", otherManager.ID)
		expect.Fields(t, err, "/mentioned_ids/0 unknown")
		created, err := create(a.vera, a.onTask(), "@other@agency.example")
		expect.OK(t, err)
		if len(created.Mentions) > 0 {
			t.Errorf("mentioned are %v", names(created))
		}
		// Who is mentioned by somebody that does has no name for Vera.
		created, err = create(a.manager, a.onTask(), "@other@agency.example")
		expect.OK(t, err)
		read, err := a.comments.Get(t.Context(), a.vera, created.ID)
		expect.OK(t, err)
		if diff := cmp.Diff([]string{"?"}, names(read)); diff != "" {
			t.Errorf("the names (-want +got):\n%s", diff)
		}
	})
}
