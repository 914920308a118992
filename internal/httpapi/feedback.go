package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/comment"
)

func (h *handlers) ListCommentFeedback(ctx context.Context, request server.ListCommentFeedbackRequestObject) (server.ListCommentFeedbackResponseObject, error) {
	p := request.Params
	rows, info, err := h.Comments.ListFeedback(ctx, actorOf(ctx), request.CommentID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	if err != nil {
		return nil, err
	}
	data := make([]api.CommentFeedback, len(rows))
	for i, row := range rows {
		data[i] = toFeedback(row)
	}
	return server.ListCommentFeedback200JSONResponse{
		Body:    api.CommentFeedbackPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListCommentFeedback200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) SetCommentFeedback(ctx context.Context, request server.SetCommentFeedbackRequestObject) (server.SetCommentFeedbackResponseObject, error) {
	body := request.Body
	row, err := h.Comments.SetFeedback(ctx, actorOf(ctx), request.CommentID, comment.FeedbackParams{
		Verdict: db.FeedbackVerdict(body.Verdict), Reason: fromNullable(body.Reason), Correction: fromNullable(body.Correction),
	})
	if err != nil {
		return nil, err
	}
	return server.SetCommentFeedback200JSONResponse(toFeedback(row)), nil
}

func (h *handlers) RemoveCommentFeedback(ctx context.Context, request server.RemoveCommentFeedbackRequestObject) (server.RemoveCommentFeedbackResponseObject, error) {
	if err := h.Comments.RemoveFeedback(ctx, actorOf(ctx), request.CommentID); err != nil {
		return nil, err
	}
	return server.RemoveCommentFeedback204Response{}, nil
}

func toFeedback(row db.CommentFeedback) api.CommentFeedback {
	return api.CommentFeedback{
		UserID: row.UserID, Verdict: api.FeedbackVerdict(row.Verdict),
		Reason: toNullable(row.Reason), Correction: toNullable(row.Correction),
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}
