package client

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/importer"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// Record is a client as a line of a file has it: its fields, with those it
// refers to by what they are called in the file.
type Record struct {
	db.Client
	Ref transfer.Ref
	// Owner is an e-mail address.
	Owner *string
}

// Import makes and changes clients as the file says, all or none of them. What
// is wrong with a line is in the report, and is no error.
func (s *Service) Import(ctx context.Context, actor access.Actor, file transfer.File[Record], dryRun bool) (transfer.Report, error) {
	return importer.Run(ctx, s.db, file, dryRun, func(q *db.Queries, found *transfer.Findings) (transfer.Outcome, error) {
		return importLines(ctx, q, actor, file.Lines, found)
	})
}

func importLines(ctx context.Context, q *db.Queries, actor access.Actor, lines []transfer.Line[Record], found *transfer.Findings) (transfer.Outcome, error) {
	var refs []transfer.Ref
	owners := map[string]bool{}
	for _, line := range lines {
		refs = append(refs, line.Record.Ref)
		if line.Record.Owner != nil {
			owners[*line.Record.Owner] = true
		}
	}
	there, err := importer.Clients(ctx, q, refs)
	if err != nil {
		return transfer.Outcome{}, err
	}
	people, err := importer.FindPeople(ctx, q, owners)
	if err != nil {
		return transfer.Outcome{}, err
	}
	ids, existing := importer.Identify(lines, func(r Record) transfer.Ref { return r.Ref }, there, found)
	rows, err := q.ClientImportLock(ctx, existing)
	if err != nil {
		return transfer.Outcome{}, fmt.Errorf("locking the clients to change: %w", err)
	}
	before, err := importer.Locked(existing, rows, func(row *db.Client) uuid.UUID { return row.ID })
	if err != nil {
		return transfer.Outcome{}, err
	}
	var changes importer.Changes[db.Client]
	for _, line := range lines {
		id, ok := ids[line.Number]
		if !ok || line.Wrong {
			continue
		}
		row := imported(line, id, before[id])
		row.OwnerID = ownerOf(line, row.OwnerID, people, found)
		checkImported(line.Number, row, found)
		if !found.Has(line.Number) {
			changes.Add(row, before[id], false, event.Event{Entity: "client", ID: id, Version: row.Version})
		}
	}
	if found.Any() {
		return changes.Outcome, nil
	}
	return changes.Outcome, changes.Write(ctx, q, actor, func(rows json.RawMessage) error {
		return q.ClientImport(ctx, db.ClientImportParams{Rows: rows, ActorID: actor.IDOrNil()})
	})
}

// imported is the client as the line makes it, of what it was before or of a new one.
func imported(line transfer.Line[Record], id uuid.UUID, before *db.Client) db.Client {
	given := line.Record
	row := db.Client{
		ID: id, Status: db.ClientStatusLead, Tags: []string{},
		CustomFields: json.RawMessage("{}"), ExternalReferences: json.RawMessage("{}"),
		ExternalSource: &given.Ref.Source, ExternalID: &given.Ref.ID,
	}
	if before != nil {
		row = *before
	}
	transfer.Set(line, "name", &row.Name, given.Name)
	transfer.Set(line, "legal_name", &row.LegalName, given.LegalName)
	transfer.Set(line, "status", &row.Status, given.Status)
	transfer.Set(line, "status_reason", &row.StatusReason, given.StatusReason)
	transfer.Set(line, "email", &row.Email, given.Email)
	transfer.Set(line, "phone", &row.Phone, given.Phone)
	transfer.Set(line, "website", &row.Website, given.Website)
	transfer.Set(line, "address", &row.Address, given.Address)
	transfer.Set(line, "industry", &row.Industry, given.Industry)
	transfer.Set(line, "segment", &row.Segment, given.Segment)
	transfer.Set(line, "annual_value_amount_minor", &row.AnnualValueMinor, given.AnnualValueMinor)
	transfer.Set(line, "annual_value_currency", &row.AnnualValueCurrency, given.AnnualValueCurrency)
	transfer.Set(line, "payment_terms", &row.PaymentTerms, given.PaymentTerms)
	transfer.Set(line, "notes", &row.Notes, given.Notes)
	importer.SetTags(line, &row.Tags, given.Tags)
	importer.SetObject(line, "custom_fields", &row.CustomFields, given.CustomFields)
	importer.SetObject(line, "external_references", &row.ExternalReferences, given.ExternalReferences)
	return row
}

// ownerOf returns who looks after the client.
func ownerOf(line transfer.Line[Record], now *uuid.UUID, people importer.People, found *transfer.Findings) *uuid.UUID {
	address := line.Record.Owner
	if !line.Gives("owner") || address == nil {
		transfer.Set(line, "owner", &now, nil)
		return now
	}
	person, ok := people.Find(*address, now)
	if !ok || person.Kind != db.PrincipalKindHuman {
		found.Add(line.Number, "owner", "not_a_person", "There is no person with the address %s.", *address)
		return now
	}
	return &person.ID
}

func checkImported(line int, row db.Client, found *transfer.Findings) {
	if row.Name == "" {
		found.Add(line, "name", "required", "A new client needs a name.")
	}
	importer.Unfit(found, line, checkFields(nil, row.CustomFields, row.ExternalReferences, nil, nil))
	importer.CheckMoney(found, line, "annual_value_amount_minor", "annual_value_currency", row.AnnualValueMinor, row.AnnualValueCurrency)
}
