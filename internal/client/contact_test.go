package client_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// primaries are the names of a client's primary contacts.
func (a agency) primaries(t *testing.T, clientID uuid.UUID) []string {
	t.Helper()
	rows, _, err := a.clients.Contacts(t.Context(), a.manager, clientID, page.First(page.MaxSize))
	expect.OK(t, err)
	var names []string
	for _, row := range rows {
		if row.IsPrimary {
			names = append(names, row.Name)
		}
	}
	return names
}

func TestOneContactIsPrimary(t *testing.T) {
	t.Parallel()
	a := setup(t)
	elsewhere := factory.Contact(t, a.db, &factory.ContactOpts{Name: "Elsewhere", IsPrimary: true})
	want := func(when string, names ...string) {
		t.Helper()
		if diff := cmp.Diff(names, a.primaries(t, a.seen.ID)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	add := func(name string, primary bool) db.ClientContact {
		t.Helper()
		row, err := a.clients.CreateContact(t.Context(), a.manager, db.ClientContactInsertParams{ClientID: a.seen.ID, Name: name, IsPrimary: primary})
		expect.OK(t, err)
		return row
	}
	first := add("First", true)
	want("the first", "First")
	second := add("Second", false)
	want("another one", "First")
	add("Third", true)
	want("a new primary one", "Third")
	second, err := a.clients.UpdateContact(t.Context(), a.manager, a.seen.ID, second.ID, nil, db.ClientContactUpdateParams{IsPrimary: new(true)})
	expect.OK(t, err)
	want("one that becomes it", "Second")
	if same, err := a.clients.UpdateContact(t.Context(), a.manager, a.seen.ID, second.ID, nil, db.ClientContactUpdateParams{IsPrimary: new(true)}); err != nil || same.Version != second.Version {
		t.Errorf("the same again gave %+v, %v", same, err)
	}
	_, err = a.clients.UpdateContact(t.Context(), a.manager, a.seen.ID, second.ID, nil, db.ClientContactUpdateParams{IsPrimary: new(false)})
	expect.OK(t, err)
	want("nobody")
	if diff := cmp.Diff([]string{"Elsewhere"}, a.primaries(t, elsewhere.ClientID)); diff != "" {
		t.Errorf("of another client (-want +got):\n%s", diff)
	}

	// Who loses the place is changed, and its log says so.
	now, err := a.clients.Contact(t.Context(), a.manager, a.seen.ID, first.ID)
	expect.OK(t, err)
	if now.IsPrimary || now.Version != 2 {
		t.Errorf("the first is now %+v", now)
	}
	events := expect.Events(t, a.db, first.ID)
	last := events[len(events)-1]
	if last.Action != "client_contact.updated" || !cmp.Equal(last.Changes, map[string]expect.Change{"is_primary": {Old: true, New: false}}) {
		t.Errorf("its last event is %+v", last)
	}
}

func TestContactsRaceForThePlace(t *testing.T) {
	t.Parallel()
	a := setup(t)
	first := factory.Contact(t, a.db, &factory.ContactOpts{ClientID: a.seen.ID, Name: "First"})
	second := factory.Contact(t, a.db, &factory.ContactOpts{ClientID: a.seen.ID, Name: "Second"})
	for range 20 {
		promote := func(id uuid.UUID) func() error {
			return func() error {
				_, err := a.clients.UpdateContact(t.Context(), a.manager, a.seen.ID, id, nil, db.ClientContactUpdateParams{IsPrimary: new(true)})
				return err
			}
		}
		for _, err := range expect.Together(promote(first.ID), promote(second.ID)) {
			expect.OK(t, err)
		}
		if names := a.primaries(t, a.seen.ID); len(names) != 1 {
			t.Fatalf("the primary contacts are %q", names)
		}
	}
}

func TestContactIsDeletedForGood(t *testing.T) {
	t.Parallel()
	a := setup(t)
	row, err := a.clients.CreateContact(t.Context(), a.manager, db.ClientContactInsertParams{ClientID: a.seen.ID, Name: "Ana", Email: new("ana@acme.example")})
	expect.OK(t, err)
	expect.Refusal(t, a.clients.DeleteContact(t.Context(), a.manager, a.seen.ID, row.ID, new(int64(7))), apperr.StaleVersion("contact", 1, 7))
	expect.OK(t, a.clients.DeleteContact(t.Context(), a.manager, a.seen.ID, row.ID, &row.Version))
	_, err = a.clients.Contact(t.Context(), a.manager, a.seen.ID, row.ID)
	expect.Refusal(t, err, apperr.Missing("contact", row.ID))
	expect.Refusal(t, a.clients.DeleteContact(t.Context(), a.manager, a.seen.ID, row.ID, nil), apperr.Missing("contact", row.ID))

	// Nothing but its event keeps what it was.
	event := func(action string, version int64, changes map[string]expect.Change) expect.Event {
		return expect.Event{
			ActorID: &a.manager.ID, Credential: "anonymous", Entity: "client_contact", EntityID: row.ID,
			Action: action, Version: &version, Changes: changes,
		}
	}
	of := a.seen.ID.String()
	want := []expect.Event{
		event("client_contact.created", 1, map[string]expect.Change{
			"client_id": {New: of}, "name": {New: "Ana"}, "email": {New: "ana@acme.example"}, "is_primary": {New: false},
		}),
		event("client_contact.deleted", 2, map[string]expect.Change{
			"client_id": {Old: of}, "name": {Old: "Ana"}, "email": {Old: "ana@acme.example"}, "is_primary": {Old: false},
		}),
	}
	if diff := cmp.Diff(want, expect.Events(t, a.db, row.ID)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestContactsAreSeenWithTheirClient(t *testing.T) {
	t.Parallel()
	a := setup(t)
	seen := factory.Contact(t, a.db, &factory.ContactOpts{ClientID: a.seen.ID})
	unseen := factory.Contact(t, a.db, nil)
	outsider := factory.Actor(factory.User(t, a.db, nil))

	for name, test := range map[string]struct {
		actor    access.Actor
		client   uuid.UUID
		contact  uuid.UUID
		want     *apperr.Error
		listWant *apperr.Error
	}{
		"ByAMember":             {a.member, a.seen.ID, seen.ID, nil, nil},
		"ByAManager":            {a.manager, unseen.ClientID, unseen.ID, nil, nil},
		"NotByAnOutsider":       {outsider, a.seen.ID, seen.ID, apperr.Missing("contact", seen.ID), apperr.Missing("client", a.seen.ID)},
		"NotOfAnotherClient":    {a.member, unseen.ClientID, unseen.ID, apperr.Missing("contact", unseen.ID), apperr.Missing("client", unseen.ClientID)},
		"NotUnderAnotherClient": {a.manager, a.seen.ID, unseen.ID, apperr.Missing("contact", unseen.ID), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.clients.Contact(t.Context(), test.actor, test.client, test.contact)
			_, _, listErr := a.clients.Contacts(t.Context(), test.actor, test.client, page.First(20))
			for _, check := range []struct {
				err  error
				want *apperr.Error
			}{{err, test.want}, {listErr, test.listWant}} {
				if check.want == nil {
					expect.OK(t, check.err)
				} else {
					expect.Refusal(t, check.err, check.want)
				}
			}
		})
	}
	t.Run("NotOfADeletedClient", func(t *testing.T) {
		expect.OK(t, a.clients.Delete(t.Context(), a.manager, unseen.ClientID, nil))
		_, err := a.clients.Contact(t.Context(), a.manager, unseen.ClientID, unseen.ID)
		expect.Refusal(t, err, apperr.Missing("contact", unseen.ID))
		_, err = a.clients.UpdateContact(t.Context(), a.manager, unseen.ClientID, unseen.ID, nil, db.ClientContactUpdateParams{Name: new("Late")})
		expect.Refusal(t, err, apperr.Missing("client", unseen.ClientID))
	})
}
