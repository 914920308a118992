package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/timeentry"
)

// recordFiles are the files of each kind of record.
type recordFiles struct {
	clients, projects, tasks, timeEntries recordFile
}

// loadRecordFiles reads from the contract what the columns of each file hold.
// Their order is the contract's, which the parsed document does not keep.
func loadRecordFiles() (recordFiles, error) {
	doc, err := readContract()
	if err != nil {
		return recordFiles{}, err
	}
	return recordFiles{
		clients: newRecordFile(doc, "clients", "ClientRecord",
			"source", "external_id", "name", "legal_name", "status", "status_reason", "email", "phone", "website", "address",
			"industry", "segment", "owner", "annual_value_amount_minor", "annual_value_currency", "payment_terms", "tags",
			"notes", "custom_fields", "external_references"),
		projects: newRecordFile(doc, "projects", "ProjectRecord",
			"source", "external_id", "name", "client_source", "client_external_id", "manager", "description", "status",
			"status_reason", "priority", "starts_on", "ends_on", "completed_at", "billing_kind", "budget_amount_minor",
			"hourly_rate_amount_minor", "currency", "tags", "team"),
		tasks: newRecordFile(doc, "tasks", "TaskRecord",
			"source", "external_id", "project_source", "project_external_id", "parent_source", "parent_external_id", "title",
			"description", "status", "status_reason", "priority", "assignee", "estimate_minutes", "remaining_minutes",
			"progress", "due_date", "started_at", "completed_at", "position", "tags", "prerequisites"),
		timeEntries: newRecordFile(doc, "time-entries", "TimeEntryRecord",
			"source", "external_id", "task_source", "task_external_id", "user", "spent_on", "minutes", "note", "billable",
			"billing_rate_amount_minor", "billing_rate_currency", "cost_rate_amount_minor", "cost_rate_currency"),
	}, nil
}

func (h *handlers) ExportClients(ctx context.Context, request server.ExportClientsRequestObject) (server.ExportClientsResponseObject, error) {
	return newDownload(request.Params.Format, h.files.clients, h.Clients.Export(ctx, actorOf(ctx)), toClientRecord), nil
}

func (h *handlers) ExportProjects(ctx context.Context, request server.ExportProjectsRequestObject) (server.ExportProjectsResponseObject, error) {
	rows := h.Projects.Export(ctx, actorOf(ctx), request.Params.ClientID)
	return newDownload(request.Params.Format, h.files.projects, rows, toProjectRecord), nil
}

func (h *handlers) ExportTasks(ctx context.Context, request server.ExportTasksRequestObject) (server.ExportTasksResponseObject, error) {
	rows := h.Tasks.Export(ctx, actorOf(ctx), request.Params.ProjectID, request.Params.ClientID)
	return newDownload(request.Params.Format, h.files.tasks, rows, toTaskRecord), nil
}

func (h *handlers) ExportTimeEntries(ctx context.Context, request server.ExportTimeEntriesRequestObject) (server.ExportTimeEntriesResponseObject, error) {
	p, actor := request.Params, actorOf(ctx)
	rows := h.Time.Export(ctx, actor, timeentry.Filter{
		ProjectID: p.ProjectID, ClientID: p.ClientID, From: fromDate(p.From), To: fromDate(p.To),
	})
	convert := func(row db.TimeEntryExportRow) any { return toTimeEntryRecord(row, actor.SeesAll()) }
	return newDownload(p.Format, h.files.timeEntries, rows, convert), nil
}

func (h *handlers) ImportClients(ctx context.Context, request server.ImportClientsRequestObject) (server.ImportClientsResponseObject, error) {
	file, err := readRecords(ctx, request.Body, h.files.clients, fromClientRecord)
	if err != nil {
		return nil, err
	}
	report, err := h.Clients.Import(ctx, actorOf(ctx), file, valueOr(request.Params.DryRun, false))
	if err != nil {
		return nil, err
	}
	return server.ImportClients200JSONResponse(toImportReport(report)), nil
}

func (h *handlers) ImportProjects(ctx context.Context, request server.ImportProjectsRequestObject) (server.ImportProjectsResponseObject, error) {
	file, err := readRecords(ctx, request.Body, h.files.projects, fromProjectRecord)
	if err != nil {
		return nil, err
	}
	report, err := h.Projects.Import(ctx, actorOf(ctx), file, valueOr(request.Params.DryRun, false))
	if err != nil {
		return nil, err
	}
	return server.ImportProjects200JSONResponse(toImportReport(report)), nil
}

func (h *handlers) ImportTasks(ctx context.Context, request server.ImportTasksRequestObject) (server.ImportTasksResponseObject, error) {
	file, err := readRecords(ctx, request.Body, h.files.tasks, fromTaskRecord)
	if err != nil {
		return nil, err
	}
	report, err := h.Tasks.Import(ctx, actorOf(ctx), file, valueOr(request.Params.DryRun, false))
	if err != nil {
		return nil, err
	}
	return server.ImportTasks200JSONResponse(toImportReport(report)), nil
}

func (h *handlers) ImportTimeEntries(ctx context.Context, request server.ImportTimeEntriesRequestObject) (server.ImportTimeEntriesResponseObject, error) {
	file, err := readRecords(ctx, request.Body, h.files.timeEntries, fromTimeEntryRecord)
	if err != nil {
		return nil, err
	}
	report, err := h.Time.Import(ctx, actorOf(ctx), file, valueOr(request.Params.DryRun, false))
	if err != nil {
		return nil, err
	}
	return server.ImportTimeEntries200JSONResponse(toImportReport(report)), nil
}
