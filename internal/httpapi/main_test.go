package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// caller calls a server as one user.
type caller struct {
	*apitest.API
	t     *testing.T
	user  db.User
	token string
}

// setup returns a server and an administrator who calls it.
func setup(t *testing.T, opts *apitest.Options) *caller {
	t.Helper()
	a := apitest.New(t, opts)
	user := a.User(db.RoleAdmin)
	return &caller{API: a, t: t, user: user, token: a.Token(user)}
}

// as returns the same server as another user sees it.
func (c *caller) as(user db.User) *caller {
	c.t.Helper()
	return &caller{API: c.API, t: c.t, user: user, token: c.Token(user)}
}

func (c *caller) send(method, path string, body any, header map[string]string) apitest.Response {
	c.t.Helper()
	return c.Do(apitest.Request{Method: method, Path: path, Token: c.token, Body: body, Header: header})
}

func (c *caller) get(path string) apitest.Response {
	c.t.Helper()
	return c.send(http.MethodGet, path, nil, nil)
}

// create posts the body and decodes what was created.
func create[T any](c *caller, path string, body any) T {
	c.t.Helper()
	var created T
	c.send(http.MethodPost, path, body, nil).MustDecode(c.t, http.StatusCreated, &created)
	return created
}

func read[T any](c *caller, path string) T {
	c.t.Helper()
	var found T
	c.get(path).MustDecode(c.t, http.StatusOK, &found)
	return found
}

type object map[string]any

func (c *caller) project(body object) api.Project {
	c.t.Helper()
	if body["name"] == nil {
		body["name"] = "Relaunch"
	}
	return create[api.Project](c, "/api/v1/projects", body)
}
