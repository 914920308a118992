package httpapi

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/obs"
	"github.com/aicoordination/coordinator/internal/task"
)

const bulkPath = "/api/v1/tasks/bulk"

func (h *handlers) BulkTasks(ctx context.Context, request server.BulkTasksRequestObject) (server.BulkTasksResponseObject, error) {
	if err := checkBulkItems(request.Body.Items); err != nil {
		return nil, err
	}
	items := make([]task.BulkItem, len(request.Body.Items))
	for i, item := range request.Body.Items {
		items[i] = fromBulkItem(item)
	}
	results, err := h.Tasks.Bulk(ctx, actorOf(ctx), items, valueOr(request.Body.Atomic, true))
	if err != nil {
		return nil, err
	}
	body := api.TaskBulkResults{Results: make([]api.TaskBulkResult, len(results))}
	for i, result := range results {
		body.Results[i] = toBulkResult(ctx, i, request.Body.Items[i], result)
	}
	return server.BulkTasks200JSONResponse(body), nil
}

// bulkField is a field of an item that not every op has.
type bulkField struct {
	name  string
	given bool
	ops   []api.TaskBulkOp
}

// bulkFields are the fields of the item, apart from op.
func bulkFields(item api.TaskBulkItem) []bulkField {
	creating := []api.TaskBulkOp{api.TaskBulkOpCreate}
	existing := []api.TaskBulkOp{api.TaskBulkOpUpdate, api.TaskBulkOpDelete}
	writing := []api.TaskBulkOp{api.TaskBulkOpCreate, api.TaskBulkOpUpdate}
	return []bulkField{
		{"id", item.ID != nil, existing},
		{"version", item.Version != nil, existing},
		{"ref", item.Ref != nil, creating},
		{"project_id", item.ProjectID != nil, creating},
		{"status", item.Status != nil, creating},
		{"assignee_id", item.AssigneeID.IsSpecified(), creating},
		{"prerequisite_ids", item.PrerequisiteIds != nil, creating},
		{"prerequisite_refs", item.PrerequisiteRefs != nil, creating},
		{"parent_id", item.ParentID.IsSpecified(), writing},
		{"parent_ref", item.ParentRef != nil, writing},
		{"title", item.Title != nil, writing},
		{"description", item.Description.IsSpecified(), writing},
		{"priority", item.Priority != nil, writing},
		{"estimate_minutes", item.EstimateMinutes.IsSpecified(), writing},
		{"due_date", item.DueDate.IsSpecified(), writing},
		{"progress", item.Progress != nil, writing},
		{"tags", item.Tags != nil, writing},
		{"remaining_minutes", item.RemainingMinutes.IsSpecified(), writing},
		{"external_source", item.ExternalSource.IsSpecified(), writing},
		{"external_id", item.ExternalID.IsSpecified(), writing},
	}
}

// checkBulkItems holds the items against what the contract says of each op,
// which a schema without alternatives cannot.
func checkBulkItems(items []api.TaskBulkItem) error {
	var wrong []apperr.Field
	for i, item := range items {
		refuse := func(name, code, format string, args ...any) {
			wrong = append(wrong, apperr.Field{
				Pointer: fmt.Sprintf("/items/%d%s", i, name), Code: code, Detail: fmt.Sprintf(format, args...),
			})
		}
		required := map[string]bool{"id": item.Op != api.TaskBulkOpCreate, "project_id": item.Op == api.TaskBulkOpCreate, "title": item.Op == api.TaskBulkOpCreate}
		changes := 0
		for _, field := range bulkFields(item) {
			switch {
			case !field.given && required[field.name]:
				refuse("/"+field.name, "required", "This field is required to %s a task.", item.Op)
			case field.given && !slices.Contains(field.ops, item.Op):
				refuse("/"+field.name, "not_for_op", "An item that is to %s a task has no such field; remove it.", item.Op)
			case field.given && slices.Contains(field.ops, api.TaskBulkOpCreate):
				changes++
			}
		}
		if item.Op == api.TaskBulkOpUpdate && changes == 0 {
			refuse("", "empty", "Send at least one field to change.")
		}
		if item.ParentID.IsSpecified() && item.ParentRef != nil {
			refuse("/parent_ref", "repeated", "Name the parent by parent_id or by parent_ref, not by both.")
		}
	}
	if len(wrong) > 0 {
		return apperr.Invalid(wrong...)
	}
	return nil
}

func fromBulkItem(item api.TaskBulkItem) task.BulkItem {
	found := task.BulkItem{
		Op: task.BulkOp(item.Op), Ref: valueOr(item.Ref, ""),
		ParentRef: valueOr(item.ParentRef, ""), PrerequisiteRefs: item.PrerequisiteRefs,
		ID: valueOr(item.ID, uuid.Nil), Version: item.Version,
	}
	switch item.Op {
	case api.TaskBulkOpCreate:
		found.Create = task.CreateParams{
			ProjectID: *item.ProjectID, ParentID: fromNullable(item.ParentID),
			Title: *item.Title, Description: fromNullable(item.Description),
			Status:     db.TaskStatus(valueOr(item.Status, api.TaskInitialStatusTodo)),
			Priority:   db.Priority(valueOr(item.Priority, api.PriorityMedium)),
			AssigneeID: fromNullable(item.AssigneeID), EstimateMinutes: fromNullable(item.EstimateMinutes),
			DueDate: fromNullableDate(item.DueDate), Progress: int16(valueOr(item.Progress, 0)),
			PrerequisiteIDs: item.PrerequisiteIds,
			Tags:            fromTags(item.Tags), RemainingMinutes: fromNullable(item.RemainingMinutes),
			ExternalSource: fromNullable(item.ExternalSource), ExternalID: fromNullable(item.ExternalID),
		}
	case api.TaskBulkOpUpdate:
		found.Update = db.TaskUpdateParams{
			Title: item.Title, Priority: (*db.Priority)(item.Priority),
			ParentIDDoUpdate: item.ParentID.IsSpecified(), ParentID: fromNullable(item.ParentID),
			DescriptionDoUpdate: item.Description.IsSpecified(), Description: fromNullable(item.Description),
			EstimateMinutesDoUpdate: item.EstimateMinutes.IsSpecified(), EstimateMinutes: fromNullable(item.EstimateMinutes),
			DueDateDoUpdate: item.DueDate.IsSpecified(), DueDate: fromNullableDate(item.DueDate),
			ProgressDoUpdate: item.Progress != nil, Progress: fromPercent(item.Progress),
			TagsDoUpdate: item.Tags != nil, Tags: fromTags(item.Tags),
			RemainingMinutesDoUpdate: item.RemainingMinutes.IsSpecified(), RemainingMinutes: fromNullable(item.RemainingMinutes),
			ExternalSourceDoUpdate: item.ExternalSource.IsSpecified(), ExternalSource: fromNullable(item.ExternalSource),
			ExternalIDDoUpdate: item.ExternalID.IsSpecified(), ExternalID: fromNullable(item.ExternalID),
		}
	case api.TaskBulkOpDelete:
		// The id says it all.
	}
	return found
}

func toBulkResult(ctx context.Context, i int, item api.TaskBulkItem, result task.BulkResult) api.TaskBulkResult {
	converted := api.TaskBulkResult{
		Index: int32(i), Op: item.Op, Ref: toNullable(item.Ref), Status: api.TaskBulkStatus(result.Status),
		TaskID: toNullable(result.TaskID), Task: api.NewNullNullableObject[api.Task](), Problem: api.NewNullNullableObject[api.Problem](),
	}
	if result.Task != nil {
		converted.Task.Set(toTask(*result.Task))
	}
	if result.Refusal != nil {
		converted.Problem.Set(toProblem(result.Refusal, problems[result.Refusal.Code], bulkPath, obs.RequestID(ctx)))
	}
	return converted
}
