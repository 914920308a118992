package project

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

// Record is a project as a line of a file has it: its fields, with those it
// refers to by what they are called in the file.
type Record struct {
	db.Project
	Ref transfer.Ref
	// Client is empty for none.
	Client transfer.Ref
	// Manager is an e-mail address.
	Manager *string
	Team    []RecordMember
}

// RecordMember is somebody on the team of a project in a file.
type RecordMember struct {
	Address string
	Role    db.ProjectMemberRole
}

// Import makes and changes projects with their teams as the file says, all or
// none of them. What is wrong with a line is in the report, and is no error.
func (s *Service) Import(ctx context.Context, actor access.Actor, file transfer.File[Record], dryRun bool) (transfer.Report, error) {
	return importer.Run(ctx, s.db, file, dryRun, func(q *db.Queries, found *transfer.Findings) (transfer.Outcome, error) {
		return importLines(ctx, q, actor, file.Lines, found)
	})
}

// importing is what the lines are applied with.
type importing struct {
	people  importer.People
	clients importer.Known
	before  map[uuid.UUID]*db.Project
	teams   map[uuid.UUID]team
	found   *transfer.Findings
}

func importLines(ctx context.Context, q *db.Queries, actor access.Actor, lines []transfer.Line[Record], found *transfer.Findings) (transfer.Outcome, error) {
	var refs, clientRefs []transfer.Ref
	addresses := map[string]bool{}
	for _, line := range lines {
		refs, clientRefs = append(refs, line.Record.Ref), append(clientRefs, line.Record.Client)
		if line.Record.Manager != nil {
			addresses[*line.Record.Manager] = true
		}
		for _, member := range line.Record.Team {
			addresses[member.Address] = true
		}
	}
	i := importing{found: found}
	var err error
	if i.clients, err = importer.Clients(ctx, q, clientRefs); err != nil {
		return transfer.Outcome{}, err
	}
	if i.people, err = importer.FindPeople(ctx, q, addresses); err != nil {
		return transfer.Outcome{}, err
	}
	there, err := importer.Projects(ctx, q, refs)
	if err != nil {
		return transfer.Outcome{}, err
	}
	ids, existing := importer.Identify(lines, func(r Record) transfer.Ref { return r.Ref }, there, found)
	if err := i.lock(ctx, q, existing); err != nil {
		return transfer.Outcome{}, err
	}
	var (
		changes     importer.Changes[db.Project]
		teamChanges []teamChange
	)
	for _, line := range lines {
		id, ok := ids[line.Number]
		if !ok || line.Wrong {
			continue
		}
		row, changed := i.apply(line, id), i.changeTeam(line, id)
		if !found.Has(line.Number) {
			written := len(changes.Rows)
			changes.Add(row, i.before[id], len(changed) > 0, event.Event{Entity: "project", ID: id, ProjectID: &id, Version: row.Version})
			for _, change := range changed {
				change.version = row.Version + int64(len(changes.Rows)-written)
				teamChanges = append(teamChanges, change)
			}
		}
	}
	if found.Any() {
		return changes.Outcome, nil
	}
	err = changes.Write(ctx, q, actor, func(rows json.RawMessage) error {
		return q.ProjectImport(ctx, db.ProjectImportParams{Rows: rows, ActorID: actor.IDOrNil()})
	})
	if err != nil {
		return transfer.Outcome{}, err
	}
	return changes.Outcome, writeTeams(ctx, q, actor, teamChanges)
}

// lock reads what there is and holds it as it is: first the projects, which
// orders this with every change of their teams and tasks, then the clients.
func (i *importing) lock(ctx context.Context, q *db.Queries, existing []uuid.UUID) error {
	rows, err := q.ProjectImportLock(ctx, existing)
	if err != nil {
		return fmt.Errorf("locking the projects to change: %w", err)
	}
	i.before, err = importer.Locked(existing, rows, func(row *db.Project) uuid.UUID { return row.ID })
	if err != nil {
		return err
	}
	var named []uuid.UUID
	for _, id := range i.clients {
		named = append(named, id)
	}
	if _, err := q.ProjectImportLockClients(ctx, named); err != nil {
		return fmt.Errorf("locking the clients of projects: %w", err)
	}
	members, err := q.ProjectImportTeams(ctx, existing)
	if err != nil {
		return fmt.Errorf("reading the teams: %w", err)
	}
	i.teams = map[uuid.UUID]team{}
	for _, m := range members {
		if i.teams[m.ProjectID] == nil {
			i.teams[m.ProjectID] = team{}
		}
		i.teams[m.ProjectID][m.UserID] = m.Role
	}
	return nil
}

// apply is the project as the line makes it, of what it was before or of a new
// one. What is wrong with it has been found then.
func (i *importing) apply(line transfer.Line[Record], id uuid.UUID) db.Project {
	given := line.Record
	row := db.Project{
		ID: id, Status: db.ProjectStatusPlanning, Priority: db.PriorityMedium, BillingKind: db.BillingKindTimeAndMaterials,
		Tags: []string{}, ExternalSource: &given.Ref.Source, ExternalID: &given.Ref.ID,
	}
	if before := i.before[id]; before != nil {
		row = *before
	}
	transfer.Set(line, "name", &row.Name, given.Name)
	transfer.Set(line, "description", &row.Description, given.Description)
	transfer.Set(line, "status", &row.Status, given.Status)
	transfer.Set(line, "status_reason", &row.StatusReason, given.StatusReason)
	transfer.Set(line, "priority", &row.Priority, given.Priority)
	importer.SetTime(line, "starts_on", &row.StartsOn, given.StartsOn)
	importer.SetTime(line, "ends_on", &row.EndsOn, given.EndsOn)
	importer.SetTime(line, "completed_at", &row.CompletedAt, given.CompletedAt)
	transfer.Set(line, "billing_kind", &row.BillingKind, given.BillingKind)
	transfer.Set(line, "budget_amount_minor", &row.BudgetMinor, given.BudgetMinor)
	transfer.Set(line, "hourly_rate_amount_minor", &row.HourlyRateMinor, given.HourlyRateMinor)
	transfer.Set(line, "currency", &row.Currency, given.Currency)
	importer.SetTags(line, &row.Tags, given.Tags)
	i.applyReferences(line, &row)
	checkImported(line.Number, row, i.found)
	return row
}

func (i *importing) applyReferences(line transfer.Line[Record], row *db.Project) {
	given := line.Record
	if line.Gives("client_source") || line.Gives("client_external_id") {
		id, ok := i.clients[given.Client]
		switch {
		case given.Client == (transfer.Ref{}):
			row.ClientID = nil
		case !ok:
			i.found.Add(line.Number, "client_external_id", "not_found", "There is no client %s. Import the clients first.", given.Client)
		default:
			row.ClientID = &id
		}
	}
	if !line.Gives("manager") {
		return
	}
	if given.Manager == nil {
		row.ManagerID = nil
		return
	}
	person, ok := i.people.Find(*given.Manager, row.ManagerID)
	if unchanged := row.ManagerID != nil && person.ID == *row.ManagerID; !ok || !unchanged && !access.Role(person.Role).AtLeast(access.RoleManager) {
		i.found.Add(line.Number, "manager", "not_a_manager", "There is no manager or administrator with the address %s.", *given.Manager)
		return
	}
	row.ManagerID = &person.ID
}

// checkImported finds what is wrong with the project as it is to be.
func checkImported(line int, row db.Project, found *transfer.Findings) {
	if row.Name == "" {
		found.Add(line, "name", "required", "A new project needs a name.")
	}
	if row.StartsOn != nil && row.EndsOn != nil && row.EndsOn.Before(*row.StartsOn) {
		found.Add(line, "ends_on", "before_start", "ends_on must not be before starts_on.")
	}
	switch row.Status {
	case db.ProjectStatusCompleted:
		if row.CompletedAt == nil {
			found.Add(line, "completed_at", "required", "Say when the project was completed.")
		}
	case db.ProjectStatusArchived:
		// Archived ones were completed or cancelled.
	default:
		if row.CompletedAt != nil {
			found.Add(line, "completed_at", "not_completed", "A project that is %s has not been completed; leave this empty.", row.Status)
		}
	}
	hasAmount := row.BudgetMinor != nil || row.HourlyRateMinor != nil
	switch {
	case hasAmount && row.Currency == nil:
		found.Add(line, "currency", "required", "An amount needs its currency.")
	case !hasAmount && row.Currency != nil:
		found.Add(line, "currency", "without_amount", "A currency needs a budget or an hourly rate; leave it empty.")
	}
}
