package contract_test

import "net/http"

// rule says what an operation answers an actor: granted, or the status of a
// refusal. The rules are those that the contract's descriptions state in words,
// written from them and not from the server.
type rule func(a actor) int

const granted = 0

// What the rules ask of somebody in front of the world's project and client.
func (a actor) everywhere() bool { return a.isManager() && !a.limited }
func (a actor) isManager() bool  { return a.role == "manager" || a.role == "admin" }
func (a actor) sees() bool       { return a.everywhere() || a.place != "" }
func (a actor) seesClient() bool { return a.sees() || a.shares }
func (a actor) governs() bool    { return (a.role == "admin" || a.manages) && !a.limited }
func (a actor) works() bool {
	return a.governs() || a.place == "lead" || a.place == "contributor"
}

// madeIt tells that the world's task and time are the actor's.
func (a actor) madeIt() bool { return a.who == contributor }

func when(may bool, otherwise int) int {
	if may {
		return granted
	}
	return otherwise
}

// unless refuses with the status who may not, and lets nobody find what it does not see.
func unless(sees, may bool) int {
	if !sees {
		return notFound
	}
	return when(may, forbidden)
}

var (
	// open is for everybody, whatever credential is sent.
	open rule = func(actor) int { return granted }
	// signedInOnly is for everybody who is somebody; what is in the answer depends on what they see.
	signedInOnly rule = func(actor) int { return granted }
	// sessionOnly is closed to keys, which are not managed with keys.
	sessionOnly rule = func(a actor) int { return when(!a.key, forbidden) }
	// sessionAdmins decide over the credentials and the roles of others, which takes one's own sign-in.
	sessionAdmins rule = func(a actor) int { return when(a.role == "admin" && !a.key, forbidden) }
	// managersOnly and adminsOnly are about more than a key for some projects is for.
	managersOnly rule = func(a actor) int { return when(a.everywhere(), forbidden) }
	adminsOnly   rule = func(a actor) int { return when(a.role == "admin" && !a.limited, forbidden) }
	// managesClients refuses users for their role before the client is looked at.
	managesClients rule = func(a actor) int {
		if !a.isManager() {
			return forbidden
		}
		return when(a.seesClient(), notFound)
	}

	// seesProject is for whoever sees the project and with it its tasks, its comments and its time.
	seesProject  rule = func(a actor) int { return when(a.sees(), notFound) }
	seesItClient rule = func(a actor) int { return when(a.seesClient(), notFound) }
	// seesPerson: the contributor and the agent are seen by those on a team with them.
	seesPerson rule = func(a actor) int { return when(a.sees(), notFound) }

	// governsProject refuses users for their role before the project is looked at.
	governsProject rule = func(a actor) int {
		if !a.isManager() {
			return forbidden
		}
		return unless(a.sees(), a.governs())
	}
	// managesAny: what is in the list depends on what they manage.
	managesAny rule = func(a actor) int { return when(a.isManager(), forbidden) }
	// createsWebhook: a project that is not seen is a mistake in the body.
	createsWebhook rule = func(a actor) int {
		if !a.isManager() {
			return forbidden
		}
		if !a.sees() {
			return http.StatusUnprocessableEntity
		}
		return when(a.governs(), forbidden)
	}
	// hasWebhook: the endpoint is the project's, and for those who do not manage that there is none.
	hasWebhook rule = func(a actor) int {
		if !a.isManager() {
			return forbidden
		}
		return when(a.governs(), notFound)
	}
	worksOnIt rule = func(a actor) int { return unless(a.sees(), a.works()) }
	// deletesTask is for who manages or leads, and for who made it.
	deletesTask rule = func(a actor) int { return unless(a.sees(), a.governs() || a.place == "lead" || a.madeIt()) }
	// restoresTask: to users who may not restore it, a deleted task does not exist.
	restoresTask rule = func(a actor) int {
		return unless(a.everywhere() || a.place == "lead" || a.madeIt(), a.governs() || !a.everywhere())
	}
	ownsTime rule = func(a actor) int { return unless(a.sees(), a.governs() || a.madeIt()) }
	// hasTimer: in the requests for it the contributor's timer runs, and nobody has another's.
	hasTimer rule = func(a actor) int { return when(a.who == contributor, notFound) }

	// removesPerson: nobody of the world owns the contributor, as people own agents.
	removesPerson = beyondProjects(func(a actor) int { return unless(a.sees(), a.role == "admin") })
	// keepsKey is for whose key it is, the contributor, and administrators.
	keepsKey rule = func(a actor) int {
		if a.key {
			return forbidden
		}
		return when(a.role == "admin" || a.who == contributor, notFound)
	}
	// ownsSession: the session is the outsider's, and nobody ends another's by its id.
	ownsSession rule = func(a actor) int {
		if a.key {
			return forbidden
		}
		return when(a.who == outsider, notFound)
	}
	// invites somebody to be a manager, which nobody does below that.
	invites rule = func(a actor) int { return when(a.isManager() && !a.key, forbidden) }
	// sentInvitation: the invitation is the manager's, and those of others do not exist but for administrators.
	sentInvitation = beyondProjects(func(a actor) int {
		if !a.isManager() {
			return forbidden
		}
		return when(a.role == "admin" || a.who == manager, notFound)
	})
	// isPerson is for the contributor itself and administrators.
	isPerson rule = func(a actor) int { return unless(a.sees(), a.role == "admin" || a.who == contributor) }

	wroteComment    rule = func(a actor) int { return unless(a.sees(), a.agent) }
	removesComment  rule = func(a actor) int { return unless(a.sees(), a.agent || a.governs()) }
	restoresComment rule = func(a actor) int {
		// An administrator deleted it, so that its author finds it and may not bring it back.
		return unless(a.everywhere() || a.agent, a.governs())
	}
	judges rule = func(a actor) int { return unless(a.sees(), !a.agent) }
	// An agent has to say how it came to what it says, which the proof's request does not.
	commentsOnProject rule = func(a actor) int { return speaks(a, a.sees()) }
	commentsOnClient  rule = func(a actor) int { return speaks(a, a.seesClient()) }
)

// beyondProjects is the rule of an operation on something that belongs to no
// project or comes into being with none, which is nothing for a key that is
// limited to some.
func beyondProjects(r rule) rule {
	return func(a actor) int {
		if a.limited {
			return forbidden
		}
		return r(a)
	}
}

func speaks(a actor, sees bool) int {
	if a.agent && sees {
		return http.StatusUnprocessableEntity
	}
	return when(sees, notFound)
}

// rules has one for every operation of the contract.
var rules = map[string]rule{
	"health": open, "healthDetailed": open, "livez": open, "readyz": open, "getJWKS": open,
	"registerUser": open, "login": open, "refreshSession": open,
	"requestPasswordReset": open, "resetPassword": open, "verifyEmail": open,

	"logout": sessionOnly, "getCurrentUser": signedInOnly,
	"listSessions": sessionOnly, "revokeSession": ownsSession, "revokeOtherSessions": sessionOnly, "revokeUserSessions": sessionAdmins,
	"changePassword": sessionOnly, "unlockUser": sessionAdmins, "requestEmailVerification": sessionOnly,
	"getSecondFactor": sessionOnly, "beginSecondFactor": sessionOnly, "confirmSecondFactor": sessionOnly,
	"replaceRecoveryCodes": sessionOnly, "removeSecondFactor": sessionOnly, "resetUserSecondFactor": sessionAdmins,
	"createInvitation": invites, "listInvitations": managersOnly, "revokeInvitation": sentInvitation,
	"listUsers": signedInOnly, "getUser": seesPerson, "updateUser": beyondProjects(isPerson),
	"replaceUser": sessionAdmins, "deleteUser": removesPerson, "restoreUser": adminsOnly,
	"getUserPreferences": isPerson, "updateUserPreferences": beyondProjects(isPerson), "replaceUserPreferences": beyondProjects(isPerson),
	"getUserWorkload": seesPerson, "listUserActivity": seesPerson, "getUserHistory": seesPerson,
	"getAgentQuality": seesPerson, "getUserStatistics": seesPerson,
	"listAuditLog": adminsOnly, "listEvents": signedInOnly, "streamEvents": signedInOnly,

	"createAgent": managersOnly,
	"listApiKeys": sessionOnly, "createApiKey": sessionOnly, "getApiKey": keepsKey, "updateApiKey": keepsKey, "revokeApiKey": keepsKey,

	"listClients": signedInOnly, "searchClients": signedInOnly, "createClient": managersOnly,
	"getClient": seesItClient, "updateClient": managesClients, "replaceClient": managesClients, "setClientStatus": managesClients,
	"deleteClient": adminsOnly, "restoreClient": adminsOnly,
	"getClientHistory": seesItClient, "getClientStatistics": seesItClient,
	"listClientProjects": seesItClient, "listClientContacts": seesItClient, "getClientContact": seesItClient, "getClientContactHistory": seesItClient,
	"createClientContact": managesClients, "updateClientContact": managesClients, "replaceClientContact": managesClients, "deleteClientContact": managesClients,

	"listProjects": signedInOnly, "createProject": managersOnly, "cloneProject": managersOnly,
	"getProject": seesProject, "updateProject": governsProject, "replaceProject": governsProject, "setProjectStatus": governsProject,
	"deleteProject": governsProject, "restoreProject": beyondProjects(governsProject),
	"listProjectMembers": seesProject, "addProjectMember": governsProject, "setProjectMemberRole": governsProject, "removeProjectMember": governsProject,
	"getProjectHistory": seesProject, "getProjectStatistics": seesProject,

	"listTasks": signedInOnly, "searchTasks": signedInOnly, "createTask": worksOnIt, "bulkTasks": deletesTask,
	"getTask": seesProject, "updateTask": worksOnIt, "replaceTask": worksOnIt, "deleteTask": deletesTask, "restoreTask": restoresTask,
	"assignTask": worksOnIt, "setTaskStatus": worksOnIt, "setTaskPosition": worksOnIt, "addTaskDependency": worksOnIt, "removeTaskDependency": worksOnIt,
	"getTaskReadiness": seesProject, "getTaskHistory": seesProject,

	"logTime": worksOnIt, "startTimer": worksOnIt, "getTimer": hasTimer, "stopTimer": hasTimer, "discardTimer": hasTimer,
	"listTimeEntries": signedInOnly, "getTimeEntry": seesProject, "getTimeEntryHistory": seesProject,
	"updateTimeEntry": ownsTime, "replaceTimeEntry": ownsTime, "deleteTimeEntry": ownsTime,

	"listComments": signedInOnly, "listClientComments": seesItClient, "listProjectComments": seesProject, "listTaskComments": seesProject,
	"createClientComment": commentsOnClient, "createProjectComment": commentsOnProject, "createTaskComment": commentsOnProject,
	"getComment": seesProject, "updateComment": wroteComment, "replaceComment": wroteComment,
	"deleteComment": removesComment, "restoreComment": restoresComment, "getCommentHistory": seesProject,
	"listCommentFeedback": seesProject, "setCommentFeedback": judges, "removeCommentFeedback": judges,

	"listWebhooks": managesAny, "createWebhook": createsWebhook,
	"getWebhook": hasWebhook, "updateWebhook": hasWebhook, "deleteWebhook": hasWebhook, "rotateWebhookSecret": hasWebhook,
	"enableWebhook": hasWebhook, "disableWebhook": hasWebhook, "testWebhook": hasWebhook,
	"listWebhookDeliveries": hasWebhook, "getWebhookDelivery": hasWebhook, "redeliverWebhookDelivery": hasWebhook,

	"getOverview":   signedInOnly,
	"exportClients": signedInOnly, "exportProjects": signedInOnly, "exportTasks": signedInOnly, "exportTimeEntries": signedInOnly,
	"importClients": adminsOnly, "importProjects": adminsOnly, "importTasks": adminsOnly, "importTimeEntries": adminsOnly,
}

type cell struct {
	operation string
	who       who
}

// apartFromRules are the cells that no rule explains, each with its reason.
var apartFromRules = map[cell]struct {
	status int
	reason string
}{
	{"restoreUser", contributor}: {unauthenticated, "It is the contributor who has been deleted, and with the account went its sessions."},
}
