package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/client"
)

func (h *handlers) ListClients(ctx context.Context, request server.ListClientsRequestObject) (server.ListClientsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Clients.List(ctx, actorOf(ctx),
		client.Filter{Status: fromEnums(p.Status), Q: p.Q},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	data := make([]api.Client, len(rows))
	for i, row := range rows {
		data[i] = toClient(row)
	}
	return server.ListClients200JSONResponse{
		Body:    api.ClientPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListClients200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateClient(ctx context.Context, request server.CreateClientRequestObject) (server.CreateClientResponseObject, error) {
	body := request.Body
	row, err := h.Clients.Create(ctx, actorOf(ctx), client.CreateParams{
		Name: body.Name, Email: fromNullable(body.Email), Phone: fromNullable(body.Phone),
		Website: fromNullable(body.Website), Industry: fromNullable(body.Industry),
		Status: db.ClientStatus(valueOr(body.Status, api.ClientStatusLead)), Notes: fromNullable(body.Notes),
	})
	if err != nil {
		return nil, err
	}
	location := "/api/v1/clients/" + row.ID.String()
	return server.CreateClient201JSONResponse{
		Body:    toClient(row),
		Headers: server.CreateClient201ResponseHeaders{ETag: etag(row.Version), Location: &location},
	}, nil
}

func (h *handlers) GetClient(ctx context.Context, request server.GetClientRequestObject) (server.GetClientResponseObject, error) {
	row, err := h.Clients.Get(ctx, actorOf(ctx), request.ClientID)
	if err != nil {
		return nil, err
	}
	return server.GetClient200JSONResponse{
		Body:    toClient(row),
		Headers: server.GetClient200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) UpdateClient(ctx context.Context, request server.UpdateClientRequestObject) (server.UpdateClientResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Clients.Update(ctx, actorOf(ctx), request.ClientID, version, db.ClientUpdateParams{
		Name:          body.Name,
		EmailDoUpdate: body.Email.IsSpecified(), Email: fromNullable(body.Email),
		PhoneDoUpdate: body.Phone.IsSpecified(), Phone: fromNullable(body.Phone),
		WebsiteDoUpdate: body.Website.IsSpecified(), Website: fromNullable(body.Website),
		IndustryDoUpdate: body.Industry.IsSpecified(), Industry: fromNullable(body.Industry),
		NotesDoUpdate: body.Notes.IsSpecified(), Notes: fromNullable(body.Notes),
	})
	if err != nil {
		return nil, err
	}
	return server.UpdateClient200JSONResponse{
		Body:    toClient(row),
		Headers: server.UpdateClient200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) DeleteClient(ctx context.Context, request server.DeleteClientRequestObject) (server.DeleteClientResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Clients.Delete(ctx, actorOf(ctx), request.ClientID, version); err != nil {
		return nil, err
	}
	return server.DeleteClient204Response{}, nil
}

func (h *handlers) RestoreClient(ctx context.Context, request server.RestoreClientRequestObject) (server.RestoreClientResponseObject, error) {
	row, err := h.Clients.Restore(ctx, actorOf(ctx), request.ClientID)
	if err != nil {
		return nil, err
	}
	return server.RestoreClient200JSONResponse{
		Body:    toClient(row),
		Headers: server.RestoreClient200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) SetClientStatus(ctx context.Context, request server.SetClientStatusRequestObject) (server.SetClientStatusResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	row, err := h.Clients.SetStatus(ctx, actorOf(ctx), request.ClientID, version,
		db.ClientStatus(request.Body.Status), fromNullable(request.Body.Reason))
	if err != nil {
		return nil, err
	}
	return server.SetClientStatus200JSONResponse{
		Body:    toClient(row),
		Headers: server.SetClientStatus200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func toClient(row db.Client) api.Client {
	return api.Client{
		ID: row.ID, Name: row.Name, Email: toNullable(row.Email), Phone: toNullable(row.Phone),
		Website: toNullable(row.Website), Industry: toNullable(row.Industry),
		Status: api.ClientStatus(row.Status), StatusReason: toNullable(row.StatusReason), Notes: toNullable(row.Notes),
		Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
		UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
	}
}
