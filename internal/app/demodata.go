package app

import "github.com/aicoordination/coordinator/gen/db"

type demoUser struct {
	email string
	name  string
	kind  db.PrincipalKind
	role  db.Role
}

type demoClient struct {
	name     string
	email    string
	industry string
	status   db.ClientStatus
}

type demoProject struct {
	name        string
	client      string
	description string
	status      db.ProjectStatus
	priority    db.Priority
	// starts and ends are days from today.
	starts, ends int
	billing      db.BillingKind
	// budget and rate are in euro cents; 0 for none.
	budget, rate int64
	tags         []string
	team         []demoMember
	tasks        []demoTask
}

type demoMember struct {
	email string
	role  db.ProjectMemberRole
}

type demoTask struct {
	title    string
	status   db.TaskStatus
	reason   string
	priority db.Priority
	assignee string
	parent   string
	// after are the titles of its prerequisites.
	after []string
	// estimate is in minutes, due in days from today.
	estimate int32
	due      int
}

const (
	ben   = "ben@studio.example"
	chloe = "chloe@studio.example"
	scout = "scout@studio.example"
)

// The agency: who works there.
var demoUsers = []demoUser{
	{demoManagerEmail, "Ana Duarte", db.PrincipalKindHuman, db.RoleManager},
	{ben, "Ben Okafor", db.PrincipalKindHuman, db.RoleUser},
	{chloe, "Chloe Lindgren", db.PrincipalKindHuman, db.RoleUser},
	{scout, "Scout", db.PrincipalKindAgent, db.RoleUser},
}

var demoClients = []demoClient{
	{"Harbour Coffee", "hello@harbourcoffee.example", "Food and drink", db.ClientStatusActive},
	{"Northwind Clinics", "office@northwind.example", "Health care", db.ClientStatusActive},
	{"Tidewater Museum", "press@tidewater.example", "Culture", db.ClientStatusProspect},
}

var demoProjects = []demoProject{
	{
		name: "Harbour Coffee web shop", client: "Harbour Coffee",
		description: "A shop for beans and subscriptions, open before the holidays.",
		status:      db.ProjectStatusActive, priority: db.PriorityHigh, starts: -21, ends: 28,
		billing: db.BillingKindFixed, budget: 3_600_000, rate: 9500, tags: []string{"web", "e-commerce"},
		team: []demoMember{{ben, db.ProjectMemberRoleLead}, {chloe, db.ProjectMemberRoleContributor}, {scout, db.ProjectMemberRoleContributor}},
		tasks: []demoTask{
			{title: "Interview the roasters", status: db.TaskStatusDone, priority: db.PriorityMedium, assignee: chloe, estimate: 240, due: -18},
			{title: "Draw the page flow", status: db.TaskStatusDone, priority: db.PriorityMedium, assignee: chloe, after: []string{"Interview the roasters"}, estimate: 480, due: -12},
			{title: "Build the catalogue", status: db.TaskStatusInProgress, priority: db.PriorityHigh, assignee: ben, after: []string{"Draw the page flow"}, estimate: 960, due: 3},
			{title: "Photograph the beans", status: db.TaskStatusDone, priority: db.PriorityLow, assignee: chloe, parent: "Build the catalogue", estimate: 300, due: -6},
			{title: "Write the product texts", status: db.TaskStatusInReview, priority: db.PriorityMedium, assignee: scout, parent: "Build the catalogue", estimate: 180, due: 1},
			{title: "Connect the payment provider", status: db.TaskStatusTodo, priority: db.PriorityHigh, assignee: ben, after: []string{"Build the catalogue"}, estimate: 720, due: 12},
			{title: "Test with ten customers", status: db.TaskStatusTodo, priority: db.PriorityMedium, after: []string{"Connect the payment provider"}, estimate: 360, due: 20},
			{title: "Go live", status: db.TaskStatusBacklog, priority: db.PriorityUrgent, after: []string{"Test with ten customers"}, estimate: 120, due: 28},
		},
	},
	{
		name: "Harbour Coffee newsletter", client: "Harbour Coffee",
		description: "A letter a month to subscribers.",
		status:      db.ProjectStatusOnHold, priority: db.PriorityLow, starts: -60, ends: 120,
		billing: db.BillingKindRetainer, budget: 480_000, rate: 8000, tags: []string{"newsletter"},
		team: []demoMember{{chloe, db.ProjectMemberRoleLead}},
		tasks: []demoTask{
			{title: "Choose a mailing tool", status: db.TaskStatusBlocked, reason: "Waiting for the client's budget.", priority: db.PriorityMedium, assignee: chloe, estimate: 120, due: -5},
			{title: "Design the template", status: db.TaskStatusBacklog, priority: db.PriorityLow, after: []string{"Choose a mailing tool"}, estimate: 360, due: 30},
		},
	},
	{
		name: "Northwind appointment booking", client: "Northwind Clinics",
		description: "Patients book and move appointments themselves.",
		status:      db.ProjectStatusActive, priority: db.PriorityUrgent, starts: -35, ends: 10,
		billing: db.BillingKindTimeAndMaterials, budget: 5_200_000, rate: 11_000, tags: []string{"web", "health"},
		team: []demoMember{{ben, db.ProjectMemberRoleContributor}, {scout, db.ProjectMemberRoleViewer}},
		tasks: []demoTask{
			{title: "Agree on the data protection terms", status: db.TaskStatusDone, priority: db.PriorityUrgent, assignee: demoManagerEmail, estimate: 180, due: -30},
			{title: "Connect the calendar", status: db.TaskStatusInProgress, priority: db.PriorityHigh, assignee: ben, after: []string{"Agree on the data protection terms"}, estimate: 1200, due: -1},
			{title: "Send reminders by text message", status: db.TaskStatusTodo, priority: db.PriorityMedium, assignee: ben, after: []string{"Connect the calendar"}, estimate: 480, due: 6},
			{title: "Train the reception", status: db.TaskStatusTodo, priority: db.PriorityMedium, estimate: 240, due: 9},
			{title: "Offer video consultations", status: db.TaskStatusCancelled, priority: db.PriorityLow, estimate: 2400, due: 9},
		},
	},
	{
		name: "Northwind brand guide", client: "Northwind Clinics",
		description: "Colours, type and tone for six clinics.",
		status:      db.ProjectStatusCompleted, priority: db.PriorityMedium, starts: -120, ends: -40,
		billing: db.BillingKindFixed, budget: 1_400_000, rate: 9000, tags: []string{"brand", "print"},
		team: []demoMember{{chloe, db.ProjectMemberRoleLead}},
		tasks: []demoTask{
			{title: "Collect what the clinics use", status: db.TaskStatusDone, priority: db.PriorityMedium, assignee: chloe, estimate: 480, due: -90},
			{title: "Write the guide", status: db.TaskStatusDone, priority: db.PriorityMedium, assignee: chloe, after: []string{"Collect what the clinics use"}, estimate: 960, due: -42},
		},
	},
	{
		name: "Tidewater exhibition microsite", client: "Tidewater Museum",
		description: "A proposal for the autumn exhibition.",
		status:      db.ProjectStatusPlanning, priority: db.PriorityMedium, starts: 1, ends: 90,
		billing: db.BillingKindInternal, tags: []string{"web", "proposal"},
		team: []demoMember{{chloe, db.ProjectMemberRoleContributor}},
		tasks: []demoTask{
			{title: "Estimate the work", status: db.TaskStatusTodo, priority: db.PriorityHigh, assignee: chloe, estimate: 120, due: 4},
			{title: "Write the proposal", status: db.TaskStatusBacklog, priority: db.PriorityMedium, after: []string{"Estimate the work"}, estimate: 300, due: 11},
		},
	},
}
