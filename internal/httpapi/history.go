package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/page"
)

// history is the whole of an operation that reads the history of one entity.
func (h *handlers) history(ctx context.Context, entity string, id uuid.UUID, request page.Request) (api.EventPage, *string, error) {
	rows, info, err := h.Events.History(ctx, actorOf(ctx), entity, id, request)
	return toEventPage(ctx, rows, info, err)
}

func (h *handlers) GetTaskHistory(ctx context.Context, request server.GetTaskHistoryRequestObject) (server.GetTaskHistoryResponseObject, error) {
	p := request.Params
	body, link, err := h.history(ctx, "task", request.TaskID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	return server.GetTaskHistory200JSONResponse{Body: body, Headers: server.GetTaskHistory200ResponseHeaders{Link: link}}, err
}

func (h *handlers) GetProjectHistory(ctx context.Context, request server.GetProjectHistoryRequestObject) (server.GetProjectHistoryResponseObject, error) {
	p := request.Params
	body, link, err := h.history(ctx, "project", request.ProjectID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	return server.GetProjectHistory200JSONResponse{Body: body, Headers: server.GetProjectHistory200ResponseHeaders{Link: link}}, err
}

func (h *handlers) GetClientHistory(ctx context.Context, request server.GetClientHistoryRequestObject) (server.GetClientHistoryResponseObject, error) {
	p := request.Params
	body, link, err := h.history(ctx, "client", request.ClientID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	return server.GetClientHistory200JSONResponse{Body: body, Headers: server.GetClientHistory200ResponseHeaders{Link: link}}, err
}

func (h *handlers) GetUserHistory(ctx context.Context, request server.GetUserHistoryRequestObject) (server.GetUserHistoryResponseObject, error) {
	p := request.Params
	body, link, err := h.history(ctx, "user", request.UserID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	return server.GetUserHistory200JSONResponse{Body: body, Headers: server.GetUserHistory200ResponseHeaders{Link: link}}, err
}

func (h *handlers) GetCommentHistory(ctx context.Context, request server.GetCommentHistoryRequestObject) (server.GetCommentHistoryResponseObject, error) {
	p := request.Params
	body, link, err := h.history(ctx, "comment", request.CommentID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	return server.GetCommentHistory200JSONResponse{Body: body, Headers: server.GetCommentHistory200ResponseHeaders{Link: link}}, err
}

func (h *handlers) GetTimeEntryHistory(ctx context.Context, request server.GetTimeEntryHistoryRequestObject) (server.GetTimeEntryHistoryResponseObject, error) {
	p := request.Params
	body, link, err := h.history(ctx, "time_entry", request.TimeEntryID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	return server.GetTimeEntryHistory200JSONResponse{Body: body, Headers: server.GetTimeEntryHistory200ResponseHeaders{Link: link}}, err
}

func (h *handlers) GetClientContactHistory(ctx context.Context, request server.GetClientContactHistoryRequestObject) (server.GetClientContactHistoryResponseObject, error) {
	p := request.Params
	rows, info, err := h.Events.ContactHistory(ctx, actorOf(ctx), request.ClientID, request.ContactID, fromPage(p.Page, p.PageSize, p.Cursor, nil))
	body, link, err := toEventPage(ctx, rows, info, err)
	return server.GetClientContactHistory200JSONResponse{Body: body, Headers: server.GetClientContactHistory200ResponseHeaders{Link: link}}, err
}

func (h *handlers) ListUserActivity(ctx context.Context, request server.ListUserActivityRequestObject) (server.ListUserActivityResponseObject, error) {
	p := request.Params
	rows, info, err := h.Events.Activity(ctx, actorOf(ctx), request.UserID,
		event.Filter{EntityType: (*string)(p.EntityType), Actions: fromEnums(p.Action), From: p.From, To: p.To},
		fromPage(p.Page, p.PageSize, p.Cursor, nil))
	body, link, err := toEventPage(ctx, rows, info, err)
	return server.ListUserActivity200JSONResponse{Body: body, Headers: server.ListUserActivity200ResponseHeaders{Link: link}}, err
}

func (h *handlers) ListAuditLog(ctx context.Context, request server.ListAuditLogRequestObject) (server.ListAuditLogResponseObject, error) {
	p := request.Params
	rows, info, err := h.Events.List(ctx, actorOf(ctx),
		event.Filter{
			ActorID: p.ActorID, EntityType: (*string)(p.EntityType), EntityID: p.EntityID, ProjectID: p.ProjectID,
			Actions: fromEnums(p.Action), RequestID: p.RequestID, From: p.From, To: p.To,
		},
		fromPage(p.Page, p.PageSize, p.Cursor, nil))
	body, link, err := toEventPage(ctx, rows, info, err)
	return server.ListAuditLog200JSONResponse{Body: body, Headers: server.ListAuditLog200ResponseHeaders{Link: link}}, err
}

func toEventPage(ctx context.Context, rows []event.Recorded, info page.Info, err error) (api.EventPage, *string, error) {
	if err != nil {
		return api.EventPage{}, nil, err
	}
	data := make([]api.Event, len(rows))
	for i, row := range rows {
		data[i] = toEvent(row)
	}
	return api.EventPage{Data: data, Page: toPageInfo(info)}, links(ctx, info), nil
}

func toEvent(row event.Recorded) api.Event {
	// The values are JSON as it is stored, null included.
	changes := make(api.EventChanges, len(row.Fields))
	for name, change := range row.Fields {
		changes[name] = api.EventChange{
			Old: api.NewNullableWithValue[api.EventValue](change.Old),
			New: api.NewNullableWithValue[api.EventValue](change.New),
		}
	}
	return api.Event{
		ID: row.ID, OccurredAt: row.OccurredAt, Actor: toEventActor(row), Credential: row.Credential,
		RequestID: toNullable(row.RequestID), EntityType: api.EntityType(row.EntityType), EntityID: row.EntityID,
		ProjectID: toNullable(row.ProjectID), Action: row.Action, Changes: changes, Version: toNullable(row.Version),
	}
}

func toEventActor(row event.Recorded) api.Nullable[api.EventActor] {
	if row.ActorID == nil {
		return api.NewNullNullable[api.EventActor]()
	}
	actor := api.EventActor{
		ID: *row.ActorID, Kind: api.NewNullNullable[api.PrincipalKind](), Name: api.NewNullNullable[string](),
	}
	if row.Actor != nil {
		actor.Kind.Set(api.PrincipalKind(row.Actor.Kind))
		actor.Name.Set(row.Actor.Name)
	}
	return api.NewNullableWithValue(actor)
}
