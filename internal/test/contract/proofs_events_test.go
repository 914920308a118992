package contract_test

import (
	"net/http"
	"slices"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func eventProofs() map[string]proof {
	list, stream := at("/api/v1/events"), at("/api/v1/events/stream?type=task.*")
	// What somebody does not see is left out; the rest is the key's to be refused.
	withoutScope := denial{
		as: anonymous, status: forbidden, because: "WithAKeyForSomethingElse",
		request: new(requestMaker(func(w *world) apitest.Request {
			return apitest.Request{Method: http.MethodGet, Path: list(w), Token: w.APIKey(w.people[contributor], []string{"tasks:read"}, nil)}
		})),
	}
	unreadable := denial{
		as: viewer, status: http.StatusUnprocessableEntity, because: "BehindACursorThatIsNone",
		request: sending(http.MethodGet, at("/api/v1/events?after=4711"), nil),
	}
	return map[string]proof{
		"listEvents": {
			request: sending(http.MethodGet, list, nil), as: viewer, status: http.StatusOK,
			denied: slices.Concat(deniedTo(unauthenticated, anonymous), []denial{withoutScope, unreadable}),
		},
		"streamEvents": {
			request: sending(http.MethodGet, stream, nil), as: viewer, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
	}
}
