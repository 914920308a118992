package httpapi_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func TestReplaceClient(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	full := object{
		"name": "Acme", "legal_name": "Acme GmbH", "email": "a@acme.example", "phone": "1", "website": "https://acme.example",
		"address": "Here", "industry": "Retail", "segment": "SMB", "owner_id": c.user.ID,
		"annual_value": object{"amount_minor": 1, "currency": "EUR"}, "payment_terms": "net", "tags": []string{"a"}, "notes": "n",
		"custom_fields": object{"a": 1}, "external_references": object{"crm": "1"}, "external_source": "crm", "external_id": "1",
	}
	created := create[api.Client](c, "/api/v1/clients", full)
	path := "/api/v1/clients/" + created.ID.String()
	put := func(body object) api.Client {
		t.Helper()
		var replaced api.Client
		c.send(http.MethodPut, path, body, nil).MustDecode(t, http.StatusOK, &replaced)
		return replaced
	}

	t.Run("SameValuesChangeNothing", func(t *testing.T) {
		if diff := cmp.Diff(created, put(full)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
	t.Run("LeftOutBecomesTheDefault", func(t *testing.T) {
		got := put(object{"name": "Acme"})
		bare := create[api.Client](c, "/api/v1/clients", object{"name": "Acme"})
		bare.ID, bare.Version, bare.CreatedAt, bare.UpdatedAt = got.ID, 2, got.CreatedAt, got.UpdatedAt
		if diff := cmp.Diff(bare, got); diff != "" {
			t.Errorf("(-new client +replaced):\n%s", diff)
		}
	})
	t.Run("StaleVersionIsRefused", func(t *testing.T) {
		c.send(http.MethodPut, path, full, map[string]string{"If-Match": `"1"`}).MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
	})
	t.Run("StatusIsNotWritable", func(t *testing.T) {
		problem := c.send(http.MethodPut, path, object{"name": "Acme", "status": "active"}, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if problem.Errors[0].Pointer != "/status" {
			t.Errorf("got %+v", problem.Errors)
		}
	})
}

func TestMergePatchOfMaps(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	created := create[api.Client](c, "/api/v1/clients", object{
		"name": "Acme", "custom_fields": object{"a": 1, "b": "x", "c": nil}, "external_references": object{"crm": "1", "erp": "2"},
	})
	path := "/api/v1/clients/" + created.ID.String()
	patch := func(body object) api.Client {
		t.Helper()
		var updated api.Client
		c.send(http.MethodPatch, path, body, nil).MustDecode(t, http.StatusOK, &updated)
		return updated
	}
	got := patch(object{"custom_fields": object{"b": nil, "d": 2.5}, "external_references": object{"erp": nil, "shop": "3"}})
	wantFields := api.CustomFields{"a": json.RawMessage("1"), "c": json.RawMessage("null"), "d": json.RawMessage("2.5")}
	if diff := cmp.Diff(wantFields, got.CustomFields); diff != "" {
		t.Errorf("custom fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(api.ExternalReferences{"crm": "1", "shop": "3"}, got.ExternalReferences); diff != "" {
		t.Errorf("external references (-want +got):\n%s", diff)
	}
	got = patch(object{"custom_fields": nil})
	if len(got.CustomFields) != 0 || len(got.ExternalReferences) != 2 {
		t.Errorf("null left %v and %v", got.CustomFields, got.ExternalReferences)
	}

	for name, test := range map[string]struct {
		body    object
		pointer string
	}{
		"NestedObject":         {object{"custom_fields": object{"a": object{"b": 1}}}, "/custom_fields/a"},
		"BadName":              {object{"custom_fields": object{"Not So": 1}}, "/custom_fields/Not So"},
		"ReferenceIsNoText":    {object{"external_references": object{"crm": 5}}, "/external_references/crm"},
		"NegativeAnnualValue":  {object{"annual_value": object{"amount_minor": -1, "currency": "EUR"}}, "/annual_value/amount_minor"},
		"AmountWithoutMoney":   {object{"annual_value": object{"amount_minor": 1}}, "/annual_value/currency"},
		"UnknownOwner":         {object{"owner_id": uuid.New()}, "/owner_id"},
		"SourceWithoutItsID":   {object{"external_source": "crm"}, "/external_id"},
		"TagTwice":             {object{"tags": []string{"a", "a"}}, "/tags"},
		"TagOfNothing":         {object{"tags": []string{" "}}, "/tags/0"},
		"CustomFieldsNoObject": {object{"custom_fields": "x"}, "/custom_fields"},
	} {
		t.Run(name+"IsRefused", func(t *testing.T) {
			problem := c.send(http.MethodPatch, path, test.body, nil).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
			if got := problem.Errors[0].Pointer; got != test.pointer {
				t.Errorf("got the place %s, want %s", got, test.pointer)
			}
		})
	}
}

func TestTakenExternalIDIsAConflict(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	imported := object{"name": "Acme", "external_source": "crm", "external_id": "1"}
	first := create[api.Client](c, "/api/v1/clients", imported)
	conflict := func(method, path string, body any) {
		t.Helper()
		problem := c.send(method, path, body, nil).MustProblem(t, http.StatusConflict, "already_exists")
		if problem.Errors[0].Pointer != "/external_id" {
			t.Errorf("got %+v", problem.Errors)
		}
	}
	conflict(http.MethodPost, "/api/v1/clients", imported)
	path := "/api/v1/clients/" + first.ID.String()
	c.send(http.MethodDelete, path, nil, nil).MustDecode(t, http.StatusNoContent, nil)
	create[api.Client](c, "/api/v1/clients", imported)
	conflict(http.MethodPost, path+"/restore", nil)
}

func TestDeletedClientsAreListedOnRequest(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	gone := factory.Client(t, c.DB, &factory.ClientOpts{Name: "Gone"})
	c.send(http.MethodDelete, "/api/v1/clients/"+gone.ID.String(), nil, nil).MustDecode(t, http.StatusNoContent, nil)
	if found := read[api.ClientPage](c, "/api/v1/clients?include_deleted=false").Data; len(found) != 0 {
		t.Errorf("got %+v", found)
	}
	found := read[api.ClientPage](c, "/api/v1/clients?include_deleted=true&include=projects,contacts").Data
	if len(found) != 1 || found[0].DeletedAt.IsNull() || found[0].DeletedBy.MustGet() != c.user.ID {
		t.Errorf("got %+v", found)
	}
	c.as(c.User(db.RoleUser)).get("/api/v1/clients?include_deleted=true").MustProblem(t, http.StatusForbidden, "forbidden")
}

func TestIncludedRecordsOfAClient(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	member := c.as(c.User(db.RoleUser))
	client := factory.Client(t, c.DB, nil)
	mine := factory.Project(t, c.DB, &factory.ProjectOpts{ClientID: &client.ID, Team: map[uuid.UUID]db.ProjectMemberRole{member.user.ID: db.ProjectMemberRoleViewer}})
	factory.Project(t, c.DB, &factory.ProjectOpts{ClientID: &client.ID})
	contact := factory.Contact(t, c.DB, &factory.ContactOpts{ClientID: client.ID})
	path := "/api/v1/clients/" + client.ID.String()

	noProjects, noContacts := api.NewNullNullable[[]api.Project](), api.NewNullNullable[[]api.ClientContact]()
	projects := api.NewNullableWithValue([]api.Project{read[api.Project](member, "/api/v1/projects/"+mine.ID.String())})
	contacts := api.NewNullableWithValue([]api.ClientContact{read[api.ClientContact](member, path+"/contacts/"+contact.ID.String())})
	for query, want := range map[string]api.Nullable[api.ClientIncluded]{
		"":                           api.NewNullNullable[api.ClientIncluded](),
		"?include=projects":          api.NewNullableWithValue(api.ClientIncluded{Projects: projects, Contacts: noContacts}),
		"?include=contacts":          api.NewNullableWithValue(api.ClientIncluded{Projects: noProjects, Contacts: contacts}),
		"?include=contacts,projects": api.NewNullableWithValue(api.ClientIncluded{Projects: projects, Contacts: contacts}),
	} {
		t.Run("Query"+query, func(t *testing.T) {
			if diff := cmp.Diff(want, read[api.Client](member, path+query).Included); diff != "" {
				t.Errorf("one (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, read[api.ClientPage](member, "/api/v1/clients"+query).Data[0].Included); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("UnknownRelationIsRefused", func(t *testing.T) {
		member.get(path+"?include=tasks").MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
	})
	t.Run("NoneAreAnEmptyArray", func(t *testing.T) {
		empty := factory.Client(t, c.DB, nil)
		included := read[api.Client](c, "/api/v1/clients/"+empty.ID.String()+"?include=projects,contacts").Included.MustGet()
		if got, err := included.Projects.Get(); err != nil || got == nil || len(got) != 0 {
			t.Errorf("got the projects %v, %v", got, err)
		}
	})
	t.Run("ListedProjectsAreThoseTheCallerSees", func(t *testing.T) {
		page := read[api.ProjectPage](member, path+"/projects")
		if diff := cmp.Diff(projects.MustGet(), page.Data); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if all := read[api.ProjectPage](c, path+"/projects?sort=name&status=active"); len(all.Data) != 2 {
			t.Errorf("the administrator sees %d", len(all.Data))
		}
		c.as(c.User(db.RoleUser)).get(path+"/projects").MustProblem(t, http.StatusNotFound, "not_found")
	})
}

func TestSearchClients(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	for range 3 {
		factory.Client(t, c.DB, &factory.ClientOpts{Name: "Acme <b>Bakery</b>"})
	}
	page := read[api.ClientSearchPage](c, "/api/v1/clients/search?q=acme+bak&page_size=2")
	if len(page.Data) != 2 || page.Page.Total.MustGet() != 3 || !page.Page.HasMore || !page.Page.NextCursor.IsNull() || !page.Page.TotalIsExact {
		t.Errorf("got %+v", page)
	}
	want := []api.SearchHighlight{{Field: "name", Snippet: "<mark>Acme</mark> &lt;b&gt;<mark>Bakery</mark>&lt;/b&gt;"}}
	if diff := cmp.Diff(want, page.Data[0].Highlights); diff != "" {
		t.Errorf("highlights (-want +got):\n%s", diff)
	}
	if last := read[api.ClientSearchPage](c, "/api/v1/clients/search?q=acme+bak&page_size=2&page=2"); len(last.Data) != 1 || last.Page.HasMore {
		t.Errorf("got %+v", last)
	}
	if behind := read[api.ClientSearchPage](c, "/api/v1/clients/search?q=acme+bak&page=9"); len(behind.Data) != 0 || behind.Page.Total.MustGet() != 3 {
		t.Errorf("got %+v", behind)
	}
	c.get("/api/v1/clients/search").MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
}

func TestContactFieldsComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	client := factory.Client(t, c.DB, nil)
	sent := object{"name": "Ana", "position": "CEO", "email": "ana@acme.example", "phone": "1", "is_primary": true, "notes": "Kind."}
	created := create[api.ClientContact](c, "/api/v1/clients/"+client.ID.String()+"/contacts", sent)
	want := api.ClientContact{
		ID: created.ID, ClientID: client.ID, Name: "Ana", Position: api.NewNullableWithValue("CEO"),
		Email: api.NewNullableWithValue("ana@acme.example"), Phone: api.NewNullableWithValue("1"),
		IsPrimary: true, Notes: api.NewNullableWithValue("Kind."),
		Version: 1, CreatedAt: created.CreatedAt, CreatedBy: api.NewNullableWithValue(c.user.ID),
		UpdatedAt: created.CreatedAt, UpdatedBy: api.NewNullableWithValue(c.user.ID),
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	path := "/api/v1/clients/" + client.ID.String() + "/contacts/" + created.ID.String()
	if diff := cmp.Diff(want, read[api.ClientContact](c, path)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}

	var same, patched, replaced api.ClientContact
	c.send(http.MethodPut, path, sent, nil).MustDecode(t, http.StatusOK, &same)
	if diff := cmp.Diff(want, same); diff != "" {
		t.Errorf("replaced by itself (-want +got):\n%s", diff)
	}
	got := c.send(http.MethodPatch, path, object{"phone": nil, "position": "CTO"}, map[string]string{"If-Match": `"1"`})
	got.MustDecode(t, http.StatusOK, &patched)
	if !patched.Phone.IsNull() || patched.Position.MustGet() != "CTO" || !patched.IsPrimary || got.Header.Get("ETag") != `"2"` {
		t.Errorf("patched as %+v, %v", patched, got.Header)
	}
	c.send(http.MethodPut, path, object{"name": "Ana"}, nil).MustDecode(t, http.StatusOK, &replaced)
	if replaced.IsPrimary || !replaced.Position.IsNull() || !replaced.Email.IsNull() || !replaced.Notes.IsNull() {
		t.Errorf("replaced as %+v", replaced)
	}
	for _, method := range []string{http.MethodPatch, http.MethodPut, http.MethodDelete} {
		var body any
		if method != http.MethodDelete {
			body = object{"name": "Late"}
		}
		c.send(method, path, body, map[string]string{"If-Match": `"1"`}).MustProblem(t, http.StatusPreconditionFailed, "version_conflict")
	}
	c.send(http.MethodDelete, path, nil, map[string]string{"If-Match": `"3"`}).MustDecode(t, http.StatusNoContent, nil)
	c.get(path).MustProblem(t, http.StatusNotFound, "not_found")
}

func TestContactsAreListedInOrder(t *testing.T) {
	t.Parallel()
	c := setup(t, nil)
	client := factory.Client(t, c.DB, nil)
	for _, name := range []string{"Bea", "Ana", "Cem"} {
		factory.Contact(t, c.DB, &factory.ContactOpts{ClientID: client.ID, Name: name, IsPrimary: name == "Ana"})
	}
	for query, want := range map[string][]string{
		"": {"Bea", "Ana", "Cem"}, "?sort=-name": {"Cem", "Bea", "Ana"}, "?sort=-is_primary,name": {"Ana", "Bea", "Cem"},
		"?page_size=2": {"Bea", "Ana"}, "?page_size=2&page=2": {"Cem"},
	} {
		var got []string
		for _, contact := range read[api.ClientContactPage](c, "/api/v1/clients/"+client.ID.String()+"/contacts"+query).Data {
			got = append(got, contact.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}
