package comment_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// What Scout said on 10 June, and what Ana and Vera did with it:
//
//	    model  kind      confidence  Ana       Vera
//	1   a      proposal  0.9         accepted  the same
//	2   a      proposal  0.95        rejected
//	3   a      summary   0.2         accepted
//	4   b      summary   0.25        edited    flagged
//	5   b      comment   -           accepted
//	6   b      comment   1           accepted
//	7   b      comment   0.5
//	8   a      decision  0.3         rejected
//
// 8 comments, 7 of them judged, by 9 judgements: 5 accepted, 1 edited,
// 2 rejected, 1 flagged; 5/9 = 0.555555556.
//
// By model: a has 1, 1, 2, 3, 8: 3 accepted, 2 rejected, 3/5 = 0.6. b has 4,
// 4, 5, 6: 2 accepted, 1 edited, 1 flagged, 2/4 = 0.5.
//
// By kind: comment 2 of 2 accepted; proposal 2 of 3, 1 rejected; summary 1 of
// 3, 1 edited, 1 flagged; decision 0 of 1, rejected.
//
// Calibration, over the 8 judgements with a confidence (all but that of 5):
//
//	bucket     of           n  sum   mean         accepted  rate
//	0.2 – 0.3  3, 4, 4      3  0.7   0.233333333  1         0.333333333
//	0.3 – 0.4  8            1  0.3   0.3          0         0
//	0.9 – 1    1, 1, 2, 6   4  3.75  0.9375       3         0.75
//	all                     8  4.75  0.59375      4         0.5
//
// Expected calibration error: (3×|0.2333…−0.3333…| + 1×0.3 + 4×|0.9375−0.75|)/8
// = (0.3 + 0.3 + 0.75)/8 = 0.16875.
// Brier: 1 twice (1−0.9)² = 0.02; 2 0.95² = 0.9025; 3 (1−0.2)² = 0.64; 4 twice
// 0.25² = 0.125; 6 0; 8 0.3² = 0.09; together 1.7775, by 8 = 0.2221875.
func TestQualityIsTheFixtures(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.comments = comment.New(a.db, func() time.Time { return day(20) })
	setupQuality(t, a)
	got, err := a.comments.Quality(t.Context(), a.vera, a.scout.ID, new(day(10)), new(day(10)))
	expect.OK(t, err)

	buckets := make([]comment.Bucket, 10)
	for i, bounds := range [][2]float64{{0, 0.1}, {0.1, 0.2}, {0.2, 0.3}, {0.3, 0.4}, {0.4, 0.5}, {0.5, 0.6}, {0.6, 0.7}, {0.7, 0.8}, {0.8, 0.9}, {0.9, 1}} {
		buckets[i].From, buckets[i].To = bounds[0], bounds[1]
	}
	fill := func(i int, judgements int64, confidence, rate float64) {
		buckets[i].Judgements, buckets[i].MeanConfidence, buckets[i].AcceptanceRate = judgements, &confidence, &rate
	}
	fill(2, 3, 0.233333333, 0.333333333)
	fill(3, 1, 0.3, 0)
	fill(9, 4, 0.9375, 0.75)
	want := comment.Quality{
		UserID: a.scout.ID, From: new(day(10)), To: new(day(10)), GeneratedAt: day(20), Comments: 8, JudgedComments: 7,
		Verdicts: comment.Verdicts{Accepted: 5, Edited: 1, Rejected: 2, Flagged: 1},
		ByModel: []comment.ModelQuality{
			{Provider: "p", Model: "a", Verdicts: comment.Verdicts{Accepted: 3, Rejected: 2}},
			{Provider: "p", Model: "b", Verdicts: comment.Verdicts{Accepted: 2, Edited: 1, Flagged: 1}},
		},
		ByKind: []comment.KindQuality{
			{Kind: db.CommentKindComment, Verdicts: comment.Verdicts{Accepted: 2}},
			{Kind: db.CommentKindProposal, Verdicts: comment.Verdicts{Accepted: 2, Rejected: 1}},
			{Kind: db.CommentKindSummary, Verdicts: comment.Verdicts{Accepted: 1, Edited: 1, Flagged: 1}},
			{Kind: db.CommentKindDecision, Verdicts: comment.Verdicts{Rejected: 1}},
		},
		Calibration: comment.Calibration{
			Judgements: 8, MeanConfidence: new(0.59375), AcceptanceRate: new(0.5),
			ExpectedCalibrationError: new(0.16875), BrierScore: new(0.2221875), Buckets: buckets,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the quality (-want +got):\n%s", diff)
	}
	var rates []float64
	for _, v := range []comment.Verdicts{got.Verdicts, got.ByModel[0].Verdicts, got.ByModel[1].Verdicts, got.ByKind[1].Verdicts, got.ByKind[3].Verdicts} {
		rates = append(rates, *v.AcceptanceRate())
	}
	if diff := cmp.Diff([]float64{0.555555556, 0.6, 0.5, 0.666666667, 0}, rates); diff != "" {
		t.Errorf("the rates (-want +got):\n%s", diff)
	}
}

// setupQuality makes the comments of the table, and others that do not count
// in it: deleted, of another day, of somebody else, and on what Vera does not
// see or nobody does any more.
func setupQuality(t *testing.T, a agency) {
	t.Helper()
	add := func(opts factory.CommentOpts, verdicts ...db.FeedbackVerdict) db.Comment {
		if opts.ProjectID == nil && opts.TaskID == nil {
			opts.TaskID = &a.task.ID
		}
		if opts.Author == nil {
			opts.Author = &a.scoutUser
		}
		if opts.CreatedAt.IsZero() {
			opts.CreatedAt = day(10)
		}
		opts.AIProvider = "p"
		row := factory.Comment(t, a.db, &opts)
		for i, verdict := range verdicts {
			factory.Feedback(t, a.db, row.ID, []uuid.UUID{a.ana.ID, a.vera.ID}[i], verdict)
		}
		return row
	}
	const accepted, edited, rejected, flagged = db.FeedbackVerdictAccepted, db.FeedbackVerdictEdited, db.FeedbackVerdictRejected, db.FeedbackVerdictFlagged
	add(factory.CommentOpts{AIModel: "a", Kind: "proposal", Confidence: new(0.9)}, accepted, accepted)
	add(factory.CommentOpts{AIModel: "a", Kind: "proposal", Confidence: new(0.95)}, rejected)
	add(factory.CommentOpts{AIModel: "a", Kind: "summary", Confidence: new(0.2)}, accepted)
	add(factory.CommentOpts{AIModel: "b", Kind: "summary", Confidence: new(0.25)}, edited, flagged)
	add(factory.CommentOpts{AIModel: "b"}, accepted)
	add(factory.CommentOpts{AIModel: "b", Confidence: new(1.0), ProjectID: &a.project.ID}, accepted)
	add(factory.CommentOpts{AIModel: "b", Confidence: new(0.5)})
	add(factory.CommentOpts{AIModel: "a", Kind: "decision", Confidence: new(0.3)}, rejected)

	deleted := add(factory.CommentOpts{AIModel: "c", Confidence: new(0.1)}, flagged)
	expect.OK(t, a.comments.Delete(t.Context(), a.scout, deleted.ID, nil))
	add(factory.CommentOpts{AIModel: "c", CreatedAt: time.Date(2026, time.June, 9, 23, 59, 59, 0, time.UTC)}, flagged)
	add(factory.CommentOpts{AIModel: "c", CreatedAt: time.Date(2026, time.June, 11, 0, 0, 0, 0, time.UTC)}, flagged)
	add(factory.CommentOpts{AIModel: "c", Author: new(factory.Agent(t, a.db))}, flagged)
	add(factory.CommentOpts{AIModel: "unseen", ProjectID: new(factory.Project(t, a.db, nil).ID)}, rejected)
	gone := factory.Task(t, a.db, &factory.TaskOpts{ProjectID: a.project.ID})
	add(factory.CommentOpts{AIModel: "c", TaskID: &gone.ID}, flagged)
	expect.OK(t, task.New(a.db, nil).Delete(t.Context(), a.manager, gone.ID, nil))
}

func TestQualityIsOverWhatTheCallerSees(t *testing.T) {
	t.Parallel()
	a := setup(t)
	setupQuality(t, a)
	count := func(actor access.Actor, from, to *time.Time) [2]int64 {
		t.Helper()
		found, err := a.comments.Quality(t.Context(), actor, a.scout.ID, from, to)
		expect.OK(t, err)
		return [2]int64{found.Comments, found.Verdicts.Total()}
	}
	for name, test := range map[string]struct {
		actor    access.Actor
		from, to *time.Time
		want     [2]int64
	}{
		"ViewerSeesItsTeams":           {a.vera, new(day(10)), new(day(10)), [2]int64{8, 9}},
		"AgentSeesItself":              {a.scout, new(day(10)), new(day(10)), [2]int64{8, 9}},
		"ManagerSeesTheOtherProject":   {a.manager, new(day(10)), new(day(10)), [2]int64{9, 10}},
		"FromIsInclusive":              {a.vera, new(day(10)), nil, [2]int64{9, 10}},
		"ToIsInclusive":                {a.vera, nil, new(day(10)), [2]int64{9, 10}},
		"WithoutBoundsItIsEverything":  {a.vera, nil, nil, [2]int64{10, 11}},
		"NothingWasSaidThen":           {a.vera, new(day(20)), nil, [2]int64{0, 0}},
		"NothingWasSaidBeforeThatWays": {a.vera, nil, new(day(1)), [2]int64{0, 0}},
	} {
		if got := count(test.actor, test.from, test.to); got != test.want {
			t.Errorf("%s: %d comments with %d judgements, want %v", name, got[0], got[1], test.want)
		}
	}

	t.Run("NothingHasNoRates", func(t *testing.T) {
		t.Parallel()
		found, err := a.comments.Quality(t.Context(), a.vera, a.scout.ID, new(day(20)), nil)
		expect.OK(t, err)
		c := found.Calibration
		if found.Verdicts.AcceptanceRate() != nil || c.MeanConfidence != nil || c.AcceptanceRate != nil || c.BrierScore != nil || c.ExpectedCalibrationError != nil || len(c.Buckets) != 10 {
			t.Errorf("got %+v", found)
		}
	})

	t.Run("APeriodThatEndsBeforeItBeginsIsRefused", func(t *testing.T) {
		t.Parallel()
		_, err := a.comments.Quality(t.Context(), a.vera, a.scout.ID, new(day(11)), new(day(10)))
		expect.Fields(t, err, "query:to before_from")
	})

	t.Run("OfAPersonIsAConflictAndOfTheUnseenMissing", func(t *testing.T) {
		t.Parallel()
		_, err := a.comments.Quality(t.Context(), a.vera, a.ana.ID, nil, nil)
		expect.Code(t, err, apperr.Conflict)
		for _, id := range []uuid.UUID{a.scout.ID, a.ana.ID, uuid.New()} {
			_, err = a.comments.Quality(t.Context(), a.otto, id, nil, nil)
			expect.Refusal(t, err, apperr.Missing("user", id))
		}
	})
}
