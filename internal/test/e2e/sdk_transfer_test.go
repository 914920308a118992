package e2e_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

// What is exported is what can be imported: the plan of another system comes in,
// and goes out again as it came.
func tellTransfer(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	clients, err := client.Lines(api.ClientRecord{Source: "crm", ExternalID: "c1", Name: new("Valley Press")})
	if err != nil {
		t.Fatal(err)
	}

	if report := calling(w.admin.Transfer.ImportClients(ctx, clients, client.TransferImportClientsParams{DryRun: true})).succeeds(t); report.Created != 1 || report.Applied {
		t.Errorf("the rehearsal gives %+v", report)
	}

	// The same file again, from its beginning.
	if report := calling(w.admin.Transfer.ImportClients(ctx, clients, client.TransferImportClientsParams{})).succeeds(t); report.Created != 1 || !report.Applied {
		t.Errorf("the import gives %+v", report)
	}

	projects := client.CSV(strings.NewReader("source,external_id,name,client_source,client_external_id,manager\ncrm,p1,Calendar,crm,c1," + adminEmail + "\n"))
	if report := calling(w.admin.Transfer.ImportProjects(ctx, projects, client.TransferImportProjectsParams{})).succeeds(t); report.Created != 1 {
		t.Errorf("the import gives %+v", report)
	}

	tasks, err := client.Lines(
		api.TaskRecord{Source: "crm", ExternalID: "t1", ProjectSource: new("crm"), ProjectExternalID: new("p1"), Title: new("Print"), Prerequisites: []string{"crm:t2"}},
		api.TaskRecord{Source: "crm", ExternalID: "t2", ProjectSource: new("crm"), ProjectExternalID: new("p1"), Title: new("Set")},
	)
	if err != nil {
		t.Fatal(err)
	}

	if report := calling(w.admin.Transfer.ImportTasks(ctx, tasks, client.TransferImportTasksParams{})).succeeds(t); report.Created != 2 {
		t.Errorf("the import gives %+v", report)
	}

	entries := client.NDJSON(strings.NewReader(`{"source":"crm","external_id":"e1","task_source":"crm","task_external_id":"t2","user":"` +
		adminEmail + `","spent_on":"2026-04-07","minutes":45,"billable":true}` + "\n"))
	if report := calling(w.admin.Transfer.ImportTimeEntries(ctx, entries, client.TransferImportTimeEntriesParams{})).succeeds(t); report.Created != 1 {
		t.Errorf("the import gives %+v", report)
	}

	same(t, "the clients", lines(t, calling(w.admin.Transfer.ExportClients(ctx, client.TransferExportClientsParams{})),
		func(r api.ClientRecord) string { return *r.Name }), "Harbour Coffee Roasters", "Hill Bakery", "Valley Press")

	press := calling(w.admin.Clients.Search(ctx, client.ClientSearchParams{Q: "valley"})).succeeds(t).Data[0].Client
	same(t, "its projects", lines(t, calling(w.admin.Transfer.ExportProjects(ctx, client.TransferExportProjectsParams{ClientID: press.ID})),
		func(r api.ProjectRecord) string { return *r.Name }), "Calendar")
	same(t, "its tasks", lines(t, calling(w.admin.Transfer.ExportTasks(ctx, client.TransferExportTasksParams{ClientID: press.ID, Format: api.TransferFormatNdjson})),
		func(r api.TaskRecord) string { return *r.Title }), "Print", "Set")
	same(t, "its time", lines(t, calling(w.admin.Transfer.ExportTimeEntries(ctx, client.TransferExportTimeEntriesParams{ClientID: press.ID})),
		func(r api.TimeEntryRecord) string { return r.SpentOn.String() }), "2026-04-07")

	file := calling(w.mia.Transfer.ExportTasks(ctx, client.TransferExportTasksParams{Format: api.TransferFormatCsv})).succeeds(t)
	written, err := io.ReadAll(file)

	if err != nil || file.Close() != nil || file.Filename != "tasks.csv" || strings.Count(string(written), "\n") < 3 {
		t.Errorf("%s is %q, %v", file.Filename, written, err)
	}

	for _, err := range calling(w.mia.Transfer.ExportTasks(ctx, client.TransferExportTasksParams{Format: api.TransferFormatCsv})).succeeds(t).Lines() {
		if err == nil || !strings.Contains(err.Error(), "ask for the format ndjson") {
			t.Errorf("a CSV file is decoded line by line, with %v", err)
		}
	}

	// Who has seen enough leaves, and the rest is not sent.
	leaving, cancel := context.WithCancel(ctx)
	defer cancel()

	for record, err := range calling(w.mia.Transfer.ExportTasks(leaving, client.TransferExportTasksParams{})).succeeds(t).Lines() {
		if err != nil || record.Title == nil {
			t.Errorf("the first line is %+v, %v", record, err)
		}

		break
	}
}

// lines is what a function makes of each line of a file.
func lines[Line any](t *testing.T, file outcome[client.Download[Line]], of func(Line) string) []string {
	t.Helper()

	return each(all(t, file.succeeds(t).Lines()), of)
}
