package task

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/importer"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// apply is the task as the line makes it, of what it was before or of a new
// one, but for its parent. What is wrong with it has been found then.
func (i *importing) apply(line transfer.Line[Record], id uuid.UUID) db.Task {
	given := line.Record
	row := db.Task{
		ID: id, Status: db.TaskStatusTodo, Priority: db.PriorityMedium, Tags: []string{},
		ExternalSource: &given.Ref.Source, ExternalID: &given.Ref.ID,
	}
	before := i.before[id]
	if before != nil {
		row = *before
	}
	transfer.Set(line, "title", &row.Title, given.Title)
	transfer.Set(line, "description", &row.Description, given.Description)
	transfer.Set(line, "status", &row.Status, given.Status)
	transfer.Set(line, "status_reason", &row.StatusReason, given.StatusReason)
	transfer.Set(line, "priority", &row.Priority, given.Priority)
	transfer.Set(line, "estimate_minutes", &row.EstimateMinutes, given.EstimateMinutes)
	transfer.Set(line, "remaining_minutes", &row.RemainingMinutes, given.RemainingMinutes)
	transfer.Set(line, "progress", &row.GivenProgress, given.GivenProgress)
	importer.SetTime(line, "due_date", &row.DueDate, given.DueDate)
	importer.SetTime(line, "started_at", &row.StartedAt, given.StartedAt)
	importer.SetTime(line, "completed_at", &row.CompletedAt, given.CompletedAt)
	importer.SetTags(line, &row.Tags, given.Tags)
	row.IsOpen = IsOpen(row.Status)
	i.applyProject(line, &row, before)
	i.applyAssignee(line, &row)
	i.applyPosition(line, &row)
	checkImported(line.Number, row, i.found)
	return row
}

func (i *importing) applyProject(line transfer.Line[Record], row *db.Task, before *db.Task) {
	given := line.Record.Project
	if given == (transfer.Ref{}) {
		if before == nil {
			i.found.Add(line.Number, "project_external_id", "required", "A new task needs its project.")
		}
		return
	}
	id, ok := i.projects[given]
	switch {
	case !ok:
		i.found.Add(line.Number, "project_external_id", "not_found", "There is no project %s. Import the projects first.", given)
	case before != nil && before.ProjectID != id:
		i.found.Add(line.Number, "project_external_id", "fixed", "The task belongs to another project, and never changes it.")
	default:
		row.ProjectID = id
	}
}

func (i *importing) applyAssignee(line transfer.Line[Record], row *db.Task) {
	if !line.Gives("assignee") {
		return
	}
	address := line.Record.Assignee
	if address == nil {
		row.AssigneeID = nil
		return
	}
	person, ok := i.people.Find(*address, row.AssigneeID)
	switch {
	case !ok:
		i.found.Add(line.Number, "assignee", "not_found", "There is nobody with the address %s.", *address)
	case row.AssigneeID != nil && *row.AssigneeID == person.ID:
		// Whoever has it goes on having it.
	case row.IsOpen && !access.CanBeAssigned(access.Role(person.Role), i.teams[row.ProjectID][person.ID]):
		i.found.Add(line.Number, "assignee", "not_a_member", "%s is no lead or contributor on the team of this project. Add them to the team first.", *address)
	default:
		row.AssigneeID = &person.ID
	}
}

// applyPosition puts a task whose place the file does not know behind the others.
func (i *importing) applyPosition(line transfer.Line[Record], row *db.Task) {
	switch {
	case line.Gives("position"):
		if _, _, ok := parsePosition(line.Record.Position); !ok {
			i.found.Add(line.Number, "position", "position", "This is no position as an export has them; leave it out to add the task at the end.")
			return
		}
		row.Position = line.Record.Position
	case row.Position == "":
		row.Position = positionAfter(i.graph.last[row.ProjectID])
	}
}

// checkImported finds what is wrong with the task as it is to be, by itself.
func checkImported(line int, row db.Task, found *transfer.Findings) {
	if row.Title == "" {
		found.Add(line, "title", "required", "A new task needs a title.")
	}
	switch {
	case row.Status == db.TaskStatusDone && row.CompletedAt == nil:
		found.Add(line, "completed_at", "required", "Say when the task was done.")
	case row.Status != db.TaskStatusDone && row.CompletedAt != nil:
		found.Add(line, "completed_at", "not_done", "A task that is %s has not been completed; leave this empty.", row.Status)
	}
	if row.Status == db.TaskStatusBlocked && row.StatusReason == nil {
		found.Add(line, "status_reason", "required", "Say why the task is blocked.")
	}
}

// connect gives the tasks their parents, and returns what each of the lines has
// its task wait for.
func (i *importing) connect(rows map[int]db.Task) map[int][]uuid.UUID {
	wrong := map[uuid.UUID]bool{}
	for _, line := range i.lines {
		if line.Wrong {
			wrong[i.ids[line.Number]] = true
		}
	}
	waits := map[int][]uuid.UUID{}
	for _, line := range i.lines {
		row, ok := rows[line.Number]
		if !ok {
			continue
		}
		// What is wrong with another line is not said of this one.
		find := func(field string, ref transfer.Ref) (uuid.UUID, bool) {
			id, ok := i.tasks[ref]
			if ok && (wrong[id] || i.graph.isIn(row.ProjectID, id)) {
				return id, !wrong[id]
			}
			i.found.Add(line.Number, field, "not_found", "There is no task %s in this project.", ref)
			return uuid.Nil, false
		}
		if line.Gives("parent_source") || line.Gives("parent_external_id") {
			row.ParentID = nil
			if ref := line.Record.Parent; ref != (transfer.Ref{}) {
				if id, ok := find("parent_external_id", ref); ok {
					row.ParentID = &id
				}
			}
			rows[line.Number] = row
			i.graph.put(line.Number, row)
		}
		if !line.Gives("prerequisites") {
			waits[line.Number] = i.graph.stored[row.ID]
			continue
		}
		for n, ref := range line.Record.Prerequisites {
			field := fmt.Sprintf("prerequisites/%d", n)
			id, ok := find(field, ref)
			if ok && slices.Contains(waits[line.Number], id) {
				i.found.Add(line.Number, field, "repeated", "The task waits for %s already.", ref)
			} else if ok {
				waits[line.Number] = append(waits[line.Number], id)
			}
		}
		i.graph.waits[row.ID] = append(slices.Clone(i.graph.storedDeleted[row.ID]), waits[line.Number]...)
	}
	return waits
}
