package contract_test

import (
	"net/http"
	"slices"
)

// taskPlanProofs are those of the operations that plan tasks.
func taskPlanProofs() map[string]proof {
	first := func(path string) func(*world) string {
		return func(w *world) string { return "/api/v1/tasks/" + w.first.ID.String() + path }
	}
	notContributing := slices.Concat(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, otherManager, viewer), deniedTo(notFound, outsider))
	return map[string]proof{
		"replaceTask": {
			request: sending(http.MethodPut, first(""), fixed(map[string]any{"title": "Draw"})),
			as:      contributor, status: http.StatusOK, denied: notContributing,
		},
		"setTaskPosition": {
			request: sending(http.MethodPut, first("/position"), func(w *world) any { return map[string]any{"after_id": w.second.ID} }),
			as:      contributor, status: http.StatusOK, denied: notContributing,
		},
		"getTaskReadiness": {
			request: sending(http.MethodGet, first("/readiness"), nil), as: viewer, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...),
		},
		"searchTasks": {
			request: sending(http.MethodGet, at("/api/v1/tasks/search?q=draw"), nil), as: outsider, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
	}
}
