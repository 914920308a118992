package contract_test

import (
	"net/http"
	"slices"
	"time"

	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

func timeProofs() map[string]proof {
	on := func(path string) func(*world) string {
		return func(w *world) string { return "/api/v1/tasks/" + w.first.ID.String() + path }
	}
	entry := func(w *world) string { return "/api/v1/time-entries/" + w.entry.ID.String() }
	notContributing := slices.Concat(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, otherManager, viewer), deniedTo(notFound, outsider))
	// The world's entry is the contributor's.
	notTheirs := append(slices.Clone(notContributing), deniedTo(forbidden, lead)...)
	// Of the people of the world the contributor's timer runs.
	withTimer := func(method, path string, body any) *requestMaker {
		return new(requestMaker(func(w *world) apitest.Request {
			factory.Timer(w.t, w.DB, *w.id(contributor), w.first.ID, time.Now().Add(-time.Hour))
			return apitest.Request{Method: method, Path: path, Body: body}
		}))
	}
	withoutTimer := func(method, path string, body any) []denial {
		request := sending(method, at(path), fixed(body))
		return []denial{
			{as: anonymous, status: unauthenticated, request: request},
			{as: lead, status: notFound, request: request, because: "WhoHasNoTimer"},
			{as: admin, status: notFound, request: request, because: "AdminWhoHasNoTimer"},
		}
	}
	return map[string]proof{
		"logTime": {
			request: sending(http.MethodPost, on("/time"), fixed(map[string]any{"minutes": 90})),
			as:      contributor, status: http.StatusCreated,
			denied: append(slices.Clone(notContributing), denial{
				as: lead, status: forbidden, because: "ForSomebodyElse",
				request: sending(http.MethodPost, on("/time"), func(w *world) any {
					return map[string]any{"minutes": 90, "user_id": w.people[contributor].ID}
				}),
			}),
		},
		"listTimeEntries": {
			request: sending(http.MethodGet, at("/api/v1/time-entries"), nil), as: outsider, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"getTimeEntry": {
			request: sending(http.MethodGet, entry, nil), as: viewer, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...),
		},
		"updateTimeEntry": {
			request: sending(http.MethodPatch, entry, fixed(map[string]any{"minutes": 120})),
			as:      contributor, status: http.StatusOK, denied: notTheirs,
		},
		"replaceTimeEntry": {
			request: sending(http.MethodPut, entry, fixed(map[string]any{"minutes": 120, "spent_on": "2026-03-05"})),
			as:      manager, status: http.StatusOK, denied: notTheirs,
		},
		"deleteTimeEntry": {
			request: sending(http.MethodDelete, entry, nil), as: contributor, status: http.StatusNoContent, denied: notTheirs,
		},
		"startTimer": {
			request: sending(http.MethodPost, on("/timer"), nil), as: contributor, status: http.StatusCreated, denied: notContributing,
		},
		"getTimer": {
			request: withTimer(http.MethodGet, "/api/v1/timer", nil), as: contributor, status: http.StatusOK,
			denied: withoutTimer(http.MethodGet, "/api/v1/timer", nil),
		},
		"stopTimer": {
			request: withTimer(http.MethodPost, "/api/v1/timer/stop", map[string]any{"note": "Done."}), as: contributor, status: http.StatusOK,
			denied: withoutTimer(http.MethodPost, "/api/v1/timer/stop", map[string]any{"note": "Done."}),
		},
		"discardTimer": {
			request: withTimer(http.MethodDelete, "/api/v1/timer", nil), as: contributor, status: http.StatusNoContent,
			denied: withoutTimer(http.MethodDelete, "/api/v1/timer", nil),
		},
	}
}
