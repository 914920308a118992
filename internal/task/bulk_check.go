package task

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

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

// checkExternal says beforehand what the constraints of the database say of a
// single task.
func checkExternal(params CreateParams, taken map[external]bool) error {
	if (params.ExternalSource == nil) != (params.ExternalID == nil) {
		return apperr.InvalidField("/external_id", "incomplete", "Give external_source and external_id together, or neither.")
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
