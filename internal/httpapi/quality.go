package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/comment"
)

func (h *handlers) GetAgentQuality(ctx context.Context, request server.GetAgentQualityRequestObject) (server.GetAgentQualityResponseObject, error) {
	found, err := h.Comments.Quality(ctx, actorOf(ctx), request.UserID, fromDate(request.Params.From), fromDate(request.Params.To))
	if err != nil {
		return nil, err
	}
	return server.GetAgentQuality200JSONResponse(toQuality(found)), nil
}

func toQuality(found comment.Quality) api.AgentQuality {
	models := make([]api.ModelQuality, len(found.ByModel))
	for i, m := range found.ByModel {
		models[i] = api.ModelQuality{Provider: m.Provider, Model: m.Model, Judgements: toVerdicts(m.Verdicts)}
	}
	kinds := make([]api.CommentKindQuality, len(found.ByKind))
	for i, k := range found.ByKind {
		kinds[i] = api.CommentKindQuality{Kind: api.CommentKind(k.Kind), Judgements: toVerdicts(k.Verdicts)}
	}
	return api.AgentQuality{
		UserID: found.UserID, From: toNullableDate(found.From), To: toNullableDate(found.To), GeneratedAt: found.GeneratedAt,
		Comments: found.Comments, JudgedComments: found.JudgedComments, Judgements: toVerdicts(found.Verdicts),
		ByModel: models, ByKind: kinds, Calibration: toCalibration(found.Calibration),
	}
}

func toVerdicts(v comment.Verdicts) api.JudgementCounts {
	return api.JudgementCounts{
		Total: v.Total(), Accepted: v.Accepted, Edited: v.Edited, Rejected: v.Rejected, Flagged: v.Flagged,
		AcceptanceRate: toNullable(v.AcceptanceRate()),
	}
}

func toCalibration(c comment.Calibration) api.Calibration {
	buckets := make([]api.CalibrationBucket, len(c.Buckets))
	for i, b := range c.Buckets {
		buckets[i] = api.CalibrationBucket{
			From: b.From, To: b.To, Judgements: b.Judgements,
			MeanConfidence: toNullable(b.MeanConfidence), AcceptanceRate: toNullable(b.AcceptanceRate),
		}
	}
	return api.Calibration{
		Judgements: c.Judgements, MeanConfidence: toNullable(c.MeanConfidence), AcceptanceRate: toNullable(c.AcceptanceRate),
		ExpectedCalibrationError: toNullable(c.ExpectedCalibrationError), BrierScore: toNullable(c.BrierScore), Buckets: buckets,
	}
}
