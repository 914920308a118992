package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
)

func (h *handlers) ListClientContacts(ctx context.Context, request server.ListClientContactsRequestObject) (server.ListClientContactsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Clients.Contacts(ctx, actorOf(ctx), request.ClientID, fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	return server.ListClientContacts200JSONResponse{
		Body:    api.ClientContactPage{Data: convertAll(rows, toClientContact), Page: toPageInfo(info)},
		Headers: server.ListClientContacts200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateClientContact(ctx context.Context, request server.CreateClientContactRequestObject) (server.CreateClientContactResponseObject, error) {
	body := request.Body
	row, err := h.Clients.CreateContact(ctx, actorOf(ctx), db.ClientContactInsertParams{
		ClientID: request.ClientID, Name: body.Name, Position: fromNullable(body.Position),
		Email: fromNullable(body.Email), Phone: fromNullable(body.Phone),
		IsPrimary: valueOr(body.IsPrimary, false), Notes: fromNullable(body.Notes),
	})
	if err != nil {
		return nil, err
	}
	location := "/api/v1/clients/" + row.ClientID.String() + "/contacts/" + row.ID.String()
	return server.CreateClientContact201JSONResponse{
		Body:    toClientContact(row),
		Headers: server.CreateClientContact201ResponseHeaders{ETag: etag(row.Version), Location: &location},
	}, nil
}

func (h *handlers) GetClientContact(ctx context.Context, request server.GetClientContactRequestObject) (server.GetClientContactResponseObject, error) {
	row, err := h.Clients.Contact(ctx, actorOf(ctx), request.ClientID, request.ContactID)
	if err != nil {
		return nil, err
	}
	return server.GetClientContact200JSONResponse{
		Body:    toClientContact(row),
		Headers: server.GetClientContact200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) ReplaceClientContact(ctx context.Context, request server.ReplaceClientContactRequestObject) (server.ReplaceClientContactResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Clients.UpdateContact(ctx, actorOf(ctx), request.ClientID, request.ContactID, version, db.ClientContactUpdateParams{
		Name: &body.Name, IsPrimary: new(valueOr(body.IsPrimary, false)),
		PositionDoUpdate: true, Position: fromNullable(body.Position),
		EmailDoUpdate: true, Email: fromNullable(body.Email),
		PhoneDoUpdate: true, Phone: fromNullable(body.Phone),
		NotesDoUpdate: true, Notes: fromNullable(body.Notes),
	})
	if err != nil {
		return nil, err
	}
	return server.ReplaceClientContact200JSONResponse{
		Body:    toClientContact(row),
		Headers: server.ReplaceClientContact200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) UpdateClientContact(ctx context.Context, request server.UpdateClientContactRequestObject) (server.UpdateClientContactResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Clients.UpdateContact(ctx, actorOf(ctx), request.ClientID, request.ContactID, version, db.ClientContactUpdateParams{
		Name: body.Name, IsPrimary: body.IsPrimary,
		PositionDoUpdate: body.Position.IsSpecified(), Position: fromNullable(body.Position),
		EmailDoUpdate: body.Email.IsSpecified(), Email: fromNullable(body.Email),
		PhoneDoUpdate: body.Phone.IsSpecified(), Phone: fromNullable(body.Phone),
		NotesDoUpdate: body.Notes.IsSpecified(), Notes: fromNullable(body.Notes),
	})
	if err != nil {
		return nil, err
	}
	return server.UpdateClientContact200JSONResponse{
		Body:    toClientContact(row),
		Headers: server.UpdateClientContact200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) DeleteClientContact(ctx context.Context, request server.DeleteClientContactRequestObject) (server.DeleteClientContactResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Clients.DeleteContact(ctx, actorOf(ctx), request.ClientID, request.ContactID, version); err != nil {
		return nil, err
	}
	return server.DeleteClientContact204Response{}, nil
}

func toClientContact(row db.ClientContact) api.ClientContact {
	return api.ClientContact{
		ID: row.ID, ClientID: row.ClientID, Name: row.Name, Position: toNullable(row.Position),
		Email: toNullable(row.Email), Phone: toNullable(row.Phone), IsPrimary: row.IsPrimary, Notes: toNullable(row.Notes),
		Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
		UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
	}
}
