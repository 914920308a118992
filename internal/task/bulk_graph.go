package task

import (
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// tangle is a set of tasks each of which waits, through others, for itself.
type tangle struct {
	tasks map[uuid.UUID]bool
	// waits are those that begin in it.
	waits []db.TaskListWaitsRow
}

// path is a way through it, its first task being its last.
func (t tangle) path() []uuid.UUID {
	within := slices.DeleteFunc(slices.Clone(t.waits), func(w db.TaskListWaitsRow) bool { return !t.tasks[w.AwaitedID] })
	first := within[0]
	return append([]uuid.UUID{first.WaitingID}, pathBetween(within, first.AwaitedID, first.WaitingID)...)
}

// tangles finds the strongly connected components that hold a cycle (Tarjan,
// "Depth-first search and linear graph algorithms", 1972).
func tangles(waits []db.TaskListWaitsRow) []tangle {
	outgoing := map[uuid.UUID][]db.TaskListWaitsRow{}
	var tasks []uuid.UUID
	for _, w := range waits {
		if _, seen := outgoing[w.WaitingID]; !seen {
			tasks = append(tasks, w.WaitingID)
		}
		outgoing[w.WaitingID] = append(outgoing[w.WaitingID], w)
	}
	// index is when a task was first seen, low the earliest one on the stack
	// that is reached from it.
	index, low, onStack := map[uuid.UUID]int{}, map[uuid.UUID]int{}, map[uuid.UUID]bool{}
	var stack []uuid.UUID
	var found []tangle
	var visit func(id uuid.UUID)
	visit = func(id uuid.UUID) {
		index[id], low[id], onStack[id] = len(index)+1, len(index)+1, true
		stack = append(stack, id)
		onItself := false
		for _, w := range outgoing[id] {
			next := w.AwaitedID
			onItself = onItself || next == id
			if index[next] == 0 {
				visit(next)
				low[id] = min(low[id], low[next])
			} else if onStack[next] {
				low[id] = min(low[id], index[next])
			}
		}
		if low[id] != index[id] {
			return
		}
		at := len(stack) - 1
		for stack[at] != id {
			at--
		}
		component := stack[at:]
		stack = stack[:at]
		t := tangle{tasks: map[uuid.UUID]bool{}}
		for _, member := range component {
			onStack[member] = false
			t.tasks[member] = true
			t.waits = append(t.waits, outgoing[member]...)
		}
		if len(component) > 1 || onItself {
			found = append(found, t)
		}
	}
	for _, id := range tasks {
		if index[id] == 0 {
			visit(id)
		}
	}
	return found
}
