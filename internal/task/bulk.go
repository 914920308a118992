package task

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// BulkOp is what an item of a batch does.
type BulkOp string

// The operations of a batch, in the order in which they are done.
const (
	BulkCreate BulkOp = "create"
	BulkUpdate BulkOp = "update"
	BulkDelete BulkOp = "delete"
)

// BulkItem is one operation of a batch. Refs are names that items give to the
// tasks they create; "" is none.
type BulkItem struct {
	Op BulkOp
	// Ref names the task that the item creates.
	Ref string
	// ParentRef is the parent, another item of the batch.
	ParentRef string
	// PrerequisiteRefs are prerequisites that the batch creates, beside
	// Create.PrerequisiteIDs.
	PrerequisiteRefs []string
	Create           CreateParams
	// ID and Version are of the task to update or delete.
	ID      uuid.UUID
	Version *int64
	Update  db.TaskUpdateParams
}

// BulkStatus is what has become of an item.
type BulkStatus string

// What becomes of items.
const (
	BulkCreated   BulkStatus = "created"
	BulkUpdated   BulkStatus = "updated"
	BulkUnchanged BulkStatus = "unchanged"
	BulkDeleted   BulkStatus = "deleted"
	BulkFailed    BulkStatus = "failed"
)

// BulkResult is what has become of one item.
type BulkResult struct {
	Status BulkStatus
	// TaskID is nil for what was not created.
	TaskID *uuid.UUID
	// Task is as it stands after the whole batch; nil when it is deleted or
	// the item failed.
	Task *Task
	// Refusal is why the item failed. Its pointers begin at the batch.
	Refusal *apperr.Error
}

// Bulk creates, updates and deletes many tasks under the rules of the single
// operations: first it creates what is to be created, then it updates, then it
// deletes, each in the order of the items. Atomic, it does all or nothing, and
// its error names every item that cannot be done; it has the code of the one
// reason for all of them, or that of a validation error when they differ.
// Otherwise it does what can be done, and each result tells of its own item.
// A batch whose references cannot be made sense of is a validation error.
func (s *Service) Bulk(ctx context.Context, actor access.Actor, items []BulkItem, atomic bool) ([]BulkResult, error) {
	refs, err := resolveRefs(items)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		results, err := s.bulk(ctx, actor, items, refs, atomic)
		if attempt == bulkAttempts || !errors.Is(err, errTaken) {
			return results, err
		}
	}
}

// bulkAttempts bounds how often a batch is run again that lost an external
// reference to somebody else between looking and writing: looking again names
// the item.
const bulkAttempts = 3

var errTaken = errors.New("an external reference was taken meanwhile")

func (s *Service) bulk(ctx context.Context, actor access.Actor, items []BulkItem, refs map[string]int, atomic bool) ([]BulkResult, error) {
	return dbx.WithSavepoints(ctx, s.db, func(q *db.Queries, savepoint dbx.Savepoint) ([]BulkResult, error) {
		b := &batch{
			q: q, savepoint: savepoint, actor: actor, items: items, refs: refs, atomic: atomic,
			results: make([]BulkResult, len(items)),
		}
		if err := b.lockProjects(ctx); err != nil {
			return nil, err
		}
		for _, step := range []func(context.Context) error{b.create, b.update, b.remove} {
			if err := step(ctx); err != nil {
				return nil, err
			}
		}
		if refusal := b.refusal(); atomic && refusal != nil {
			return nil, refusal
		}
		return b.results, b.readBack(ctx)
	})
}

// batch is one run of a batch's transaction.
type batch struct {
	q         *db.Queries
	savepoint dbx.Savepoint
	actor     access.Actor
	items     []BulkItem
	refs      map[string]int
	atomic    bool
	results   []BulkResult

	// projects are those that the actor can see of all that the items name.
	projects map[uuid.UUID]lockedProject
	// members are the roles on their teams.
	members map[membership]access.MemberRole
	// projectOf is the project of each task to update or delete.
	projectOf map[uuid.UUID]uuid.UUID
	// ids are those of the tasks to create, by item.
	ids map[int]uuid.UUID
}

type membership struct{ projectID, userID uuid.UUID }

// lockProjects locks every project once, exclusively and in one order.
func (b *batch) lockProjects(ctx context.Context) error {
	var existing, named, people []uuid.UUID
	for _, item := range b.items {
		if item.Op != BulkCreate {
			existing = append(existing, item.ID)
			continue
		}
		named = append(named, item.Create.ProjectID)
		if item.Create.AssigneeID != nil {
			people = append(people, *item.Create.AssigneeID)
		}
	}
	b.projectOf = map[uuid.UUID]uuid.UUID{}
	if len(existing) > 0 {
		found, err := b.q.TaskListProjectIDs(ctx, unique(existing))
		if err != nil {
			return fmt.Errorf("finding the tasks: %w", err)
		}
		for _, row := range found {
			b.projectOf[row.ID] = row.ProjectID
			named = append(named, row.ProjectID)
		}
	}
	rows, err := b.q.ProjectListForUpdate(ctx, db.ProjectListForUpdateParams{
		Ids: unique(named), SeesAll: b.actor.SeesAll(), ViewerID: b.actor.ViewerID(),
	})
	if err != nil {
		return fmt.Errorf("locking the projects: %w", err)
	}
	// A statement of its own: it sees the teams as they are under the locks.
	members, err := b.q.ProjectMemberListRoles(ctx, db.ProjectMemberListRolesParams{
		ProjectIds: unique(named), UserIds: unique(append(people, b.actor.ID)),
	})
	if err != nil {
		return fmt.Errorf("reading the team members: %w", err)
	}
	b.members = map[membership]access.MemberRole{}
	for _, m := range members {
		b.members[membership{m.ProjectID, m.UserID}] = access.MemberRole(m.Role)
	}
	b.projects = map[uuid.UUID]lockedProject{}
	for _, row := range rows {
		b.projects[row.ID] = lockedProject{row: row, place: access.Project{
			ManagerID: row.ManagerID, Member: b.members[membership{row.ID, b.actor.ID}],
		}}
	}
	return nil
}

// update changes tasks, each under a savepoint, so that the next one can still
// be looked at when a constraint of the database refuses it.
func (b *batch) update(ctx context.Context) error {
	return b.each(BulkUpdate, func(i int, item BulkItem) error {
		p, before, err := b.lock(ctx, item.ID)
		if err != nil {
			return err
		}
		params := item.Update
		if item.ParentRef != "" {
			parent := b.refs[item.ParentRef]
			if b.results[parent].TaskID == nil {
				return failedRef("/parent_ref", item.ParentRef)
			}
			params.ParentIDDoUpdate, params.ParentID = true, new(b.ids[parent])
		}
		b.results[i] = BulkResult{Status: BulkUpdated, TaskID: &before.ID}
		return b.savepoint(func() error {
			updated, err := update(ctx, b.q, b.actor, p, before, item.Version, params)
			if err != nil {
				return err
			}
			return record(ctx, b.q, b.actor, "updated", &before, &updated.Task)
		})
	})
}

// remove deletes tasks. One that another item has taken along as a subtask is
// deleted already.
func (b *batch) remove(ctx context.Context) error {
	gone := map[uuid.UUID]bool{}
	return b.each(BulkDelete, func(i int, item BulkItem) error {
		b.results[i] = BulkResult{Status: BulkDeleted, TaskID: &item.ID}
		if gone[item.ID] {
			return nil
		}
		p, before, err := b.lock(ctx, item.ID)
		if err != nil {
			return err
		}
		return b.savepoint(func() error {
			deleted, err := remove(ctx, b.q, b.actor, p, before, item.Version)
			if err != nil {
				return err
			}
			for _, d := range deleted {
				gone[d.ID] = true
			}
			return recordDeleted(ctx, b.q, b.actor, deleted)
		})
	})
}

// each runs do for the items of one operation and keeps why some cannot be done.
func (b *batch) each(op BulkOp, do func(i int, item BulkItem) error) error {
	for i, item := range b.items {
		if item.Op != op {
			continue
		}
		err := do(i, item)
		if errors.Is(err, dbx.ErrNothingChanged) {
			b.results[i].Status = BulkUnchanged
		} else if err := b.refuse(i, err); err != nil {
			return err
		}
	}
	return nil
}

// refuse keeps the refusal of an item and returns whatever is none.
func (b *batch) refuse(i int, err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*apperr.Error](err)
	if !ok || e.Code == apperr.Unavailable {
		return err
	}
	b.results[i] = BulkResult{Status: BulkFailed, Refusal: inBatch(i, b.items[i], e, b.results[i].Refusal)}
	return nil
}

// lock locks a task of a project that is locked already.
func (b *batch) lock(ctx context.Context, id uuid.UUID) (lockedProject, db.Task, error) {
	p, ok := b.projects[b.projectOf[id]]
	if !ok {
		return lockedProject{}, db.Task{}, apperr.Missing("task", id)
	}
	row, err := b.q.TaskGetForUpdate(ctx, db.TaskGetForUpdateParams{ID: id, SeesAll: b.actor.SeesAll(), ViewerID: b.actor.ViewerID()})
	if err != nil {
		return lockedProject{}, db.Task{}, fmt.Errorf("locking a task: %w", dbx.OrMissing(err, "task", id))
	}
	return p, row, nil
}

// readBack puts the tasks into the results, as they stand at the end.
func (b *batch) readBack(ctx context.Context) error {
	if !slices.ContainsFunc(b.items, func(item BulkItem) bool { return item.Op != BulkCreate }) {
		// Nothing has happened since they were read for their events.
		return nil
	}
	var ids []uuid.UUID
	for _, result := range b.results {
		if result.TaskID != nil && result.Status != BulkDeleted {
			ids = append(ids, *result.TaskID)
		}
	}
	tasks, err := readMany(ctx, b.q, ids)
	if err != nil {
		return err
	}
	for i, result := range b.results {
		if result.TaskID == nil {
			continue
		}
		b.results[i].Task = nil
		if found, ok := tasks[*result.TaskID]; ok {
			b.results[i].Task = &found
		}
	}
	return nil
}

func readMany(ctx context.Context, q *db.Queries, ids []uuid.UUID) (map[uuid.UUID]Task, error) {
	tasks := make(map[uuid.UUID]Task, len(ids))
	if len(ids) == 0 {
		return tasks, nil
	}
	rows, err := q.TaskListByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading the tasks: %w", err)
	}
	for _, row := range rows {
		tasks[row.Task.ID] = Task(row)
	}
	return tasks, nil
}

// unique returns the ids, each once, in their order: locks are taken in it.
func unique(ids []uuid.UUID) []uuid.UUID {
	sorted := slices.SortedFunc(slices.Values(ids), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return append([]uuid.UUID{}, slices.Compact(sorted)...)
}
