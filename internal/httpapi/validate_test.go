package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestAListInOneParameterIsNotRepeated(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	for _, path := range []string{"/api/v1/clients", "/api/v1/projects"} {
		problem := c.get(path+"?include=projects&include=contacts").MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if got := problem.Errors[0]; got.Pointer != "query:include" || got.Code != "repeated" {
			t.Errorf("%s: got %+v", path, got)
		}
	}
}

// Services take the space off names, and all of a no-break space is off.
func TestSpaceOfAnyKindIsBlank(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	_, user := c.person("user")
	client := "/api/v1/clients/" + factory.Client(t, c.DB, nil).ID.String()
	project := "/api/v1/projects/" + factory.Project(t, c.DB, nil).ID.String()
	for name, space := range map[string]string{"NoBreak": "\u00a0", "EmQuad": "\u2001", "Ideographic": "\u3000", "NextLine": "\u0085", "ByteOrderMark": "\ufeff", "Tab": "\t"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, test := range []struct {
				method, path string
				body         object
				code         string
			}{
				{http.MethodPatch, user, object{"name": space}, "blank"},
				{http.MethodPatch, user, object{"title": space}, "blank"},
				{http.MethodPatch, user, object{"skills": []string{space}}, "blank"},
				{http.MethodPatch, user, object{"email": space + "@agency.example"}, "pattern"},
				{http.MethodPatch, client, object{"tags": []string{space}}, "blank"},
				{http.MethodPatch, project, object{"tags": []string{space}}, "blank"},
				{http.MethodPost, project + "/comments", object{"body": space}, "blank"},
			} {
				problem := c.send(test.method, test.path, test.body, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
				if got := problem.Errors[0].Code; got != test.code {
					t.Errorf("%v is refused as %s, want %s", test.body, got, test.code)
				}
			}
			c.send(http.MethodPatch, user, object{"name": space + "Ana" + space + "Duarte"}, nil).MustDecode(t, http.StatusOK, nil)
		})
	}
}
