package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/project"
)

func (h *handlers) ListClients(ctx context.Context, request server.ListClientsRequestObject) (server.ListClientsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Clients.List(ctx, actorOf(ctx),
		client.Filter{
			Status: fromEnums(p.Status), Industry: p.Industry, Segment: p.Segment, OwnerID: p.OwnerID, Tag: p.Tag,
			CreatedFrom: p.CreatedFrom, CreatedTo: p.CreatedTo, IncludeDeleted: valueOr(p.IncludeDeleted, false), Q: p.Q,
		},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	related, err := h.Clients.Related(ctx, actorOf(ctx), rows, fromEnums(p.Include))
	if err != nil {
		return nil, err
	}
	data := convertAll(rows, func(row db.Client) api.Client { return toClientWith(row, related) })
	return server.ListClients200JSONResponse{
		Body:    api.ClientPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListClients200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) SearchClients(ctx context.Context, request server.SearchClientsRequestObject) (server.SearchClientsResponseObject, error) {
	p := request.Params
	hits, info, err := h.Clients.Search(ctx, actorOf(ctx), p.Q, fromPage(p.Page, p.PageSize, nil, nil))
	if err != nil {
		return nil, err
	}
	marked := make(highlights, 0, len(hits))
	data := convertAll(hits, func(hit client.Hit) api.ClientSearchHit {
		return api.ClientSearchHit{Client: toClient(hit.Client), Score: hit.Score, Highlights: marked.of(hit.Highlights)}
	})
	return server.SearchClients200JSONResponse{
		Body:    api.ClientSearchPage{Data: data, Page: toPageInfo(info)},
		Headers: server.SearchClients200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateClient(ctx context.Context, request server.CreateClientRequestObject) (server.CreateClientResponseObject, error) {
	row, err := h.Clients.Create(ctx, actorOf(ctx), fromClientCreate(request.Body))
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
	related, err := h.Clients.Related(ctx, actorOf(ctx), []db.Client{row}, fromEnums(request.Params.Include))
	if err != nil {
		return nil, err
	}
	return server.GetClient200JSONResponse{
		Body:    toClientWith(row, related),
		Headers: server.GetClient200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

// ListClientProjects lists the projects of a client as any others, once the
// caller is known to see the client.
func (h *handlers) ListClientProjects(ctx context.Context, request server.ListClientProjectsRequestObject) (server.ListClientProjectsResponseObject, error) {
	p := request.Params
	if _, err := h.Clients.Get(ctx, actorOf(ctx), request.ClientID); err != nil {
		return nil, err
	}
	rows, info, err := h.Projects.List(ctx, actorOf(ctx),
		project.Filter{ClientID: &request.ClientID, Status: fromEnums(p.Status)},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	return server.ListClientProjects200JSONResponse{
		Body:    api.ProjectPage{Data: convertAll(rows, toProject), Page: toPageInfo(info)},
		Headers: server.ListClientProjects200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) ReplaceClient(ctx context.Context, request server.ReplaceClientRequestObject) (server.ReplaceClientResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	row, err := h.Clients.Update(ctx, actorOf(ctx), request.ClientID, version, fromClientReplace(request.Body))
	if err != nil {
		return nil, err
	}
	return server.ReplaceClient200JSONResponse{
		Body:    toClient(row),
		Headers: server.ReplaceClient200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) UpdateClient(ctx context.Context, request server.UpdateClientRequestObject) (server.UpdateClientResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	row, err := h.Clients.Update(ctx, actorOf(ctx), request.ClientID, version, fromClientUpdate(request.Body))
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
