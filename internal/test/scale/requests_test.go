package scale_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// request is one that reads a list, a search or a statistic.
type request struct {
	operation, path string
	// isList tells that it is a list's first page.
	isList bool
	// admin tells that only admins may make it.
	admin bool
}

// requests are those that are held against the big database: each list by its
// filters and orders, each search and statistic.
func requests() []request {
	project, user, client := id(projects, 3).String(), id(users, 3).String(), id(clients, 3).String()
	all := []request{
		{operation: "getProjectStatistics", path: "/api/v1/projects/" + id(projects, 0).String() + "/statistics", admin: true},
		{operation: "getUserStatistics", path: "/api/v1/users/" + user + "/statistics?from=2025-01-01"},
		{operation: "getClientStatistics", path: "/api/v1/clients/" + id(clients, 0).String() + "/statistics", admin: true},
		{operation: "getOverview", path: "/api/v1/statistics/overview"},
	}
	list := func(operation, path string, queries ...string) {
		for _, query := range queries {
			all = append(all, request{operation: operation, path: path + query, isList: true})
		}
	}
	list("listTasks", "/api/v1/tasks", "", "?sort=created_at", "?sort=due_date", "?sort=-due_date",
		"?project_id="+project, "?project_id="+project+"&status=todo&status=in_progress", "?assignee_id="+user, "?client_id="+client,
		"?parent_id="+id(tasks, 100).String(), "?status=todo", "?status=blocked", "?priority=urgent", "?overdue=true", "?overdue=true&sort=due_date",
		"?ready=true", "?blocked=true", "?unassigned=true", "?due_from=2025-12-01&due_to=2025-12-07&sort=due_date", "?q=homepage", "?q=brochure%20audit")
	list("listTasks", "/api/v1/tasks", "?overdue=false", "?project_id="+project+"&sort=position", "?project_id="+project+"&project_id="+id(projects, 8).String(),
		"?assignee_id="+user+"&assignee_id="+id(users, 4).String(), "?tag=logo", "?project_id="+project+"&created_by="+user,
		"?project_id="+project+"&status=blocked&sort=-due_date", "?project_id="+project+"&priority=urgent&sort=position", "?project_id="+project+"&ready=true",
		"?assignee_id="+user+"&status=todo&status=done", "?assignee_id="+user+"&status=blocked&priority=high&sort=due_date", "?parent_id="+id(tasks, 100).String()+"&status=todo",
		"?updated_since=2025-12-16T00:00:00Z", "?include=subtasks,prerequisites,dependents,assignee,project")
	// Pages that others are in front of are other statements.
	list("listTasks", "/api/v1/tasks", "?page=30", "?sort=due_date&page=30", "?project_id="+project+"&page=2", "?assignee_id="+user+"&status=todo&page=2",
		"?status=todo&page=30", "?overdue=true&page=30", "?ready=true&page=30", "?q=homepage&page=30")
	all = append(all, request{operation: "listTasks", path: "/api/v1/tasks?include_deleted=true", isList: true, admin: true},
		request{operation: "searchTasks", path: "/api/v1/tasks/search?q=homepage"},
		request{operation: "searchTasks", path: "/api/v1/tasks/search?q=northfield%20homepage"},
		request{operation: "searchTasks", path: "/api/v1/tasks/search?q=brochure%20audit&project_id=" + project})
	list("listProjects", "/api/v1/projects", "", "?sort=name", "?client_id="+client, "?member_id="+user, "?status=active", "?overdue=true", "?q=homepage",
		"?tag=web&tag=print", "?ends_from=2025-12-01&ends_to=2025-12-31", "?starts_from=2025-12-01&sort=starts_on")
	all = append(all,
		request{operation: "listProjects", path: "/api/v1/projects?include_deleted=true", isList: true, admin: true},
		request{operation: "listProjects", path: "/api/v1/projects?page_size=100&include=client,team,tasks"},
		request{operation: "getProject", path: "/api/v1/projects/" + id(projects, 0).String() + "?include=client,team,tasks", admin: true})
	list("listTimeEntries", "/api/v1/time-entries", "", "?sort=spent_on", "?sort=-created_at", "?sort=-minutes", "?task_id="+id(tasks, 100).String(),
		"?project_id="+project, "?client_id="+client, "?user_id="+user+"&user_id="+id(users, 4).String(), "?user_id="+user+"&from=2025-12-01&to=2025-12-07",
		"?from=2025-06-01&to=2025-06-07", "?billable=false", "?page_size=100&include=task,user")
	list("listProjects", "/api/v1/projects", "?page=30", "?status=active&page=30")
	list("listTimeEntries", "/api/v1/time-entries", "?page=30", "?billable=false&page=30")
	list("listClients", "/api/v1/clients", "", "?sort=name", "?sort=-revenue", "?status=active", "?q=homepage",
		"?industry=homepage", "?segment=brochure", "?owner_id="+user, "?tag=homepage&tag=brochure", "?include=projects,contacts")
	list("listClientProjects", "/api/v1/clients/"+client+"/projects", "", "?sort=name")
	list("listClientContacts", "/api/v1/clients/"+client+"/contacts", "", "?sort=name")
	list("searchClients", "/api/v1/clients/search", "?q=homepage", "?q=homepage%20bro")
	list("listProjectMembers", "/api/v1/projects/"+project+"/team", "")
	for _, query := range []string{"", "?sort=email", "?sort=expires_at", "?state=pending&state=expired"} {
		all = append(all, request{operation: "listInvitations", path: "/api/v1/invitations" + query, isList: true, admin: true})
	}
	list("listUsers", "/api/v1/users", "", "?sort=name", "?role=manager&role=admin", "?skill=homepage", "?q=person%2017")
	list("listSessions", "/api/v1/users/me/sessions", "")
	list("listApiKeys", "/api/v1/api-keys", "", "?state=active", "?principal_id="+user, "?sort=expires_at")
	list("listUserActivity", "/api/v1/users/"+user+"/activity", "", "?action=task.created", "?entity_type=task&from=2025-12-01T00:00:00Z")
	list("getUserHistory", "/api/v1/users/"+user+"/history", "")
	// What these are of is not for this user to see.
	for operation, path := range map[string]string{
		"getClientHistory": "clients/" + client, "getProjectHistory": "projects/" + project, "getTaskHistory": "tasks/" + id(tasks, 7).String(),
		"getCommentHistory": "comments/" + id(comments, 6).String(), "getTimeEntryHistory": "time-entries/" + id(entries, 7).String(),
		"getClientContactHistory": "clients/" + client + "/contacts/" + id(contacts, 3).String(),
	} {
		all = append(all, request{operation: operation, path: "/api/v1/" + path + "/history", isList: true, admin: true})
	}
	for _, query := range []string{
		"", "?actor_id=" + user, "?entity_type=task&entity_id=" + id(tasks, 100).String(), "?project_id=" + project, "?action=task.created&action=task.deleted",
		"?request_id=none", "?from=2025-06-01T00:00:00Z&to=2025-06-02T00:00:00Z",
	} {
		all = append(all, request{operation: "listAuditLog", path: "/api/v1/audit-log" + query, isList: true, admin: true})
	}
	list("listEvents", "/api/v1/events", "", "?page_size=100", "?project_id="+project, "?type=task.created", "?type=project.*", "?type=session.*",
		"?entity_type=task&entity_id="+id(tasks, 100).String())
	for _, query := range []string{"", "?sort=name", "?project_id=" + project, "?status=disabled"} {
		all = append(all, request{operation: "listWebhooks", path: "/api/v1/webhooks" + query, isList: true, admin: true})
	}
	for _, query := range []string{"", "?state=failed", "?event_type=task.updated"} {
		all = append(all, request{operation: "listWebhookDeliveries", path: "/api/v1/webhooks/" + id(webhooks, 3).String() + "/deliveries" + query, isList: true, admin: true})
	}
	all = append(all, request{operation: "getUserWorkload", path: "/api/v1/users/" + user + "/workload?weeks=26"})
	// Person 3 is on the team of project 3, task 3 is the project's, and so is client 3.
	own, task, agent := id(projects, 3).String(), id(tasks, 3).String(), id(users, 19).String()
	list("listComments", "/api/v1/comments", "", "?sort=-created_at", "?kind=decision", "?author_id="+agent, "?author_kind=agent", "?mentions="+user,
		"?task_id="+task, "?project_id="+own, "?client_id="+client, "?thread_id="+id(comments, 6).String(), "?reply_to_id="+id(comments, 6).String(),
		"?created_from=2025-06-01&created_to=2025-06-07")
	list("listTaskComments", "/api/v1/tasks/"+task+"/comments", "", "?include=author,replies")
	list("listProjectComments", "/api/v1/projects/"+own+"/comments", "")
	list("listClientComments", "/api/v1/clients/"+client+"/comments", "")
	list("listCommentFeedback", "/api/v1/comments/"+id(comments, 6).String()+"/feedback", "")
	all = append(all, request{operation: "getAgentQuality", path: "/api/v1/users/" + agent + "/quality", admin: true})
	return all
}

// Every list, search and statistic of the contract is held against the big
// database: one that is added later has to be added above as well.
func TestEveryListIsHeldAgainstTheBigDatabase(t *testing.T) {
	t.Parallel()
	held := map[string]bool{}
	for _, request := range requests() {
		held[request.operation] = true
	}
	for _, item := range apitest.LoadContract(t).Doc.Paths.Map() {
		operation := item.Get
		if operation == nil {
			continue
		}
		isList := operation.Parameters.GetByInAndName("query", "page_size") != nil
		reads := isList || strings.HasSuffix(operation.OperationID, "Statistics") || slices.Contains(
			[]string{"getOverview", "getUserWorkload", "getAgentQuality"}, operation.OperationID)
		if reads && !held[operation.OperationID] {
			t.Errorf("%s has no request", operation.OperationID)
		}
	}
}
