package httpapi

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/task"
)

func (h *handlers) ReplaceTask(ctx context.Context, request server.ReplaceTaskRequestObject) (server.ReplaceTaskResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Tasks.Update(ctx, actorOf(ctx), request.TaskID, version, db.TaskUpdateParams{
		Title: &body.Title, Priority: new(db.Priority(valueOr(body.Priority, api.PriorityMedium))),
		TagsDoUpdate: true, Tags: fromTags(body.Tags),
		RemainingMinutesDoUpdate: true, RemainingMinutes: fromNullable(body.RemainingMinutes),
		ExternalSourceDoUpdate: true, ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: true, ExternalID: fromNullable(body.ExternalID),
		ParentIDDoUpdate: true, ParentID: fromNullable(body.ParentID),
		DescriptionDoUpdate: true, Description: fromNullable(body.Description),
		EstimateMinutesDoUpdate: true, EstimateMinutes: fromNullable(body.EstimateMinutes),
		DueDateDoUpdate: true, DueDate: fromNullableDate(body.DueDate),
		ProgressDoUpdate: true, Progress: fromPercent(body.Progress),
	})
	if err != nil {
		return nil, err
	}
	return server.ReplaceTask200JSONResponse{
		Body:    toTask(row),
		Headers: server.ReplaceTask200ResponseHeaders{ETag: etag(row.Task.Version)},
	}, nil
}

func (h *handlers) SetTaskPosition(ctx context.Context, request server.SetTaskPositionRequestObject) (server.SetTaskPositionResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	place := task.Place{Before: request.Body.BeforeID.IsSpecified(), ID: fromNullable(request.Body.AfterID)}
	if place.Before {
		place.ID = fromNullable(request.Body.BeforeID)
	}
	row, err := h.Tasks.Move(ctx, actorOf(ctx), request.TaskID, version, place)
	if err != nil {
		return nil, err
	}
	return server.SetTaskPosition200JSONResponse{
		Body:    toTask(row),
		Headers: server.SetTaskPosition200ResponseHeaders{ETag: etag(row.Task.Version)},
	}, nil
}

func (h *handlers) GetTaskReadiness(ctx context.Context, request server.GetTaskReadinessRequestObject) (server.GetTaskReadinessResponseObject, error) {
	reasons, err := h.Tasks.Readiness(ctx, actorOf(ctx), request.TaskID)
	if err != nil {
		return nil, err
	}
	body := api.TaskReadiness{Ready: len(reasons) == 0, Reasons: make([]api.TaskReadinessReason, len(reasons))}
	for i, r := range reasons {
		body.Reasons[i] = api.TaskReadinessReason{
			Code: api.TaskReadinessCode(r.Code), Detail: r.Detail, TaskIds: append([]uuid.UUID{}, r.TaskIDs...),
		}
	}
	return server.GetTaskReadiness200JSONResponse(body), nil
}

func (h *handlers) SearchTasks(ctx context.Context, request server.SearchTasksRequestObject) (server.SearchTasksResponseObject, error) {
	p := request.Params
	hits, info, err := h.Tasks.Search(ctx, actorOf(ctx), p.Q, p.ProjectID, fromPage(p.Page, p.PageSize, nil, nil))
	if err != nil {
		return nil, err
	}
	data, marked := make([]api.TaskSearchHit, len(hits)), make(highlights, 0, 2*len(hits))
	for i, hit := range hits {
		data[i] = api.TaskSearchHit{Task: toTask(hit.Task), Score: hit.Score, Highlights: marked.of(hit.Highlights)}
	}
	return server.SearchTasks200JSONResponse{
		Body:    api.TaskSearchPage{Data: data, Page: toPageInfo(info)},
		Headers: server.SearchTasks200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

// toTasks are tasks with the related records that were asked for.
func (h *handlers) toTasks(ctx context.Context, rows []task.Task, include []api.TaskInclude) ([]api.Task, error) {
	data := make([]api.Task, len(rows))
	for i, row := range rows {
		data[i] = toTask(row)
	}
	if include == nil {
		return data, nil
	}
	related, err := h.Tasks.Related(ctx, actorOf(ctx), rows, fromTaskInclude(include))
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		data[i].Included = toTaskIncluded(ctx, row, related)
	}
	return data, nil
}

func fromTaskInclude(include []api.TaskInclude) task.Include {
	asked := func(relation api.TaskInclude) bool { return slices.Contains(include, relation) }
	return task.Include{
		Subtasks: asked(api.TaskIncludeSubtasks), Prerequisites: asked(api.TaskIncludePrerequisites), Dependents: asked(api.TaskIncludeDependents),
		Assignee: asked(api.TaskIncludeAssignee), Project: asked(api.TaskIncludeProject),
	}
}

func toTaskIncluded(ctx context.Context, row task.Task, related task.Related) api.NullableObject[api.TaskIncluded] {
	included := api.TaskIncluded{
		Subtasks:      toRelatedTasks(related.Subtasks, row.Task.ID),
		Prerequisites: toRelatedTasks(related.Prerequisites, row.Task.ID),
		Dependents:    toRelatedTasks(related.Dependents, row.Task.ID),
		Assignee:      api.NewNullNullableObject[api.User](), Project: api.NewNullNullableObject[api.Project](),
	}
	if row.Task.AssigneeID != nil {
		if user := related.User(*row.Task.AssigneeID); user != nil {
			included.Assignee.Set(toUser(ctx, *user))
		}
	}
	if project := related.Project(row.Task.ProjectID); project != nil {
		included.Project.Set(toProject(*project))
	}
	return api.NewNullableObject(included)
}

// toRelatedTasks are one task's related tasks, null where none were asked for.
func toRelatedTasks(related map[uuid.UUID][]task.Task, id uuid.UUID) api.Nullable[[]api.Task] {
	if related == nil {
		return api.NewNullNullable[[]api.Task]()
	}
	tasks := make([]api.Task, len(related[id]))
	for i, row := range related[id] {
		tasks[i] = toTask(row)
	}
	return api.NewNullableWithValue(tasks)
}

// fromTags are tags without the spaces around them, each once.
func fromTags(tags []string) []string {
	found := []string{}
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); !slices.Contains(found, tag) {
			found = append(found, tag)
		}
	}
	return found
}
