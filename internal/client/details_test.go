package client_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// create adds a client in the status lead.
func (a agency) create(t *testing.T, params client.CreateParams) db.Client {
	t.Helper()
	params.Status = db.ClientStatusLead
	row, err := a.clients.Create(t.Context(), a.manager, params)
	expect.OK(t, err)
	return row
}

func TestOwnerIsALivePerson(t *testing.T) {
	t.Parallel()
	a := setup(t)
	person := factory.User(t, a.db, nil).ID
	agent := factory.User(t, a.db, &factory.UserOpts{Kind: db.PrincipalKindAgent}).ID
	gone := factory.User(t, a.db, nil).ID
	_, err := a.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", gone)
	expect.OK(t, err)

	owned := a.create(t, client.CreateParams{Name: "Owned", OwnerID: &person})
	for _, nobody := range []uuid.UUID{agent, gone, uuid.New()} {
		_, err := a.clients.Create(t.Context(), a.manager, client.CreateParams{Name: "New", Status: db.ClientStatusLead, OwnerID: &nobody})
		expect.Fields(t, err, "/owner_id not_a_person")
		_, err = a.clients.Update(t.Context(), a.manager, owned.ID, nil, db.ClientUpdateParams{OwnerIDDoUpdate: true, OwnerID: &nobody})
		expect.Fields(t, err, "/owner_id not_a_person")
	}

	// The owner leaves: whoever sends the client back as it is changes nothing.
	_, err = a.db.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", person)
	expect.OK(t, err)
	same, err := a.clients.Update(t.Context(), a.manager, owned.ID, nil, db.ClientUpdateParams{OwnerIDDoUpdate: true, OwnerID: &person})
	if err != nil || same.Version != owned.Version {
		t.Errorf("the same owner gave %+v, %v", same, err)
	}
}

func TestAllMistakesOfAClientAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	_, err := a.clients.Create(t.Context(), a.manager, client.CreateParams{
		Name: "New", Status: db.ClientStatusLead, OwnerID: new(uuid.New()), ExternalID: new("1"),
		AnnualValueMinor: new(int64(-1)), AnnualValueCurrency: new("EUR"), CustomFields: json.RawMessage(`{"a":{}}`),
	})
	expect.Fields(t, err, "/owner_id not_a_person", "/annual_value/amount_minor too_small", "/custom_fields/a type", "/external_source required")
}

func TestCustomFieldsAreMerged(t *testing.T) {
	t.Parallel()
	a := setup(t)
	before := a.create(t, client.CreateParams{
		Name: "Merged", CustomFields: json.RawMessage(`{"kept": 9007199254740993, "changed": "a", "removed": true, "empty": null}`),
		ExternalReferences: json.RawMessage(`{"hubspot": "1"}`),
	})
	update := func(params db.ClientUpdateParams) db.Client {
		t.Helper()
		row, err := a.clients.Update(t.Context(), a.manager, before.ID, nil, params)
		expect.OK(t, err)
		return row
	}
	want := func(name string, got json.RawMessage, want string) {
		t.Helper()
		var gotFields, wantFields map[string]json.RawMessage
		expect.OK(t, json.Unmarshal(got, &gotFields))
		expect.OK(t, json.Unmarshal([]byte(want), &wantFields))
		if diff := cmp.Diff(wantFields, gotFields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	merged := update(db.ClientUpdateParams{CustomFields: json.RawMessage(`{"changed":"b","added":1.50}`), CustomFieldsRemoved: []string{"removed", "unknown"}})
	// Numbers keep every digit.
	want("merged", merged.CustomFields, `{"kept":9007199254740993,"changed":"b","empty":null,"added":1.50}`)
	want("others", merged.ExternalReferences, `{"hubspot":"1"}`)
	if again := update(db.ClientUpdateParams{CustomFields: json.RawMessage(`{"changed":"b"}`)}); again.Version != merged.Version {
		t.Errorf("the same values made version %d", again.Version)
	}
	want("replaced", update(db.ClientUpdateParams{CustomFieldsDoReplace: true, CustomFields: json.RawMessage(`{"only":1}`)}).CustomFields, `{"only":1}`)
	want("cleared", update(db.ClientUpdateParams{CustomFieldsDoReplace: true}).CustomFields, `{}`)

	many := map[string]int{}
	for i := range 50 {
		many[fmt.Sprintf("field_%d", i)] = i
	}
	encoded, err := json.Marshal(many)
	expect.OK(t, err)
	update(db.ClientUpdateParams{CustomFields: encoded})
	_, err = a.clients.Update(t.Context(), a.manager, before.ID, nil, db.ClientUpdateParams{CustomFields: json.RawMessage(`{"one_more":1}`)})
	expect.Fields(t, err, "/custom_fields too_many")
	update(db.ClientUpdateParams{CustomFields: json.RawMessage(`{"one_more":1}`), CustomFieldsRemoved: []string{"field_0"}})
}

func TestExternalIDIsTakenOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	taken := func(err error) {
		t.Helper()
		refusal := expect.Code(t, err, apperr.AlreadyExists)
		if len(refusal.Fields) != 1 || refusal.Fields[0].Pointer != "/external_id" {
			t.Errorf("the refusal names %+v", refusal.Fields)
		}
	}
	imported := client.CreateParams{Name: "Imported", Status: db.ClientStatusLead, ExternalSource: new("crm"), ExternalID: new("1")}
	first := a.create(t, imported)
	_, err := a.clients.Create(t.Context(), a.manager, imported)
	taken(err)
	other := a.create(t, client.CreateParams{Name: "Other", ExternalSource: new("erp"), ExternalID: new("1")})
	_, err = a.clients.Update(t.Context(), a.manager, other.ID, nil, db.ClientUpdateParams{ExternalSourceDoUpdate: true, ExternalSource: new("crm")})
	taken(err)
	_, err = a.clients.Update(t.Context(), a.manager, other.ID, nil, db.ClientUpdateParams{ExternalIDDoUpdate: true})
	expect.Fields(t, err, "/external_id required")

	// A deleted client gives its id free, and does not come back while another has it.
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, first.ID, nil))
	second := a.create(t, imported)
	_, err = a.clients.Restore(t.Context(), a.manager, first.ID)
	taken(err)
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, second.ID, nil))
	_, err = a.clients.Restore(t.Context(), a.manager, first.ID)
	expect.OK(t, err)
}

func TestFiltersOverTheDetails(t *testing.T) {
	t.Parallel()
	a := setup(t)
	owner := factory.User(t, a.db, nil).ID
	begin := time.Now()
	old := a.create(t, client.CreateParams{Name: "Old", Industry: new("Food"), Segment: new("SMB"), OwnerID: &owner, Tags: []string{"retail", "berlin"}})
	young := a.create(t, client.CreateParams{Name: "Young", Industry: new("Food & Drink"), Segment: new("Enterprise"), Tags: []string{"berlin"}})
	gone := a.create(t, client.CreateParams{Name: "Gone", Industry: new("food")})
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, gone.ID, nil))
	before := begin.Add(-time.Hour)

	for name, test := range map[string]struct {
		actor  access.Actor
		filter client.Filter
		want   []string
	}{
		"WholeIndustryInAnyCase":   {a.manager, client.Filter{Industry: new("fOOd")}, []string{"Old"}},
		"Segment":                  {a.manager, client.Filter{Segment: new("enterprise")}, []string{"Young"}},
		"Owner":                    {a.manager, client.Filter{OwnerID: &owner}, []string{"Old"}},
		"AnyOfTheTags":             {a.manager, client.Filter{Tag: []string{"retail", "none"}}, []string{"Old"}},
		"OneTag":                   {a.manager, client.Filter{Tag: []string{"berlin"}}, []string{"Old", "Young"}},
		"CreatedFromIsIncluded":    {a.manager, client.Filter{CreatedFrom: &young.CreatedAt}, []string{"Young"}},
		"CreatedToIsIncluded":      {a.manager, client.Filter{CreatedTo: &old.CreatedAt}, []string{"Old", "Seen"}},
		"CreatedBeforeAll":         {a.manager, client.Filter{CreatedTo: &before}, nil},
		"DeletedWhereAskedFor":     {a.manager, client.Filter{IncludeDeleted: true, Industry: new("food")}, []string{"Gone", "Old"}},
		"FiltersAreCombined":       {a.manager, client.Filter{Tag: []string{"berlin"}, Segment: new("SMB")}, []string{"Old"}},
		"AsFarAsSeen":              {a.member, client.Filter{Tag: []string{"berlin"}}, nil},
		"OwningIsNotSeeing":        {access.Actor{ID: owner, Role: access.RoleUser}, client.Filter{OwnerID: &owner}, nil},
		"SeenWithoutWhatIsDeleted": {a.manager, client.Filter{}, []string{"Old", "Seen", "Young"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.wantNames(t, test.actor, test.filter, test.want...)
		})
	}
	t.Run("DeletedAreForManagers", func(t *testing.T) {
		t.Parallel()
		_, _, err := a.clients.List(t.Context(), a.member, client.Filter{IncludeDeleted: true}, page.First(20))
		expect.Code(t, err, apperr.Forbidden)
	})
}

func TestRevenueIsOrderedWithinItsCurrency(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, value := range map[string]struct {
		minor    int64
		currency string
	}{"EUR 9": {9, "EUR"}, "EUR 100": {100, "EUR"}, "EUR 0": {0, "EUR"}, "CHF 5000": {5000, "CHF"}, "USD 1": {1, "USD"}} {
		a.create(t, client.CreateParams{Name: name, AnnualValueMinor: &value.minor, AnnualValueCurrency: &value.currency})
	}
	for sort, want := range map[string][]string{
		"revenue":  {"CHF 5000", "EUR 0", "EUR 9", "EUR 100", "USD 1", "Seen"},
		"-revenue": {"USD 1", "EUR 100", "EUR 9", "EUR 0", "CHF 5000", "Seen"},
	} {
		// Along the cursors, two at a time.
		var got []string
		request := page.Request{Size: 2, Sort: sort}
		for {
			rows, info, err := a.clients.List(t.Context(), a.manager, client.Filter{}, request)
			expect.OK(t, err)
			for _, row := range rows {
				got = append(got, row.Name)
			}
			if request.Cursor = info.NextCursor; !info.HasMore {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", sort, diff)
		}
	}
}
