package comment_test

import (
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

func TestUpdate(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("AChangedBodyIsEditedAndMentionsAnew", func(t *testing.T) {
		t.Parallel()
		before, err := a.comments.Create(t.Context(), a.vera, comment.CreateParams{
			About: a.onTask(), Kind: db.CommentKindComment, Body: "@ana@agency.example", MentionedIDs: []uuid.UUID{a.scout.ID},
		})
		expect.OK(t, err)
		after, err := a.comments.Update(t.Context(), a.vera, before.ID, &before.Version, comment.UpdateParams{Body: new("@manuel@agency.example")})
		expect.OK(t, err)
		if after.EditedAt == nil || after.Version != 2 || after.Body != "@manuel@agency.example" {
			t.Errorf("updated to %+v", after.Comment)
		}
		// The listed one stays, and whom the body no longer names is gone.
		got := map[uuid.UUID]bool{}
		for _, m := range after.Mentions {
			got[m.ID] = true
		}
		if diff := cmp.Diff(map[uuid.UUID]bool{a.scout.ID: true, a.manager.ID: true}, got); diff != "" {
			t.Errorf("mentions (-want +got):\n%s", diff)
		}
		// Nobody listed any more, and the body goes on naming.
		after, err = a.comments.Update(t.Context(), a.vera, before.ID, nil, comment.UpdateParams{MentionedIDsDoUpdate: true})
		expect.OK(t, err)
		if diff := cmp.Diff([]string{"Manuel"}, names(after)); diff != "" {
			t.Errorf("mentions (-want +got):\n%s", diff)
		}
	})

	t.Run("AnotherKindIsNoEdit", func(t *testing.T) {
		t.Parallel()
		before := a.say(t, a.vera, "Why?")
		after, err := a.comments.Update(t.Context(), a.vera, before.ID, nil, comment.UpdateParams{Kind: new(db.CommentKindQuestion)})
		expect.OK(t, err)
		if after.Kind != db.CommentKindQuestion || after.EditedAt != nil || after.Version != 2 {
			t.Errorf("updated to %+v", after.Comment)
		}
	})

	t.Run("TheValuesItHasChangeNothing", func(t *testing.T) {
		t.Parallel()
		before := a.say(t, a.scout, "Done. @ana@agency.example")
		ai, _ := comment.ProvenanceOf(before.Comment)
		after, err := a.comments.Update(t.Context(), a.scout, before.ID, nil, comment.UpdateParams{
			Kind: &before.Kind, Body: &before.Body, MentionedIDsDoUpdate: true, AIDoUpdate: true, AI: ai, AssistedByDoUpdate: true,
		})
		expect.OK(t, err)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("updated (-want +got):\n%s", diff)
		}
		if n := len(expect.Events(t, a.db, before.ID)); n != 1 {
			t.Errorf("there are %d events, want 1", n)
		}
	})

	t.Run("NobodyEditsAnothersWords", func(t *testing.T) {
		t.Parallel()
		row := a.say(t, a.vera, "Mine.")
		stale := int64(7)
		for _, actor := range []access.Actor{a.ana, a.manager, {ID: uuid.New(), Role: access.RoleAdmin}, access.System()} {
			// The right is looked at before the version.
			_, err := a.comments.Update(t.Context(), actor, row.ID, &stale, comment.UpdateParams{Body: new("Yours.")})
			expect.Code(t, err, apperr.Forbidden)
		}
		_, err := a.comments.Update(t.Context(), a.otto, row.ID, nil, comment.UpdateParams{Body: new("Yours.")})
		expect.Refusal(t, err, apperr.Missing("comment", row.ID))
		_, err = a.comments.Update(t.Context(), a.vera, row.ID, &stale, comment.UpdateParams{Body: new("Late.")})
		expect.Refusal(t, err, apperr.StaleVersion("comment", 1, 7))
	})

	t.Run("ProvenanceStaysAsItSuitsTheAuthor", func(t *testing.T) {
		t.Parallel()
		byAgent, byPerson := a.say(t, a.scout, "Agent."), a.say(t, a.vera, "Person.")
		_, err := a.comments.Update(t.Context(), a.scout, byAgent.ID, nil, comment.UpdateParams{AIDoUpdate: true})
		expect.Fields(t, err, "/ai required")
		_, err = a.comments.Update(t.Context(), a.vera, byPerson.ID, nil, comment.UpdateParams{AIDoUpdate: true, AI: &comment.AI{Provider: "p", Model: "m"}})
		expect.Fields(t, err, "/ai not_allowed")
		after, err := a.comments.Update(t.Context(), a.vera, byPerson.ID, nil, comment.UpdateParams{AssistedByDoUpdate: true, AssistedBy: &comment.Assistance{Provider: "p", Model: "m"}})
		expect.OK(t, err)
		if *after.AssistedByModel != "m" || after.EditedAt != nil {
			t.Errorf("updated to %+v", after.Comment)
		}
	})

	t.Run("WhatWasJudgedKeepsItsConfidence", func(t *testing.T) {
		t.Parallel()
		row := a.say(t, a.scout, "Surely.")
		lower := comment.UpdateParams{AIDoUpdate: true, AI: &comment.AI{Provider: "p", Model: "m", Confidence: new(0.1)}}
		after, err := a.comments.Update(t.Context(), a.scout, row.ID, nil, lower)
		expect.OK(t, err)
		if *after.AiConfidence != 0.1 {
			t.Errorf("the confidence is %v", *after.AiConfidence)
		}
		factory.Feedback(t, a.db, row.ID, a.ana.ID, db.FeedbackVerdictRejected)
		lower.AI.Confidence = new(0.0)
		_, err = a.comments.Update(t.Context(), a.scout, row.ID, nil, lower)
		expect.Code(t, err, apperr.Conflict)
		_, err = a.comments.Update(t.Context(), a.scout, row.ID, nil, comment.UpdateParams{Body: new("Perhaps.")})
		expect.OK(t, err)
	})
}

func TestDeleteAndRestore(t *testing.T) {
	t.Parallel()
	a := setup(t)

	t.Run("TheAuthorDeletesAndRestoresItsOwn", func(t *testing.T) {
		t.Parallel()
		row := a.say(t, a.vera, "Oops.")
		expect.OK(t, a.comments.Delete(t.Context(), a.vera, row.ID, &row.Version))
		_, err := a.comments.Get(t.Context(), a.manager, row.ID)
		expect.Refusal(t, err, apperr.Missing("comment", row.ID))
		expect.Refusal(t, a.comments.Delete(t.Context(), a.vera, row.ID, nil), apperr.Missing("comment", row.ID))
		restored, err := a.comments.Restore(t.Context(), a.vera, row.ID)
		expect.OK(t, err)
		if restored.DeletedAt != nil || restored.Version != 3 {
			t.Errorf("restored as %+v", restored.Comment)
		}
		again, err := a.comments.Restore(t.Context(), a.vera, row.ID)
		if err != nil || again.Version != 3 {
			t.Errorf("restored again as %+v, %v", again.Comment, err)
		}
		var actions []string
		for _, e := range expect.Events(t, a.db, row.ID) {
			actions = append(actions, e.Action)
		}
		if diff := cmp.Diff([]string{"comment.created", "comment.deleted", "comment.restored"}, actions); diff != "" {
			t.Errorf("the events (-want +got):\n%s", diff)
		}
	})

	t.Run("WhatAModeratorDeletedItsAuthorCannotRestore", func(t *testing.T) {
		t.Parallel()
		row := a.say(t, a.vera, "Rude.")
		expect.Code(t, a.comments.Delete(t.Context(), a.ana, row.ID, nil), apperr.Forbidden)
		expect.OK(t, a.comments.Delete(t.Context(), a.manager, row.ID, nil))
		_, err := a.comments.Restore(t.Context(), a.vera, row.ID)
		expect.Code(t, err, apperr.Forbidden)
		// Users do not see what others have deleted, also on what they see.
		_, err = a.comments.Restore(t.Context(), a.ana, row.ID)
		expect.Refusal(t, err, apperr.Missing("comment", row.ID))
		rival := factory.Actor(factory.User(t, a.db, &factory.UserOpts{Role: db.RoleManager}))
		_, err = a.comments.Restore(t.Context(), rival, row.ID)
		expect.Code(t, err, apperr.Forbidden)
		_, err = a.comments.Restore(t.Context(), a.otto, row.ID)
		expect.Refusal(t, err, apperr.Missing("comment", row.ID))
		_, err = a.comments.Restore(t.Context(), a.manager, row.ID)
		expect.OK(t, err)
	})

	t.Run("AReplyWaitsForWhatItRepliesTo", func(t *testing.T) {
		t.Parallel()
		head := factory.Comment(t, a.db, &factory.CommentOpts{TaskID: &a.task.ID, Author: &a.veraUser})
		reply := factory.Comment(t, a.db, &factory.CommentOpts{ReplyTo: &head, Author: &a.veraUser})
		expect.OK(t, a.comments.Delete(t.Context(), a.vera, reply.ID, nil))
		expect.OK(t, a.comments.Delete(t.Context(), a.vera, head.ID, nil))
		_, err := a.comments.Restore(t.Context(), a.vera, reply.ID)
		refusal := expect.Code(t, err, apperr.ParentDeleted)
		if diff := cmp.Diff([]uuid.UUID{head.ID}, refusal.BlockingIDs); diff != "" {
			t.Errorf("in the way stand (-want +got):\n%s", diff)
		}
		_, err = a.comments.Restore(t.Context(), a.vera, head.ID)
		expect.OK(t, err)
		_, err = a.comments.Restore(t.Context(), a.vera, reply.ID)
		expect.OK(t, err)
	})

	t.Run("OfTwoRestoresBothSucceed", func(t *testing.T) {
		t.Parallel()
		for range 10 {
			row := a.say(t, a.vera, "Twice.")
			expect.OK(t, a.comments.Delete(t.Context(), a.vera, row.ID, nil))
			restore := func() error {
				_, err := a.comments.Restore(t.Context(), a.vera, row.ID)
				return err
			}
			for _, err := range expect.Together(restore, restore) {
				expect.OK(t, err)
			}
			if n := len(expect.Events(t, a.db, row.ID)); n != 3 {
				t.Errorf("there are %d events, want 3", n)
			}
		}
	})
}
