package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/progress"
)

// check holds every draft against the rules of a single creation.
func (b *batch) check(ctx context.Context, drafts []draft) error {
	roles, err := b.readAssignees(ctx, drafts)
	if err != nil {
		return err
	}
	existing, err := b.readReferenced(ctx, drafts)
	if err != nil {
		return err
	}
	taken, err := b.readTaken(ctx, drafts)
	if err != nil {
		return err
	}
	parents := map[uuid.UUID]bool{}
	for _, d := range drafts {
		if d.parent != nil {
			parents[d.parent.id] = true
		}
	}
	for _, d := range drafts {
		for _, wrong := range append(b.mistakes(d, roles, existing, parents), checkExternal(d.params, taken)) {
			if err := b.refuse(d.item, wrong); err != nil {
				return err
			}
		}
	}
	return nil
}

// mistakes are all that speaks against a draft, apart from the graph.
func (b *batch) mistakes(d draft, roles map[uuid.UUID]access.Role, existing map[uuid.UUID]db.TaskListReferencedRow, parents map[uuid.UUID]bool) []error {
	p, ok := b.projects[d.params.ProjectID]
	if !ok {
		return []error{apperr.Missing("project", d.params.ProjectID)}
	}
	if err := p.mayContribute(b.actor); err != nil {
		return []error{err}
	}
	if !takesTasks(p.row.Status) {
		return []error{closedProject(p.row.Status)}
	}
	var wrong []error
	if err := checkDueDate(p.row, d.params.DueDate); err != nil {
		wrong = append(wrong, err)
	}
	if id := d.params.AssigneeID; id != nil {
		role, live := roles[*id]
		if !live || !access.CanBeAssigned(role, b.members[membership{p.row.ID, *id}]) {
			wrong = append(wrong, notAssignable(*id))
		}
	}
	if err := checkPrerequisites("/prerequisite_refs", int64(len(d.prerequisites))); err != nil {
		wrong = append(wrong, err)
	}
	for _, r := range d.references() {
		if err := b.checkReference(p.row.ID, r, existing); err != nil {
			wrong = append(wrong, err)
		}
	}
	if d.parent != nil && d.parent.ref == "" {
		if parent, ok := existing[d.parent.id]; ok && parent.ProjectID == p.row.ID && !IsOpen(parent.Status) {
			wrong = append(wrong, closedParent(db.Task{ID: parent.ID, Status: parent.Status}))
		}
	}
	if d.params.Progress != 0 && parents[d.id] {
		wrong = append(wrong, progress.Derived("/progress"))
	}
	return wrong
}

// checkReference refuses a reference to what is not in the project.
func (b *batch) checkReference(projectID uuid.UUID, r reference, existing map[uuid.UUID]db.TaskListReferencedRow) error {
	if r.ref == "" {
		if row, ok := existing[r.id]; !ok || row.ProjectID != projectID {
			return notInProject(r.pointer, r.id)
		}
		return nil
	}
	if b.items[r.item].Create.ProjectID != projectID {
		return apperr.InvalidField(r.pointer, "other_project", "The item %q creates a task of another project.", r.ref)
	}
	return nil
}

// readAssignees returns the roles of those that are to be assigned, who keep
// them until the commit, leaving out whom the actor does not see.
func (b *batch) readAssignees(ctx context.Context, drafts []draft) (map[uuid.UUID]access.Role, error) {
	roles := map[uuid.UUID]access.Role{}
	var ids []uuid.UUID
	for _, d := range drafts {
		if d.params.AssigneeID != nil {
			ids = append(ids, *d.params.AssigneeID)
		}
	}
	if len(ids) == 0 {
		return roles, nil
	}
	rows, err := b.q.UserListRoles(ctx, unique(ids))
	if err != nil {
		return nil, fmt.Errorf("reading the assignees: %w", err)
	}
	seen, err := seenPeople(ctx, b.q, b.actor, ids)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if seen(row.ID) {
			roles[row.ID] = access.Role(row.Role)
		}
	}
	return roles, nil
}

// readReferenced returns the tasks that exist of those that drafts refer to.
func (b *batch) readReferenced(ctx context.Context, drafts []draft) (map[uuid.UUID]db.TaskListReferencedRow, error) {
	existing := map[uuid.UUID]db.TaskListReferencedRow{}
	var ids []uuid.UUID
	for _, d := range drafts {
		for _, r := range d.references() {
			if r.ref == "" {
				ids = append(ids, r.id)
			}
		}
	}
	if len(ids) == 0 {
		return existing, nil
	}
	rows, err := b.q.TaskListReferenced(ctx, unique(ids))
	if err != nil {
		return nil, fmt.Errorf("reading the tasks referred to: %w", err)
	}
	for _, row := range rows {
		existing[row.ID] = row
	}
	return existing, nil
}

// external is a task's id in another system.
type external struct{ source, id string }

// readTaken returns which external references of the drafts others have: a
// task that exists, or more than one draft.
func (b *batch) readTaken(ctx context.Context, drafts []draft) (map[external]bool, error) {
	taken, seen := map[external]bool{}, map[external]bool{}
	params := db.TaskListExternalParams{}
	for _, d := range drafts {
		if d.params.ExternalSource == nil || d.params.ExternalID == nil {
			continue
		}
		e := external{*d.params.ExternalSource, *d.params.ExternalID}
		if seen[e] {
			taken[e] = true
			continue
		}
		seen[e] = true
		params.Sources, params.ExternalIds = append(params.Sources, e.source), append(params.ExternalIds, e.id)
	}
	if len(seen) == 0 {
		return taken, nil
	}
	rows, err := b.q.TaskListExternal(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("looking for external references: %w", err)
	}
	for _, row := range rows {
		taken[external{row.ExternalSource, row.ExternalID}] = true
	}
	return taken, nil
}

// checkExternal says beforehand of a draft that its reference is taken, which
// the database says of a single task.
func checkExternal(params CreateParams, taken map[external]bool) error {
	if wrong := apperr.HalfReference(params.ExternalSource, params.ExternalID); wrong != nil {
		return apperr.Invalid(wrong...)
	}
	if params.ExternalID == nil || !taken[external{*params.ExternalSource, *params.ExternalID}] {
		return nil
	}
	e := apperr.New(apperr.AlreadyExists, "Another task has this external reference already.")
	e.Fields = []apperr.Field{{Pointer: "/external_id", Code: "taken", Detail: "This external reference is taken."}}
	return e
}

// refuseDepths refuses the drafts that would stand too deep.
func (b *batch) refuseDepths(ctx context.Context, drafts []draft) error {
	byID := map[uuid.UUID]draft{}
	var parents []uuid.UUID
	for _, d := range drafts {
		if b.results[d.item].Refusal != nil {
			continue // It may be on a cycle, which has no depth.
		}
		byID[d.id] = d
		if d.parent != nil && d.parent.ref == "" {
			parents = append(parents, d.parent.id)
		}
	}
	depths := map[uuid.UUID]int64{}
	if len(parents) > 0 {
		rows, err := b.q.TaskListDepths(ctx, unique(parents))
		if err != nil {
			return fmt.Errorf("measuring the depths of the parents: %w", err)
		}
		for _, row := range rows {
			depths[row.ID] = row.Depth
		}
	}
	var depth func(id uuid.UUID) int64
	depth = func(id uuid.UUID) int64 {
		if found, ok := depths[id]; ok {
			return found
		}
		found := int64(1)
		if d, ok := byID[id]; ok && d.parent != nil {
			found = depth(d.parent.id) + 1
		}
		depths[id] = found
		return found
	}
	for _, d := range drafts {
		if d.parent == nil || b.results[d.item].Refusal != nil {
			continue
		}
		if err := b.refuse(d.item, refuseDepth(d.parent.pointer, depth(d.id))); err != nil {
			return err
		}
	}
	return nil
}
