package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/task"
)

func (h *handlers) ListTasks(ctx context.Context, request server.ListTasksRequestObject) (server.ListTasksResponseObject, error) {
	p := request.Params
	rows, info, err := h.Tasks.List(ctx, actorOf(ctx),
		task.Filter{
			ProjectIDs: p.ProjectID, ClientID: p.ClientID,
			AssigneeIDs: p.AssigneeID, ParentID: p.ParentID, CreatedBy: p.CreatedBy,
			Status: fromEnums(p.Status), Priority: fromEnums(p.Priority), Tags: p.Tag, Unassigned: p.Unassigned,
			DueFrom: fromDate(p.DueFrom), DueTo: fromDate(p.DueTo), UpdatedSince: p.UpdatedSince,
			Overdue: p.Overdue, Ready: p.Ready, Blocked: p.Blocked, Q: p.Q, IncludeDeleted: valueOr(p.IncludeDeleted, false),
		},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	data, err := h.toTasks(ctx, rows, p.Include)
	if err != nil {
		return nil, err
	}
	return server.ListTasks200JSONResponse{
		Body:    api.TaskPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListTasks200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) CreateTask(ctx context.Context, request server.CreateTaskRequestObject) (server.CreateTaskResponseObject, error) {
	body := request.Body
	row, err := h.Tasks.Create(ctx, actorOf(ctx), task.CreateParams{
		ProjectID: body.ProjectID, ParentID: fromNullable(body.ParentID),
		RemainingMinutes: fromNullable(body.RemainingMinutes), Tags: fromTags(body.Tags),
		ExternalSource: fromNullable(body.ExternalSource), ExternalID: fromNullable(body.ExternalID),
		Title: body.Title, Description: fromNullable(body.Description),
		Status:     db.TaskStatus(valueOr(body.Status, api.TaskInitialStatusTodo)),
		Priority:   db.Priority(valueOr(body.Priority, api.PriorityMedium)),
		AssigneeID: fromNullable(body.AssigneeID), EstimateMinutes: fromNullable(body.EstimateMinutes),
		DueDate: fromNullableDate(body.DueDate), Progress: int16(valueOr(body.Progress, 0)), PrerequisiteIDs: body.PrerequisiteIds,
	})
	if err != nil {
		return nil, err
	}
	location := "/api/v1/tasks/" + row.Task.ID.String()
	return server.CreateTask201JSONResponse{
		Body:    toTask(row),
		Headers: server.CreateTask201ResponseHeaders{ETag: etag(row.Task.Version), Location: &location},
	}, nil
}

func (h *handlers) GetTask(ctx context.Context, request server.GetTaskRequestObject) (server.GetTaskResponseObject, error) {
	row, related, err := h.Tasks.GetRelated(ctx, actorOf(ctx), request.TaskID, fromTaskInclude(request.Params.Include))
	if err != nil {
		return nil, err
	}
	body := toTask(row)
	if request.Params.Include != nil {
		body.Included = toTaskIncluded(ctx, row, related)
	}
	return server.GetTask200JSONResponse{
		Body:    body,
		Headers: server.GetTask200ResponseHeaders{ETag: etag(row.Task.Version)},
	}, nil
}

func (h *handlers) UpdateTask(ctx context.Context, request server.UpdateTaskRequestObject) (server.UpdateTaskResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	params := db.TaskUpdateParams{
		Title: body.Title, Priority: (*db.Priority)(body.Priority),
		TagsDoUpdate: body.Tags != nil, Tags: fromTags(body.Tags),
		RemainingMinutesDoUpdate: body.RemainingMinutes.IsSpecified(), RemainingMinutes: fromNullable(body.RemainingMinutes),
		ExternalSourceDoUpdate: body.ExternalSource.IsSpecified(), ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: body.ExternalID.IsSpecified(), ExternalID: fromNullable(body.ExternalID),
		ParentIDDoUpdate: body.ParentID.IsSpecified(), ParentID: fromNullable(body.ParentID),
		DescriptionDoUpdate: body.Description.IsSpecified(), Description: fromNullable(body.Description),
		EstimateMinutesDoUpdate: body.EstimateMinutes.IsSpecified(), EstimateMinutes: fromNullable(body.EstimateMinutes),
		DueDateDoUpdate: body.DueDate.IsSpecified(), DueDate: fromNullableDate(body.DueDate),
		ProgressDoUpdate: body.Progress != nil, Progress: fromPercent(body.Progress),
	}
	row, err := h.Tasks.Update(ctx, actorOf(ctx), request.TaskID, version, params)
	if err != nil {
		return nil, err
	}
	return server.UpdateTask200JSONResponse{
		Body:    toTask(row),
		Headers: server.UpdateTask200ResponseHeaders{ETag: etag(row.Task.Version)},
	}, nil
}

func (h *handlers) DeleteTask(ctx context.Context, request server.DeleteTaskRequestObject) (server.DeleteTaskResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Tasks.Delete(ctx, actorOf(ctx), request.TaskID, version); err != nil {
		return nil, err
	}
	return server.DeleteTask204Response{}, nil
}

func (h *handlers) RestoreTask(ctx context.Context, request server.RestoreTaskRequestObject) (server.RestoreTaskResponseObject, error) {
	row, err := h.Tasks.Restore(ctx, actorOf(ctx), request.TaskID)
	if err != nil {
		return nil, err
	}
	return server.RestoreTask200JSONResponse{
		Body:    toTask(row),
		Headers: server.RestoreTask200ResponseHeaders{ETag: etag(row.Task.Version)},
	}, nil
}

func (h *handlers) AssignTask(ctx context.Context, request server.AssignTaskRequestObject) (server.AssignTaskResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	row, err := h.Tasks.Assign(ctx, actorOf(ctx), request.TaskID, version, fromNullable(request.Body.AssigneeID))
	if err != nil {
		return nil, err
	}
	return server.AssignTask200JSONResponse{
		Body:    toTask(row),
		Headers: server.AssignTask200ResponseHeaders{ETag: etag(row.Task.Version)},
	}, nil
}

func (h *handlers) SetTaskStatus(ctx context.Context, request server.SetTaskStatusRequestObject) (server.SetTaskStatusResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	row, err := h.Tasks.SetStatus(ctx, actorOf(ctx), request.TaskID, version,
		db.TaskStatus(request.Body.Status), fromNullable(request.Body.Reason))
	if err != nil {
		return nil, err
	}
	return server.SetTaskStatus200JSONResponse{
		Body:    toTask(row),
		Headers: server.SetTaskStatus200ResponseHeaders{ETag: etag(row.Task.Version)},
	}, nil
}

func (h *handlers) AddTaskDependency(ctx context.Context, request server.AddTaskDependencyRequestObject) (server.AddTaskDependencyResponseObject, error) {
	row, err := h.Tasks.AddDependency(ctx, actorOf(ctx), request.TaskID, request.Body.PrerequisiteID)
	if err != nil {
		return nil, err
	}
	return server.AddTaskDependency201JSONResponse(api.TaskDependency{
		TaskID: row.TaskID, PrerequisiteID: row.PrerequisiteID,
		CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
	}), nil
}

func (h *handlers) RemoveTaskDependency(ctx context.Context, request server.RemoveTaskDependencyRequestObject) (server.RemoveTaskDependencyResponseObject, error) {
	if err := h.Tasks.RemoveDependency(ctx, actorOf(ctx), request.TaskID, request.PrerequisiteID); err != nil {
		return nil, err
	}
	return server.RemoveTaskDependency204Response{}, nil
}

func toTask(row task.Task) api.Task {
	t := row.Task
	return api.Task{
		ID: t.ID, ProjectID: t.ProjectID, ParentID: toNullable(t.ParentID),
		Title: t.Title, Description: toNullable(t.Description),
		Status: api.TaskStatus(t.Status), StatusReason: toNullable(t.StatusReason), Priority: api.Priority(t.Priority),
		AssigneeID: toNullable(t.AssigneeID), EstimateMinutes: toNullable(t.EstimateMinutes),
		DueDate: toNullableDate(t.DueDate), CompletedAt: toNullable(t.CompletedAt),
		Progress:  int32(t.Progress),
		IsBlocked: row.IsBlocked, PrerequisiteIds: row.PrerequisiteIds,
		Version: t.Version, CreatedAt: t.CreatedAt, CreatedBy: toNullable(t.CreatedBy),
		UpdatedAt: t.UpdatedAt, UpdatedBy: toNullable(t.UpdatedBy),
		StartedAt: toNullable(t.StartedAt), Tags: t.Tags, RemainingMinutes: toNullable(t.RemainingMinutes),
		Position: t.Position, ExternalSource: toNullable(t.ExternalSource), ExternalID: toNullable(t.ExternalID),
		DeletedAt: toNullable(t.DeletedAt), DeletedBy: toNullable(t.DeletedBy),
		Included: api.NewNullNullableObject[api.TaskIncluded](),
	}
}

func fromPercent(value *int32) *int16 {
	if value == nil {
		return nil
	}
	return new(int16(*value))
}
