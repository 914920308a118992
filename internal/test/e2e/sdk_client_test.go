package e2e_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
)

func tellClients(t *testing.T, w *sdkWorld) {
	ctx := t.Context()

	created := calling(w.admin.Clients.Create(ctx, api.ClientCreate{
		Name: "Harbour Coffee", Email: client.Value("hello@harbour.example"), Industry: client.Value("Retail"), Tags: []string{"coffee"},
	})).succeeds(t)
	other := calling(w.admin.Clients.Create(ctx, api.ClientCreate{Name: "Hill Bakery"})).succeeds(t)

	replaced := calling(w.admin.Clients.Replace(ctx, created.ID, api.ClientReplace{
		Name: "Harbour Coffee Roasters", Email: client.Value("hello@harbour.example"), OwnerID: client.Value(w.adminID),
	}, client.IfMatch(created.Version))).succeeds(t)
	if !replaced.Industry.IsNull() || len(replaced.Tags) != 0 || replaced.OwnerID.MustGet() != w.adminID {
		t.Errorf("what was left out is still there: %+v", replaced)
	}

	// What is not set is kept, and null clears.
	updated := calling(w.admin.Clients.Update(ctx, created.ID, api.ClientUpdate{
		Segment: client.Value("Small"), OwnerID: client.Null[uuid.UUID](),
	})).succeeds(t)
	if updated.Segment.MustGet() != "Small" || !updated.OwnerID.IsNull() || updated.Email.MustGet() != "hello@harbour.example" {
		t.Errorf("the client is %+v", updated)
	}

	moved := calling(w.admin.Clients.SetStatus(ctx, created.ID, api.ClientStatusChange{Status: api.ClientStatusProspect})).succeeds(t)
	if moved.Status != api.ClientStatusProspect {
		t.Errorf("the client is %s", moved.Status)
	}

	problem := calling(w.admin.Clients.SetStatus(ctx, other.ID, api.ClientStatusChange{Status: api.ClientStatusInactive})).
		fails(t, http.StatusConflict, api.ProblemCodeIllegalTransition)
	same(t, "where a lead can move to", problem.Problem.Allowed, "prospect", "churned")

	same(t, "the prospects", each(calling(w.admin.Clients.List(ctx, client.ClientListParams{
		Status: []api.ClientStatus{api.ClientStatusProspect},
	})).succeeds(t).Data, func(c api.Client) string { return c.Name }), "Harbour Coffee Roasters")
	same(t, "all clients", each(all(t, w.admin.Clients.All(ctx, client.ClientListParams{PageSize: 1})), func(c api.Client) string { return c.Name }),
		"Harbour Coffee Roasters", "Hill Bakery")

	hits := calling(w.admin.Clients.Search(ctx, client.ClientSearchParams{Q: "roasters"})).succeeds(t).Data
	if len(hits) != 1 || hits[0].Client.ID != created.ID {
		t.Errorf("the search finds %+v", hits)
	}

	if found := all(t, w.admin.Clients.SearchAll(ctx, client.ClientSearchParams{Q: "h", PageSize: 1})); len(found) != 2 {
		t.Errorf("page by page the search finds %d", len(found))
	}

	if got := actions(calling(w.admin.Clients.GetHistory(ctx, created.ID, client.ClientGetHistoryParams{})).succeeds(t).Data); len(got) != 4 || got[3] != "client.created" {
		t.Errorf("the history is %v", got)
	}

	w.client = *calling(w.admin.Clients.Get(ctx, created.ID, client.ClientGetParams{Include: []api.ClientRelation{api.ClientRelationContacts}})).succeeds(t)
	if contacts := w.client.Included.MustGet().Contacts.MustGet(); len(contacts) != 0 || w.client.Version != moved.Version {
		t.Errorf("the client is %+v", w.client)
	}
}

func tellContacts(t *testing.T, w *sdkWorld) {
	ctx := t.Context()
	add := func(name string) *api.ClientContact {
		return calling(w.admin.Clients.CreateContact(ctx, w.client.ID, api.ClientContactCreate{Name: name, Phone: client.Value("+49 40 123")})).succeeds(t)
	}
	ada, ben := add("Ada"), add("Ben")

	updated := calling(w.admin.Clients.UpdateContact(ctx, w.client.ID, ada.ID, api.ClientContactUpdate{
		Position: client.Value("Owner"), IsPrimary: new(true),
	}, client.IfMatch(ada.Version))).succeeds(t)
	if updated.Position.MustGet() != "Owner" || !updated.IsPrimary || updated.Phone.IsNull() {
		t.Errorf("the contact is %+v", updated)
	}

	replaced := calling(w.admin.Clients.ReplaceContact(ctx, w.client.ID, ada.ID, api.ClientContactReplace{Name: "Ada Lund"})).succeeds(t)
	if replaced.Name != "Ada Lund" || !replaced.Phone.IsNull() || !replaced.Position.IsNull() {
		t.Errorf("what was left out is still there: %+v", replaced)
	}

	if got := calling(w.admin.Clients.GetContact(ctx, w.client.ID, ada.ID)).succeeds(t); got.Name != "Ada Lund" {
		t.Errorf("the contact is %+v", got)
	}

	same(t, "the contacts", each(all(t, w.admin.Clients.AllContacts(ctx, w.client.ID, client.ClientListContactsParams{PageSize: 1})),
		func(c api.ClientContact) string { return c.Name }), "Ada Lund", "Ben")

	doing(w.admin.Clients.DeleteContact(ctx, w.client.ID, ben.ID, client.IfMatch(ben.Version))).succeeds(t)
	same(t, "who is left", each(calling(w.admin.Clients.ListContacts(ctx, w.client.ID, client.ClientListContactsParams{})).succeeds(t).Data,
		func(c api.ClientContact) string { return c.Name }), "Ada Lund")

	history := calling(w.admin.Clients.GetContactHistory(ctx, w.client.ID, ada.ID, client.ClientGetContactHistoryParams{})).succeeds(t).Data
	if len(history) != 3 || history[0].Version.MustGet() != replaced.Version {
		t.Errorf("the history is %v", actions(history))
	}
}
