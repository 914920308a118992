package task

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/progress"
	"github.com/aicoordination/coordinator/internal/transfer"
)

// importGraph is all tasks of the projects that an import touches, as its lines
// make them.
type importGraph struct {
	nodes map[uuid.UUID]db.TaskImportNeighboursRow
	// lines are the lines that tasks are on.
	lines map[uuid.UUID]int
	// waits are the prerequisites as they are to be, stored as they are without
	// those that are deleted, which storedDeleted has.
	waits, stored, storedDeleted map[uuid.UUID][]uuid.UUID
	// last is the last position in each project.
	last map[uuid.UUID]string

	below  map[uuid.UUID][]uuid.UUID
	depths map[uuid.UUID]int
	counts map[uuid.UUID]progress.Subtask
}

func newImportGraph(tasks []db.TaskImportNeighboursRow, dependencies []db.TaskImportDependenciesRow) importGraph {
	g := importGraph{
		nodes: map[uuid.UUID]db.TaskImportNeighboursRow{}, lines: map[uuid.UUID]int{},
		waits: map[uuid.UUID][]uuid.UUID{}, stored: map[uuid.UUID][]uuid.UUID{}, storedDeleted: map[uuid.UUID][]uuid.UUID{},
		last: map[uuid.UUID]string{},
	}
	for _, t := range tasks {
		g.nodes[t.ID] = t
		g.last[t.ProjectID] = max(g.last[t.ProjectID], t.Position)
	}
	for _, d := range dependencies {
		g.waits[d.TaskID] = append(g.waits[d.TaskID], d.PrerequisiteID)
		kept := g.stored
		if g.nodes[d.PrerequisiteID].IsDeleted {
			kept = g.storedDeleted
		}
		kept[d.TaskID] = append(kept[d.TaskID], d.PrerequisiteID)
	}
	return g
}

// put puts the task of a line in the place of what there was.
func (g *importGraph) put(line int, row db.Task) {
	g.lines[row.ID] = line
	g.nodes[row.ID] = db.TaskImportNeighboursRow{
		ID: row.ID, ProjectID: row.ProjectID, ParentID: row.ParentID, Status: row.Status,
		EstimateMinutes: row.EstimateMinutes, Progress: g.nodes[row.ID].Progress, GivenProgress: row.GivenProgress, Position: row.Position,
	}
	g.last[row.ProjectID] = max(g.last[row.ProjectID], row.Position)
}

func (g *importGraph) isIn(projectID, id uuid.UUID) bool {
	node, ok := g.nodes[id]
	return ok && !node.IsDeleted && node.ProjectID == projectID
}

// check finds what is wrong with the tasks among each other. Each mistake is
// said of a line that takes part in it: what no line touches was right before.
func (g *importGraph) check(found *transfer.Findings) {
	g.below = map[uuid.UUID][]uuid.UUID{}
	for id, node := range g.nodes {
		if node.ParentID != nil {
			g.below[*node.ParentID] = append(g.below[*node.ParentID], id)
		}
	}
	cycles := g.cycles()
	for _, cycle := range cycles {
		for _, id := range cycle {
			if line := g.lines[id]; line > 0 {
				found.Add(line, "", "dependency_cycle", "The task would wait for itself, through %d tasks. A task waits for its prerequisites and for its subtasks.", len(cycle))
			}
		}
	}
	if len(cycles) > 0 {
		return
	}
	for id, node := range g.nodes {
		if g.depth(id) == MaxDepth+1 {
			at := id
			for g.lines[at] == 0 && g.nodes[at].ParentID != nil {
				at = *g.nodes[at].ParentID
			}
			if line := g.lines[at]; line > 0 {
				found.Add(line, "parent_external_id", "too_deep", "Subtasks reach %d levels deep at most. Choose a parent further up.", MaxDepth)
			}
		}
		if node.ParentID == nil || node.IsDeleted || !IsOpen(node.Status) || g.nodes[*node.ParentID].Status != db.TaskStatusDone {
			continue
		}
		if line := g.lines[id]; line > 0 {
			found.Add(line, "parent_external_id", "parent_closed", "The parent is done and takes no open subtask.")
		} else if line := g.lines[*node.ParentID]; line > 0 {
			found.Add(line, "status", "subtasks_open", "Task %s below is neither done nor cancelled; the task cannot be done before it is.", id)
		}
	}
}

// depth is the level that a task is on, 1 for one without a parent.
func (g *importGraph) depth(id uuid.UUID) int {
	if g.depths == nil {
		g.depths = map[uuid.UUID]int{}
	}
	if known := g.depths[id]; known > 0 {
		return known
	}
	depth := 1
	if parent := g.nodes[id].ParentID; parent != nil {
		depth = g.depth(*parent) + 1
	}
	g.depths[id] = depth
	return depth
}

// cycles returns the sets of tasks that wait for each other (the strongly
// connected components of more than one task, by Tarjan's algorithm), and the
// tasks that wait for themselves.
func (g *importGraph) cycles() [][]uuid.UUID {
	var (
		found   [][]uuid.UUID
		stack   []uuid.UUID
		order   = map[uuid.UUID]int{}
		lowest  = map[uuid.UUID]int{}
		onStack = map[uuid.UUID]bool{}
		visit   func(id uuid.UUID)
	)
	visit = func(id uuid.UUID) {
		order[id] = len(order) + 1
		lowest[id] = order[id]
		stack, onStack[id] = append(stack, id), true
		itself := false
		for _, next := range slices.Concat(g.waits[id], g.below[id]) {
			itself = itself || next == id
			if order[next] == 0 {
				visit(next)
				lowest[id] = min(lowest[id], lowest[next])
			} else if onStack[next] {
				lowest[id] = min(lowest[id], order[next])
			}
		}
		if lowest[id] != order[id] {
			return
		}
		at := slices.Index(stack, id)
		component := slices.Clone(stack[at:])
		stack = stack[:at]
		for _, member := range component {
			onStack[member] = false
		}
		if len(component) > 1 || itself {
			found = append(found, component)
		}
	}
	for id := range g.nodes {
		if order[id] == 0 {
			visit(id)
		}
	}
	return found
}

// progress is how far a task is, as it follows from its subtasks.
func (g *importGraph) progress(id uuid.UUID) int16 { return g.count(id).Percent }

func (g *importGraph) count(id uuid.UUID) progress.Subtask {
	if known, ok := g.counts[id]; ok {
		return known
	}
	if g.counts == nil {
		g.counts = map[uuid.UUID]progress.Subtask{}
	}
	node := g.nodes[id]
	// With its mark there, a cycle, which is a mistake, ends the walk.
	g.counts[id] = progress.Subtask{}
	var subtasks []progress.Subtask
	for _, child := range g.below[id] {
		if n := g.nodes[child]; !n.IsDeleted && n.Status != db.TaskStatusCancelled {
			subtasks = append(subtasks, g.count(child))
		}
	}
	counted := progress.Subtask{Percent: progress.Of(node.Status, node.GivenProgress, subtasks), Estimate: node.EstimateMinutes, Subtasks: subtasks}
	g.counts[id] = counted
	return counted
}

// graphChanges are the dependencies that lines add and remove, with the events
// of those tasks that were there before.
type graphChanges struct {
	added   db.TaskImportAddDependenciesParams
	removed db.TaskImportDeleteDependenciesParams
	events  []event.Event
}

func (c *graphChanges) add(row db.Task, prerequisites []uuid.UUID) {
	for _, id := range prerequisites {
		c.added.ProjectIds, c.added.TaskIds = append(c.added.ProjectIds, row.ProjectID), append(c.added.TaskIds, row.ID)
		c.added.PrerequisiteIds = append(c.added.PrerequisiteIds, id)
	}
}

func (c *graphChanges) change(row db.Task, added, removed []uuid.UUID) {
	c.add(row, added)
	e := event.Event{Entity: "task", ID: row.ID, ProjectID: &row.ProjectID, Version: row.Version + 1}
	for _, id := range added {
		e.Action, e.Before, e.After = "dependency_added", wait{}, wait{&id}
		c.events = append(c.events, e)
	}
	for _, id := range removed {
		c.removed.TaskIds, c.removed.PrerequisiteIds = append(c.removed.TaskIds, row.ID), append(c.removed.PrerequisiteIds, id)
		e.Action, e.Before, e.After = "dependency_removed", wait{&id}, wait{}
		c.events = append(c.events, e)
	}
}

func difference(before, after []uuid.UUID) (added, removed []uuid.UUID) {
	for _, id := range after {
		if !slices.Contains(before, id) {
			added = append(added, id)
		}
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			removed = append(removed, id)
		}
	}
	return added, removed
}

// writeGraph writes the dependencies, and the progress of tasks that the file
// does not have but that follows from those it has.
func (i *importing) writeGraph(ctx context.Context, q *db.Queries, actor access.Actor, c graphChanges) error {
	c.added.ActorID = actor.IDOrNil()
	if len(c.removed.TaskIds) > 0 {
		if err := q.TaskImportDeleteDependencies(ctx, c.removed); err != nil {
			return fmt.Errorf("deleting dependencies: %w", err)
		}
	}
	if len(c.added.TaskIds) > 0 {
		if err := q.TaskImportAddDependencies(ctx, c.added); err != nil {
			return fmt.Errorf("adding dependencies: %w", err)
		}
	}
	if err := event.RecordEach(ctx, q, actor, c.events); err != nil {
		return err
	}
	var follows db.TaskImportProgressParams
	for id, node := range i.graph.nodes {
		if percent := i.graph.progress(id); !node.IsDeleted && percent != node.Progress {
			follows.Ids, follows.Progress = append(follows.Ids, id), append(follows.Progress, int32(percent))
		}
	}
	if len(follows.Ids) == 0 {
		return nil
	}
	if err := q.TaskImportProgress(ctx, follows); err != nil {
		return fmt.Errorf("bringing progress up to date: %w", err)
	}
	return nil
}
