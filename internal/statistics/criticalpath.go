package statistics

import (
	"slices"

	"github.com/google/uuid"
)

// CriticalPath is the longest chain of open tasks of which each has to wait
// for the one before: as a prerequisite, or as a subtask of a parent. The
// project cannot be finished in less work than that, however many work on it.
type CriticalPath struct {
	Minutes int64
	// TaskIDs are in the order in which they can be done.
	TaskIDs []uuid.UUID
}

// OpenTask is one that is still to be done.
type OpenTask struct {
	// ParentID is zero where there is no parent.
	ID, ParentID     uuid.UUID
	RemainingMinutes int64
}

// Wait is of one open task for another.
type Wait struct{ TaskID, PrerequisiteID uuid.UUID }

// none stands for no task where a task is named by its place.
const none = -1

// step is an open task as the search for the path sees it.
type step struct {
	// awaits is for how many tasks it still has to wait.
	awaits int
	// first and last are the places in graph.links of those that wait for it.
	first, last int
	// length is that of the longest chain that ends with it, and before the
	// place of the task before it in that.
	length int64
	before int
}

// link is an entry of the list of those that wait for a task.
type link struct{ task, next int }

// graph is who waits for whom, by the places of the tasks.
type graph struct {
	tasks []OpenTask
	steps []step
	links []link
}

// criticalPath finds the chain in time linear in the waits, but for looking up
// their tasks, which are in the order of their ids. Tasks that nothing is known
// to remain of do not begin a chain. Of two chains of one length it is the one
// whose tasks have the lower ids.
func criticalPath(tasks []OpenTask, waits []Wait) CriticalPath {
	g := newGraph(tasks, waits)
	// A task is taken up once all that it waits for has been; what stands in a
	// cycle, which the database never holds, would be left out.
	ready := make([]int, 0, len(tasks))
	for i := range g.steps {
		if g.steps[i].awaits == 0 {
			ready = append(ready, i)
		}
	}
	end := none
	for at := 0; at < len(ready); at++ {
		task := ready[at]
		s := &g.steps[task]
		s.length = tasks[task].RemainingMinutes + g.length(s.before)
		if s.length > g.length(end) {
			end = task
		}
		for l := s.first; l != none; l = g.links[l].next {
			follower := &g.steps[g.links[l].task]
			if g.longer(task, follower.before) {
				follower.before = task
			}
			if follower.awaits--; follower.awaits == 0 {
				ready = append(ready, g.links[l].task)
			}
		}
	}

	path := CriticalPath{Minutes: g.length(end), TaskIDs: []uuid.UUID{}}
	for at := end; at != none; at = g.steps[at].before {
		path.TaskIDs = append(path.TaskIDs, tasks[at].ID)
	}
	slices.Reverse(path.TaskIDs)
	return path
}

func newGraph(tasks []OpenTask, waits []Wait) graph {
	g := graph{tasks: tasks, steps: make([]step, len(tasks)), links: make([]link, 0, len(waits)+subtasks(tasks))}
	for i := range g.steps {
		g.steps[i].first, g.steps[i].before = none, none
	}
	for _, w := range waits {
		g.wait(w.TaskID, w.PrerequisiteID)
	}
	for _, task := range tasks {
		if task.ParentID != uuid.Nil {
			g.wait(task.ParentID, task.ID)
		}
	}
	return g
}

// subtasks counts those that have a parent.
func subtasks(tasks []OpenTask) (count int) {
	for i := range tasks {
		if tasks[i].ParentID != uuid.Nil {
			count++
		}
	}
	return count
}

// wait has one task wait for another where both are open.
func (g *graph) wait(waiting, awaited uuid.UUID) {
	task, open := g.find(waiting)
	prerequisite, awaitedOpen := g.find(awaited)
	if !open || !awaitedOpen {
		return
	}
	at, list := len(g.links), &g.steps[prerequisite]
	g.links = append(g.links, link{task: task, next: none})
	if list.first == none {
		list.first = at
	} else {
		g.links[list.last].next = at
	}
	list.last = at
	g.steps[task].awaits++
}

func (g *graph) find(id uuid.UUID) (int, bool) {
	return slices.BinarySearchFunc(g.tasks, id, func(task OpenTask, id uuid.UUID) int { return slices.Compare(task.ID[:], id[:]) })
}

func (g *graph) length(task int) int64 {
	if task == none {
		return 0
	}
	return g.steps[task].length
}

// longer tells whether a chain is better continued from a than from b, which
// may be none.
func (g *graph) longer(a, b int) bool {
	if g.length(a) != g.length(b) {
		return g.length(a) > g.length(b)
	}
	return g.length(a) > 0 && (b == none || a < b)
}
