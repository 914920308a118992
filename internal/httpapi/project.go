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
			Status: fromEnums(p.Status), Priority: fromEnums(p.Priority), Overdue: p.Overdue,
			StartsFrom: fromDate(p.StartsFrom), StartsTo: fromDate(p.StartsTo),
			EndsFrom: fromDate(p.EndsFrom), EndsTo: fromDate(p.EndsTo),
			Tags: p.Tag, Q: p.Q, IncludeDeleted: valueOr(p.IncludeDeleted, false),
		},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	data, err := h.includeInProjects(ctx, rows, p.Include)
	if err != nil {
		return nil, err
	}
	return server.ListProjects200JSONResponse{
		Body:    api.ProjectPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListProjects200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateProject(ctx context.Context, request server.CreateProjectRequestObject) (server.CreateProjectResponseObject, error) {
	body := request.Body
	row, err := h.Projects.Create(ctx, actorOf(ctx), project.CreateParams{
		Name: body.Name, ClientID: fromNullable(body.ClientID), ManagerID: orCaller(ctx, body.ManagerID),
		Description: fromNullable(body.Description),
		Priority:    db.Priority(valueOr(body.Priority, api.PriorityMedium)),
		StartsOn:    fromNullableDate(body.StartsOn), EndsOn: fromNullableDate(body.EndsOn),
		BillingKind: db.BillingKind(valueOr(body.BillingKind, api.BillingKindTimeAndMaterials)),
		Budget:      fromProjectMoney(body.Budget), HourlyRate: fromProjectMoney(body.HourlyRate),
		Tags:           body.Tags,
		ExternalSource: fromNullable(body.ExternalSource), ExternalID: fromNullable(body.ExternalID),
	})
	if err != nil {
		return nil, err
	}
	return server.CreateProject201JSONResponse{
		Body:    toProject(row),
		Headers: server.CreateProject201ResponseHeaders{ETag: etag(row.Version), Location: projectLocation(row)},
	}, nil
}

func (h *handlers) GetProject(ctx context.Context, request server.GetProjectRequestObject) (server.GetProjectResponseObject, error) {
	row, err := h.Projects.Get(ctx, actorOf(ctx), request.ProjectID)
	if err != nil {
		return nil, err
	}
	data, err := h.includeInProjects(ctx, []db.Project{row}, request.Params.Include)
	if err != nil {
		return nil, err
	}
	return server.GetProject200JSONResponse{
		Body:    data[0],
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
		BillingKind:    (*db.BillingKind)(body.BillingKind),
		BudgetDoUpdate: body.Budget.IsSpecified(), HourlyRateDoUpdate: body.HourlyRate.IsSpecified(),
		TagsDoUpdate: body.Tags != nil, Tags: body.Tags,
		ExternalSourceDoUpdate: body.ExternalSource.IsSpecified(), ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: body.ExternalID.IsSpecified(), ExternalID: fromNullable(body.ExternalID),
	}
	params.BudgetMinor, params.BudgetCurrency = fromMoney(body.Budget)
	params.HourlyRateMinor, params.HourlyRateCurrency = fromMoney(body.HourlyRate)
	changed, err := h.Projects.Update(ctx, actorOf(ctx), request.ProjectID, version, params)
	if err != nil {
		return nil, err
	}
	return server.UpdateProject200JSONResponse{
		Body:    toPlannedProject(changed),
		Headers: server.UpdateProject200ResponseHeaders{ETag: etag(changed.Version)},
	}, nil
}

func (h *handlers) ReplaceProject(ctx context.Context, request server.ReplaceProjectRequestObject) (server.ReplaceProjectResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	params := db.ProjectUpdateParams{
		Name: &body.Name, Priority: new(db.Priority(valueOr(body.Priority, api.PriorityMedium))),
		ClientIDDoUpdate: true, ClientID: fromNullable(body.ClientID),
		ManagerIDDoUpdate: true, ManagerID: orCaller(ctx, body.ManagerID),
		DescriptionDoUpdate: true, Description: fromNullable(body.Description),
		StartsOnDoUpdate: true, StartsOn: fromNullableDate(body.StartsOn),
		EndsOnDoUpdate: true, EndsOn: fromNullableDate(body.EndsOn),
		BillingKind:    new(db.BillingKind(valueOr(body.BillingKind, api.BillingKindTimeAndMaterials))),
		BudgetDoUpdate: true, HourlyRateDoUpdate: true,
		TagsDoUpdate: true, Tags: body.Tags,
		ExternalSourceDoUpdate: true, ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: true, ExternalID: fromNullable(body.ExternalID),
	}
	params.BudgetMinor, params.BudgetCurrency = fromMoney(body.Budget)
	params.HourlyRateMinor, params.HourlyRateCurrency = fromMoney(body.HourlyRate)
	changed, err := h.Projects.Update(ctx, actorOf(ctx), request.ProjectID, version, params)
	if err != nil {
		return nil, err
	}
	return server.ReplaceProject200JSONResponse{
		Body:    toPlannedProject(changed),
		Headers: server.ReplaceProject200ResponseHeaders{ETag: etag(changed.Version)},
	}, nil
}

func (h *handlers) CloneProject(ctx context.Context, request server.CloneProjectRequestObject) (server.CloneProjectResponseObject, error) {
	body := request.Body
	cloned, err := h.Projects.Clone(ctx, actorOf(ctx), request.ProjectID, project.CloneParams{
		StartsOn: body.StartsOn.Time(), Name: body.Name,
		ClientIDGiven: body.ClientID.IsSpecified(), ClientID: fromNullable(body.ClientID),
		ManagerID:   orCaller(ctx, body.ManagerID),
		IncludeTeam: valueOr(body.IncludeTeam, true), IncludeAssignees: valueOr(body.IncludeAssignees, false),
	})
	if err != nil {
		return nil, err
	}
	return server.CloneProject201JSONResponse{
		Body:    toPlannedProject(cloned),
		Headers: server.CloneProject201ResponseHeaders{ETag: etag(cloned.Version), Location: projectLocation(cloned.Project)},
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
