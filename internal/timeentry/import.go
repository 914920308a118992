package timeentry

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/importer"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// Record is a time entry as a line of a file has it: its fields, with those it
// refers to by what they are called in the file.
type Record struct {
	db.TimeEntry
	Ref transfer.Ref
	// Task is empty for none.
	Task transfer.Ref
	// User is an e-mail address.
	User *string
	// Day is when it was worked, nil for what the line does not say.
	Day *time.Time
}

// Import makes and changes time entries as the file says, all or none of them.
// What is wrong with a line is in the report, and is no error. The rates are
// those of the file: they are history.
func (s *Service) Import(ctx context.Context, actor access.Actor, file transfer.File[Record], dryRun bool) (transfer.Report, error) {
	return importer.Run(ctx, s.db, file, dryRun, func(q *db.Queries, found *transfer.Findings) (transfer.Outcome, error) {
		i := importing{found: found, latest: dateOf(s.now()).Add(day)}
		return i.run(ctx, q, actor, file.Lines)
	})
}

// importing is what the lines are applied with.
type importing struct {
	found *transfer.Findings
	// latest is the last day that time can be of.
	latest time.Time
	tasks  importer.Known
	// projects are those of the tasks.
	projects map[uuid.UUID]uuid.UUID
	people   importer.People
	before   map[uuid.UUID]*db.TimeEntry
}

func (i *importing) run(ctx context.Context, q *db.Queries, actor access.Actor, lines []transfer.Line[Record]) (transfer.Outcome, error) {
	ids, err := i.resolve(ctx, q, lines)
	if err != nil {
		return transfer.Outcome{}, err
	}
	var changes importer.Changes[db.TimeEntry]
	for _, line := range lines {
		id, ok := ids[line.Number]
		if !ok || line.Wrong {
			continue
		}
		row := i.apply(line, id)
		if !i.found.Has(line.Number) {
			changes.Add(row, i.before[id], false, event.Event{Entity: "time_entry", ID: id, ProjectID: &row.ProjectID, Version: row.Version})
		}
	}
	if i.found.Any() {
		return changes.Outcome, nil
	}
	return changes.Outcome, changes.Write(ctx, q, actor, func(rows json.RawMessage) error {
		return q.TimeEntryImport(ctx, db.TimeEntryImportParams{Rows: rows, ActorID: actor.IDOrNil()})
	})
}

// resolve finds what the lines name, holds it as it is, and returns the entry
// of each line.
func (i *importing) resolve(ctx context.Context, q *db.Queries, lines []transfer.Line[Record]) (map[int]uuid.UUID, error) {
	var refs, taskRefs []transfer.Ref
	people := map[string]bool{}
	for _, line := range lines {
		refs, taskRefs = append(refs, line.Record.Ref), append(taskRefs, line.Record.Task)
		if line.Record.User != nil {
			people[*line.Record.User] = true
		}
	}
	var err error
	if i.tasks, err = importer.Tasks(ctx, q, taskRefs); err != nil {
		return nil, err
	}
	if i.people, err = importer.FindPeople(ctx, q, people); err != nil {
		return nil, err
	}
	there, err := importer.TimeEntries(ctx, q, refs)
	if err != nil {
		return nil, err
	}
	ids, existing := importer.Identify(lines, func(r Record) transfer.Ref { return r.Ref }, there, i.found)
	var named []uuid.UUID
	for _, id := range i.tasks {
		named = append(named, id)
	}
	tasks, err := q.TimeEntryImportTasks(ctx, named)
	if err != nil {
		return nil, fmt.Errorf("locking the projects of tasks: %w", err)
	}
	i.projects = map[uuid.UUID]uuid.UUID{}
	for _, t := range tasks {
		i.projects[t.ID] = t.ProjectID
	}
	rows, err := q.TimeEntryImportLock(ctx, existing)
	if err != nil {
		return nil, fmt.Errorf("locking the time entries to change: %w", err)
	}
	i.before, err = importer.Locked(existing, rows, func(row *db.TimeEntry) uuid.UUID { return row.ID })
	return ids, err
}

// apply is the entry as the line makes it, of what it was before or of a new one.
func (i *importing) apply(line transfer.Line[Record], id uuid.UUID) db.TimeEntry {
	given, before := line.Record, i.before[id]
	row := db.TimeEntry{ID: id, ExternalSource: &given.Ref.Source, ExternalID: &given.Ref.ID}
	if before != nil {
		row = *before
	}
	transfer.Set(line, "minutes", &row.Minutes, given.Minutes)
	transfer.Set(line, "note", &row.Note, given.Note)
	transfer.Set(line, "billable", &row.Billable, given.Billable)
	transfer.Set(line, "billing_rate_amount_minor", &row.BillingRateMinor, given.BillingRateMinor)
	transfer.Set(line, "billing_rate_currency", &row.BillingRateCurrency, given.BillingRateCurrency)
	transfer.Set(line, "cost_rate_amount_minor", &row.CostRateMinor, given.CostRateMinor)
	transfer.Set(line, "cost_rate_currency", &row.CostRateCurrency, given.CostRateCurrency)
	if given.Day != nil && !given.Day.Equal(row.SpentOn) {
		row.SpentOn = *given.Day
		if row.SpentOn.After(i.latest) {
			i.found.Add(line.Number, "spent_on", "in_future", "Time cannot be logged ahead; the latest day is %s.", i.latest.Format(time.DateOnly))
		}
	}
	if before == nil {
		for _, column := range []string{"spent_on", "minutes", "billable"} {
			if !line.Gives(column) {
				i.found.Add(line.Number, column, "required", "A new time entry needs this.")
			}
		}
	}
	i.applyTask(line, &row, before)
	i.applyUser(line, &row, before)
	importer.CheckMoney(i.found, line.Number, "billing_rate_amount_minor", "billing_rate_currency", row.BillingRateMinor, row.BillingRateCurrency)
	importer.CheckMoney(i.found, line.Number, "cost_rate_amount_minor", "cost_rate_currency", row.CostRateMinor, row.CostRateCurrency)
	return row
}

func (i *importing) applyTask(line transfer.Line[Record], row *db.TimeEntry, before *db.TimeEntry) {
	given := line.Record.Task
	if given == (transfer.Ref{}) {
		if before == nil {
			i.found.Add(line.Number, "task_external_id", "required", "A new time entry needs its task.")
		}
		return
	}
	id, ok := i.tasks[given]
	project, live := i.projects[id]
	switch {
	case before != nil && (!ok || !live):
		// An entry outlives its task, which nothing is found by any more.
	case !ok || !live:
		i.found.Add(line.Number, "task_external_id", "not_found", "There is no task %s. Import the tasks first.", given)
	case before != nil && before.TaskID != id:
		i.found.Add(line.Number, "task_external_id", "fixed", "The time is of another task, and never changes it.")
	default:
		row.TaskID, row.ProjectID = id, project
	}
}

func (i *importing) applyUser(line transfer.Line[Record], row *db.TimeEntry, before *db.TimeEntry) {
	address := line.Record.User
	if address == nil {
		if before == nil {
			i.found.Add(line.Number, "user", "required", "A new time entry needs to say whose time it is.")
		}
		return
	}
	var now *uuid.UUID
	if before != nil {
		now = &before.UserID
	}
	person, ok := i.people.Find(*address, now)
	switch {
	case !ok:
		i.found.Add(line.Number, "user", "not_found", "There is nobody with the address %s.", *address)
	case before != nil && before.UserID != person.ID:
		i.found.Add(line.Number, "user", "fixed", "The time is somebody else's, and never changes that.")
	default:
		row.UserID = person.ID
	}
}
