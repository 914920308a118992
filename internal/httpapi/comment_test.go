package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// agent is the same server as an agent with the role of a manager sees it.
func (c *caller) agent() *caller {
	c.t.Helper()
	return c.as(factory.User(c.t, c.DB, &factory.UserOpts{
		Kind: db.PrincipalKindAgent, Role: db.RoleManager,
	}))
}

func TestCommentFieldsComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	task := factory.Task(t, c.DB, nil)
	scout := c.agent()
	path := "/api/v1/tasks/" + task.ID.String() + "/comments"
	sent := object{
		"body": "Do it so. @" + c.user.Email, "kind": "proposal",
		"ai": object{
			"provider": "p", "model": "m", "prompt_version": "v1", "confidence": 0.7,
			"sources": []object{{"title": "A page", "url": "https://agency.example/a?b=c"}},
		},
	}
	created := create[api.Comment](scout, path, sent)
	want := api.Comment{
		ID: created.ID, TaskID: api.NewNullableWithValue(task.ID),
		ProjectID: api.NewNullNullable[uuid.UUID](), ClientID: api.NewNullNullable[uuid.UUID](),
		ReplyToID: api.NewNullNullable[uuid.UUID](), ThreadID: created.ID,
		Kind: api.CommentKindProposal, Body: "Do it so. @" + c.user.Email,
		Author:   api.CommentAuthor{ID: api.NewNullableWithValue(scout.user.ID), Kind: api.AuthorKindAgent},
		Mentions: []api.CommentMention{{ID: c.user.ID, Name: api.NewNullableWithValue(c.user.Name)}},
		Ai: api.NewNullableWithValue(api.AiProvenance{
			Provider: "p", Model: "m", PromptVersion: api.NewNullableWithValue("v1"), RunID: api.NewNullNullable[string](),
			Confidence: api.NewNullableWithValue(0.7), Sources: []api.AiSource{{Title: "A page", URL: "https://agency.example/a?b=c"}},
		}),
		AssistedBy: api.NewNullNullable[api.AiAssistance](), EditedAt: created.EditedAt, Version: 1,
		CreatedAt: created.CreatedAt, CreatedBy: api.NewNullableWithValue(scout.user.ID),
		UpdatedAt: created.CreatedAt, UpdatedBy: api.NewNullableWithValue(scout.user.ID),
		DeletedAt: created.DeletedAt, DeletedBy: api.NewNullNullable[uuid.UUID](),
		Included: api.NewNullNullable[api.CommentIncluded](),
	}
	if diff := cmp.Diff(want, created); diff != "" || !created.EditedAt.IsNull() || !created.DeletedAt.IsNull() {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	one := "/api/v1/comments/" + created.ID.String()
	if diff := cmp.Diff(want, read[api.Comment](c, one)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}

	t.Run("ReplacingWithTheSameChangesNothing", func(t *testing.T) {
		got := scout.send(http.MethodPut, one, sent, map[string]string{"If-Match": `"1"`})
		got.MustDecode(t, http.StatusOK, nil)
		if got.Header.Get("ETag") != `"1"` {
			t.Errorf("got the ETag %s", got.Header.Get("ETag"))
		}
	})
	t.Run("ReplacingResetsWhatIsLeftOut", func(t *testing.T) {
		var got api.Comment
		scout.send(http.MethodPut, one, object{"body": "Or so.", "ai": object{"provider": "p", "model": "m"}}, nil).MustDecode(t, http.StatusOK, &got)
		ai := got.Ai.MustGet()
		if got.Kind != api.CommentKindComment || len(got.Mentions) > 0 || !ai.Confidence.IsNull() || len(ai.Sources) > 0 || got.EditedAt.IsNull() {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("AuthorCannotBeSet", func(t *testing.T) {
		c.send(http.MethodPost, path, object{"body": "I am another.", "author": object{"kind": "system"}}, nil).
			MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestFeedbackReachesTheQuality(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	scout := c.agent()
	comment := factory.Comment(t, c.DB, &factory.CommentOpts{Author: &scout.user, Confidence: new(0.8)})
	path := "/api/v1/comments/" + comment.ID.String() + "/feedback"
	var judged api.CommentFeedback
	c.send(http.MethodPut, path, object{"verdict": "rejected", "reason": "No."}, nil).MustDecode(t, http.StatusOK, &judged)
	if judged.UserID != c.user.ID || judged.Verdict != api.FeedbackVerdictRejected || judged.Reason.MustGet() != "No." || !judged.Correction.IsNull() {
		t.Errorf("judged as %+v", judged)
	}
	if all := read[api.CommentFeedbackPage](scout, path); !cmp.Equal([]api.CommentFeedback{judged}, all.Data) {
		t.Errorf("all are %+v", all.Data)
	}
	quality := read[api.AgentQuality](c, "/api/v1/users/"+scout.user.ID.String()+"/quality?from=2020-01-01")
	// Rejected at 0.8: the error is 0.8, its square 0.64.
	if quality.From.MustGet().String() != "2020-01-01" || !quality.To.IsNull() || quality.Judgements.Rejected != 1 || quality.Judgements.AcceptanceRate.MustGet() != 0 ||
		quality.Calibration.ExpectedCalibrationError.MustGet() != 0.8 || quality.Calibration.BrierScore.MustGet() != 0.64 {
		t.Errorf("the quality is %+v", quality)
	}
	c.send(http.MethodDelete, path, nil, nil).MustDecode(t, http.StatusNoContent, nil)
	if again := read[api.AgentQuality](c, "/api/v1/users/"+scout.user.ID.String()+"/quality"); again.Judgements.Total != 0 || !again.Judgements.AcceptanceRate.IsNull() {
		t.Errorf("the quality is %+v", again)
	}
}

func TestCommentsComeWithWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	path := "/api/v1/tasks/" + factory.Task(t, c.DB, nil).ID.String() + "/comments"
	first := create[api.Comment](c, path, object{"body": "First."})
	reply := create[api.Comment](c, path, object{"body": "Reply.", "reply_to_id": first.ID})
	one := "/api/v1/comments/" + first.ID.String()
	for _, of := range []string{one, path, "/api/v1/comments"} {
		var got api.Comment
		if of == one {
			got = read[api.Comment](c, of+"?include=author,replies")
		} else {
			got = read[api.CommentPage](c, of+"?include=author,replies").Data[0]
		}
		included := got.Included.MustGet()
		if author := included.Author.MustGet(); author.ID != c.user.ID {
			t.Errorf("%s has the author %+v", of, author)
		}
		if diff := cmp.Diff([]api.Comment{reply}, included.Replies.MustGet()); diff != "" {
			t.Errorf("%s: replies, without relations of their own (-want +got):\n%s", of, diff)
		}
	}
	if included := read[api.Comment](c, one+"?include=author").Included.MustGet(); !included.Replies.IsNull() {
		t.Errorf("replies nobody asked for: %+v", included.Replies)
	}
	c.get(one+"?include=task").MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
}
