package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/event"
)

type demoComment struct {
	// project and task are what it is about; without a task, the project itself.
	project, task string
	author        string
	kind          db.CommentKind
	body          string
	// above is the body of what it replies to.
	above    string
	mentions []string
	// confidence is an agent's.
	confidence float64
	feedback   []demoFeedback
}

type demoFeedback struct {
	by                 string
	verdict            db.FeedbackVerdict
	reason, correction string
}

const (
	demoQuestion = "Do we ship to the islands from the first day? @ana@studio.example"
	demoProposal = "Offer three roasts at the start and add one each month: nine in ten subscribers of the last shop chose among three."
)

var demoComments = []demoComment{
	{
		project: "Harbour Coffee web shop", author: demoManagerEmail, kind: db.CommentKindDecision,
		body: "We open with the shop alone; subscriptions follow in the new year.",
	},
	{
		project: "Harbour Coffee web shop", task: "Connect the payment provider", author: ben, kind: db.CommentKindQuestion,
		body: demoQuestion, mentions: []string{demoManagerEmail},
	},
	{
		project: "Harbour Coffee web shop", task: "Connect the payment provider", author: demoManagerEmail, kind: db.CommentKindComment,
		body: "Yes, at cost.", above: demoQuestion,
	},
	{
		project: "Harbour Coffee web shop", task: "Build the catalogue", author: scout, kind: db.CommentKindProposal,
		body: demoProposal, confidence: 0.8,
		feedback: []demoFeedback{
			{by: ben, verdict: db.FeedbackVerdictAccepted},
			{by: chloe, verdict: db.FeedbackVerdictEdited, reason: "The roasters can do two.", correction: "Offer two roasts at the start and add one each month."},
		},
	},
	{
		project: "Harbour Coffee web shop", task: "Build the catalogue", author: chloe, kind: db.CommentKindComment,
		body: "Then I photograph those first.", above: demoProposal,
	},
	{
		project: "Harbour Coffee web shop", task: "Write the product texts", author: scout, kind: db.CommentKindSummary,
		body: "Twelve texts are written. Two wait for the roasting date.", confidence: 0.95,
		feedback: []demoFeedback{{by: chloe, verdict: db.FeedbackVerdictAccepted}},
	},
}

func demoCommentID(body string) uuid.UUID { return demoID("comment/" + body) }

func (l *demoLoader) comment(ctx context.Context, c demoComment) error {
	id, projectID, authorID := demoCommentID(c.body), demoID(c.project), demoID(c.author)
	params := db.CommentInsertParams{
		ID: id, ThreadID: id, Kind: c.kind, Body: c.body, AuthorID: &authorID, AuthorKind: db.AuthorKindHuman,
		MentionedIds: []uuid.UUID{}, ListedIds: []uuid.UUID{},
	}
	if c.task != "" {
		params.TaskID = new(demoID(c.project + "/" + c.task))
	} else {
		params.ProjectID = &projectID
	}
	if c.above != "" {
		params.ReplyToID, params.ThreadID, params.Depth = new(demoCommentID(c.above)), demoCommentID(c.above), 1
	}
	for _, email := range c.mentions {
		params.MentionedIds = append(params.MentionedIds, demoID(email))
	}
	if c.author == scout {
		params.AuthorKind = db.AuthorKindAgent
		params.AiProvider, params.AiModel, params.AiPromptVersion = new("anthropic"), new("claude"), new("shop-1")
		params.AiConfidence, params.AiSources = &c.confidence, []byte("[]")
	}
	if err := l.q.CommentInsert(ctx, params); err != nil {
		return err
	}
	row, err := l.q.CommentFind(ctx, id)
	if err != nil {
		return err
	}
	err = event.Record(ctx, l.q, l.actor, event.Event{
		Entity: "comment", ID: id, ProjectID: &projectID, Action: "created", After: row, Version: row.Version,
	})
	if err != nil {
		return err
	}
	for _, f := range c.feedback {
		params := db.CommentFeedbackUpsertParams{CommentID: id, UserID: demoID(f.by), Verdict: f.verdict}
		if f.reason != "" {
			params.Reason = &f.reason
		}
		if f.correction != "" {
			params.Correction = &f.correction
		}
		row, err := l.q.CommentFeedbackUpsert(ctx, params)
		if err != nil {
			return err
		}
		err = event.Record(ctx, l.q, l.actor, event.Event{
			Entity: "comment", ID: id, ProjectID: &projectID, Action: "feedback_set", After: row, Version: 1,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
