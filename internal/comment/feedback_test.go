package comment_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestFeedback(t *testing.T) {
	t.Parallel()
	a := setup(t)
	accepted := comment.FeedbackParams{Verdict: db.FeedbackVerdictAccepted, Reason: new("It works.")}
	edited := comment.FeedbackParams{Verdict: db.FeedbackVerdictEdited, Correction: new("Two hours.")}

	t.Run("OnePerPersonAndTheLastCounts", func(t *testing.T) {
		t.Parallel()
		row := a.say(t, a.scout, "One hour.")
		first, err := a.comments.SetFeedback(t.Context(), a.ana, row.ID, accepted)
		expect.OK(t, err)
		second, err := a.comments.SetFeedback(t.Context(), a.ana, row.ID, edited)
		expect.OK(t, err)
		want := db.CommentFeedback{
			CommentID: row.ID, UserID: a.ana.ID, Verdict: db.FeedbackVerdictEdited, Correction: new("Two hours."),
			CreatedAt: first.CreatedAt, UpdatedAt: second.UpdatedAt,
		}
		if diff := cmp.Diff(want, second); diff != "" {
			t.Errorf("the second (-want +got):\n%s", diff)
		}
		veras, err := a.comments.SetFeedback(t.Context(), a.vera, row.ID, accepted)
		expect.OK(t, err)
		all, info, err := a.comments.ListFeedback(t.Context(), a.scout, row.ID, everything(""))
		expect.OK(t, err)
		if diff := cmp.Diff([]db.CommentFeedback{second, veras}, all); diff != "" || info.Total != 2 {
			t.Errorf("all %d (-want +got):\n%s", info.Total, diff)
		}
		read, err := a.comments.Get(t.Context(), a.ana, row.ID)
		expect.OK(t, err)
		if read.Version != 1 {
			t.Errorf("judging took the comment to version %d", read.Version)
		}
	})

	t.Run("IsKeptInTheLog", func(t *testing.T) {
		t.Parallel()
		row := a.say(t, a.scout, "One hour.")
		for range 2 { // The second time says nothing new.
			_, err := a.comments.SetFeedback(t.Context(), a.ana, row.ID, accepted)
			expect.OK(t, err)
		}
		_, err := a.comments.SetFeedback(t.Context(), a.ana, row.ID, edited)
		expect.OK(t, err)
		for range 2 { // And so does taking back what is gone.
			expect.OK(t, a.comments.RemoveFeedback(t.Context(), a.ana, row.ID))
		}
		change := func(before, after any) expect.Change { return expect.Change{Old: before, New: after} }
		want := []map[string]expect.Change{
			{"user_id": change(nil, a.ana.ID.String()), "verdict": change(nil, "accepted"), "reason": change(nil, "It works.")},
			{"verdict": change("accepted", "edited"), "reason": change("It works.", nil), "correction": change(nil, "Two hours.")},
			{"user_id": change(a.ana.ID.String(), nil), "verdict": change("edited", nil), "correction": change("Two hours.", nil)},
		}
		var got []map[string]expect.Change
		var actions []string
		for _, e := range expect.Events(t, a.db, row.ID)[1:] {
			got = append(got, e.Changes)
			actions = append(actions, e.Action)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the changes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"comment.feedback_set", "comment.feedback_set", "comment.feedback_removed"}, actions); diff != "" {
			t.Errorf("the actions (-want +got):\n%s", diff)
		}
		all, _, err := a.comments.ListFeedback(t.Context(), a.ana, row.ID, everything(""))
		if err != nil || len(all) > 0 {
			t.Errorf("left is %v, %v", all, err)
		}
	})

	t.Run("IsByPeopleOnWhatAgentsSay", func(t *testing.T) {
		t.Parallel()
		agents, persons := a.say(t, a.scout, "One hour."), a.say(t, a.vera, "Two.")
		_, err := a.comments.SetFeedback(t.Context(), a.scout, agents.ID, accepted)
		expect.Code(t, err, apperr.Forbidden)
		expect.Code(t, a.comments.RemoveFeedback(t.Context(), a.scout, agents.ID), apperr.Forbidden)
		_, err = a.comments.SetFeedback(t.Context(), a.ana, persons.ID, accepted)
		expect.Code(t, err, apperr.Conflict)
		_, err = a.comments.SetFeedback(t.Context(), a.ana, agents.ID, comment.FeedbackParams{Verdict: db.FeedbackVerdictEdited})
		expect.Fields(t, err, "/correction required")
	})

	t.Run("IsNotOnWhatIsUnseen", func(t *testing.T) {
		t.Parallel()
		gone := a.say(t, a.scout, "Gone.")
		expect.OK(t, a.comments.Delete(t.Context(), a.scout, gone.ID, nil))
		seen := a.say(t, a.scout, "There.")
		for actor, id := range map[*agency]uuid.UUID{{ana: a.ana}: gone.ID, {ana: a.otto}: seen.ID} {
			_, setErr := a.comments.SetFeedback(t.Context(), actor.ana, id, accepted)
			_, _, listErr := a.comments.ListFeedback(t.Context(), actor.ana, id, everything(""))
			for _, err := range []error{setErr, listErr, a.comments.RemoveFeedback(t.Context(), actor.ana, id)} {
				expect.Refusal(t, err, apperr.Missing("comment", id))
			}
		}
	})
}
