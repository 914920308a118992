package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// pathIDs are, for each parameter of a path, the records that [readerOf] cannot see.
func pathIDs(w *world, f foreign) map[string][]uuid.UUID {
	return map[string][]uuid.UUID{
		"client_id":       {f.client.ID, f.goneClient.ID, w.project.ID},
		"contact_id":      {f.contact.ID},
		"project_id":      {f.project.ID, f.goneProject.ID, w.client.ID},
		"user_id":         {f.stranger.ID, f.goneUser.ID, *w.id(otherManager), *w.id(admin)},
		"task_id":         {f.task.ID, f.goneTask.ID, w.project.ID},
		"prerequisite_id": {f.task.ID, f.goneTask.ID},
		"comment_id":      {f.comment.ID, f.goneComment.ID, w.first.ID},
		"time_entry_id":   {f.entry.ID, w.first.ID},
		"api_key_id":      {f.key, w.keyID},
		"webhook_id":      {f.webhook, w.project.ID},
		"delivery_id":     {f.delivery, w.project.ID},
		"session_id":      {w.session.ID, f.session},
		"invitation_id":   {w.invitation.ID, f.invitation},
	}
}

// readerOf is who asks for what is not seen: the world's lead, of whose teams it
// is not; for invitations, which are for managers, somebody who sent none; for
// webhooks whoever manages the world's project.
func readerOf(parameter string) who {
	switch parameter {
	case "invitation_id":
		return otherManager
	case "webhook_id", "delivery_id":
		return manager
	default:
		return lead
	}
}

// TestForeignIDInAPath puts, in place of every id of every path, those of
// records that who asks cannot see, and one that nothing has:
// the answers are the same one, which is that there is no such thing.
func TestForeignIDInAPath(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	proofs := allProofs()
	inGroups(t, func(t *testing.T, id string, shared *undisturbed) {
		template := contract.PathOf(id)
		for place, segment := range strings.Split(template, "/") {
			if !strings.HasPrefix(segment, "{") {
				continue
			}
			w, f := shared.world()
			name := strings.Trim(segment, "{}")
			reader := readerOf(name)
			ids := pathIDs(w, f)[name]
			if len(ids) == 0 {
				t.Fatalf("there is no record for {%s} that %s does not see", name, reader)
			}
			if id == "restoreTask" {
				// A lead restores what others have deleted.
				ids = slices.DeleteFunc(ids, func(id uuid.UUID) bool { return id == f.goneTask.ID })
			}
			token := shared.token(reader)
			request := shared.request(t, contract, id, proofs[id].request)
			request.Token = token
			missing := w.sameAsMissing(t, ids, func(id uuid.UUID) apitest.Request {
				sent := request
				path, query, hasQuery := strings.Cut(request.Path, "?")
				segments := strings.Split(path, "/")
				segments[place] = id.String()
				sent.Path = strings.Join(segments, "/")
				if hasQuery {
					sent.Path += "?" + query
				}
				return sent
			})
			want := notFound
			if permission, _ := access.ForOperation(id); !access.Role(w.people[reader].Role).AtLeast(permission.MinRole) {
				want = forbidden
			}
			if missing.Status != want {
				t.Errorf("an id that nothing has is answered with %d, want %d: %s", missing.Status, want, missing.Body)
			}
		}
	})
}

// TestIDsOfDifferentParents sends an administrator, who sees everything, over
// paths whose second record does not belong to the first.
func TestIDsOfDifferentParents(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	proofs := allProofs()
	for template, item := range contract.Doc.Paths.Map() {
		if strings.Count(template, "{") < 2 {
			continue
		}
		for _, operation := range item.Operations() {
			id := operation.OperationID
			if id == "addProjectMember" {
				continue // It is there to bring the two together.
			}
			t.Run(id, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil)
				f := w.foreign(t)
				request := w.request(t, contract, id, proofs[id].request, admin)
				segments := strings.Split(request.Path, "/")
				for place, segment := range strings.Split(template, "/") {
					other, ok := map[string]uuid.UUID{
						"{client_id}": f.client.ID, "{project_id}": f.project.ID, "{task_id}": f.task.ID, "{webhook_id}": f.webhook,
					}[segment]
					if ok {
						segments[place] = other.String()
					}
				}
				request.Path = strings.Join(segments, "/")
				before := contents(t, w.DB)
				if got := w.Do(request); got.Status != notFound {
					t.Errorf("%s %s: got status %d, want 404: %s", request.Method, request.Path, got.Status, got.Body)
				}
				if tables := changed(before, contents(t, w.DB)); len(tables) > 0 {
					t.Errorf("what was refused has changed %v", tables)
				}
			})
		}
	}
}

// TestForeignIDInAQuery filters every list by records that a lead of another
// project cannot see: what is found is what is found by an id that nothing has.
func TestForeignIDInAQuery(t *testing.T) {
	t.Parallel()
	contract := apitest.LoadContract(t)
	proofs := allProofs()
	inGroups(t, func(t *testing.T, operationID string, shared *undisturbed) {
		for _, parameter := range operations(t)[operationID].Parameters {
			p := parameter.Value
			if p.In != openapi3.ParameterInQuery || !takesID(p.Schema.Value) {
				continue
			}
			t.Run(p.Name, func(t *testing.T) {
				w, f := shared.world()
				request := shared.request(t, contract, operationID, proofs[operationID].request)
				request.Token = shared.token(lead)
				request.Header = map[string]string{"X-Request-ID": "foreign-id"}
				path, _, _ := strings.Cut(request.Path, "?")
				find := func(id uuid.UUID) string {
					sent := request
					sent.Path = path + "?" + p.Name + "=" + id.String()
					if operation := operations(t)[operationID]; operation.Parameters.GetByInAndName("query", "q") != nil {
						sent.Path += "&q=draw"
					}
					return strings.ReplaceAll(string(sealedCursor.ReplaceAll(w.Do(sent).Body, nil)), id.String(), "{id}")
				}
				want := find(uuid.Must(uuid.NewV7()))
				for _, id := range []uuid.UUID{f.client.ID, f.project.ID, f.task.ID, f.comment.ID, f.stranger.ID, f.goneTask.ID, f.goneProject.ID} {
					if got := find(id); got != want {
						t.Errorf("%s finds by what cannot be seen\n%s\nand by what nothing has\n%s", p.Name, got, want)
					}
				}
			})
		}
	})
}

func takesID(schema *openapi3.Schema) bool {
	return schema.Format == "uuid" || schema.Items != nil && schema.Items.Value.Format == "uuid"
}
