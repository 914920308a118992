package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/auth"
)

func (h *handlers) CreateInvitation(ctx context.Context, request server.CreateInvitationRequestObject) (server.CreateInvitationResponseObject, error) {
	invited, token, err := h.Auth.Invite(ctx, actorOf(ctx), request.Body.Email, access.Role(request.Body.Role))
	if err != nil {
		return nil, err
	}
	created := api.InvitationCreated{Invitation: toInvitation(invited), Token: api.NewNullNullable[string]()}
	if token != "" {
		created.Token.Set(token)
	}
	return server.CreateInvitation201JSONResponse(created), nil
}

func (h *handlers) ListInvitations(ctx context.Context, request server.ListInvitationsRequestObject) (server.ListInvitationsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Auth.ListInvitations(ctx, actorOf(ctx), fromEnums(p.State), fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	return server.ListInvitations200JSONResponse{
		Body:    api.InvitationPage{Data: convertAll(rows, toInvitation), Page: toPageInfo(info)},
		Headers: server.ListInvitations200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) RevokeInvitation(ctx context.Context, request server.RevokeInvitationRequestObject) (server.RevokeInvitationResponseObject, error) {
	if err := h.Auth.RevokeInvitation(ctx, actorOf(ctx), request.InvitationID); err != nil {
		return nil, err
	}
	return server.RevokeInvitation204Response{}, nil
}

func toInvitation(row auth.Invited) api.Invitation {
	return api.Invitation{
		ID: row.ID, Email: row.Email, Role: api.Role(row.Role), State: api.InvitationState(row.State), IsMailed: row.IsMailed,
		CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy, ExpiresAt: row.ExpiresAt,
		AcceptedAt: toNullable(row.AcceptedAt), AcceptedBy: toNullable(row.AcceptedBy),
		RevokedAt: toNullable(row.RevokedAt), RevokedBy: toNullable(row.RevokedBy),
	}
}
