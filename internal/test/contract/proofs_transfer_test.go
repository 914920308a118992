package contract_test

import (
	"net/http"
	"slices"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func transferProofs() map[string]proof {
	export := func(path string) proof {
		return proof{
			request: sending(http.MethodGet, at("/api/v1/"+path+"/export?format=csv"), nil), as: outsider, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		}
	}
	imported := func(path string, line func(w *world) string) proof {
		return proof{
			request: new(requestMaker(func(w *world) apitest.Request {
				return apitest.Request{Method: http.MethodPost, Path: "/api/v1/" + path + "/import", Body: line(w), Header: ndjson}
			})),
			as: admin, status: http.StatusOK,
			denied: slices.Concat(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, lead, outsider)),
		}
	}
	return map[string]proof{
		"exportClients":     export("clients"),
		"exportProjects":    export("projects"),
		"exportTasks":       export("tasks"),
		"exportTimeEntries": export("time-entries"),
		"importClients": imported("clients", func(*world) string {
			return `{"source":"crm","external_id":"1","name":"Acme"}`
		}),
		"importProjects": imported("projects", func(*world) string {
			return `{"source":"crm","external_id":"1","name":"Relaunch"}`
		}),
		"importTasks": imported("tasks", func(w *world) string {
			return `{"source":"jira","external_id":"1","project_source":"coordinator","project_external_id":"` + w.project.ID.String() + `","title":"Draw"}`
		}),
		"importTimeEntries": imported("time-entries", func(w *world) string {
			return `{"source":"toggl","external_id":"1","task_source":"coordinator","task_external_id":"` + w.first.ID.String() +
				`","user":"` + w.people[viewer].Email + `","spent_on":"2026-03-02","minutes":60,"billable":true}`
		}),
	}
}
