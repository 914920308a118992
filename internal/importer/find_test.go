package importer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/importer"
	"github.com/aicoordination/coordinator/internal/transfer"
)

func TestPeopleAreFoundByTheirAddress(t *testing.T) {
	t.Parallel()
	gone, live := uuid.New(), uuid.New()
	people := importer.People{
		"ana@agency.example": {{ID: gone, IsDeleted: true}, {ID: live}},
		"ben@agency.example": {{ID: gone, IsDeleted: true}},
	}
	for name, test := range map[string]struct {
		address string
		now     *uuid.UUID
		want    *uuid.UUID
	}{
		"WhoeverHasALiveAccount":     {"ana@agency.example", nil, &live},
		"InAnyCase":                  {"Ana@Agency.Example", nil, &live},
		"WhoeverIsNamedStays":        {"ana@agency.example", &gone, &gone},
		"DeletedPeopleAreNotNamed":   {"ben@agency.example", nil, nil},
		"UnlessTheyAreAlready":       {"ben@agency.example", &gone, &gone},
		"NobodyHasTheAddress":        {"eve@agency.example", &live, nil},
		"SomebodyElseIsNamedSoFar":   {"ana@agency.example", new(uuid.New()), &live},
		"DeletedAndSomebodyElseToo":  {"ben@agency.example", &live, nil},
		"AnEmptyAddressIsNobodys":    {"", nil, nil},
		"SpaceDoesNotBelongToAnyone": {" ana@agency.example", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			person, ok := people.Find(test.address, test.now)
			if want := test.want; ok != (want != nil) || ok && person.ID != *want {
				t.Errorf("found %v, %v", person.ID, ok)
			}
		})
	}
}

func TestIdentifyKeepsTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	known := uuid.New()
	there := importer.Known{{Source: "crm", ID: "2"}: known, {Source: transfer.Own, ID: known.String()}: known}
	var lines []transfer.Line[transfer.Ref]
	for i, ref := range []transfer.Ref{{Source: "crm", ID: "1"}, {Source: "crm", ID: "2"}, {Source: "crm", ID: "3"}, {Source: "crm", ID: "1"}, {Source: transfer.Own, ID: known.String()}} {
		lines = append(lines, transfer.NewLine(i+1, ref, nil, false))
	}
	var found transfer.Findings
	ids, existing := importer.Identify(lines, func(r transfer.Ref) transfer.Ref { return r }, there, &found)
	if diff := cmp.Diff([]uuid.UUID{known}, existing); diff != "" || ids[2] != known {
		t.Errorf("existing (-want +got):\n%s", diff)
	}
	if ids[1].String() >= ids[3].String() {
		t.Errorf("line 1 has %s and line 3 %s", ids[1], ids[3])
	}
	want := []transfer.Mistake{
		{Line: 4, Field: "external_id", Code: "repeated", Detail: "Line 1 is about the same record."},
		{Line: 5, Field: "external_id", Code: "repeated", Detail: "Line 2 is about the same record."},
	}
	if diff := cmp.Diff(want, found.First()); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}
