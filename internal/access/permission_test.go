package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/access"
)

// operations are those that have a permission row, with the least role that
// may call them; empty for who needs no credential.
var operations = map[string]access.Role{
	"registerUser": "", "login": "", "refreshSession": "", "logout": access.RoleUser, "changePassword": access.RoleUser,
	"getCurrentUser": access.RoleUser, "requestPasswordReset": "", "resetPassword": "", "requestEmailVerification": access.RoleUser,
	"verifyEmail": "", "getSecondFactor": access.RoleUser, "beginSecondFactor": access.RoleUser,
	"confirmSecondFactor": access.RoleUser, "replaceRecoveryCodes": access.RoleUser, "removeSecondFactor": access.RoleUser,
	"listSessions": access.RoleUser, "revokeOtherSessions": access.RoleUser, "revokeSession": access.RoleUser,
	"listUsers": access.RoleUser, "getUser": access.RoleUser, "updateUser": access.RoleUser, "replaceUser": access.RoleAdmin,
	"deleteUser": access.RoleUser, "restoreUser": access.RoleAdmin, "unlockUser": access.RoleAdmin,
	"resetUserSecondFactor": access.RoleAdmin, "revokeUserSessions": access.RoleAdmin, "getUserPreferences": access.RoleUser,
	"updateUserPreferences": access.RoleUser, "replaceUserPreferences": access.RoleUser, "getUserWorkload": access.RoleUser,
	"listUserActivity": access.RoleUser, "getUserHistory": access.RoleUser, "getAgentQuality": access.RoleUser,
	"createAgent": access.RoleManager, "getUserStatistics": access.RoleUser, "getJWKS": "",

	"listInvitations": access.RoleManager, "createInvitation": access.RoleManager, "revokeInvitation": access.RoleManager,

	"listApiKeys": access.RoleUser, "createApiKey": access.RoleUser, "getApiKey": access.RoleUser, "updateApiKey": access.RoleUser,
	"revokeApiKey": access.RoleUser,

	"listClients": access.RoleUser, "createClient": access.RoleManager, "getClient": access.RoleUser,
	"replaceClient": access.RoleManager, "updateClient": access.RoleManager, "deleteClient": access.RoleAdmin,
	"setClientStatus": access.RoleManager, "restoreClient": access.RoleAdmin, "getClientHistory": access.RoleUser,
	"searchClients": access.RoleUser, "listClientProjects": access.RoleUser, "listClientContacts": access.RoleUser,
	"createClientContact": access.RoleManager, "getClientContact": access.RoleUser, "replaceClientContact": access.RoleManager,
	"updateClientContact": access.RoleManager, "deleteClientContact": access.RoleManager,
	"getClientContactHistory": access.RoleUser, "getClientStatistics": access.RoleUser,

	"listProjects": access.RoleUser, "createProject": access.RoleManager, "getProject": access.RoleUser,
	"replaceProject": access.RoleManager, "updateProject": access.RoleManager, "deleteProject": access.RoleManager,
	"setProjectStatus": access.RoleManager, "restoreProject": access.RoleManager, "cloneProject": access.RoleManager,
	"listProjectMembers": access.RoleUser, "setProjectMemberRole": access.RoleManager, "addProjectMember": access.RoleManager,
	"removeProjectMember": access.RoleManager, "getProjectStatistics": access.RoleUser, "getProjectHistory": access.RoleUser,

	"listTasks": access.RoleUser, "createTask": access.RoleUser, "bulkTasks": access.RoleUser, "getTask": access.RoleUser,
	"replaceTask": access.RoleUser, "updateTask": access.RoleUser, "deleteTask": access.RoleUser, "searchTasks": access.RoleUser,
	"getTaskReadiness": access.RoleUser, "setTaskPosition": access.RoleUser, "restoreTask": access.RoleUser,
	"assignTask": access.RoleUser, "setTaskStatus": access.RoleUser, "addTaskDependency": access.RoleUser,
	"removeTaskDependency": access.RoleUser, "getTaskHistory": access.RoleUser,

	"getOverview": access.RoleUser,

	"listAuditLog": access.RoleAdmin, "listEvents": access.RoleUser, "streamEvents": access.RoleUser,

	"logTime": access.RoleUser, "startTimer": access.RoleUser, "getTimer": access.RoleUser, "discardTimer": access.RoleUser,
	"stopTimer": access.RoleUser, "listTimeEntries": access.RoleUser, "getTimeEntry": access.RoleUser,
	"updateTimeEntry": access.RoleUser, "replaceTimeEntry": access.RoleUser, "deleteTimeEntry": access.RoleUser,
	"getTimeEntryHistory": access.RoleUser,

	"listClientComments": access.RoleUser, "createClientComment": access.RoleUser, "listProjectComments": access.RoleUser,
	"createProjectComment": access.RoleUser, "listTaskComments": access.RoleUser, "createTaskComment": access.RoleUser,
	"listComments": access.RoleUser, "getComment": access.RoleUser, "updateComment": access.RoleUser,
	"replaceComment": access.RoleUser, "deleteComment": access.RoleUser, "restoreComment": access.RoleUser,
	"getCommentHistory": access.RoleUser, "listCommentFeedback": access.RoleUser, "setCommentFeedback": access.RoleUser,
	"removeCommentFeedback": access.RoleUser,

	"exportClients": access.RoleUser, "importClients": access.RoleAdmin, "exportProjects": access.RoleUser,
	"importProjects": access.RoleAdmin, "exportTasks": access.RoleUser, "importTasks": access.RoleAdmin,
	"exportTimeEntries": access.RoleUser, "importTimeEntries": access.RoleAdmin,

	"listWebhooks": access.RoleManager, "createWebhook": access.RoleManager, "getWebhook": access.RoleManager,
	"updateWebhook": access.RoleManager, "deleteWebhook": access.RoleManager, "rotateWebhookSecret": access.RoleManager,
	"enableWebhook": access.RoleManager, "disableWebhook": access.RoleManager, "testWebhook": access.RoleManager,
	"listWebhookDeliveries": access.RoleManager, "getWebhookDelivery": access.RoleManager, "redeliverWebhookDelivery": access.RoleManager,

	"health": "", "healthDetailed": "", "livez": "", "readyz": "",
}

// sessionOnly are those that an API key may not call whatever its scopes.
var sessionOnly = []string{
	"logout", "changePassword", "requestEmailVerification", "getSecondFactor", "beginSecondFactor", "confirmSecondFactor",
	"replaceRecoveryCodes", "removeSecondFactor", "listSessions", "revokeOtherSessions", "revokeSession", "replaceUser",
	"unlockUser", "resetUserSecondFactor", "revokeUserSessions", "createInvitation", "listApiKeys", "createApiKey", "getApiKey",
	"updateApiKey", "revokeApiKey",
}

// unlimited are those that an API key may not call that is limited to some
// projects and clients.
var unlimited = []string{
	"updateUser", "deleteUser", "restoreUser", "updateUserPreferences", "replaceUserPreferences", "createAgent", "listInvitations",
	"revokeInvitation", "createClient", "deleteClient", "restoreClient", "createProject", "restoreProject", "cloneProject",
	"listAuditLog", "importClients", "importProjects", "importTasks", "importTimeEntries",
}

// current are those that API keys may call and that decide over accounts and
// credentials all the same.
var current = []string{
	"updateUser", "deleteUser", "restoreUser", "createAgent", "revokeInvitation", "createWebhook", "updateWebhook", "rotateWebhookSecret",
}

// enrolment are all that a session may do that owes a second factor.
var enrolment = []string{
	"logout", "getCurrentUser", "getSecondFactor", "beginSecondFactor", "confirmSecondFactor",
}

func TestForOperation(t *testing.T) {
	t.Parallel()
	for id, role := range operations {
		got, ok := access.ForOperation(id)
		want := access.Permission{
			Anonymous: role == "", MinRole: role,
			SessionOnly: slices.Contains(sessionOnly, id), Enrolment: slices.Contains(enrolment, id),
			Unlimited: slices.Contains(unlimited, id),
			Current:   slices.Contains(sessionOnly, id) || slices.Contains(current, id),
		}
		if !ok || got != want {
			t.Errorf("%s is for %+v (%v), want %+v", id, got, ok, want)
		}
	}
	if got, ok := access.ForOperation("dropEverything"); ok {
		t.Errorf("an unknown operation is for %+v", got)
	}
}

func TestCheckComplete(t *testing.T) {
	t.Parallel()
	all := func() []string {
		var ids []string
		for id := range operations {
			ids = append(ids, id)
		}
		return ids
	}
	without := func(ids []string, gone ...string) []string {
		var kept []string
		for _, id := range ids {
			if !strings.Contains(strings.Join(gone, " "), id) {
				kept = append(kept, id)
			}
		}
		return kept
	}

	for name, test := range map[string]struct {
		operations []string
		want       string
	}{
		"EveryOperationHasItsRow":        {all(), ""},
		"OperationWithoutARow":           {append(all(), "archiveTask"), "permission table: archiveTask has no permission row"},
		"RowWithoutAnOperation":          {without(all(), "deleteClient"), "permission table: deleteClient has a permission row but is no operation"},
		"EverythingThatIsWrongIsListed":  {append(without(all(), "deleteClient", "readyz"), "b", "a"), "permission table: a has no permission row; b has no permission row; deleteClient has a permission row but is no operation; readyz has a permission row but is no operation"},
		"OrderOfTheContractDoesNotCount": {append([]string{"zzz"}, all()...), "permission table: zzz has no permission row"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := access.CheckComplete(test.operations); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("CheckComplete = %q, want %q", got, test.want)
			}
		})
	}
}
