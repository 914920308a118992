package contract_test

import (
	"net/http"

	"github.com/google/uuid"
)

// The rights are those of the single operations: a batch of one proves them
// for each.
func bulkProofs() map[string]proof {
	item := func(item func(w *world) map[string]any) *requestMaker {
		return sending(http.MethodPost, at("/api/v1/tasks/bulk"), func(w *world) any {
			return map[string]any{"items": []any{item(w)}}
		})
	}
	create := item(func(w *world) map[string]any {
		return map[string]any{"op": "create", "project_id": w.project.ID, "title": "Draw"}
	})
	update := item(func(w *world) map[string]any {
		return map[string]any{"op": "update", "id": w.first.ID, "title": "Draw"}
	})
	remove := func(id func(w *world) uuid.UUID) *requestMaker {
		return item(func(w *world) map[string]any { return map[string]any{"op": "delete", "id": id(w)} })
	}
	first := func(w *world) uuid.UUID { return w.first.ID }
	denied := deniedTo(unauthenticated, anonymous)
	for op, request := range map[string]*requestMaker{"Create": create, "Update": update, "Delete": remove(first)} {
		for as, status := range map[who]int{otherManager: forbidden, viewer: forbidden, outsider: notFound} {
			denied = append(denied, denial{as: as, status: status, because: op + "By" + string(as), request: request})
		}
	}
	denied = append(denied, denial{
		as: contributor, status: forbidden, because: "DeleteByContributorWhoDidNotCreateIt",
		request: remove(func(w *world) uuid.UUID { return w.second.ID }),
	})
	return map[string]proof{
		"bulkTasks": {
			request: sending(http.MethodPost, at("/api/v1/tasks/bulk"), func(w *world) any {
				return map[string]any{"items": []any{
					map[string]any{"op": "create", "project_id": w.project.ID, "title": "Draw", "prerequisite_refs": []string{"plan"}},
					map[string]any{"op": "create", "project_id": w.project.ID, "title": "Plan", "ref": "plan"},
					map[string]any{"op": "update", "id": w.second.ID, "title": "Build"},
					map[string]any{"op": "delete", "id": w.first.ID},
				}}
			}),
			as: contributor, status: http.StatusOK, denied: denied,
		},
	}
}
