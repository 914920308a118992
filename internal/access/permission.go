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
	// SessionOnly operations are for who has signed in, and closed to API keys:
	// what decides over credentials takes more than one of them.
	SessionOnly bool
}

var (
	anonymous = Permission{Anonymous: true}
	anyone    = Permission{MinRole: RoleUser}
	signedIn  = Permission{MinRole: RoleUser, SessionOnly: true}
	managers  = Permission{MinRole: RoleManager}
	inviters  = Permission{MinRole: RoleManager, SessionOnly: true}
	admins    = Permission{MinRole: RoleAdmin}
)

// permissions has a row for every operation of the contract; the service does
// not start without one ([CheckComplete]).
var permissions = map[string]Permission{
	"health":         anonymous,
	"healthDetailed": anonymous,
	"livez":          anonymous,
	"readyz":         anonymous,

	"registerUser":           anonymous,
	"login":                  anonymous,
	"refreshSession":         anonymous,
	"requestPasswordReset":   anonymous,
	"resetPassword":          anonymous,
	"verifyEmail":            anonymous,
	"logout":                 signedIn,
	"getCurrentUser":         anyone,
	"listUsers":              anyone,
	"getUser":                anyone,
	"updateUser":             anyone,
	"replaceUser":            admins,
	"deleteUser":             admins,
	"restoreUser":            admins,
	"getUserPreferences":     anyone,
	"updateUserPreferences":  anyone,
	"replaceUserPreferences": anyone,
	"getUserWorkload":        anyone,
	"listUserActivity":       anyone,
	"getUserHistory":         anyone,
	"getAgentQuality":        anyone,
	"getUserStatistics":      anyone,

	"requestEmailVerification": signedIn,

	"listInvitations":  managers,
	"createInvitation": inviters,
	"revokeInvitation": managers,

	"listAuditLog": admins,

	"listClients":             anyone,
	"createClient":            managers,
	"getClient":               anyone,
	"replaceClient":           managers,
	"updateClient":            managers,
	"deleteClient":            admins,
	"setClientStatus":         managers,
	"restoreClient":           admins,
	"getClientHistory":        anyone,
	"searchClients":           anyone,
	"listClientProjects":      anyone,
	"listClientContacts":      anyone,
	"createClientContact":     managers,
	"getClientContact":        anyone,
	"replaceClientContact":    managers,
	"updateClientContact":     managers,
	"deleteClientContact":     managers,
	"getClientContactHistory": anyone,
	"getClientStatistics":     anyone,

	"listProjects":         anyone,
	"createProject":        managers,
	"getProject":           anyone,
	"replaceProject":       managers,
	"updateProject":        managers,
	"deleteProject":        managers,
	"setProjectStatus":     managers,
	"restoreProject":       managers,
	"cloneProject":         managers,
	"listProjectMembers":   anyone,
	"setProjectMemberRole": managers,
	"addProjectMember":     managers,
	"removeProjectMember":  managers,
	"getProjectStatistics": anyone,
	"getProjectHistory":    anyone,

	"listTasks":            anyone,
	"createTask":           anyone,
	"bulkTasks":            anyone,
	"getTask":              anyone,
	"replaceTask":          anyone,
	"updateTask":           anyone,
	"deleteTask":           anyone,
	"searchTasks":          anyone,
	"getTaskReadiness":     anyone,
	"setTaskPosition":      anyone,
	"restoreTask":          anyone,
	"assignTask":           anyone,
	"setTaskStatus":        anyone,
	"addTaskDependency":    anyone,
	"removeTaskDependency": anyone,
	"getTaskHistory":       anyone,

	"logTime":             anyone,
	"startTimer":          anyone,
	"getTimer":            anyone,
	"discardTimer":        anyone,
	"stopTimer":           anyone,
	"listTimeEntries":     anyone,
	"getTimeEntry":        anyone,
	"updateTimeEntry":     anyone,
	"replaceTimeEntry":    anyone,
	"deleteTimeEntry":     anyone,
	"getTimeEntryHistory": anyone,

	"listClientComments":    anyone,
	"createClientComment":   anyone,
	"listProjectComments":   anyone,
	"createProjectComment":  anyone,
	"listTaskComments":      anyone,
	"createTaskComment":     anyone,
	"listComments":          anyone,
	"getComment":            anyone,
	"updateComment":         anyone,
	"replaceComment":        anyone,
	"deleteComment":         anyone,
	"restoreComment":        anyone,
	"getCommentHistory":     anyone,
	"listCommentFeedback":   anyone,
	"setCommentFeedback":    anyone,
	"removeCommentFeedback": anyone,

	"getOverview": anyone,

	"exportClients":     anyone,
	"exportProjects":    anyone,
	"exportTasks":       anyone,
	"exportTimeEntries": anyone,
	"importClients":     admins,
	"importProjects":    admins,
	"importTasks":       admins,
	"importTimeEntries": admins,
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
