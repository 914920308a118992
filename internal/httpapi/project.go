package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/project"
)

func (h *handlers) ListProjects(ctx context.Context, request server.ListProjectsRequestObject) (server.ListProjectsResponseObject, error) {
	p := request.Params
	rows, info, err := h.Projects.List(ctx, actorOf(ctx),
		project.Filter{
			ClientID: p.ClientID, ManagerID: p.ManagerID, MemberID: p.MemberID,
			Status: fromEnums(p.Status), Priority: fromEnums(p.Priority), Overdue: p.Overdue, Q: p.Q,
		},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	data := make([]api.Project, len(rows))
	for i, row := range rows {
		data[i] = toProject(row)
	}
	return server.ListProjects200JSONResponse{
		Body:    api.ProjectPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListProjects200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateProject(ctx context.Context, request server.CreateProjectRequestObject) (server.CreateProjectResponseObject, error) {
	body := request.Body
	managerID := fromNullable(body.ManagerID)
	if !body.ManagerID.IsSpecified() {
		managerID = actorOf(ctx).IDOrNil()
	}
	row, err := h.Projects.Create(ctx, actorOf(ctx), project.CreateParams{
		Name: body.Name, ClientID: fromNullable(body.ClientID), ManagerID: managerID,
		Description: fromNullable(body.Description),
		Priority:    db.Priority(valueOr(body.Priority, api.PriorityMedium)),
		StartsOn:    fromNullableDate(body.StartsOn), EndsOn: fromNullableDate(body.EndsOn),
	})
	if err != nil {
		return nil, err
	}
	location := "/api/v1/projects/" + row.ID.String()
	return server.CreateProject201JSONResponse{
		Body:    toProject(row),
		Headers: server.CreateProject201ResponseHeaders{ETag: etag(row.Version), Location: &location},
	}, nil
}

func (h *handlers) GetProject(ctx context.Context, request server.GetProjectRequestObject) (server.GetProjectResponseObject, error) {
	row, err := h.Projects.Get(ctx, actorOf(ctx), request.ProjectID)
	if err != nil {
		return nil, err
	}
	return server.GetProject200JSONResponse{
		Body:    toProject(row),
		Headers: server.GetProject200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) UpdateProject(ctx context.Context, request server.UpdateProjectRequestObject) (server.UpdateProjectResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	params := db.ProjectUpdateParams{
		Name: body.Name, Priority: (*db.Priority)(body.Priority),
		ClientIDDoUpdate: body.ClientID.IsSpecified(), ClientID: fromNullable(body.ClientID),
		ManagerIDDoUpdate: body.ManagerID.IsSpecified(), ManagerID: fromNullable(body.ManagerID),
		DescriptionDoUpdate: body.Description.IsSpecified(), Description: fromNullable(body.Description),
		StartsOnDoUpdate: body.StartsOn.IsSpecified(), StartsOn: fromNullableDate(body.StartsOn),
		EndsOnDoUpdate: body.EndsOn.IsSpecified(), EndsOn: fromNullableDate(body.EndsOn),
	}
	row, err := h.Projects.Update(ctx, actorOf(ctx), request.ProjectID, version, params)
	if err != nil {
		return nil, err
	}
	return server.UpdateProject200JSONResponse{
		Body:    toProject(row),
		Headers: server.UpdateProject200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) DeleteProject(ctx context.Context, request server.DeleteProjectRequestObject) (server.DeleteProjectResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Projects.Delete(ctx, actorOf(ctx), request.ProjectID, version); err != nil {
		return nil, err
	}
	return server.DeleteProject204Response{}, nil
}

func (h *handlers) RestoreProject(ctx context.Context, request server.RestoreProjectRequestObject) (server.RestoreProjectResponseObject, error) {
	row, err := h.Projects.Restore(ctx, actorOf(ctx), request.ProjectID)
	if err != nil {
		return nil, err
	}
	return server.RestoreProject200JSONResponse{
		Body:    toProject(row),
		Headers: server.RestoreProject200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) SetProjectStatus(ctx context.Context, request server.SetProjectStatusRequestObject) (server.SetProjectStatusResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	row, err := h.Projects.SetStatus(ctx, actorOf(ctx), request.ProjectID, version, project.StatusChange{
		Status: db.ProjectStatus(request.Body.Status),
		Reason: fromNullable(request.Body.Reason),
		Force:  valueOr(request.Body.Force, false),
	})
	if err != nil {
		return nil, err
	}
	return server.SetProjectStatus200JSONResponse{
		Body:    toProject(row),
		Headers: server.SetProjectStatus200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) GetProjectStatistics(ctx context.Context, request server.GetProjectStatisticsRequestObject) (server.GetProjectStatisticsResponseObject, error) {
	s, err := h.Projects.Statistics(ctx, actorOf(ctx), request.ProjectID)
	if err != nil {
		return nil, err
	}
	return server.GetProjectStatistics200JSONResponse(toProjectStatistics(s)), nil
}

func toProject(row db.Project) api.Project {
	return api.Project{
		ID: row.ID, ClientID: toNullable(row.ClientID), ManagerID: toNullable(row.ManagerID),
		Name: row.Name, Description: toNullable(row.Description),
		Status: api.ProjectStatus(row.Status), StatusReason: toNullable(row.StatusReason),
		Priority: api.Priority(row.Priority),
		StartsOn: toNullableDate(row.StartsOn), EndsOn: toNullableDate(row.EndsOn), CompletedAt: toNullable(row.CompletedAt),
		Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
		UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
	}
}

func toProjectStatistics(s project.Statistics) api.ProjectStatistics {
	byCount, byEstimate := project.Completion(s.ProjectStatisticsRow)
	return api.ProjectStatistics{
		ProjectID: s.ProjectID, GeneratedAt: s.GeneratedAt,
		Total: s.Total, Open: s.Total - s.Done - s.Cancelled,
		Ready: s.Ready, Blocked: s.HeldUp, Overdue: s.Overdue,
		ByStatus: api.TaskStatusCounts{
			Backlog: s.Backlog, Todo: s.Todo, InProgress: s.InProgress, InReview: s.InReview,
			Blocked: s.Blocked, Done: s.Done, Cancelled: s.Cancelled,
		},
		ByPriority:        api.TaskPriorityCounts{Low: s.Low, Medium: s.Medium, High: s.High, Urgent: s.Urgent},
		CompletionPercent: byCount, WeightedCompletionPercent: byEstimate,
		EstimatedMinutes: s.EstimatedMinutes, RemainingMinutes: s.EstimatedMinutes - s.DoneMinutes,
	}
}
