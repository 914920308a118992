package statistics

import (
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// CriticalPath is the longest chain of open tasks of which each has to wait
// for the one before: as a prerequisite, or as a subtask of a parent. The
// project cannot be finished in less work than that, however many work on it.
type CriticalPath struct {
	Minutes int64
	// TaskIDs are in the order in which they can be done.
	TaskIDs []uuid.UUID
}

// criticalPath finds the chain in time linear in the tasks and waits. Tasks
// that nothing is known to remain of do not begin a chain. Of two chains of
// one length it is the one whose tasks have the lower ids.
func criticalPath(tasks []db.StatisticsProjectOpenTasksRow, waits []db.StatisticsProjectWaitsRow) CriticalPath {
	remaining := map[uuid.UUID]int64{}
	for _, task := range tasks {
		remaining[task.ID] = task.RemainingMinutes
	}
	followers, awaits := map[uuid.UUID][]uuid.UUID{}, map[uuid.UUID]int{}
	wait := func(task, awaited uuid.UUID) {
		if _, open := remaining[awaited]; !open {
			return
		}
		if _, open := remaining[task]; open {
			followers[awaited] = append(followers[awaited], task)
			awaits[task]++
		}
	}
	for _, w := range waits {
		wait(w.TaskID, w.PrerequisiteID)
	}
	for _, task := range tasks {
		if task.ParentID != nil {
			wait(*task.ParentID, task.ID)
		}
	}

	// A task is taken up once all that it waits for has been; what stands in a
	// cycle, which the database never holds, would be left out.
	var ready []uuid.UUID
	for _, task := range tasks {
		if awaits[task.ID] == 0 {
			ready = append(ready, task.ID)
		}
	}
	length, before := map[uuid.UUID]int64{}, map[uuid.UUID]uuid.UUID{}
	var end uuid.UUID
	for ; len(ready) > 0; ready = ready[1:] {
		task := ready[0]
		length[task] = remaining[task]
		if previous, ok := before[task]; ok {
			length[task] += length[previous]
		}
		if length[task] > length[end] {
			end = task
		}
		for _, follower := range followers[task] {
			if previous := before[follower]; longer(length, task, previous) {
				before[follower] = task
			}
			if awaits[follower]--; awaits[follower] == 0 {
				ready = append(ready, follower)
			}
		}
	}

	path := CriticalPath{Minutes: length[end], TaskIDs: []uuid.UUID{}}
	for at := end; at != uuid.Nil; at = before[at] {
		path.TaskIDs = append(path.TaskIDs, at)
	}
	slices.Reverse(path.TaskIDs)
	return path
}

// longer tells whether a chain is better continued from a than from b, which
// may be none.
func longer(length map[uuid.UUID]int64, a, b uuid.UUID) bool {
	if length[a] != length[b] {
		return length[a] > length[b]
	}
	return length[a] > 0 && slices.Compare(a[:], b[:]) < 0
}
