package access

import (
	"fmt"
	"slices"
	"strings"
)

// Permission is what an operation asks of whoever calls it, before any row is
// looked at. What depends on the row (which project, whose task) is decided
// where the row is read.
type Permission struct {
	// Anonymous operations need no credential.
	Anonymous bool
	// MinRole is the least role that may call the operation.
	MinRole Role
}

var (
	anonymous = Permission{Anonymous: true}
	anyone    = Permission{MinRole: RoleUser}
	managers  = Permission{MinRole: RoleManager}
	admins    = Permission{MinRole: RoleAdmin}
)

// permissions has a row for every operation of the contract; the service does
// not start without one ([CheckComplete]).
var permissions = map[string]Permission{
	"health":         anonymous,
	"healthDetailed": anonymous,
	"livez":          anonymous,
	"readyz":         anonymous,

	"registerUser":   anonymous,
	"login":          anonymous,
	"refreshSession": anonymous,
	"logout":         anyone,
	"getCurrentUser": anyone,

	"listClients":     anyone,
	"createClient":    managers,
	"getClient":       anyone,
	"updateClient":    managers,
	"deleteClient":    admins,
	"setClientStatus": managers,
	"restoreClient":   admins,

	"listProjects":         anyone,
	"createProject":        managers,
	"getProject":           anyone,
	"updateProject":        managers,
	"replaceProject":       managers,
	"cloneProject":         managers,
	"deleteProject":        managers,
	"restoreProject":       managers,
	"setProjectStatus":     managers,
	"listProjectMembers":   anyone,
	"setProjectMemberRole": managers,
	"addProjectMember":     managers,
	"removeProjectMember":  managers,
	"getProjectStatistics": anyone,

	"listTasks":            anyone,
	"createTask":           anyone,
	"bulkTasks":            anyone,
	"getTask":              anyone,
	"updateTask":           anyone,
	"deleteTask":           anyone,
	"restoreTask":          anyone,
	"assignTask":           anyone,
	"setTaskStatus":        anyone,
	"addTaskDependency":    anyone,
	"removeTaskDependency": anyone,

	"listComments":          anyone,
	"listTaskComments":      anyone,
	"createTaskComment":     anyone,
	"listProjectComments":   anyone,
	"createProjectComment":  anyone,
	"listClientComments":    anyone,
	"createClientComment":   anyone,
	"getComment":            anyone,
	"updateComment":         anyone,
	"replaceComment":        anyone,
	"deleteComment":         anyone,
	"restoreComment":        anyone,
	"listCommentFeedback":   anyone,
	"setCommentFeedback":    anyone,
	"removeCommentFeedback": anyone,
	"getAgentQuality":       anyone,
	"replaceTask":          anyone,
	"searchTasks":          anyone,
	"getTaskReadiness":     anyone,
	"setTaskPosition":      anyone,
}

// ForOperation returns the permission row of the operation.
func ForOperation(operationID string) (Permission, bool) {
	p, ok := permissions[operationID]
	return p, ok
}

// CheckComplete compares the table with the contract's operations and returns
// an error that names every operation without a row and every row without an
// operation.
func CheckComplete(operationIDs []string) error {
	var wrong []string
	for _, id := range operationIDs {
		if _, ok := permissions[id]; !ok {
			wrong = append(wrong, id+" has no permission row")
		}
	}
	for id := range permissions {
		if !slices.Contains(operationIDs, id) {
			wrong = append(wrong, id+" has a permission row but is no operation")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("permission table: %s", strings.Join(wrong, "; "))
}
