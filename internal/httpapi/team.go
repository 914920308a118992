package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
)

func (h *handlers) ListProjectMembers(ctx context.Context, request server.ListProjectMembersRequestObject) (server.ListProjectMembersResponseObject, error) {
	rows, info, err := h.Projects.Members(ctx, actorOf(ctx), request.ProjectID,
		fromPage(request.Params.Page, request.Params.PageSize, request.Params.Cursor, nil))
	if err != nil {
		return nil, err
	}
	data := make([]api.ProjectMember, len(rows))
	for i, row := range rows {
		data[i] = toProjectMember(row)
	}
	return server.ListProjectMembers200JSONResponse{
		Body:    api.ProjectMemberPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListProjectMembers200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) AddProjectMember(ctx context.Context, request server.AddProjectMemberRequestObject) (server.AddProjectMemberResponseObject, error) {
	role := api.ProjectMemberRoleContributor
	if request.Body != nil {
		role = valueOr(request.Body.Role, role)
	}
	row, err := h.Projects.AddMember(ctx, actorOf(ctx), request.ProjectID, request.UserID, db.ProjectMemberRole(role))
	if err != nil {
		return nil, err
	}
	return server.AddProjectMember201JSONResponse(toProjectMember(row)), nil
}

func (h *handlers) SetProjectMemberRole(ctx context.Context, request server.SetProjectMemberRoleRequestObject) (server.SetProjectMemberRoleResponseObject, error) {
	row, err := h.Projects.SetMemberRole(ctx, actorOf(ctx), request.ProjectID, request.UserID, db.ProjectMemberRole(request.Body.Role))
	if err != nil {
		return nil, err
	}
	return server.SetProjectMemberRole200JSONResponse(toProjectMember(row)), nil
}

func (h *handlers) RemoveProjectMember(ctx context.Context, request server.RemoveProjectMemberRequestObject) (server.RemoveProjectMemberResponseObject, error) {
	if err := h.Projects.RemoveMember(ctx, actorOf(ctx), request.ProjectID, request.UserID); err != nil {
		return nil, err
	}
	return server.RemoveProjectMember204Response{}, nil
}

func toProjectMember(row db.ProjectMember) api.ProjectMember {
	return api.ProjectMember{
		ProjectID: row.ProjectID, UserID: row.UserID, Role: api.ProjectMemberRole(row.Role),
		CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
	}
}
