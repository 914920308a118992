package task

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// refFailed is the code of what refers to an item that failed: no mistake of
// its own.
const refFailed = "ref_failed"

// resolveRefs returns which item each ref names. It refuses a batch in which a
// ref names two, or none, and one that has two items for the same task.
func resolveRefs(items []BulkItem) (map[string]int, error) {
	refs, ids := map[string]int{}, map[uuid.UUID]int{}
	var wrong []apperr.Field
	refuse := func(i int, pointer, code, format string, args ...any) {
		wrong = append(wrong, apperr.Field{
			Pointer: itemPointer(i) + pointer, Code: code, Detail: fmt.Sprintf(format, args...),
		})
	}
	for i, item := range items {
		if item.Op != BulkCreate {
			if first, ok := ids[item.ID]; ok {
				refuse(i, "/id", "repeated", "Item %d is about this task already. Put what is to happen to it into one item.", first)
				continue
			}
			ids[item.ID] = i
			continue
		}
		if item.Ref == "" {
			continue
		}
		if first, ok := refs[item.Ref]; ok {
			refuse(i, "/ref", "repeated", "Item %d has this ref already. Give each item one of its own.", first)
			continue
		}
		refs[item.Ref] = i
	}
	for i, item := range items {
		if _, ok := refs[item.ParentRef]; !ok && item.ParentRef != "" {
			refuse(i, "/parent_ref", "unknown_ref", "No item of the batch creates a task with this ref.")
		}
		for j, ref := range item.PrerequisiteRefs {
			if _, ok := refs[ref]; !ok {
				refuse(i, fmt.Sprintf("/prerequisite_refs/%d", j), "unknown_ref", "No item of the batch creates a task with this ref.")
			}
		}
	}
	if len(wrong) > 0 {
		return nil, apperr.Invalid(wrong...)
	}
	return refs, nil
}

func itemPointer(i int) string { return fmt.Sprintf("/items/%d", i) }

// inBatch returns the refusal of an item with pointers that begin at the
// batch, joined to the mistakes that were found in the item before.
func inBatch(i int, item BulkItem, e, before *apperr.Error) *apperr.Error {
	found := *e
	found.Fields = nil
	for _, f := range e.Fields {
		if item.ParentRef != "" && f.Pointer == "/parent_id" {
			f.Pointer = "/parent_ref"
		}
		f.Pointer = itemPointer(i) + f.Pointer
		found.Fields = append(found.Fields, f)
	}
	if len(found.Fields) == 0 {
		found.Fields = []apperr.Field{{Pointer: itemPointer(i), Code: string(e.Code), Detail: e.Detail}}
	}
	if before == nil {
		return &found
	}
	// The first reason stays the item's, the fields tell of all.
	joined := *before
	joined.Fields = append(slices.Clip(joined.Fields), found.Fields...)
	return &joined
}

// failedRef says that an item refers to one that failed.
func failedRef(pointer, ref string) *apperr.Error {
	e := apperr.New(apperr.Conflict, "The item that creates %q failed, and this one refers to it.", ref)
	e.Fields = []apperr.Field{{Pointer: pointer, Code: refFailed, Detail: "The item that this refers to failed. Mend that one first."}}
	return e
}

// onlyDepends tells whether all that is wrong with an item is wrong with another.
func onlyDepends(e *apperr.Error) bool {
	for _, f := range e.Fields {
		if f.Code != refFailed {
			return false
		}
	}
	return true
}

// isRefused tells whether some item cannot be done.
func (b *batch) isRefused() bool {
	return slices.ContainsFunc(b.results, func(r BulkResult) bool { return r.Refusal != nil })
}

// refusal is why an atomic batch cannot be done, nil when it can.
func (b *batch) refusal() *apperr.Error {
	var failed []*apperr.Error
	var fields []apperr.Field
	for _, result := range b.results {
		if result.Refusal != nil && !onlyDepends(result.Refusal) {
			failed = append(failed, result.Refusal)
			fields = append(fields, result.Refusal.Fields...)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	if len(failed) == 1 {
		only := *failed[0]
		name, _, _ := strings.Cut(strings.TrimPrefix(fields[0].Pointer, "/items/"), "/")
		only.Detail = fmt.Sprintf("Item %s cannot be done, and so nothing was changed: %s", name, only.Detail)
		return &only
	}
	code := failed[0].Code
	for _, e := range failed {
		if e.Code != code {
			code = apperr.ValidationFailed
		}
	}
	e := apperr.New(code, "%d of the %d items cannot be done, and so nothing was changed; see errors.", len(failed), len(b.items))
	e.Fields = fields
	return e
}
