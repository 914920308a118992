package contract_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// foreign are records of a project that nobody on the world's team but managers
// sees, and some that are deleted, which nobody can name.
type foreign struct {
	client, goneClient   db.Client
	contact              db.ClientContact
	project, goneProject db.Project
	task, goneTask       db.Task
	comment, goneComment db.Comment
	entry                db.TimeEntry
	stranger, goneUser   db.User
	// key and session are the stranger's, invitation is an administrator's.
	key, session, invitation uuid.UUID
	// webhook and delivery are of project.
	webhook, delivery uuid.UUID
}

func (w *world) foreign(t *testing.T) foreign {
	t.Helper()
	gone := func(table string, id uuid.UUID) {
		_, err := w.DB.Exec(t.Context(), "UPDATE "+table+" SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = $1", id)
		expect.OK(t, err)
	}
	f := foreign{client: factory.Client(t, w.DB, nil), goneClient: factory.Client(t, w.DB, nil)}
	f.stranger, f.goneUser = w.User(db.RoleUser), w.User(db.RoleManager)
	f.contact = factory.Contact(t, w.DB, &factory.ContactOpts{ClientID: f.client.ID})
	f.project = factory.Project(t, w.DB, &factory.ProjectOpts{
		ClientID: &f.client.ID, ManagerID: w.id(otherManager),
		Team: map[uuid.UUID]db.ProjectMemberRole{f.stranger.ID: db.ProjectMemberRoleContributor},
	})
	f.goneProject = factory.Project(t, w.DB, &factory.ProjectOpts{ManagerID: w.id(manager)})
	f.task = factory.Task(t, w.DB, &factory.TaskOpts{ProjectID: f.project.ID, CreatedBy: &f.stranger.ID})
	f.goneTask = factory.Task(t, w.DB, &factory.TaskOpts{ProjectID: w.project.ID, CreatedBy: w.id(contributor)})
	f.comment = factory.Comment(t, w.DB, &factory.CommentOpts{TaskID: &f.task.ID, Author: new(w.people[agent])})
	f.goneComment = factory.Comment(t, w.DB, &factory.CommentOpts{TaskID: &w.first.ID, Author: new(w.people[agent])})
	f.entry = factory.TimeEntry(t, w.DB, &factory.TimeEntryOpts{TaskID: f.task.ID, UserID: f.stranger.ID})
	gone("clients", f.goneClient.ID)
	gone("projects", f.goneProject.ID)
	gone("tasks", f.goneTask.ID)
	gone("comments", f.goneComment.ID)
	gone("users", f.goneUser.ID)
	f.session = factory.Session(t, w.DB, &factory.SessionOpts{UserID: f.stranger.ID}).ID
	f.invitation = factory.Invitation(t, w.DB, &factory.InvitationOpts{By: *w.id(admin)}).ID
	f.webhook, f.delivery = factory.Webhook(t, w.DB, apitest.Secret, &f.project.ID)
	w.APIKey(f.stranger, nil, nil)
	expect.OK(t, w.DB.QueryRow(t.Context(), "SELECT id FROM api_keys WHERE principal_id = $1", f.stranger.ID).Scan(&f.key))
	return f
}

// idInBody is a field of a body that names a record by its id, how it is sent,
// and which records whoever sends it cannot name.
type idInBody struct {
	as who
	// body is what is sent beside the field; the proof's body where it is nil.
	body func(w *world) any
	ids  func(w *world, f foreign) []uuid.UUID
}

// idsInBodies has every field of every body that takes an id. What managers
// send names deleted records, since they see all others.
func idsInBodies() map[string]idInBody {
	clients := func(_ *world, f foreign) []uuid.UUID { return []uuid.UUID{f.goneClient.ID, f.goneProject.ID} }
	gonePeople := func(_ *world, f foreign) []uuid.UUID { return []uuid.UUID{f.goneUser.ID, f.goneTask.ID} }
	people := func(w *world, f foreign) []uuid.UUID {
		return []uuid.UUID{f.stranger.ID, f.goneUser.ID, *w.id(outsider), *w.id(otherManager), *w.id(admin), f.project.ID}
	}
	tasks := func(w *world, f foreign) []uuid.UUID { return []uuid.UUID{f.task.ID, f.goneTask.ID, w.project.ID} }
	comments := func(_ *world, f foreign) []uuid.UUID {
		return []uuid.UUID{f.comment.ID, f.goneComment.ID, f.project.ID}
	}
	projects := func(w *world, f foreign) []uuid.UUID {
		return []uuid.UUID{f.project.ID, f.goneProject.ID, w.client.ID}
	}
	projectsGone := func(_ *world, f foreign) []uuid.UUID { return []uuid.UUID{f.goneProject.ID, f.goneTask.ID} }
	bulk := func(op string, of func(w *world) map[string]any) func(w *world) any {
		return func(w *world) any {
			item := of(w)
			item["op"] = op
			return map[string]any{"items": []any{item}}
		}
	}
	creating := bulk("create", func(w *world) map[string]any { return map[string]any{"project_id": w.project.ID, "title": "Draw"} })
	all := map[string]idInBody{
		"createClient /owner_id":  {manager, nil, gonePeople},
		"updateClient /owner_id":  {manager, nil, gonePeople},
		"replaceClient /owner_id": {manager, nil, gonePeople},

		"createTask /project_id":             {contributor, nil, projects},
		"createTask /parent_id":              {contributor, nil, tasks},
		"createTask /assignee_id":            {contributor, nil, people},
		"createTask /prerequisite_ids/0":     {contributor, nil, tasks},
		"updateTask /parent_id":              {contributor, nil, tasks},
		"replaceTask /parent_id":             {contributor, nil, tasks},
		"setTaskPosition /after_id":          {contributor, nil, tasks},
		"setTaskPosition /before_id":         {contributor, fixed(map[string]any{}), tasks},
		"assignTask /assignee_id":            {contributor, nil, people},
		"addTaskDependency /prerequisite_id": {contributor, nil, tasks},

		"bulkTasks /items/0/id":                 {contributor, bulk("update", func(*world) map[string]any { return map[string]any{"title": "Draw"} }), tasks},
		"bulkTasks /items/0/project_id":         {contributor, creating, projects},
		"bulkTasks /items/0/parent_id":          {contributor, creating, tasks},
		"bulkTasks /items/0/assignee_id":        {contributor, creating, people},
		"bulkTasks /items/0/prerequisite_ids/0": {contributor, creating, tasks},

		"logTime /user_id": {manager, nil, gonePeople},

		"createWebhook /project_id": {manager, nil, projectsGone},

		// A key is for oneself or an agent that one owns.
		"createApiKey /principal_id":  {contributor, nil, func(w *world, f foreign) []uuid.UUID { return append(people(w, f), *w.id(agent), *w.id(lead)) }},
		"createApiKey /project_ids/0": {contributor, nil, projects},
		"createApiKey /client_ids/0":  {contributor, nil, func(_ *world, f foreign) []uuid.UUID { return []uuid.UUID{f.client.ID, f.goneClient.ID} }},

		"updateComment /mentioned_ids/0":  {agent, nil, people},
		"replaceComment /mentioned_ids/0": {agent, nil, people},
	}
	for _, id := range []string{"createProject", "updateProject", "replaceProject", "cloneProject"} {
		all[id+" /client_id"] = idInBody{manager, nil, clients}
		all[id+" /manager_id"] = idInBody{manager, nil, gonePeople}
	}
	for _, id := range []string{"createTaskComment", "createProjectComment", "createClientComment"} {
		all[id+" /reply_to_id"] = idInBody{viewer, nil, comments}
		all[id+" /mentioned_ids/0"] = idInBody{viewer, nil, people}
	}
	return all
}

// TestForeignIDInABody sends, in every field of every body that takes an id,
// those of records that the caller cannot see, and one that nothing has: the
// answers are the same one.
func TestForeignIDInABody(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	proofs, rows := allProofs(), idsInBodies()
	inGroups(t, func(t *testing.T, id string, shared *undisturbed) {
		for _, pointer := range idFields(operations(t)[id]) {
			name := id + " " + pointer
			row, ok := rows[name]
			if !ok {
				t.Errorf("%s takes an id and has no row that shows whose is refused", name)
				continue
			}
			t.Run(strings.TrimPrefix(pointer, "/"), func(t *testing.T) {
				w, records := shared.world()
				token := shared.token(row.as)
				request := shared.request(t, contract, id, proofs[id].request)
				request.Token = token
				if row.body != nil {
					request.Body = row.body(w)
				}
				w.sameAsMissing(t, row.ids(w, records), func(id uuid.UUID) apitest.Request {
					sent := request
					sent.Body = withField(t, request.Body, pointer, id)
					return sent
				})
			})
		}
	})
	for name := range rows {
		id, pointer, _ := strings.Cut(name, " ")
		if operation := operations(t)[id]; operation == nil || !slices.Contains(idFields(operation), pointer) {
			t.Errorf("there is a row for %s, which is no field that takes an id", name)
		}
	}
}

// sameAsMissing sends a request with each of the ids: it is refused as it is
// with an id that nothing has, but for the id, and changes nothing.
func (w *world) sameAsMissing(t *testing.T, ids []uuid.UUID, request func(id uuid.UUID) apitest.Request) apitest.Response {
	t.Helper()
	before := contents(t, w.DB)
	send := func(id uuid.UUID) (apitest.Response, string) {
		sent := request(id)
		sent.Header = maps.Clone(sent.Header)
		if sent.Header == nil {
			sent.Header = map[string]string{}
		}
		sent.Header["X-Request-ID"] = "foreign-id"
		got := w.Do(sent)
		return got, strconv.Itoa(got.Status) + " " + strings.ReplaceAll(string(got.Body), id.String(), "{id}")
	}
	missing, want := send(uuid.Must(uuid.NewV7()))
	if missing.Status < http.StatusBadRequest || missing.Status >= http.StatusInternalServerError {
		t.Errorf("an id that nothing has is answered with %s", want)
	}
	for i, id := range ids {
		if _, got := send(id); got != want {
			t.Errorf("the id %d that cannot be seen, %s, is answered with\n%s\nand one that nothing has with\n%s", i, id, got, want)
		}
	}
	if tables := changed(before, contents(t, w.DB)); len(tables) > 0 {
		t.Errorf("what was refused has changed %v", tables)
	}
	return missing
}

// idFields are the pointers of all ids in the body of an operation; an array
// has one at its first place. Files name records by the ids of other systems,
// and are for administrators, who see all.
func idFields(operation *openapi3.Operation) []string {
	if operation.RequestBody == nil || isFile(operation) {
		return nil
	}
	found := map[string]bool{}
	eachField(operation.RequestBody.Value.Content.Get("application/json").Schema.Value, "", func(pointer string, schema *openapi3.Schema) {
		if schema.Format == "uuid" {
			found[pointer] = true
		}
	})
	return slices.Sorted(maps.Keys(found))
}

// eachField visits a schema and all that is in it.
func eachField(schema *openapi3.Schema, pointer string, visit func(pointer string, schema *openapi3.Schema)) {
	visit(pointer, schema)
	for _, parts := range []openapi3.SchemaRefs{schema.AllOf, schema.AnyOf, schema.OneOf} {
		for _, part := range parts {
			eachField(part.Value, pointer, visit)
		}
	}
	for name, property := range schema.Properties {
		eachField(property.Value, pointer+"/"+name, visit)
	}
	if schema.Items != nil {
		eachField(schema.Items.Value, pointer+"/0", visit)
	}
	if values := schema.AdditionalProperties.Schema; values != nil {
		eachField(values.Value, pointer+"/any", visit)
	}
}

// withField returns the body with a value at the pointer.
func withField(t *testing.T, body any, pointer string, value any) map[string]any {
	t.Helper()
	encoded, err := json.Marshal(body)
	expect.OK(t, err)
	var whole map[string]any
	expect.OK(t, json.Unmarshal(encoded, &whole))
	if whole == nil {
		whole = map[string]any{}
	}
	return setAt(whole, strings.Split(pointer, "/")[1:], value).(map[string]any)
}

func setAt(in any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	if path[0] == "0" {
		var first any
		if list, ok := in.([]any); ok && len(list) > 0 {
			first = list[0]
		}
		return []any{setAt(first, path[1:], value)}
	}
	object, ok := in.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	object[path[0]] = setAt(object[path[0]], path[1:], value)
	return object
}
