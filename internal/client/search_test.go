package client_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/search"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func (a agency) search(t *testing.T, actor access.Actor, text string) []string {
	t.Helper()
	hits, info, err := a.clients.Search(t.Context(), actor, text, page.First(page.MaxSize))
	expect.OK(t, err)
	var names []string
	for _, hit := range hits {
		names = append(names, hit.Client.Name)
		if hit.Score <= 0 || hit.Score >= 1 {
			t.Errorf("%s scores %v", hit.Client.Name, hit.Score)
		}
		if len(hit.Highlights) == 0 {
			t.Errorf("%s does not say where it matches", hit.Client.Name)
		}
	}
	if info.Total != int64(len(names)) || info.HasMore {
		t.Errorf("the page of %d says %+v", len(names), info)
	}
	return names
}

func TestSearch(t *testing.T) {
	t.Parallel()
	a := setup(t)
	a.create(t, client.CreateParams{Name: "Northwind Bakery", LegalName: new("Northwind GmbH"), Email: new("office@north.example"), Industry: new("Food")})
	a.create(t, client.CreateParams{Name: "Old Mill", Notes: new("Buys from the bakery next door, log-in via acme.com/x.")})
	a.create(t, client.CreateParams{Name: "Müller-Lüdenscheidt", Address: new("Bakerstreet 221b")})
	gone := a.create(t, client.CreateParams{Name: "Gone Bakery"})
	expect.OK(t, a.clients.Delete(t.Context(), a.manager, gone.ID, nil))

	for name, test := range map[string]struct {
		actor access.Actor
		text  string
		want  []string
	}{
		"NamesWeighMoreThanNotes":     {a.manager, "bakery", []string{"Northwind Bakery", "Old Mill"}},
		"LastWordIsAPrefix":           {a.manager, "baker", []string{"Northwind Bakery", "Müller-Lüdenscheidt", "Old Mill"}},
		"OtherWordsAreWhole":          {a.manager, "north baker", []string{"Northwind Bakery"}},
		"EveryWordAcrossFields":       {a.manager, "food northwind", []string{"Northwind Bakery"}},
		"OneWordMissing":              {a.manager, "bakery zeppelin", nil},
		"CaseDoesNotCount":            {a.manager, "MÜLLER", []string{"Müller-Lüdenscheidt"}},
		"PartsOfAnAddress":            {a.manager, "office@north.ex", []string{"Northwind Bakery"}},
		"PartsOfACompound":            {a.manager, "log in", []string{"Old Mill"}},
		"CompoundAsItStands":          {a.manager, "acme.com", []string{"Old Mill"}},
		"OperatorsMeanNothing":        {a.manager, "!bakery | ' mill:* & (", []string{"Old Mill"}},
		"NoWordFindsNothing":          {a.manager, "&", nil},
		"OnlyWhatIsSeen":              {a.member, "bakery", nil},
		"WhatIsSeen":                  {a.member, "see", []string{"Seen"}},
		"NobodyFindsNothing":          {access.Actor{}, "bakery", nil},
		"DeletedOnesAreNotFoundByAll": {a.manager, "gone", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, a.search(t, test.actor, test.text)); diff != "" {
				t.Errorf("%q finds (-want +got):\n%s", test.text, diff)
			}
		})
	}

	t.Run("HighlightsSayWhere", func(t *testing.T) {
		t.Parallel()
		hits, _, err := a.clients.Search(t.Context(), a.manager, "food nort", page.First(20))
		expect.OK(t, err)
		want := []search.Highlight{
			{Field: "name", Snippet: "<mark>Northwind</mark> Bakery"},
			{Field: "legal_name", Snippet: "<mark>Northwind</mark> GmbH"},
			{Field: "email", Snippet: "office@<mark>north</mark>.example"},
			{Field: "industry", Snippet: "<mark>Food</mark>"},
		}
		if diff := cmp.Diff(want, hits[0].Highlights); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// What somebody cannot see takes no place among the five hundred.
func TestSearchRanksTheFirst500ThatAreSeen(t *testing.T) {
	t.Parallel()
	a := setup(t)
	_, err := a.db.Exec(t.Context(), "INSERT INTO clients (id, name) SELECT gen_random_uuid(), 'Seen ' || n FROM generate_series(1, 600) n")
	expect.OK(t, err)
	if diff := cmp.Diff([]string{"Seen"}, a.search(t, a.member, "seen")); diff != "" {
		t.Errorf("the member finds (-want +got):\n%s", diff)
	}

	found := map[string]bool{}
	for number := 1; number <= 6; number++ {
		hits, info, err := a.clients.Search(t.Context(), a.manager, "seen", page.Request{Number: &number, Size: 100})
		expect.OK(t, err)
		if want := (page.Info{Number: number, Size: 100, Total: 500, TotalPages: 5, MoreThanTotal: true, HasMore: number < 5}); info != want {
			t.Errorf("page %d says %+v, want %+v", number, info, want)
		}
		for _, hit := range hits {
			found[hit.Client.ID.String()] = true
		}
	}
	if len(found) != 500 {
		t.Errorf("the pages hold %d clients", len(found))
	}
}

// The reads of somebody are the same with and without what it cannot see.
func TestSearchLeaksNothing(t *testing.T) {
	t.Parallel()
	a := setup(t)
	reads := func() string {
		hits, info, err := a.clients.Search(t.Context(), a.member, "se", page.First(20))
		expect.OK(t, err)
		return fmt.Sprintf("%+v %+v", hits, info)
	}
	before := reads()
	factory.Client(t, a.db, &factory.ClientOpts{Name: "Seventh", Status: db.ClientStatusActive})
	if after := reads(); after != before {
		t.Errorf("the member reads\n%s\nand before\n%s", after, before)
	}
}
