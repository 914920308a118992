package httpapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestConditionalReads(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	token := a.Token(a.User(db.RoleAdmin))
	project := factory.Project(t, a.DB, nil)
	first := factory.Task(t, a.DB, &factory.TaskOpts{ProjectID: project.ID})
	second := factory.Task(t, a.DB, &factory.TaskOpts{ProjectID: project.ID, After: []uuid.UUID{first.ID}})
	do := func(method, path string, body any, header map[string]string) apitest.Response {
		return a.Do(apitest.Request{Method: method, Path: path, Token: token, Body: body, Header: header})
	}
	path := "/api/v1/tasks/" + second.ID.String()
	got := do(http.MethodGet, path, nil, nil)
	tag := got.Header.Get("ETag")
	if !strings.HasPrefix(tag, `"2-`) {
		t.Fatalf("the tag is %s", tag)
	}
	if length := got.Header.Get("Content-Length"); length != strconv.Itoa(len(got.Body)) {
		t.Errorf("its length is told as %q, and is %d", length, len(got.Body))
	}

	for _, list := range []string{tag, `W/` + tag, `"x", ` + tag, `W/"a,b" , "" ,` + tag + `, "y"`, "*"} {
		unchanged := do(http.MethodGet, path, nil, map[string]string{"If-None-Match": list})
		if unchanged.Status != http.StatusNotModified || len(unchanged.Body) != 0 || unchanged.Header.Get("ETag") != tag || unchanged.Header.Get("Content-Type")+unchanged.Header.Get("Content-Length") != "" {
			t.Errorf("with %s: got %d %q, the ETag %s", list, unchanged.Status, unchanged.Body, unchanged.Header.Get("ETag"))
		}
	}
	for _, list := range []string{`"2"`, `"*"`, tag[:len(tag)-2] + `"`, `"` + tag[1:len(tag)-1] + `x"`} {
		do(http.MethodGet, path, nil, map[string]string{"If-None-Match": list}).MustDecode(t, http.StatusOK, nil)
	}

	for _, list := range []string{strings.Trim(tag, `"`), `"x`, "-", `"x" "y"`, `*, "x"`} {
		do(http.MethodGet, path, nil, map[string]string{"If-None-Match": list}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	}

	// The version is the same, and yet the answer is another: it is not blocked any more.
	for _, status := range []string{"in_progress", "done"} {
		do(http.MethodPut, "/api/v1/tasks/"+first.ID.String()+"/status", map[string]any{"status": status}, nil).MustDecode(t, http.StatusOK, nil)
	}
	var task api.Task
	now := do(http.MethodGet, path, nil, map[string]string{"If-None-Match": tag})
	now.MustDecode(t, http.StatusOK, &task)
	if task.Version != 2 || now.Header.Get("ETag") == tag {
		t.Errorf("the version is %d and the tag %s, as before", task.Version, now.Header.Get("ETag"))
	}

	list := do(http.MethodGet, "/api/v1/tasks?page_size=1", nil, nil)
	again := do(http.MethodGet, "/api/v1/tasks?page_size=1", nil, map[string]string{"If-None-Match": list.Header.Get("ETag")})
	if again.Status != http.StatusNotModified || again.Header.Get("Link") != list.Header.Get("Link") {
		t.Errorf("the list is answered %d with the Link %q", again.Status, again.Header.Get("Link"))
	}
	do(http.MethodGet, "/api/v1/tasks/"+uuid.NewString(), nil, map[string]string{"If-None-Match": "*"}).MustProblem(t, http.StatusNotFound, "not_found")

	// Of If-Match the version counts.
	for sent, status := range map[string]int{`W/"2"`: 412, `W/` + tag: 412, `"3-x"`: 412, "2": 422, `"2-"`: 422, `"1", "2"`: 422} {
		if got := do(http.MethodPatch, path, map[string]any{"title": "No"}, map[string]string{"If-Match": sent}); got.Status != status {
			t.Errorf("with %s: got %d, want %d: %s", sent, got.Status, status, got.Body)
		}
	}
	changed := do(http.MethodPatch, path, map[string]any{"title": "Yes"}, map[string]string{"If-Match": tag})
	changed.MustDecode(t, http.StatusOK, nil)
	if changed.Header.Get("ETag") != `"3"` {
		t.Errorf("the change is tagged %s", changed.Header.Get("ETag"))
	}
	for _, sent := range []string{`"3"`, "*"} {
		do(http.MethodPatch, path, map[string]any{"title": "Yes " + sent}, map[string]string{"If-Match": sent}).MustDecode(t, http.StatusOK, nil)
	}
}

// Whose changes need a version is said by the setting and by the API key.
func TestAVersionIsRequired(t *testing.T) {
	t.Parallel()
	for _, required := range []httpapi.RequireIfMatch{"", httpapi.RequireIfMatchOff, httpapi.RequireIfMatchAgents, httpapi.RequireIfMatchAll} {
		t.Run(string(required), func(t *testing.T) {
			t.Parallel()
			a := apitest.New(t, &apitest.Options{RequireIfMatch: required})
			manager := a.User(db.RoleManager)
			person := a.Token(manager)
			agent := a.Token(factory.User(t, a.DB, &factory.UserOpts{Kind: db.PrincipalKindAgent, Role: db.RoleManager, OwnerID: &manager.ID}))
			var careful api.APIKeyCreated
			a.Do(apitest.Request{
				Method: http.MethodPost, Path: "/api/v1/api-keys", Token: person,
				Body: map[string]any{"name": "Careful", "scopes": []string{"clients:write"}, "require_if_match": true},
			}).MustDecode(t, http.StatusCreated, &careful)
			if !careful.APIKey.RequireIfMatch {
				t.Error("the key does not tell that it needs If-Match")
			}
			client := factory.Client(t, a.DB, nil)
			change := func(token, version string) apitest.Response {
				r := apitest.Request{Method: http.MethodPatch, Path: "/api/v1/clients/" + client.ID.String(), Token: token, Body: map[string]any{"name": "Acme"}}
				if version != "" {
					r.Header = map[string]string{"If-Match": version}
				}
				return a.Do(r)
			}
			for _, who := range []struct {
				token string
				needs bool
			}{
				{person, required == httpapi.RequireIfMatchAll},
				{agent, required == httpapi.RequireIfMatchAll || required == httpapi.RequireIfMatchAgents},
				{careful.Key, true},
			} {
				for _, none := range []string{"", "*"} {
					got := change(who.token, none)
					if who.needs {
						got.MustProblem(t, http.StatusPreconditionRequired, "precondition_required")
					} else {
						got.MustDecode(t, http.StatusOK, nil)
					}
				}
				read := a.Do(apitest.Request{Method: http.MethodGet, Path: "/api/v1/clients/" + client.ID.String(), Token: person})
				change(who.token, read.Header.Get("ETag")).MustDecode(t, http.StatusOK, nil)
			}
		})
	}
}
