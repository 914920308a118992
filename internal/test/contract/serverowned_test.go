package contract_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// serverOwned are fields that nobody may write, or few: what the server keeps
// of a record, and what decides over rights.
var serverOwned = map[string]any{
	"id": uuid.Nil, "version": 7, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
	"created_by": uuid.Nil, "updated_by": uuid.Nil, "deleted_at": nil, "deleted_by": uuid.Nil, "deletion_id": uuid.Nil,
	"kind": "human", "role": "admin", "owner_id": uuid.Nil, "author_id": uuid.Nil, "author_kind": "human",
	"password_hash": "$argon2id$", "password": "a long enough password", "email": "root@agency.example", "email_verified_at": "2026-01-01T00:00:00Z", "second_factor_at": "2026-01-01T00:00:00Z",
	"is_admin": true, "permissions": []string{"all"}, "scopes": []string{"admin"}, "session_id": uuid.Nil, "api_key_id": uuid.Nil,
	"principal_id": uuid.Nil, "secret": "a long enough secret", "token_hash": "00", "is_mailed": true,
	"expires_at": "2099-01-01T00:00:00Z", "revoked_at": nil, "accepted_at": nil, "last_used_at": nil,
	"status": "done", "completed_at": nil, "started_at": nil, "progress": 100, "is_blocked": false, "billing_rate_minor": 1,
	"manager_id": uuid.Nil, "user_id": uuid.Nil, "project_id": uuid.Nil, "client_id": uuid.Nil, "task_id": uuid.Nil,
}

// writable are the fields of serverOwned that a body takes all the same. Each
// is held to its own rule elsewhere: whose id it may be in TestForeignIDInABody,
// who may set it in the tests of its operation. The kind is a comment's, and the
// role in projects somebody's on a team.
var writable = map[string][]string{
	"addProjectMember":     {"role"},
	"beginSecondFactor":    {"password"},
	"cloneProject":         {"client_id", "manager_id"},
	"createAgent":          {"role"},
	"createApiKey":         {"expires_at", "principal_id", "scopes"},
	"createClient":         {"email", "owner_id", "status"},
	"createClientComment":  {"kind"},
	"createClientContact":  {"email"},
	"createInvitation":     {"email", "role"},
	"createProject":        {"client_id", "manager_id"},
	"createProjectComment": {"kind"},
	"createWebhook":        {"project_id"},
	"createTask":           {"progress", "project_id", "status"},
	"createTaskComment":    {"kind"},
	"logTime":              {"progress", "user_id"},
	"login":                {"email", "password"},
	"registerUser":         {"email", "password"},
	"replaceClient":        {"email", "owner_id"},
	"replaceClientContact": {"email"},
	"replaceComment":       {"kind"},
	"replaceProject":       {"client_id", "manager_id"},
	"replaceTask":          {"progress"},
	"removeSecondFactor":   {"password"},
	"replaceUser":          {"email", "role"},
	"requestPasswordReset": {"email"},
	"resetPassword":        {"password"},
	"setClientStatus":      {"status"},
	"setProjectMemberRole": {"role"},
	"setProjectStatus":     {"status"},
	"setTaskStatus":        {"status"},
	"stopTimer":            {"progress"},
	"updateClient":         {"email", "owner_id"},
	"updateClientContact":  {"email"},
	"updateComment":        {"kind"},
	"updateProject":        {"client_id", "manager_id"},
	"updateTask":           {"progress"},
	"updateUser":           {"email", "role"},
}

// TestServersFieldsAreNotTaken sends every operation that takes a body each
// field that is not the caller's to write, as whoever may call it.
func TestServersFieldsAreNotTaken(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	proofs := allProofs()
	inGroups(t, func(t *testing.T, id string, shared *undisturbed) {
		operation := operations(t)[id]
		if operation.RequestBody == nil || isFile(operation) {
			return
		}
		schema := operation.RequestBody.Value.Content.Get("application/json").Schema.Value
		var takes []string
		for field := range serverOwned {
			if schema.Properties[field] != nil {
				takes = append(takes, field)
			}
		}
		slices.Sort(takes)
		if !slices.Equal(takes, writable[id]) {
			t.Errorf("the body takes %q, and %q are known to be for the caller to write", takes, writable[id])
		}
		w, _ := shared.world()
		request := shared.request(t, contract, id, proofs[id].request)
		request.Token = shared.token(proofs[id].as)
		before := contents(t, w.DB)
		for field, value := range serverOwned {
			if slices.Contains(takes, field) {
				continue
			}
			sent := request
			sent.Body = withField(t, request.Body, "/"+field, value)
			got := w.Do(sent)
			if problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed"); !names(problem, "/"+field) {
				t.Errorf("the refusal of %s does not name it: %s", field, got.Body)
			}
		}
		if tables := changed(before, contents(t, w.DB)); len(tables) > 0 {
			t.Errorf("what was refused has changed %v", tables)
		}
	})
}

// TestBodiesAreClosed finds objects in bodies that would take a field nobody
// has described. Maps whose keys are the caller's say what their values are;
// custom fields alone hold whatever an agency keeps in them.
func TestBodiesAreClosed(t *testing.T) {
	t.Parallel()
	for id, operation := range operations(t) {
		if operation.RequestBody == nil || isFile(operation) {
			continue
		}
		body := operation.RequestBody.Value.Content.Get("application/json").Schema.Value
		eachField(body, "", func(pointer string, schema *openapi3.Schema) {
			if !schema.Type.Is(openapi3.TypeObject) {
				return
			}
			closed := schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has
			if !closed && schema.AdditionalProperties.Schema == nil && pointer != "/custom_fields" {
				t.Errorf("%s takes any field at %q", id, pointer)
			}
		})
	}
}
