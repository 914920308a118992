package task

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/importer"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// Record is a task as a line of a file has it: its fields, with those it refers
// to by what they are called in the file.
type Record struct {
	db.Task
	Ref transfer.Ref
	// Project and Parent are empty for none.
	Project, Parent transfer.Ref
	// Assignee is an e-mail address.
	Assignee      *string
	Prerequisites []transfer.Ref
}

// Import makes and changes tasks with their graph as the file says, all or none
// of them. What is wrong with a line is in the report, and is no error.
// Statuses are what the file says; what a status asks of the task and of its
// neighbours holds for them as well.
func (s *Service) Import(ctx context.Context, actor access.Actor, file transfer.File[Record], dryRun bool) (transfer.Report, error) {
	return importer.Run(ctx, s.db, file, dryRun, func(q *db.Queries, found *transfer.Findings) (transfer.Outcome, error) {
		i := importing{lines: file.Lines, found: found, now: s.now}
		return i.run(ctx, q, actor)
	})
}

// importing is what the lines are applied with.
type importing struct {
	lines []transfer.Line[Record]
	found *transfer.Findings
	now   func() time.Time

	projects, tasks importer.Known
	people          importer.People
	// ids are the tasks of the lines.
	ids    map[int]uuid.UUID
	before map[uuid.UUID]*db.Task
	teams  map[uuid.UUID]map[uuid.UUID]access.MemberRole
	// graph is everything in the projects, as the lines make it.
	graph importGraph
}

func (i *importing) run(ctx context.Context, q *db.Queries, actor access.Actor) (transfer.Outcome, error) {
	existing, err := i.resolve(ctx, q)
	if err != nil {
		return transfer.Outcome{}, err
	}
	if err := i.lock(ctx, q, existing); err != nil {
		return transfer.Outcome{}, err
	}
	rows := map[int]db.Task{}
	for _, line := range i.lines {
		id, ok := i.ids[line.Number]
		if !ok || line.Wrong {
			continue
		}
		row := i.apply(line, id)
		rows[line.Number] = row
		i.graph.put(line.Number, row)
	}
	waits := i.connect(rows)
	i.graph.check(i.found)
	changes, graphChanges := i.gather(rows, waits)
	if i.found.Any() {
		return changes.Outcome, nil
	}
	// A parent is there before its subtasks are.
	slices.SortStableFunc(changes.Rows, func(a, b db.Task) int { return cmp.Compare(i.graph.depth(a.ID), i.graph.depth(b.ID)) })
	err = changes.Write(ctx, q, actor, func(rows json.RawMessage) error {
		return q.TaskImport(ctx, db.TaskImportParams{Rows: rows, ActorID: actor.IDOrNil()})
	})
	if err != nil {
		return transfer.Outcome{}, err
	}
	return changes.Outcome, i.writeGraph(ctx, q, actor, graphChanges)
}

// resolve finds what the lines name, and returns which of their tasks exist.
func (i *importing) resolve(ctx context.Context, q *db.Queries) (existing []uuid.UUID, err error) {
	var tasks, projects []transfer.Ref
	people := map[string]bool{}
	for _, line := range i.lines {
		r := line.Record
		tasks = append(append(tasks, r.Ref, r.Parent), r.Prerequisites...)
		projects = append(projects, r.Project)
		if r.Assignee != nil {
			people[*r.Assignee] = true
		}
	}
	if i.tasks, err = importer.Tasks(ctx, q, tasks); err != nil {
		return nil, err
	}
	if i.projects, err = importer.Projects(ctx, q, projects); err != nil {
		return nil, err
	}
	if i.people, err = importer.FindPeople(ctx, q, people); err != nil {
		return nil, err
	}
	i.ids, existing = importer.Identify(i.lines, func(r Record) transfer.Ref { return r.Ref }, i.tasks, i.found)
	return existing, nil
}

// lock holds the projects exclusively, which keeps their graphs as they are,
// then the tasks, and reads what stands around them.
func (i *importing) lock(ctx context.Context, q *db.Queries, existing []uuid.UUID) error {
	named, err := q.TaskImportProjects(ctx, existing)
	if err != nil {
		return fmt.Errorf("finding the projects of tasks: %w", err)
	}
	for _, id := range i.projects {
		named = append(named, id)
	}
	projects, err := q.TaskImportLockProjects(ctx, named)
	if err != nil {
		return fmt.Errorf("locking projects: %w", err)
	}
	rows, err := q.TaskImportLock(ctx, existing)
	if err != nil {
		return fmt.Errorf("locking the tasks to change: %w", err)
	}
	if i.before, err = importer.Locked(existing, rows, func(row *db.Task) uuid.UUID { return row.ID }); err != nil {
		return err
	}
	members, err := q.TaskImportTeams(ctx, projects)
	if err != nil {
		return fmt.Errorf("reading the teams: %w", err)
	}
	i.teams = map[uuid.UUID]map[uuid.UUID]access.MemberRole{}
	for _, m := range members {
		if i.teams[m.ProjectID] == nil {
			i.teams[m.ProjectID] = map[uuid.UUID]access.MemberRole{}
		}
		i.teams[m.ProjectID][m.UserID] = access.MemberRole(m.Role)
	}
	neighbours, err := q.TaskImportNeighbours(ctx, projects)
	if err != nil {
		return fmt.Errorf("reading the tasks of projects: %w", err)
	}
	dependencies, err := q.TaskImportDependencies(ctx, projects)
	if err != nil {
		return fmt.Errorf("reading the dependencies of projects: %w", err)
	}
	i.graph = newImportGraph(neighbours, dependencies)
	return nil
}

// gather is what the lines change: rows with their events, and the graph.
func (i *importing) gather(rows map[int]db.Task, waits map[int][]uuid.UUID) (changes importer.Changes[db.Task], graph graphChanges) {
	for _, line := range i.lines {
		row, ok := rows[line.Number]
		if !ok || i.found.Has(line.Number) {
			continue
		}
		row.Progress = i.graph.progress(row.ID)
		e := event.Event{Entity: "task", ID: row.ID, ProjectID: &row.ProjectID, Version: row.Version}
		before := i.before[row.ID]
		if before == nil {
			changes.Add(row, nil, false, e)
			graph.add(row, waits[line.Number])
			continue
		}
		// What follows from the subtasks is no change of the task.
		was := *before
		was.Progress = row.Progress
		added, removed := difference(i.graph.stored[row.ID], waits[line.Number])
		more := len(added)+len(removed) > 0 || was.GivenProgress != row.GivenProgress
		changed := changes.Outcome.Updated
		changes.Add(row, &was, more, e)
		if changes.Outcome.Updated == changed {
			continue
		}
		if !event.Differs(was, row) {
			changes.Rows = append(changes.Rows, row)
			if len(added)+len(removed) == 0 {
				changes.Events = append(changes.Events, event.Event{
					Entity: "task", ID: row.ID, ProjectID: &row.ProjectID, Action: "updated", Before: was, After: row, Version: row.Version + 1,
				})
			}
		}
		graph.change(row, added, removed)
	}
	return changes, graph
}
