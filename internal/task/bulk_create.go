package task

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/progress"
)

// draft is a task that an item is to create, with its references resolved.
type draft struct {
	item   int
	id     uuid.UUID
	params CreateParams
	// parent and prerequisites are both those that exist and those of the batch.
	parent        *reference
	prerequisites []reference
}

// reference is a task that a draft refers to.
type reference struct {
	id uuid.UUID
	// pointer is the field that names it.
	pointer string
	// ref is empty, and item without meaning, for a task that exists.
	ref  string
	item int
}

// references are the draft's parent, where it has one, and its prerequisites.
func (d draft) references() []reference {
	if d.parent == nil {
		return d.prerequisites
	}
	return append([]reference{*d.parent}, d.prerequisites...)
}

// create adds all new tasks by a number of statements that does not depend on
// how many they are.
func (b *batch) create(ctx context.Context) error {
	drafts := b.drafts()
	if len(drafts) == 0 {
		return nil
	}
	if err := b.check(ctx, drafts); err != nil {
		return err
	}
	if err := b.refuseCycles(ctx, b.standing(drafts)); err != nil {
		return err
	}
	if err := b.refuseDepths(ctx, b.standing(drafts)); err != nil {
		return err
	}
	drafts = b.standing(drafts)
	if len(drafts) == 0 || b.atomic && b.isRefused() {
		return nil
	}
	return b.insert(ctx, drafts)
}

// drafts gives every new task its id, in the order of the items, so that they
// can refer to each other.
func (b *batch) drafts() []draft {
	b.ids = map[int]uuid.UUID{}
	for i, item := range b.items {
		if item.Op == BulkCreate {
			b.ids[i] = uuid.Must(uuid.NewV7())
		}
	}
	var drafts []draft
	for i, item := range b.items {
		if item.Op != BulkCreate {
			continue
		}
		d := draft{item: i, id: b.ids[i], params: item.Create}
		switch {
		case item.ParentRef != "":
			d.parent = new(b.toItem("/parent_ref", item.ParentRef))
		case item.Create.ParentID != nil:
			d.parent = &reference{id: *item.Create.ParentID, pointer: "/parent_id"}
		}
		for j, id := range item.Create.PrerequisiteIDs {
			d.prerequisites = append(d.prerequisites, reference{id: id, pointer: fmt.Sprintf("/prerequisite_ids/%d", j)})
		}
		for j, ref := range item.PrerequisiteRefs {
			d.prerequisites = append(d.prerequisites, b.toItem(fmt.Sprintf("/prerequisite_refs/%d", j), ref))
		}
		drafts = append(drafts, d)
	}
	return drafts
}

func (b *batch) toItem(pointer, ref string) reference {
	item := b.refs[ref]
	return reference{id: b.ids[item], pointer: pointer, ref: ref, item: item}
}

// standing are the drafts that have not been refused. Where the batch is not
// atomic, what refers to one that has been is refused with it.
func (b *batch) standing(drafts []draft) []draft {
	for {
		var left []draft
		for _, d := range drafts {
			if !b.atomic && b.results[d.item].Refusal == nil {
				b.failWith(d)
			}
			if b.results[d.item].Refusal == nil || b.atomic {
				left = append(left, d)
			}
		}
		if len(left) == len(drafts) {
			return left
		}
		drafts = left
	}
}

// failWith refuses a draft that refers to items that failed.
func (b *batch) failWith(d draft) {
	for _, r := range d.references() {
		if r.ref != "" && b.results[r.item].Refusal != nil {
			_ = b.refuse(d.item, failedRef(r.pointer, r.ref))
		}
	}
}

// refuseCycles refuses the drafts that would wait for themselves: through
// other drafts, and through tasks that exist where drafts stand both below and
// behind such. The projects are held exclusively, so that nobody closes a
// cycle at the same time.
func (b *batch) refuseCycles(ctx context.Context, drafts []draft) error {
	var waits []db.TaskListWaitsRow
	var behind []uuid.UUID
	below := false
	byID := map[uuid.UUID]draft{}
	for _, d := range drafts {
		if b.results[d.item].Refusal != nil {
			// What it refers to may be nothing that the actor can see.
			continue
		}
		byID[d.id] = d
		if d.parent != nil {
			below = below || d.parent.ref == ""
			waits = append(waits, db.TaskListWaitsRow{WaitingID: d.parent.id, AwaitedID: d.id})
		}
		for _, r := range d.prerequisites {
			if r.ref == "" {
				behind = append(behind, r.id)
			}
			waits = append(waits, db.TaskListWaitsRow{WaitingID: d.id, AwaitedID: r.id})
		}
	}
	if below && len(behind) > 0 {
		rows, err := b.q.TaskListWaitsOfMany(ctx, unique(behind))
		if err != nil {
			return fmt.Errorf("walking the dependencies: %w", err)
		}
		for _, row := range rows {
			waits = append(waits, db.TaskListWaitsRow(row))
		}
	}
	for _, tangled := range tangles(waits) {
		e := b.cycle(tangled.path(), byID)
		for id := range tangled.tasks {
			if d, ok := byID[id]; ok {
				_ = b.refuse(d.item, e)
			}
		}
	}
	return nil
}

// cycle names the path by the items on it; their tasks have no id that the
// caller could know.
func (b *batch) cycle(path []uuid.UUID, byID map[uuid.UUID]draft) *apperr.Error {
	var names []string
	for _, id := range path {
		d, ok := byID[id]
		switch {
		case !ok:
			names = append(names, "task "+id.String())
		case b.items[d.item].Ref == "":
			names = append(names, fmt.Sprintf("item %d", d.item))
		default:
			names = append(names, fmt.Sprintf("item %d (%s)", d.item, b.items[d.item].Ref))
		}
	}
	return apperr.New(apperr.DependencyCycle, "The tasks would wait for each other: %s. A task also waits for its subtasks.", strings.Join(names, " → "))
}

// insert writes the drafts with their dependencies and events.
func (b *batch) insert(ctx context.Context, drafts []draft) error {
	rows := rowsOf(drafts, b.actor)
	if err := b.place(ctx, rows); err != nil {
		return err
	}
	encoded, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encoding the tasks: %w", err)
	}
	if err := b.q.TaskInsertMany(ctx, encoded); apperr.Is(err, apperr.AlreadyExists) {
		return fmt.Errorf("%w: %w", errTaken, err)
	} else if err != nil {
		return fmt.Errorf("inserting the tasks: %w", err)
	}
	dependencies := db.TaskDependencyInsertManyParams{ActorID: b.actor.IDOrNil()}
	var ids, parents []uuid.UUID
	for _, d := range drafts {
		ids = append(ids, d.id)
		for _, r := range d.prerequisites {
			dependencies.ProjectIds = append(dependencies.ProjectIds, d.params.ProjectID)
			dependencies.TaskIds = append(dependencies.TaskIds, d.id)
			dependencies.PrerequisiteIds = append(dependencies.PrerequisiteIds, r.id)
		}
		if d.parent != nil && d.parent.ref == "" {
			parents = append(parents, d.parent.id)
		}
	}
	if len(dependencies.TaskIds) > 0 {
		if err := b.q.TaskDependencyInsertMany(ctx, dependencies); err != nil {
			return fmt.Errorf("inserting the dependencies: %w", err)
		}
	}
	for _, parent := range unique(parents) {
		if err := progress.Climb(ctx, b.q, &parent, progress.Weight); err != nil {
			return err
		}
	}
	return b.recordCreated(ctx, drafts, ids)
}

func (b *batch) recordCreated(ctx context.Context, drafts []draft, ids []uuid.UUID) error {
	tasks, err := readMany(ctx, b.q, ids)
	if err != nil {
		return err
	}
	created := make([]event.Event, len(drafts))
	for i, d := range drafts {
		found := tasks[d.id]
		row := found.Task
		created[i] = event.Event{Entity: "task", ID: d.id, ProjectID: &row.ProjectID, Action: "created", After: row, Version: row.Version}
		b.results[d.item] = BulkResult{Status: BulkCreated, TaskID: &d.id, Task: &found}
	}
	return event.RecordEach(ctx, b.q, b.actor, created)
}

// place puts the new tasks at the end of their projects, in the order of the items.
func (b *batch) place(ctx context.Context, rows []db.Task) error {
	last := map[uuid.UUID]string{}
	for i, row := range rows {
		position, known := last[row.ProjectID]
		if !known {
			var err error
			if position, err = found(b.q.TaskGetLastPosition(ctx, db.TaskGetLastPositionParams{ProjectID: row.ProjectID})); err != nil {
				return err
			}
		}
		rows[i].Position = positionAfter(position)
		last[row.ProjectID] = rows[i].Position
	}
	return nil
}

// rowsOf returns the rows to insert. What a parent's progress follows from is
// all in the batch.
func rowsOf(drafts []draft, actor access.Actor) []db.Task {
	below := map[uuid.UUID][]draft{}
	for _, d := range drafts {
		if d.parent != nil {
			below[d.parent.id] = append(below[d.parent.id], d)
		}
	}
	var derive func(d draft) progress.Subtask
	derive = func(d draft) progress.Subtask {
		s := progress.Subtask{Estimate: d.params.EstimateMinutes}
		for _, subtask := range below[d.id] {
			s.Subtasks = append(s.Subtasks, derive(subtask))
		}
		s.Percent = progress.Of(d.params.Status, d.params.Progress, s.Subtasks)
		return s
	}
	rows := make([]db.Task, len(drafts))
	for i, d := range drafts {
		rows[i] = db.Task{
			ID: d.id, ProjectID: d.params.ProjectID,
			Title: d.params.Title, Description: d.params.Description,
			Status: d.params.Status, Priority: d.params.Priority, AssigneeID: d.params.AssigneeID,
			EstimateMinutes: d.params.EstimateMinutes, DueDate: d.params.DueDate,
			RemainingMinutes: d.params.RemainingMinutes, Tags: append([]string{}, d.params.Tags...),
			ExternalSource: d.params.ExternalSource, ExternalID: d.params.ExternalID,
			Progress: derive(d).Percent, GivenProgress: d.params.Progress,
			CreatedBy: actor.IDOrNil(), UpdatedBy: actor.IDOrNil(),
		}
		if d.parent != nil {
			rows[i].ParentID = &d.parent.id
		}
	}
	return rows
}
