package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestClientFieldsComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	sent := object{
		"name": "Åcme & Søn", "legal_name": "Åcme & Søn AS", "email": "office@acme.example", "phone": "+47 22 00 00 00",
		"website": "https://acme.example/", "address": "Storgata 1\n0155 Oslo",
		"industry": "Retail", "segment": "Enterprise", "status": "prospect", "owner_id": c.user.ID,
		"annual_value": object{"amount_minor": 4800000, "currency": "NOK"}, "payment_terms": "30 days",
		"tags": []string{" oslo ", "retail"}, "notes": "Line one.\nLine two: 100 % \\ _ '\"",
		"custom_fields": object{"seats": 12, "tier": "gold", "signed": true, "nothing": nil}, "external_references": object{"hubspot": "4711"},
		"external_source": "crm", "external_id": "K 1",
	}
	created := create[api.Client](c, "/api/v1/clients", sent)
	want := api.Client{
		ID: created.ID, Name: "Åcme & Søn", LegalName: api.NewNullableWithValue("Åcme & Søn AS"), Email: api.NewNullableWithValue("office@acme.example"),
		Phone: api.NewNullableWithValue("+47 22 00 00 00"), Website: api.NewNullableWithValue("https://acme.example/"),
		Address:  api.NewNullableWithValue("Storgata 1\n0155 Oslo"),
		Industry: api.NewNullableWithValue("Retail"), Segment: api.NewNullableWithValue("Enterprise"),
		Status: api.ClientStatusProspect, StatusReason: api.NewNullNullable[string](),
		OwnerID:      api.NewNullableWithValue(c.user.ID),
		AnnualValue:  api.NewNullableWithValue(api.Money{AmountMinor: 4800000, Currency: "NOK"}),
		PaymentTerms: api.NewNullableWithValue("30 days"), Tags: []string{"oslo", "retail"},
		CustomFields: api.CustomFields{
			"seats": json.RawMessage("12"), "tier": json.RawMessage(`"gold"`), "signed": json.RawMessage("true"), "nothing": json.RawMessage("null"),
		},
		ExternalReferences: api.ExternalReferences{"hubspot": "4711"},
		ExternalSource:     api.NewNullableWithValue("crm"), ExternalID: api.NewNullableWithValue("K 1"),
		Notes:   api.NewNullableWithValue("Line one.\nLine two: 100 % \\ _ '\""),
		Version: 1, CreatedAt: created.CreatedAt, CreatedBy: api.NewNullableWithValue(c.user.ID),
		UpdatedAt: created.CreatedAt, UpdatedBy: api.NewNullableWithValue(c.user.ID),
		DeletedAt: api.NewNullNullable[time.Time](), DeletedBy: api.NewNullNullable[uuid.UUID](),
		Included: api.NewNullNullable[api.ClientIncluded](),
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, read[api.Client](c, "/api/v1/clients/"+created.ID.String())); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestClientDefaults(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	created := create[api.Client](c, "/api/v1/clients", object{"name": "Acme"})
	if created.Status != api.ClientStatusLead || !created.Email.IsNull() || !created.Notes.IsNull() {
		t.Errorf("got %+v", created)
	}
}

func TestMergePatch(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	created := create[api.Client](c, "/api/v1/clients", object{"name": "Acme", "phone": "1", "industry": "Retail"})
	path := "/api/v1/clients/" + created.ID.String()
	var updated api.Client
	c.send(http.MethodPatch, path, object{"phone": nil, "notes": "new"}, map[string]string{"Content-Type": "application/merge-patch+json; charset=UTF-8"}).
		MustDecode(t, http.StatusOK, &updated)

	t.Run("AbsentKeeps", func(t *testing.T) {
		if updated.Name != "Acme" || updated.Industry.MustGet() != "Retail" {
			t.Errorf("got %+v", updated)
		}
	})
	t.Run("NullClears", func(t *testing.T) {
		if !updated.Phone.IsNull() {
			t.Errorf("got the phone %v", updated.Phone)
		}
	})
	t.Run("ValueReplaces", func(t *testing.T) {
		if updated.Notes.MustGet() != "new" {
			t.Errorf("got the notes %v", updated.Notes)
		}
	})
	t.Run("NullForARequiredFieldIsRefused", func(t *testing.T) {
		c.send(http.MethodPatch, path, object{"name": nil}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
	t.Run("NothingToChangeIsRefused", func(t *testing.T) {
		c.send(http.MethodPatch, path, object{}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
	t.Run("ServerOwnedFieldIsRefused", func(t *testing.T) {
		c.send(http.MethodPatch, path, object{"version": 7}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestVersions(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	got := c.send(http.MethodPost, "/api/v1/clients", object{"name": "Acme"}, nil)
	var created api.Client
	got.MustDecode(t, http.StatusCreated, &created)
	path := "/api/v1/clients/" + created.ID.String()

	t.Run("CreatingAnswersTheETagAndTheLocation", func(t *testing.T) {
		if got.Header.Get("ETag") != `"1"` || got.Header.Get("Location") != path {
			t.Errorf("got %v", got.Header)
		}
	})
	t.Run("MatchingVersionIsChanged", func(t *testing.T) {
		got := c.send(http.MethodPatch, path, object{"name": "Acme 2"}, map[string]string{"If-Match": `"1"`})
		got.MustDecode(t, http.StatusOK, nil)
		if got.Header.Get("ETag") != `"2"` {
			t.Errorf("got the ETag %s", got.Header.Get("ETag"))
		}
	})
	for _, method := range []string{http.MethodPatch, http.MethodDelete} {
		t.Run("StaleVersionIsRefusedAndNamed/"+method, func(t *testing.T) {
			var body any
			if method == http.MethodPatch {
				body = object{"name": "Acme 3"}
			}
			got := c.send(method, path, body, map[string]string{"If-Match": `"1"`})
			problem := got.MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
			if !strings.Contains(problem.Detail, "at version 2, you sent 1") {
				t.Errorf("the detail is %q", problem.Detail)
			}
		})
	}
	t.Run("NothingIsLost", func(t *testing.T) {
		if now := read[api.Client](c, path); now.Name != "Acme 2" || now.Version != 2 {
			t.Errorf("got %+v", now)
		}
	})
}

func TestClientStatus(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	client := factory.Client(t, c.DB, &factory.ClientOpts{Status: db.ClientStatusProspect})
	set := func(body object) apitest.Response {
		return c.send(http.MethodPut, "/api/v1/clients/"+client.ID.String()+"/status", body, map[string]string{"If-Match": `"1"`})
	}
	problem := set(object{"status": "inactive"}).MustProblem(t, http.StatusConflict, "illegal_transition")
	if diff := cmp.Diff([]string{"active", "churned"}, problem.Allowed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var same, moved api.Client
	set(object{"status": "prospect"}).MustDecode(t, http.StatusOK, &same)
	if same.Version != 1 {
		t.Errorf("the status it has already made version %d", same.Version)
	}
	set(object{"status": "active", "reason": "Signed."}).MustDecode(t, http.StatusOK, &moved)
	if moved.Status != api.ClientStatusActive || moved.StatusReason.MustGet() != "Signed." || moved.Version != 2 {
		t.Errorf("got %+v", moved)
	}
	set(object{"status": "inactive"}).MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
}

func TestClientList(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	names := []string{"Delta", "alpha 100%", "Çharlie", "bravo_1", "Echo"}
	for i, name := range names {
		status := db.ClientStatusLead
		if i%2 == 0 {
			status = db.ClientStatusActive
		}
		factory.Client(t, c.DB, &factory.ClientOpts{Name: name, Status: status})
	}
	for query, want := range map[string][]string{
		"":                           {"Echo", "bravo_1", "Çharlie", "alpha 100%", "Delta"},
		"?sort=created_at":           {"Delta", "alpha 100%", "Çharlie", "bravo_1", "Echo"},
		"?sort=status,-created_at":   {"bravo_1", "alpha 100%", "Echo", "Çharlie", "Delta"},
		"?status=active":             {"Echo", "Çharlie", "Delta"},
		"?status=active&status=lead": {"Echo", "bravo_1", "Çharlie", "alpha 100%", "Delta"},
		"?status=churned":            nil,
		"?q=ALPHA":                   {"alpha 100%"},
		"?q=%C3%A7HARLIE":            {"Çharlie"},
		"?q=%25":                     {"alpha 100%"},
		"?q=_":                       {"bravo_1"},
		"?q=%5C":                     nil,
		"?page_size=2":               {"Echo", "bravo_1"},
		"?page_size=2&page=3":        {"Delta"},
		"?page_size=2&page=4":        nil,
	} {
		t.Run("Query"+query, func(t *testing.T) {
			var got []string
			for _, client := range read[api.ClientPage](c, "/api/v1/clients"+query).Data {
				got = append(got, client.Name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("PageTellsWhereItStands", func(t *testing.T) {
		page := read[api.ClientPage](c, "/api/v1/clients?page_size=2&page=2").Page
		want := api.PageInfo{
			Page: api.NewNullableWithValue(2), PageSize: 2,
			Total: api.NewNullableWithValue(int64(5)), TotalPages: api.NewNullableWithValue(3),
			TotalIsExact: true, HasMore: true, NextCursor: page.NextCursor,
		}
		if diff := cmp.Diff(want, page); diff != "" || page.NextCursor.MustGet() == "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("LinkNamesThePagesAroundWithTheSameFilters", func(t *testing.T) {
		got := c.get("/api/v1/clients?page_size=1&page=2&status=active").Header.Get("Link")
		want := `</api/v1/clients?page=1&page_size=1&status=active>; rel="first", ` +
			`</api/v1/clients?page=1&page_size=1&status=active>; rel="prev", ` +
			`</api/v1/clients?page=3&page_size=1&status=active>; rel="next", ` +
			`</api/v1/clients?page=3&page_size=1&status=active>; rel="last"`
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("EmptyListIsAnEmptyArray", func(t *testing.T) {
		got := c.get("/api/v1/clients?status=churned")
		if !strings.Contains(string(got.Body), `"data":[]`) {
			t.Errorf("got %s", got.Body)
		}
	})
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	got := c.send(http.MethodPost, "/api/v1/clients", object{
		"name": " ", "email": "nobody", "website": "ftp://x", "status": "gone", "phone": 5, "colour": "red",
	}, nil)
	problem := got.MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	var places []string
	for _, field := range problem.Errors {
		places = append(places, field.Pointer+" "+field.Code)
		if field.Detail == "" {
			t.Errorf("%s says nothing", field.Pointer)
		}
	}
	want := []string{"/colour unknown", "/email pattern", "/name blank", "/phone type", "/status enum", "/website pattern"}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A client that repeats a patch whose answer it has lost leaves no second
// version and no second event behind.
func TestPatchWithTheValuesThereChangesNothing(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	client := factory.Client(t, c.DB, &factory.ClientOpts{Name: "Acme"})
	project := factory.Project(t, c.DB, &factory.ProjectOpts{Name: "Relaunch"})
	task := factory.Task(t, c.DB, &factory.TaskOpts{Title: "Draw"})
	for path, patch := range map[string]object{
		"/api/v1/clients/" + client.ID.String():   {"name": "Acme", "notes": nil},
		"/api/v1/projects/" + project.ID.String(): {"name": "Relaunch", "ends_on": nil},
		"/api/v1/tasks/" + task.ID.String():       {"title": "Draw", "parent_id": nil},
	} {
		before := read[object](c, path)
		var after object
		c.send(http.MethodPatch, path, patch, nil).MustDecode(t, http.StatusOK, &after)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s (-before +after):\n%s", path, diff)
		}
		if diff := cmp.Diff(before, read[object](c, path)); diff != "" {
			t.Errorf("%s, read again (-before +after):\n%s", path, diff)
		}
	}
	if events := expect.EventCount(t, c.DB, "session.created", "signing_key.created"); events != 0 {
		t.Errorf("%d events were written", events)
	}
}
