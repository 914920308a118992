package contract_test

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func webhookProofs() map[string]proof {
	all := at("/api/v1/webhooks")
	one := func(more string) func(w *world) string {
		return func(w *world) string { return "/api/v1/webhooks/" + w.webhook.String() + more }
	}
	delivery := func(more string) func(w *world) string {
		return func(w *world) string { return one("/deliveries/" + w.delivery.String() + more)(w) }
	}
	body := func(project func(w *world) *uuid.UUID) func(w *world) any {
		return func(w *world) any {
			sent := map[string]any{"name": "Builds", "url": "https://hooks.agency.example/coordinator", "event_types": []string{"task.*", "comment.created"}}
			if id := project(w); id != nil {
				sent["project_id"] = id
			}
			return sent
		}
	}
	ofProject := func(w *world) *uuid.UUID { return &w.project.ID }
	users := append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, lead, contributor, viewer, agent, outsider)...)
	// Who does not manage the project does not learn where its changes go.
	notTheirs := slices.Concat(users, deniedTo(notFound, otherManager))
	disabled := func(method string, path func(w *world) string) *requestMaker {
		return new(requestMaker(func(w *world) apitest.Request {
			w.exec(w.t, "UPDATE webhooks SET status = 'disabled', disabled_at = now(), disabled_reason = 'gone' WHERE id = $1", w.webhook)
			return apitest.Request{Method: method, Path: path(w)}
		}))
	}
	return map[string]proof{
		"listWebhooks": {request: sending(http.MethodGet, all, nil), as: manager, status: http.StatusOK, denied: users},
		"createWebhook": {
			request: sending(http.MethodPost, all, body(ofProject)), as: manager, status: http.StatusCreated,
			denied: append(slices.Clip(users), denial{as: otherManager, status: forbidden}, denial{
				as: manager, status: forbidden, because: "OfEverythingByAManager",
				request: sending(http.MethodPost, all, body(func(*world) *uuid.UUID { return nil })),
			}, denial{
				as: manager, status: http.StatusUnprocessableEntity, because: "ToAPrivateAddress",
				request: sending(http.MethodPost, all, func(w *world) any {
					sent := body(ofProject)(w).(map[string]any)
					sent["url"] = "https://169.254.169.254/latest/meta-data/"
					return sent
				}),
			}, denial{
				as: manager, status: http.StatusConflict, because: "TooMany",
				request: new(requestMaker(func(w *world) apitest.Request {
					for range 19 {
						factory.Webhook(w.t, w.DB, apitest.Secret, &w.project.ID)
					}
					return apitest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks", Body: body(ofProject)(w)}
				})),
			}),
		},
		"getWebhook": {request: sending(http.MethodGet, one(""), nil), as: manager, status: http.StatusOK, denied: notTheirs},
		"updateWebhook": {
			request: sending(http.MethodPatch, one(""), fixed(map[string]any{"event_types": []string{"*"}})), as: manager, status: http.StatusOK,
			denied: append(slices.Clip(notTheirs), denial{
				as: manager, status: http.StatusUnprocessableEntity, because: "ToAPortOfAnotherService",
				request: sending(http.MethodPatch, one(""), fixed(map[string]any{"url": "https://hooks.agency.example:5432/"})),
			}),
		},
		"deleteWebhook":       {request: sending(http.MethodDelete, one(""), nil), as: admin, status: http.StatusNoContent, denied: notTheirs},
		"rotateWebhookSecret": {request: sending(http.MethodPost, one("/rotate-secret"), fixed(map[string]any{"overlap_hours": 1})), as: manager, status: http.StatusOK, denied: notTheirs},
		"enableWebhook":       {request: sending(http.MethodPost, one("/enable"), nil), as: manager, status: http.StatusOK, denied: notTheirs},
		"disableWebhook":      {request: sending(http.MethodPost, one("/disable"), nil), as: manager, status: http.StatusOK, denied: notTheirs},
		"testWebhook": {
			request: sending(http.MethodPost, one("/test"), nil), as: manager, status: http.StatusAccepted,
			denied: append(slices.Clip(notTheirs), denial{
				as: manager, status: http.StatusConflict, because: "Disabled", request: disabled(http.MethodPost, one("/test")),
			}),
		},
		"listWebhookDeliveries": {request: sending(http.MethodGet, one("/deliveries"), nil), as: manager, status: http.StatusOK, denied: notTheirs},
		"getWebhookDelivery":    {request: sending(http.MethodGet, delivery(""), nil), as: manager, status: http.StatusOK, denied: notTheirs},
		"redeliverWebhookDelivery": {
			request: sending(http.MethodPost, delivery("/redeliver"), nil), as: manager, status: http.StatusAccepted,
			denied: append(slices.Clip(notTheirs), denial{
				as: manager, status: http.StatusConflict, because: "Pending",
				request: new(requestMaker(func(w *world) apitest.Request {
					w.exec(w.t, "UPDATE webhook_deliveries SET state = 'pending', delivered_at = NULL, next_attempt_at = now() WHERE id = $1", w.delivery)
					return apitest.Request{Method: http.MethodPost, Path: delivery("/redeliver")(w)}
				})),
			}),
		},
	}
}
