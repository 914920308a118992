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
	// Enrolment operations are open to a session that owes a second factor:
	// what it takes to set one up, and to leave.
	Enrolment bool
	// Unlimited operations are about more than some projects and clients, and
	// closed to API keys that are limited to these.
	Unlimited bool
	// Current operations decide over accounts and credentials: what somebody may
	// do is asked of the database for each of them, and not remembered for a
	// moment as it is for others.
	Current bool
}

var (
	anonymous        = Permission{Anonymous: true}
	anyone           = Permission{MinRole: RoleUser}
	managers         = Permission{MinRole: RoleManager}
	signedIn         = Permission{MinRole: RoleUser, SessionOnly: true, Current: true}
	signedInManagers = Permission{MinRole: RoleManager, SessionOnly: true, Current: true}
	signedInAdmins   = Permission{MinRole: RoleAdmin, SessionOnly: true, Current: true}

	// The same for operations that are about more than some projects and clients.
	anyoneUnlimited   = Permission{MinRole: RoleUser, Unlimited: true}
	managersUnlimited = Permission{MinRole: RoleManager, Unlimited: true}
	adminsUnlimited   = Permission{MinRole: RoleAdmin, Unlimited: true}
)

// enrolment is the permission for a session that owes a second factor too.
func (p Permission) enrolment() Permission {
	p.Enrolment = true
	return p
}

// current is the permission for what decides over accounts and credentials.
func (p Permission) current() Permission {
	p.Current = true
	return p
}

// permissions has a row for every operation of the contract, a group a tag and
// in the contract's order; the service does not start without one ([CheckComplete]).
var permissions = map[string]Permission{
	"registerUser":             anonymous,
	"login":                    anonymous,
	"refreshSession":           anonymous,
	"logout":                   signedIn.enrolment(),
	"changePassword":           signedIn,
	"getCurrentUser":           anyone.enrolment(),
	"requestPasswordReset":     anonymous,
	"resetPassword":            anonymous,
	"requestEmailVerification": signedIn,
	"verifyEmail":              anonymous,
	"getSecondFactor":          signedIn.enrolment(),
	"beginSecondFactor":        signedIn.enrolment(),
	"confirmSecondFactor":      signedIn.enrolment(),
	"replaceRecoveryCodes":     signedIn,
	"removeSecondFactor":       signedIn,
	"listSessions":             signedIn,
	"revokeOtherSessions":      signedIn,
	"revokeSession":            signedIn,
	"listUsers":                anyone,
	"getUser":                  anyone,
	"updateUser":               anyoneUnlimited.current(),
	"replaceUser":              signedInAdmins,
	"deleteUser":               anyoneUnlimited.current(),
	"restoreUser":              adminsUnlimited.current(),
	"unlockUser":               signedInAdmins,
	"resetUserSecondFactor":    signedInAdmins,
	"revokeUserSessions":       signedInAdmins,
	"getUserPreferences":       anyone,
	"updateUserPreferences":    anyoneUnlimited,
	"replaceUserPreferences":   anyoneUnlimited,
	"getUserWorkload":          anyone,
	"listUserActivity":         anyone,
	"getUserHistory":           anyone,
	"getAgentQuality":          anyone,
	"createAgent":              managersUnlimited.current(),
	"getUserStatistics":        anyone,
	"getJWKS":                  anonymous,

	"listInvitations":  managersUnlimited,
	"createInvitation": signedInManagers,
	"revokeInvitation": managersUnlimited.current(),

	"listApiKeys":  signedIn,
	"createApiKey": signedIn,
	"getApiKey":    signedIn,
	"updateApiKey": signedIn,
	"revokeApiKey": signedIn,

	"listClients":             anyone,
	"createClient":            managersUnlimited,
	"getClient":               anyone,
	"replaceClient":           managers,
	"updateClient":            managers,
	"deleteClient":            adminsUnlimited,
	"setClientStatus":         managers,
	"restoreClient":           adminsUnlimited,
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
	"createProject":        managersUnlimited,
	"getProject":           anyone,
	"replaceProject":       managers,
	"updateProject":        managers,
	"deleteProject":        managers,
	"setProjectStatus":     managers,
	"restoreProject":       managersUnlimited,
	"cloneProject":         managersUnlimited,
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

	"getOverview": anyone,

	"listAuditLog": adminsUnlimited,

	"listEvents":   anyone,
	"streamEvents": anyone,

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

	"exportClients":     anyone,
	"importClients":     adminsUnlimited,
	"exportProjects":    anyone,
	"importProjects":    adminsUnlimited,
	"exportTasks":       anyone,
	"importTasks":       adminsUnlimited,
	"exportTimeEntries": anyone,
	"importTimeEntries": adminsUnlimited,

	"listWebhooks":             managers,
	"createWebhook":            managers.current(),
	"getWebhook":               managers,
	"updateWebhook":            managers.current(),
	"deleteWebhook":            managers,
	"rotateWebhookSecret":      managers.current(),
	"enableWebhook":            managers,
	"disableWebhook":           managers,
	"testWebhook":              managers,
	"listWebhookDeliveries":    managers,
	"getWebhookDelivery":       managers,
	"redeliverWebhookDelivery": managers,

	"health":         anonymous,
	"healthDetailed": anonymous,
	"livez":          anonymous,
	"readyz":         anonymous,
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
