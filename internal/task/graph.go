package task

import (
	"slices"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// pathBetween returns the tasks on a way along the waits from one task to
// another, both included, or nil when there is none. It takes time linear in
// the number of waits.
func pathBetween(waits []db.TaskListWaitsRow, from, to uuid.UUID) []uuid.UUID {
	if from == to {
		return []uuid.UUID{from}
	}
	awaited := map[uuid.UUID][]uuid.UUID{}
	for _, w := range waits {
		awaited[w.WaitingID] = append(awaited[w.WaitingID], w.AwaitedID)
	}
	cameFrom := map[uuid.UUID]uuid.UUID{from: from}
	for queue := []uuid.UUID{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range awaited[queue[0]] {
			if _, seen := cameFrom[next]; seen {
				continue
			}
			cameFrom[next] = queue[0]
			if next == to {
				return walkBack(cameFrom, from, to)
			}
			queue = append(queue, next)
		}
	}
	return nil
}

func walkBack(cameFrom map[uuid.UUID]uuid.UUID, from, to uuid.UUID) []uuid.UUID {
	path := []uuid.UUID{to}
	for at := to; at != from; {
		at = cameFrom[at]
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}
