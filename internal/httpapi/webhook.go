package httpapi

import (
	"context"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/webhook"
)

func (h *handlers) ListWebhooks(ctx context.Context, request server.ListWebhooksRequestObject) (server.ListWebhooksResponseObject, error) {
	p := request.Params
	rows, info, err := h.Webhooks.List(ctx, actorOf(ctx), webhook.Filter{ProjectID: p.ProjectID, Status: fromEnum(p.Status)},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	return server.ListWebhooks200JSONResponse{
		Body:    api.WebhookPage{Data: convertAll(rows, toWebhook), Page: toPageInfo(info)},
		Headers: server.ListWebhooks200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateWebhook(ctx context.Context, request server.CreateWebhookRequestObject) (server.CreateWebhookResponseObject, error) {
	body := request.Body
	row, secret, err := h.Webhooks.Create(ctx, actorOf(ctx), webhook.CreateParams{
		ProjectID: body.ProjectID, Name: body.Name, URL: body.URL, EventTypes: body.EventTypes,
	})
	if err != nil {
		return nil, err
	}
	return server.CreateWebhook201JSONResponse{
		Body:    api.WebhookWithSecret{Secret: secret.Reveal(), Webhook: toWebhook(row)},
		Headers: server.CreateWebhook201ResponseHeaders{ETag: etag(row.Webhook.Version)},
	}, nil
}

func (h *handlers) GetWebhook(ctx context.Context, request server.GetWebhookRequestObject) (server.GetWebhookResponseObject, error) {
	row, err := h.Webhooks.Get(ctx, actorOf(ctx), request.WebhookID)
	if err != nil {
		return nil, err
	}
	return server.GetWebhook200JSONResponse{
		Body: toWebhook(row), Headers: server.GetWebhook200ResponseHeaders{ETag: etag(row.Webhook.Version)},
	}, nil
}

func (h *handlers) UpdateWebhook(ctx context.Context, request server.UpdateWebhookRequestObject) (server.UpdateWebhookResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	row, err := h.Webhooks.Update(ctx, actorOf(ctx), request.WebhookID, version, webhook.UpdateParams{
		Name: request.Body.Name, URL: request.Body.URL, EventTypes: request.Body.EventTypes,
	})
	if err != nil {
		return nil, err
	}
	return server.UpdateWebhook200JSONResponse{
		Body: toWebhook(row), Headers: server.UpdateWebhook200ResponseHeaders{ETag: etag(row.Webhook.Version)},
	}, nil
}

func (h *handlers) DeleteWebhook(ctx context.Context, request server.DeleteWebhookRequestObject) (server.DeleteWebhookResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Webhooks.Delete(ctx, actorOf(ctx), request.WebhookID, version); err != nil {
		return nil, err
	}
	return server.DeleteWebhook204Response{}, nil
}

// defaultOverlap is for how many hours two secrets live when nobody has said.
const defaultOverlap = 24

func (h *handlers) RotateWebhookSecret(ctx context.Context, request server.RotateWebhookSecretRequestObject) (server.RotateWebhookSecretResponseObject, error) {
	overlap := time.Duration(valueOr(request.Body.OverlapHours, defaultOverlap)) * time.Hour
	row, secret, err := h.Webhooks.Rotate(ctx, actorOf(ctx), request.WebhookID, overlap)
	if err != nil {
		return nil, err
	}
	return server.RotateWebhookSecret200JSONResponse{
		Body:    api.WebhookWithSecret{Secret: secret.Reveal(), Webhook: toWebhook(row)},
		Headers: server.RotateWebhookSecret200ResponseHeaders{ETag: etag(row.Webhook.Version)},
	}, nil
}

func (h *handlers) EnableWebhook(ctx context.Context, request server.EnableWebhookRequestObject) (server.EnableWebhookResponseObject, error) {
	row, err := h.Webhooks.Enable(ctx, actorOf(ctx), request.WebhookID)
	if err != nil {
		return nil, err
	}
	return server.EnableWebhook200JSONResponse{
		Body: toWebhook(row), Headers: server.EnableWebhook200ResponseHeaders{ETag: etag(row.Webhook.Version)},
	}, nil
}

func (h *handlers) DisableWebhook(ctx context.Context, request server.DisableWebhookRequestObject) (server.DisableWebhookResponseObject, error) {
	row, err := h.Webhooks.Disable(ctx, actorOf(ctx), request.WebhookID)
	if err != nil {
		return nil, err
	}
	return server.DisableWebhook200JSONResponse{
		Body: toWebhook(row), Headers: server.DisableWebhook200ResponseHeaders{ETag: etag(row.Webhook.Version)},
	}, nil
}

func (h *handlers) TestWebhook(ctx context.Context, request server.TestWebhookRequestObject) (server.TestWebhookResponseObject, error) {
	row, err := h.Webhooks.Test(ctx, actorOf(ctx), request.WebhookID)
	if err != nil {
		return nil, err
	}
	return server.TestWebhook202JSONResponse(toWebhookDelivery(row)), nil
}

func (h *handlers) ListWebhookDeliveries(ctx context.Context, request server.ListWebhookDeliveriesRequestObject) (server.ListWebhookDeliveriesResponseObject, error) {
	p := request.Params
	rows, info, err := h.Webhooks.Deliveries(ctx, actorOf(ctx), request.WebhookID,
		webhook.DeliveryFilter{State: fromEnum(p.State), EventType: p.EventType}, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	if err != nil {
		return nil, err
	}
	return server.ListWebhookDeliveries200JSONResponse{
		Body:    api.WebhookDeliveryPage{Data: convertAll(rows, toWebhookDelivery), Page: toPageInfo(info)},
		Headers: server.ListWebhookDeliveries200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) GetWebhookDelivery(ctx context.Context, request server.GetWebhookDeliveryRequestObject) (server.GetWebhookDeliveryResponseObject, error) {
	row, err := h.Webhooks.Delivery(ctx, actorOf(ctx), request.WebhookID, request.DeliveryID)
	if err != nil {
		return nil, err
	}
	return server.GetWebhookDelivery200JSONResponse(toWebhookDelivery(row)), nil
}

func (h *handlers) RedeliverWebhookDelivery(ctx context.Context, request server.RedeliverWebhookDeliveryRequestObject) (server.RedeliverWebhookDeliveryResponseObject, error) {
	row, err := h.Webhooks.Redeliver(ctx, actorOf(ctx), request.WebhookID, request.DeliveryID)
	if err != nil {
		return nil, err
	}
	return server.RedeliverWebhookDelivery202JSONResponse(toWebhookDelivery(row)), nil
}

func toWebhook(row webhook.Endpoint) api.Webhook {
	w, queue := row.Webhook, row.WebhookQueue
	return api.Webhook{
		ID: w.ID, ProjectID: toNullable(w.ProjectID), Name: w.Name, URL: w.Url, EventTypes: w.EventTypes, Status: api.WebhookStatus(w.Status),
		DisabledAt: toNullable(w.DisabledAt), DisabledReason: toNullable((*api.WebhookDisabledReason)(w.DisabledReason)),
		PausedUntil: toNullable(queue.PausedUntil), FailingSince: toNullable(queue.FailingSince), LastDeliveredAt: toNullable(queue.LastDeliveredAt),
		PreviousSecretExpiresAt: toNullable(w.PreviousSecretExpiresAt), Version: w.Version,
		CreatedAt: w.CreatedAt, CreatedBy: toNullable(w.CreatedBy), UpdatedAt: w.UpdatedAt, UpdatedBy: toNullable(w.UpdatedBy),
	}
}

func toWebhookDelivery(row db.WebhookDelivery) api.WebhookDelivery {
	return api.WebhookDelivery{
		ID: row.ID, WebhookID: row.WebhookID, MessageID: webhook.MessageID(row.ID), EventID: toNullable(row.EventID),
		EventType: row.EventType, EntityType: api.EntityType(row.EntityType), EntityID: row.EntityID,
		State: api.WebhookDeliveryState(row.State), Attempts: row.Attempts, CreatedAt: row.CreatedAt,
		NextAttemptAt: toNullable(row.NextAttemptAt), LastAttemptAt: toNullable(row.LastAttemptAt), DeliveredAt: toNullable(row.DeliveredAt),
		ResponseStatus: toNullable(row.ResponseStatus), LatencyMilliseconds: toNullable(row.LatencyMilliseconds),
		Error: toNullable(row.Error), ResponseExcerpt: toNullable(row.ResponseExcerpt),
	}
}
