package httpapi

import (
	"context"
	"slices"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

func (h *handlers) ListTimeEntries(ctx context.Context, request server.ListTimeEntriesRequestObject) (server.ListTimeEntriesResponseObject, error) {
	p := request.Params
	rows, info, err := h.Time.List(ctx, actorOf(ctx),
		timeentry.Filter{
			TaskID: p.TaskID, ProjectID: p.ProjectID, ClientID: p.ClientID, UserIDs: p.UserID,
			From: fromDate(p.From), To: fromDate(p.To), Billable: p.Billable,
		},
		fromPage(p.Page, p.PageSize, p.Cursor, p.Sort))
	if err != nil {
		return nil, err
	}
	data, err := h.timeEntriesWith(ctx, rows, p.Include)
	if err != nil {
		return nil, err
	}
	return server.ListTimeEntries200JSONResponse{
		Body:    api.TimeEntryPage{Data: data, Page: toPageInfo(info)},
		Headers: server.ListTimeEntries200ResponseHeaders{Link: links(ctx, info)},
	}, nil
}

func (h *handlers) LogTime(ctx context.Context, request server.LogTimeRequestObject) (server.LogTimeResponseObject, error) {
	body := request.Body
	row, err := h.Time.Log(ctx, actorOf(ctx), request.TaskID, timeentry.LogParams{
		UserID: body.UserID, SpentOn: fromDate(body.SpentOn), Minutes: body.Minutes,
		Note: fromNullable(body.Note), Billable: body.Billable,
		ExternalSource: fromNullable(body.ExternalSource), ExternalID: fromNullable(body.ExternalID),
		Effort: toEffort(body.RemainingMinutes, body.Progress),
	})
	if err != nil {
		return nil, err
	}
	location := "/api/v1/time-entries/" + row.ID.String()
	return server.LogTime201JSONResponse{
		Body:    toTimeEntry(ctx, row),
		Headers: server.LogTime201ResponseHeaders{ETag: etag(row.Version), Location: &location},
	}, nil
}

func (h *handlers) GetTimeEntry(ctx context.Context, request server.GetTimeEntryRequestObject) (server.GetTimeEntryResponseObject, error) {
	row, err := h.Time.Get(ctx, actorOf(ctx), request.TimeEntryID)
	if err != nil {
		return nil, err
	}
	body, err := h.timeEntriesWith(ctx, []db.TimeEntry{row}, request.Params.Include)
	if err != nil {
		return nil, err
	}
	return server.GetTimeEntry200JSONResponse{
		Body:    body[0],
		Headers: server.GetTimeEntry200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) UpdateTimeEntry(ctx context.Context, request server.UpdateTimeEntryRequestObject) (server.UpdateTimeEntryResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Time.Update(ctx, actorOf(ctx), request.TimeEntryID, version, timeentry.UpdateParams{
		Minutes: body.Minutes, SpentOn: fromDate(body.SpentOn),
		NoteDoUpdate: body.Note.IsSpecified(), Note: fromNullable(body.Note),
		BillableDoUpdate: body.Billable != nil, Billable: body.Billable,
		ExternalSourceDoUpdate: body.ExternalSource.IsSpecified(), ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: body.ExternalID.IsSpecified(), ExternalID: fromNullable(body.ExternalID),
	})
	if err != nil {
		return nil, err
	}
	return server.UpdateTimeEntry200JSONResponse{
		Body:    toTimeEntry(ctx, row),
		Headers: server.UpdateTimeEntry200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) ReplaceTimeEntry(ctx context.Context, request server.ReplaceTimeEntryRequestObject) (server.ReplaceTimeEntryResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	body := request.Body
	row, err := h.Time.Update(ctx, actorOf(ctx), request.TimeEntryID, version, timeentry.UpdateParams{
		Minutes: &body.Minutes, SpentOn: new(body.SpentOn.Time()),
		NoteDoUpdate: true, Note: fromNullable(body.Note),
		BillableDoUpdate: true, Billable: body.Billable,
		ExternalSourceDoUpdate: true, ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: true, ExternalID: fromNullable(body.ExternalID),
	})
	if err != nil {
		return nil, err
	}
	return server.ReplaceTimeEntry200JSONResponse{
		Body:    toTimeEntry(ctx, row),
		Headers: server.ReplaceTimeEntry200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) DeleteTimeEntry(ctx context.Context, request server.DeleteTimeEntryRequestObject) (server.DeleteTimeEntryResponseObject, error) {
	version, err := fromIfMatch(request.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.Time.Delete(ctx, actorOf(ctx), request.TimeEntryID, version); err != nil {
		return nil, err
	}
	return server.DeleteTimeEntry204Response{}, nil
}

func (h *handlers) StartTimer(ctx context.Context, request server.StartTimerRequestObject) (server.StartTimerResponseObject, error) {
	var params timeentry.StartParams
	if body := request.Body; body != nil {
		params = timeentry.StartParams{Note: fromNullable(body.Note), Billable: body.Billable}
	}
	row, err := h.Time.StartTimer(ctx, actorOf(ctx), request.TaskID, params)
	if err != nil {
		return nil, err
	}
	location := "/api/v1/timer"
	return server.StartTimer201JSONResponse{
		Body:    toTimer(row),
		Headers: server.StartTimer201ResponseHeaders{Location: &location},
	}, nil
}

func (h *handlers) GetTimer(ctx context.Context, _ server.GetTimerRequestObject) (server.GetTimerResponseObject, error) {
	row, err := h.Time.Timer(ctx, actorOf(ctx))
	if err != nil {
		return nil, err
	}
	return server.GetTimer200JSONResponse(toTimer(row)), nil
}

func (h *handlers) StopTimer(ctx context.Context, request server.StopTimerRequestObject) (server.StopTimerResponseObject, error) {
	var params timeentry.StopParams
	if body := request.Body; body != nil {
		params = timeentry.StopParams{
			NoteDoUpdate: body.Note.IsSpecified(), Note: fromNullable(body.Note),
			Effort: toEffort(body.RemainingMinutes, body.Progress),
		}
	}
	rows, err := h.Time.StopTimer(ctx, actorOf(ctx), params)
	if err != nil {
		return nil, err
	}
	return server.StopTimer200JSONResponse{Entries: toTimeEntries(ctx, rows)}, nil
}

func (h *handlers) DiscardTimer(ctx context.Context, _ server.DiscardTimerRequestObject) (server.DiscardTimerResponseObject, error) {
	if err := h.Time.DiscardTimer(ctx, actorOf(ctx)); err != nil {
		return nil, err
	}
	return server.DiscardTimer204Response{}, nil
}

func toEffort(remaining, percent *int32) timeentry.Effort {
	effort := timeentry.Effort{RemainingMinutes: remaining}
	if percent != nil {
		effort.Progress = new(int16(*percent))
	}
	return effort
}

func toTimeEntries(ctx context.Context, rows []db.TimeEntry) []api.TimeEntry {
	entries := make([]api.TimeEntry, len(rows))
	for i, row := range rows {
		entries[i] = toTimeEntry(ctx, row)
	}
	return entries
}

// timeEntriesWith are entries with the related records that were asked for.
func (h *handlers) timeEntriesWith(ctx context.Context, rows []db.TimeEntry, include api.TimeEntryInclude) ([]api.TimeEntry, error) {
	data := toTimeEntries(ctx, rows)
	if include == nil {
		return data, nil
	}
	related, err := h.Time.Related(ctx, actorOf(ctx), rows, timeentry.Include{
		Task: slices.Contains(include, api.TimeEntryRelationTask), User: slices.Contains(include, api.TimeEntryRelationUser),
	})
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		included := api.TimeEntryIncluded{Task: api.NewNullNullableObject[api.Task](), User: api.NewNullNullableObject[api.User]()}
		if t, ok := related.Tasks[row.TaskID]; ok {
			included.Task.Set(toTask(task.Task(t)))
		}
		if user, ok := related.Users[row.UserID]; ok {
			included.User.Set(toUser(ctx, user))
		}
		data[i].Included = api.NewNullableWithValue(included)
	}
	return data, nil
}

func toTimeEntry(ctx context.Context, row db.TimeEntry) api.TimeEntry {
	entry := api.TimeEntry{
		ID: row.ID, TaskID: row.TaskID, ProjectID: row.ProjectID, UserID: row.UserID,
		SpentOn: api.DateOf(row.SpentOn), Minutes: row.Minutes, Note: toNullable(row.Note), Billable: row.Billable,
		BillingRate: toMoney(row.BillingRateMinor, row.BillingRateCurrency), BillingAmount: toMoney(nil, nil),
		CostRate:       toMoney(nil, nil),
		ExternalSource: toNullable(row.ExternalSource), ExternalID: toNullable(row.ExternalID),
		Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
		UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
		Included: api.NewNullNullable[api.TimeEntryIncluded](),
	}
	if row.BillingRateMinor != nil {
		amount := timeentry.BillingAmount(row.Minutes, *row.BillingRateMinor)
		entry.BillingAmount = toMoney(&amount, row.BillingRateCurrency)
	}
	// What people cost is for those who lead them.
	if actorOf(ctx).SeesAll() {
		entry.CostRate = toMoney(row.CostRateMinor, row.CostRateCurrency)
	}
	return entry
}

func toTimer(row db.Timer) api.Timer {
	return api.Timer{
		UserID: row.UserID, TaskID: row.TaskID, ProjectID: row.ProjectID,
		Note: toNullable(row.Note), Billable: row.Billable, StartedAt: row.StartedAt,
	}
}
