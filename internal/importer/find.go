// Package importer owns what the imports of all records share: how the lines of
// a file find the records and people that they name (a record by the system
// that it comes from and its id there, somebody by their address), and how what
// they change is gathered and written. It is imported by aggregates, which
// import none of each other.
package importer

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// Known are records by what names them.
type Known map[transfer.Ref]uuid.UUID

// asked are the parameters of every query for references: those for clients
// stand for all, because they have the same fields.
type asked = db.ReferenceClientsParams

// answer is a row of each.
type answer = db.ReferenceClientsRow

// Clients finds the clients that are not deleted.
func Clients(ctx context.Context, q *db.Queries, refs []transfer.Ref) (Known, error) {
	rows, err := q.ReferenceClients(ctx, ask(refs))
	return known(rows, func(r answer) answer { return r }, "clients", err)
}

// Projects finds the projects that are not deleted.
func Projects(ctx context.Context, q *db.Queries, refs []transfer.Ref) (Known, error) {
	rows, err := q.ReferenceProjects(ctx, db.ReferenceProjectsParams(ask(refs)))
	return known(rows, func(r db.ReferenceProjectsRow) answer { return answer(r) }, "projects", err)
}

// Tasks finds the tasks that are not deleted.
func Tasks(ctx context.Context, q *db.Queries, refs []transfer.Ref) (Known, error) {
	rows, err := q.ReferenceTasks(ctx, db.ReferenceTasksParams(ask(refs)))
	return known(rows, func(r db.ReferenceTasksRow) answer { return answer(r) }, "tasks", err)
}

// TimeEntries finds time entries.
func TimeEntries(ctx context.Context, q *db.Queries, refs []transfer.Ref) (Known, error) {
	rows, err := q.ReferenceTimeEntries(ctx, db.ReferenceTimeEntriesParams(ask(refs)))
	return known(rows, func(r db.ReferenceTimeEntriesRow) answer { return answer(r) }, "time entries", err)
}

func ask(refs []transfer.Ref) asked {
	a := asked{Sources: []string{}, ExternalIds: []string{}, OwnIds: []uuid.UUID{}}
	seen := map[transfer.Ref]bool{}
	for _, ref := range refs {
		if ref == (transfer.Ref{}) || seen[ref] {
			continue
		}
		seen[ref] = true
		a.Sources, a.ExternalIds = append(a.Sources, ref.Source), append(a.ExternalIds, ref.ID)
		if id, err := uuid.Parse(ref.ID); err == nil && ref.Source == transfer.Own {
			a.OwnIds = append(a.OwnIds, id)
		}
	}
	return a
}

// known gathers the answers. A record of our own comes before one that was
// imported from a service where it had that id.
func known[R any](rows []R, convert func(R) answer, what string, err error) (Known, error) {
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", what, err)
	}
	found := Known{}
	own := map[transfer.Ref]bool{}
	for _, row := range rows {
		a := convert(row)
		ref := transfer.Ref{Source: a.Source, ID: a.ExternalID}
		if !own[ref] {
			found[ref], own[ref] = a.ID, a.IsOwn
		}
	}
	return found, nil
}

// Of returns what names a record: where it was imported from, or its own id.
func Of(id uuid.UUID, source, externalID *string) transfer.Ref {
	if source == nil || externalID == nil {
		return transfer.Ref{Source: transfer.Own, ID: id.String()}
	}
	return transfer.Ref{Source: *source, ID: *externalID}
}

// Identify returns the record of each line, by its number, and which of them
// there were before. A new one gets an id of its own; the ids rise with the
// lines, so that records made together keep the order of their file. Two lines
// for one record are a mistake.
func Identify[T any](lines []transfer.Line[T], ref func(T) transfer.Ref, there Known, found *transfer.Findings) (ids map[int]uuid.UUID, existing []uuid.UUID) {
	ids = make(map[int]uuid.UUID, len(lines))
	first := map[uuid.UUID]int{}
	for _, line := range lines {
		id, ok := there[ref(line.Record)]
		switch {
		case ok && first[id] > 0:
			found.Add(line.Number, "external_id", "repeated", "Line %d is about the same record.", first[id])
			continue
		case ok:
			existing = append(existing, id)
		default:
			id = uuid.Must(uuid.NewV7())
			there[ref(line.Record)] = id
		}
		first[id], ids[line.Number] = line.Number, id
	}
	return ids, existing
}

// Person is somebody, be it that the account is deleted.
type Person = db.ReferencePeopleRow

// People are those who were asked for, by their addresses.
type People map[string][]Person

// FindPeople finds whom the addresses belong to.
func FindPeople(ctx context.Context, q *db.Queries, addresses map[string]bool) (People, error) {
	emails := []string{}
	for address := range addresses {
		emails = append(emails, strings.ToLower(address))
	}
	rows, err := q.ReferencePeople(ctx, emails)
	if err != nil {
		return nil, fmt.Errorf("finding people: %w", err)
	}
	people := People{}
	for _, row := range rows {
		people[row.Email] = append(people[row.Email], row)
	}
	return people, nil
}

// Find returns who has the address: whoever is named now, if it is theirs,
// though the account be deleted; else whoever has a live account.
func (p People) Find(address string, now *uuid.UUID) (Person, bool) {
	var live Person
	found := false
	for _, person := range p[strings.ToLower(address)] {
		if now != nil && person.ID == *now {
			return person, true
		}
		if !person.IsDeleted {
			live, found = person, true
		}
	}
	return live, found
}
