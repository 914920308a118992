package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/auth"
)

func (h *handlers) ListAPIKeys(ctx context.Context, request server.ListAPIKeysRequestObject) (server.ListAPIKeysResponseObject, error) {
	p := request.Params
	keys, info, err := h.Auth.ListAPIKeys(ctx, actorOf(ctx),
		auth.APIKeyFilter{PrincipalID: p.PrincipalID, States: fromEnums(p.State)},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	return server.ListAPIKeys200JSONResponse{
		Body:    api.APIKeyPage{Data: convertAll(keys, h.toAPIKey), Page: toPageInfo(info)},
		Headers: server.ListAPIKeys200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateAPIKey(ctx context.Context, request server.CreateAPIKeyRequestObject) (server.CreateAPIKeyResponseObject, error) {
	body := request.Body
	key, text, err := h.Auth.CreateAPIKey(ctx, actorOf(ctx), auth.CreateAPIKeyParams{
		Name: body.Name, Scopes: fromEnums(body.Scopes), PrincipalID: body.PrincipalID, ExpiresAt: body.ExpiresAt,
		ProjectIDs: body.ProjectIds, ClientIDs: body.ClientIds,
		RequireIfMatch: valueOr(body.RequireIfMatch, false),
	})
	if err != nil {
		return nil, err
	}
	return server.CreateAPIKey201JSONResponse{
		Body:    api.APIKeyCreated{Key: text.Reveal(), APIKey: h.toAPIKey(key)},
		Headers: server.CreateAPIKey201ResponseHeaders{ETag: etag(key.Version)},
	}, nil
}

func (h *handlers) GetAPIKey(ctx context.Context, request server.GetAPIKeyRequestObject) (server.GetAPIKeyResponseObject, error) {
	key, err := h.Auth.GetAPIKey(ctx, actorOf(ctx), request.APIKeyID)
	if err != nil {
		return nil, err
	}
	return server.GetAPIKey200JSONResponse{
		Body:    h.toAPIKey(key),
		Headers: server.GetAPIKey200ResponseHeaders{ETag: etag(key.Version)},
	}, nil
}

func (h *handlers) UpdateAPIKey(ctx context.Context, request server.UpdateAPIKeyRequestObject) (server.UpdateAPIKeyResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	key, err := h.Auth.RenameAPIKey(ctx, actorOf(ctx), request.APIKeyID, version, request.Body.Name)
	if err != nil {
		return nil, err
	}
	return server.UpdateAPIKey200JSONResponse{
		Body:    h.toAPIKey(key),
		Headers: server.UpdateAPIKey200ResponseHeaders{ETag: etag(key.Version)},
	}, nil
}

func (h *handlers) RevokeAPIKey(ctx context.Context, request server.RevokeAPIKeyRequestObject) (server.RevokeAPIKeyResponseObject, error) {
	if err := h.Auth.RevokeAPIKey(ctx, actorOf(ctx), request.APIKeyID); err != nil {
		return nil, err
	}
	return server.RevokeAPIKey204Response{}, nil
}

func (h *handlers) toAPIKey(key auth.APIKey) api.APIKey {
	scopes := make([]api.APIKeyScope, len(key.Scopes))
	for i, scope := range key.Scopes {
		scopes[i] = api.APIKeyScope(scope)
	}
	return api.APIKey{
		ID: key.ID, PrincipalID: key.PrincipalID, Name: key.Name, Prefix: key.Prefix(), Scopes: scopes,
		IsLimited: key.Limited, RequireIfMatch: key.RequireIfMatch, ProjectIds: orEmpty(key.ProjectIDs), ClientIds: orEmpty(key.ClientIDs),
		State: api.APIKeyState(key.State(h.Auth.Now())), Version: key.Version,
		CreatedAt: key.CreatedAt, CreatedBy: key.CreatedBy, ExpiresAt: key.ExpiresAt,
		LastUsedAt: toNullable(key.LastUsedAt), LastUsedIP: toNullable(key.LastUsedIP),
		RevokedAt: toNullable(key.RevokedAt), RevokedBy: toNullable(key.RevokedBy),
	}
}

func orEmpty(ids []uuid.UUID) []uuid.UUID {
	if ids == nil {
		return []uuid.UUID{}
	}
	return ids
}
