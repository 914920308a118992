package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
)

func (h *handlers) ListSessions(ctx context.Context, request server.ListSessionsRequestObject) (server.ListSessionsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Auth.Sessions(ctx, actorOf(ctx), fromPage(p.Page, p.PageSize, p.Cursor, nil))
	if err != nil {
		return nil, err
	}
	data := make([]api.Session, len(rows))
	for i, row := range rows {
		data[i] = toSession(ctx, row)
	}
	return server.ListSessions200JSONResponse{
		Body:    api.SessionPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListSessions200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) RevokeSession(ctx context.Context, request server.RevokeSessionRequestObject) (server.RevokeSessionResponseObject, error) {
	if err := h.Auth.RevokeSession(ctx, actorOf(ctx), request.SessionID); err != nil {
		return nil, err
	}
	return server.RevokeSession204Response{}, nil
}

func (h *handlers) RevokeOtherSessions(ctx context.Context, _ server.RevokeOtherSessionsRequestObject) (server.RevokeOtherSessionsResponseObject, error) {
	if err := h.Auth.RevokeOtherSessions(ctx, actorOf(ctx)); err != nil {
		return nil, err
	}
	return server.RevokeOtherSessions204Response{}, nil
}

func (h *handlers) RevokeUserSessions(ctx context.Context, request server.RevokeUserSessionsRequestObject) (server.RevokeUserSessionsResponseObject, error) {
	if err := h.Auth.RevokeUserSessions(ctx, actorOf(ctx), request.UserID); err != nil {
		return nil, err
	}
	return server.RevokeUserSessions204Response{}, nil
}

func (h *handlers) GetJWKS(ctx context.Context, _ server.GetJWKSRequestObject) (server.GetJWKSResponseObject, error) {
	keys, err := h.Auth.PublicKeys(ctx)
	if err != nil {
		return nil, err
	}
	set := api.JSONWebKeySet{Keys: make([]api.JSONWebKey, len(keys))}
	for i, key := range keys {
		set.Keys[i] = api.JSONWebKey{Kty: "OKP", Crv: "Ed25519", Alg: "EdDSA", Use: "sig", Kid: key.KID, X: key.X}
	}
	return server.GetJWKS200JSONResponse{
		Body: set,
		// Replicas take a new key at once, others when they read this again.
		Headers: server.GetJWKS200ResponseHeaders{CacheControl: new("public, max-age=60")},
	}, nil
}

func toSession(ctx context.Context, row db.Session) api.Session {
	return api.Session{
		ID: row.ID, IsCurrent: row.ID == actorOf(ctx).SessionID,
		CreatedAt: row.CreatedAt, LastUsedAt: row.LastUsedAt, ExpiresAt: row.ExpiresAt,
		IP: toNullable(row.IP), UserAgent: toNullable(row.UserAgent),
	}
}
