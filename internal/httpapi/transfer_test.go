package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// formats are those of files, by their media types.
var formats = map[string]string{"csv": "text/csv", "ndjson": "application/x-ndjson"}

// entities are in the order in which they can be imported: what is referred to
// comes first.
var entities = []string{"clients", "projects", "tasks", "time-entries"}

// agencyServer is a server with an admin, and the people of the files below.
type agencyServer struct {
	*apitest.API
	t     *testing.T
	admin string
}

func newAgencyServer(t *testing.T) agencyServer {
	t.Helper()
	a := apitest.New(t, nil)
	for email, role := range map[string]db.Role{
		"ana@agency.example": db.RoleUser, "ben@agency.example": db.RoleUser, "mia@agency.example": db.RoleManager, "o'neil+x@agency.example": db.RoleUser,
	} {
		factory.User(t, a.DB, &factory.UserOpts{Email: email, Role: role})
	}
	return agencyServer{API: a, t: t, admin: a.Token(a.User(db.RoleAdmin))}
}

func (s agencyServer) export(entity, query, token string) string {
	s.t.Helper()
	got := s.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/" + entity + "/export?" + query, Token: token})
	if got.Status != http.StatusOK {
		s.t.Fatalf("exporting %s: got status %d: %s", entity, got.Status, got.Body)
	}
	return string(got.Body)
}

func (s agencyServer) load(entity, format, query, file string) api.ImportReport {
	s.t.Helper()
	var report api.ImportReport
	s.Do(apitest.Request{
		Method: http.MethodPost, Path: "/api/v1/" + entity + "/import?" + query, Token: s.admin, Body: file,
		Header: map[string]string{"Content-Type": formats[format]},
	}).MustDecode(s.t, http.StatusOK, &report)
	return report
}

// mustLoad imports a file that is right.
func (s agencyServer) mustLoad(entity, format, file string) api.ImportReport {
	s.t.Helper()
	report := s.load(entity, format, "", file)
	if !report.Applied || report.Failed > 0 {
		s.t.Fatalf("importing %s: %+v\n%s", entity, report, file)
	}
	return report
}

// files are records with everything that can be said of them.
var files = map[string]string{
	"clients": `{"source":"hubspot","external_id":"1","name":"=Northwind","legal_name":"Northwind GmbH","status":"active","status_reason":"Signed.","email":"office@northwind.example","phone":"+49 30 5550","website":"https://northwind.example","address":"Line 1\r\nLine 2\nLine 3","industry":"Food, \"fine\"","segment":"-","owner":"ana@agency.example","annual_value_amount_minor":9007199254740993,"annual_value_currency":"EUR","payment_terms":"'=30 days","tags":["a, b","@c","=d"],"notes":"'quoted'","custom_fields":{"tier":"gold","seats":12,"rate":1.50,"signed":true,"none":null},"external_references":{"stripe":"cus_1"}}
{"source":"hubspot","external_id":"2","name":"Bare"}
`,
	"projects": `{"source":"hubspot","external_id":"p:1","name":"Relaunch","client_source":"hubspot","client_external_id":"1","manager":"mia@agency.example","description":"# About\n\n- one","status":"on_hold","status_reason":"Waits.","priority":"urgent","starts_on":"2026-01-01","ends_on":"2026-12-31","billing_kind":"fixed","budget_amount_minor":100,"hourly_rate_amount_minor":0,"currency":"USD","tags":["x"],"team":["ana@agency.example:lead","o'neil+x@agency.example:contributor","ben@agency.example:viewer"]}
{"source":"hubspot","external_id":"p:2","name":"Done","status":"completed","completed_at":"2026-03-01T10:00:00.123456Z"}
{"source":"hubspot","external_id":"p:3","name":"Old","status":"archived","completed_at":"2025-03-01T10:00:00Z"}
`,
	// Lines refer to later ones.
	"tasks": `{"source":"jira","external_id":"W-3","project_source":"hubspot","project_external_id":"p:1","parent_source":"jira","parent_external_id":"W-1","title":"Third","status":"todo","prerequisites":["jira:W-4","jira:W-2"],"progress":40,"position":"a1"}
{"source":"jira","external_id":"W-1","project_source":"hubspot","project_external_id":"p:1","title":"First","description":"+x","priority":"high","estimate_minutes":60,"remaining_minutes":0,"due_date":"2026-06-01","started_at":"2026-02-01T08:00:00Z","tags":["t"],"status":"in_progress"}
{"source":"jira","external_id":"W-2","project_source":"hubspot","project_external_id":"p:1","parent_source":"jira","parent_external_id":"W-1","title":"Second","status":"done","completed_at":"2026-02-02T08:00:00Z","assignee":"ana@agency.example","progress":10}
{"source":"jira","external_id":"W-4","project_source":"hubspot","project_external_id":"p:1","title":"Fourth","status":"blocked","status_reason":"No access.","assignee":"mia@agency.example"}
{"source":"jira","external_id":"W-5","project_source":"hubspot","project_external_id":"p:2","title":"Elsewhere","status":"cancelled"}
`,
	"time-entries": `{"source":"toggl","external_id":"t1","task_source":"jira","task_external_id":"W-1","user":"ben@agency.example","spent_on":"2026-02-03","minutes":90,"note":"\tTabbed","billable":true,"billing_rate_amount_minor":12000,"billing_rate_currency":"EUR","cost_rate_amount_minor":4000,"cost_rate_currency":"EUR"}
{"source":"toggl","external_id":"t2","task_source":"jira","task_external_id":"W-5","user":"ana@agency.example","spent_on":"2026-02-04","minutes":1440,"billable":false}
`,
}

func TestExportImportExportIsIdentical(t *testing.T) {
	t.Parallel()
	for format := range formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			first, second := newAgencyServer(t), newAgencyServer(t)
			for _, entity := range entities {
				first.mustLoad(entity, "ndjson", files[entity])
			}
			// Records of the server's own leave under its own ids.
			own := factory.Project(t, first.DB, &factory.ProjectOpts{ClientID: new(factory.Client(t, first.DB, nil).ID)})
			parent := factory.Task(t, first.DB, &factory.TaskOpts{ProjectID: own.ID})
			factory.Task(t, first.DB, &factory.TaskOpts{ProjectID: own.ID, ParentID: &parent.ID, Title: "", After: []uuid.UUID{factory.Task(t, first.DB, &factory.TaskOpts{ProjectID: own.ID}).ID}})

			exported := map[string]string{}
			for _, entity := range entities {
				exported[entity] = first.export(entity, "format="+format, first.admin)
				lines := strings.Count(exported[entity], "\n")
				if report := first.mustLoad(entity, format, exported[entity]); report.Created+report.Updated > 0 {
					t.Errorf("%s: importing what there is changes %d of %d lines and makes %d", entity, report.Updated, lines, report.Created)
				}
				if report := second.mustLoad(entity, format, exported[entity]); report.Updated+report.Unchanged > 0 || report.Created == 0 {
					t.Errorf("%s: importing into nothing: %+v", entity, report)
				}
				if diff := cmp.Diff(exported[entity], second.export(entity, "format="+format, second.admin)); diff != "" {
					t.Errorf("%s come back otherwise (-want +got):\n%s", entity, diff)
				}
			}
			// And a file that was exported by the second finds what it came from in the first.
			for _, entity := range entities {
				if report := first.mustLoad(entity, format, second.export(entity, "format="+format, second.admin)); report.Created+report.Updated > 0 {
					t.Errorf("%s: on their way back %+v", entity, report)
				}
			}
		})
	}
}

func TestExportedFilesHaveAName(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	for format, mediaType := range map[string]string{"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"} {
		got := s.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/tasks/export?format=" + format, Token: s.admin})
		if got.Header.Get("Content-Type") != mediaType || got.Header.Get("Content-Disposition") != "attachment; filename=tasks."+format {
			t.Errorf("%s comes as %v", format, got.Header)
		}
	}
}

func TestFormulasAreGuardedInCSVAlone(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	s.mustLoad("clients", "ndjson", files["clients"])
	csv, ndjson := s.export("clients", "format=csv", s.admin), s.export("clients", "", s.admin)
	if !strings.Contains(csv, ",'=Northwind,") || !strings.Contains(csv, ",'+49 30 5550,") || !strings.Contains(csv, ",''=30 days,") {
		t.Errorf("formulas stand in %s", csv)
	}
	if !strings.Contains(ndjson, `"name":"=Northwind"`) {
		t.Errorf("NDJSON is guarded: %s", ndjson)
	}
}

func TestDryRunLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	before := expect.EventCount(t, s.DB)
	for format, file := range map[string]string{"ndjson": files["clients"], "csv": "source,external_id,name\nhubspot,1,Northwind\nhubspot,2,Bare\n"} {
		report := s.load("clients", format, "dry_run=true", file)
		want := api.ImportReport{DryRun: true, Created: 2, Errors: []api.ImportError{}}
		if diff := cmp.Diff(want, report); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
	}
	if n := expect.Count(t, s.DB, "SELECT count(*) FROM clients"); n != 0 || expect.EventCount(t, s.DB) != before {
		t.Errorf("a dry run leaves %d clients and %d events", n, expect.EventCount(t, s.DB)-before)
	}
}

// fileMistakes are the report's, as "line field code".
func fileMistakes(report api.ImportReport) []string {
	var all []string
	for _, e := range report.Errors {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s", e.Line, e.Field))+" "+e.Code)
	}
	return all
}

func TestOneBadLineLeavesNothing(t *testing.T) {
	t.Parallel()
	const task = `{"source":"jira","external_id":"%s","project_source":"hubspot","project_external_id":"p:1","title":"T"%s}` + "\n"
	tasks := func(lines ...string) string {
		file := fmt.Sprintf(task, "good", "")
		for i, line := range lines {
			file += fmt.Sprintf(task, fmt.Sprint(i), line)
		}
		return file
	}
	chain := func(n int) string {
		file := ""
		for i := range n {
			file += fmt.Sprintf(task, fmt.Sprint(i), fmt.Sprintf(`,"parent_source":"jira","parent_external_id":"%d"`, i+1))
		}
		return file + fmt.Sprintf(task, fmt.Sprint(n), "")
	}
	for name, test := range map[string]struct {
		entity, file string
		want         []string
	}{
		"UnknownField":      {"tasks", tasks(`,"colour":"red"`), []string{"2 colour unknown"}},
		"UnknownStatus":     {"tasks", tasks(`,"status":"doing"`), []string{"2 status enum"}},
		"NoJSON":            {"tasks", tasks() + "{\n", []string{"2 syntax"}},
		"BadDate":           {"tasks", tasks(`,"due_date":"2026-02-30"`), []string{"2 due_date format"}},
		"NoIdentity":        {"clients", `{"name":"A"}`, []string{"1 external_id required", "1 source required"}},
		"NoName":            {"clients", `{"source":"crm","external_id":"1"}`, []string{"1 name required"}},
		"SameRecordTwice":   {"clients", `{"source":"crm","external_id":"1","name":"A"}` + "\n" + `{"source":"crm","external_id":"1","name":"B"}`, []string{"2 external_id repeated"}},
		"OwnerUnknown":      {"clients", `{"source":"crm","external_id":"1","name":"A","owner":"nobody@agency.example"}`, []string{"1 owner not_a_person"}},
		"MoneyWithout":      {"clients", `{"source":"crm","external_id":"1","name":"A","annual_value_amount_minor":1}`, []string{"1 annual_value_currency required"}},
		"CustomFieldObject": {"clients", `{"source":"crm","external_id":"1","name":"A","custom_fields":{"a":{}}}`, []string{"1 custom_fields/a type"}},
		"ClientUnknown":     {"projects", `{"source":"crm","external_id":"1","name":"A","client_source":"crm","client_external_id":"9"}`, []string{"1 client_external_id not_found"}},
		"NoManager":         {"projects", `{"source":"crm","external_id":"1","name":"A","manager":"ana@agency.example"}`, []string{"1 manager not_a_manager"}},
		"CompletedWithout":  {"projects", `{"source":"crm","external_id":"1","name":"A","status":"completed"}`, []string{"1 completed_at required"}},
		"EndsBeforeStart":   {"projects", `{"source":"crm","external_id":"1","name":"A","starts_on":"2026-02-01","ends_on":"2026-01-01"}`, []string{"1 ends_on before_start"}},
		"TeamUnknown":       {"projects", `{"source":"crm","external_id":"1","name":"A","team":["nobody@agency.example:lead"]}`, []string{"1 team/0 not_found"}},
		"ProjectUnknown":    {"tasks", strings.Replace(tasks(""), "p:1", "p:9", 1), []string{"1 project_external_id not_found"}},
		"DoneWithout":       {"tasks", tasks(`,"status":"done"`), []string{"2 completed_at required"}},
		"BlockedWithout":    {"tasks", tasks(`,"status":"blocked"`), []string{"2 status_reason required"}},
		"NotAMember":        {"tasks", tasks(`,"assignee":"ben@agency.example"`), []string{"2 assignee not_a_member"}},
		"ParentUnknown":     {"tasks", tasks(`,"parent_source":"jira","parent_external_id":"9"`), []string{"2 parent_external_id not_found"}},
		"OtherProject":      {"tasks", tasks(`,"prerequisites":["jira:W-5"]`), []string{"2 prerequisites/0 not_found"}},
		"Cycle":             {"tasks", tasks(`,"prerequisites":["jira:1"]`, `,"parent_source":"jira","parent_external_id":"0","prerequisites":[]`, `,"prerequisites":["jira:3"]`, `,"prerequisites":["jira:2"]`), []string{"4 dependency_cycle", "5 dependency_cycle"}},
		"WaitsForItself":    {"tasks", tasks(`,"prerequisites":["jira:0"]`), []string{"2 dependency_cycle"}},
		"TooDeep":           {"tasks", chain(10), []string{"1 parent_external_id too_deep"}},
		"DoneAboveOpen":     {"tasks", tasks(`,"status":"done","completed_at":"2026-01-01T00:00:00Z"`, `,"parent_source":"jira","parent_external_id":"0"`), []string{"3 parent_external_id parent_closed"}},
		"BelowABadLine":     {"tasks", tasks(`,"status":"doing"`, `,"parent_source":"jira","parent_external_id":"0"`), []string{"2 status enum"}},
		"EveryLineIsNamed":  {"tasks", tasks(`,"status":"doing"`, "", `,"progress":101`, `,"assignee":"nobody@agency.example"`), []string{"2 status enum", "4 progress too_large", "5 assignee not_found"}},
		"TaskUnknown":       {"time-entries", `{"source":"toggl","external_id":"1","task_source":"jira","task_external_id":"9","user":"ana@agency.example","spent_on":"2026-01-01","minutes":1,"billable":true}`, []string{"1 task_external_id not_found"}},
		"TimeAhead":         {"time-entries", `{"source":"toggl","external_id":"1","task_source":"jira","task_external_id":"W-1","user":"ana@agency.example","spent_on":"2999-01-01","minutes":1,"billable":true}`, []string{"1 spent_on in_future"}},
		"UserUnknown":       {"time-entries", `{"source":"toggl","external_id":"1","task_source":"jira","task_external_id":"W-1","user":"x@agency.example","spent_on":"2026-01-01","minutes":1,"billable":true}`, []string{"1 user not_found"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAgencyServer(t)
			for _, entity := range entities {
				s.mustLoad(entity, "ndjson", files[entity])
			}
			exported, events := s.export(test.entity, "", s.admin), expect.EventCount(t, s.DB)
			report := s.load(test.entity, "ndjson", "", test.file)
			if diff := cmp.Diff(test.want, fileMistakes(report)); diff != "" || report.Applied {
				t.Errorf("applied: %v, mistakes (-want +got):\n%s", report.Applied, diff)
			}
			if s.export(test.entity, "", s.admin) != exported || expect.EventCount(t, s.DB) != events {
				t.Error("something was kept of the file")
			}
		})
	}
}

func TestAColumnLeftOutKeepsItsValue(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	s.mustLoad("clients", "ndjson", files["clients"])
	report := s.mustLoad("clients", "csv", "source,external_id,industry,owner\nhubspot,1,Bakery,\nhubspot,2,,\n")
	if report.Updated != 1 || report.Unchanged != 1 {
		t.Errorf("the report is %+v", report)
	}
	var name, industry string
	var owner *string
	expect.OK(t, s.DB.QueryRow(t.Context(), "SELECT name, industry, owner_id::text FROM clients WHERE external_id = '1'").Scan(&name, &industry, &owner))
	if name != "=Northwind" || industry != "Bakery" || owner != nil {
		t.Errorf("the client is %s, %s, %v", name, industry, owner)
	}
	changes := expect.Events(t, s.DB)
	if last := changes[len(changes)-1]; last.Action != "client.updated" || len(last.Changes) != 2 || *last.Version != 2 {
		t.Errorf("the event is %+v", last)
	}
}

func TestExportsShowWhatTheirCallerSees(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	for _, entity := range entities {
		s.mustLoad(entity, "ndjson", files[entity])
	}
	member := s.User(db.RoleUser)
	var project, stranger uuid.UUID
	expect.OK(t, s.DB.QueryRow(t.Context(), "SELECT id FROM projects WHERE external_id = 'p:2'").Scan(&project))
	factory.Member(t, s.DB, project, member.ID, db.ProjectMemberRoleViewer)
	expect.OK(t, s.DB.QueryRow(t.Context(), "SELECT id FROM projects WHERE external_id = 'p:1'").Scan(&stranger))
	token := s.Token(member)
	for path, want := range map[string][]string{
		"clients/export":      nil,
		"projects/export":     {"p:2"},
		"tasks/export":        {"W-5"},
		"time-entries/export": {"t2"},
		"tasks/export?project_id=" + stranger.String():      nil,
		"tasks/export?project_id=" + project.String():       {"W-5"},
		"time-entries/export?from=2026-02-05":               nil,
		"time-entries/export?from=2026-02-04&to=2026-02-04": {"t2"},
	} {
		got := s.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/" + path, Token: token})
		var ids []string
		for line := range strings.Lines(string(got.Body)) {
			_, rest, _ := strings.Cut(line, `"external_id":"`)
			id, _, _ := strings.Cut(rest, `"`)
			ids = append(ids, id)
			// Ana is on no team with the member.
			if strings.Contains(line, "ana@") {
				t.Errorf("%s names somebody whom the caller does not see: %s", path, line)
			}
		}
		if diff := cmp.Diff(want, ids); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestFilesHaveLimits(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	send := func(file string) apitest.Response {
		return s.Do(apitest.Request{
			Method: http.MethodPost, Path: "/api/v1/clients/import", Token: s.admin, Body: file,
			Header: map[string]string{"Content-Type": "application/x-ndjson"},
		})
	}
	send(strings.Repeat("{}\n", 50_001)).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	send(strings.Repeat(" ", 32<<20+1)).MustProblem(t, http.StatusRequestEntityTooLarge, "payload_too_large")
}

func TestImportTakesAFewStatementsForAThousandLines(t *testing.T) {
	t.Parallel()
	pool, statements := dbtest.Recorded(t, dbtest.URL(t))
	a := apitest.New(t, &apitest.Options{Pool: pool})
	s := agencyServer{API: a, t: t, admin: a.Token(a.User(db.RoleAdmin))}
	s.mustLoad("projects", "ndjson", `{"source":"crm","external_id":"1","name":"Big"}`)
	// Each task but the first is a subtask of one or waits for one.
	file := func(system string, n int) string {
		var lines strings.Builder
		for i := range n {
			fmt.Fprintf(&lines, `{"source":"%s","external_id":"%d","project_source":"crm","project_external_id":"1","title":"Task %d"`, system, i, i)
			if i%2 == 1 {
				fmt.Fprintf(&lines, `,"parent_source":"%s","parent_external_id":"%d"`, system, i-1)
			} else if i > 0 {
				fmt.Fprintf(&lines, `,"prerequisites":["%s:%d"]`, system, i-2)
			}
			lines.WriteString("}\n")
		}
		return lines.String()
	}
	count := func(system string, n int) int {
		sent := statements.During(func() {
			if report := s.mustLoad("tasks", "ndjson", file(system, n)); report.Created != n {
				t.Errorf("of %d tasks %d were made", n, report.Created)
			}
		})
		// Who is signed in is asked again where it was not a moment ago.
		return len(slices.DeleteFunc(sent, func(s dbtest.Statement) bool { return s.Name() == "SessionGetActor" }))
	}
	one, three := count("one", 1000), count("three", 3000)
	// A thousand rows are written by one statement, and their events by another.
	if three-one != 4 {
		t.Errorf("1,000 lines take %d statements and 3,000 take %d", one, three)
	}
}

func TestProgressFollowsFromWhatIsImported(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	for _, entity := range []string{"clients", "projects", "tasks"} {
		s.mustLoad(entity, "ndjson", files[entity])
	}
	progress := func(id string) (percent, given, version int) {
		expect.OK(t, s.DB.QueryRow(t.Context(), "SELECT progress, given_progress, version FROM tasks WHERE external_id = $1", id).Scan(&percent, &given, &version))
		return percent, given, version
	}
	// W-3 is at 40 and W-2, which is done, at 100; neither has an estimate.
	if percent, given, _ := progress("W-1"); percent != 70 || given != 0 {
		t.Errorf("the parent is at %d (given %d), want 70", percent, given)
	}
	if percent, given, _ := progress("W-2"); percent != 100 || given != 10 {
		t.Errorf("what is done is at %d (given %d), want 100", percent, given)
	}
	// The file does not have the parent, which gets no new version either.
	report := s.mustLoad("tasks", "csv", "source,external_id,progress\njira,W-3,60\n")
	if percent, _, version := progress("W-1"); report.Updated != 1 || percent != 80 || version != 1 {
		t.Errorf("the parent is at %d in version %d, want 80 in version 1", percent, version)
	}
}

func TestAnImportedTeamIsTheWholeTeam(t *testing.T) {
	t.Parallel()
	s := newAgencyServer(t)
	for _, entity := range []string{"clients", "projects", "tasks"} {
		s.mustLoad(entity, "ndjson", files[entity])
	}
	s.mustLoad("tasks", "ndjson", `{"source":"jira","external_id":"W-3","assignee":"ana@agency.example"}`)
	before := expect.EventCount(t, s.DB)
	report := s.mustLoad("projects", "ndjson", `{"source":"hubspot","external_id":"p:1","team":["ben@agency.example:lead","mia@agency.example:viewer"]}`)
	if report.Updated != 1 {
		t.Errorf("the report is %+v", report)
	}
	var actions []string
	for _, e := range expect.Events(t, s.DB)[before:] {
		actions = append(actions, e.Action)
	}
	slices.Sort(actions)
	// Ana leaves the team, and the open task that she had with it.
	want := []string{"project.member_added", "project.member_removed", "project.member_removed", "project.member_role_changed", "task.assigned"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if line := s.export("projects", "", s.admin); !strings.Contains(line, `"team":["ben@agency.example:lead","mia@agency.example:viewer"]`) {
		t.Errorf("the team is otherwise: %s", line)
	}
}
